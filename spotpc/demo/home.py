"""The one folder in which a demo lives: database, emulator, Redis, logs, and its own secrets."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from cryptography.fernet import Fernet

LONGEST_SOCKET_PATH = 100  # Unix allows 107 bytes for the address of a socket
# All that a demo writes, but for the lock. A folder may hold other things; they are not ours.
OURS = ("azure", "logs", "portal.sqlite3*", "redis.*", "beat*", "seeded", "secrets.*")


class HomeInUse(Exception):
    """Another demo runs on this folder."""


class HomeDamaged(Exception):
    """A file of the demo's own cannot be read; the message names it."""


@dataclass(frozen=True)
class Secrets:
    secret_key: str
    field_key: str
    password: str


@dataclass(frozen=True)
class Home:
    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def emulator(self) -> Path:
        return self.path / "azure"

    @property
    def ca_file(self) -> Path:
        return self.emulator / "ca.pem"

    @property
    def database_url(self) -> str:
        # The tests run the whole demo on PostgreSQL too.
        given = os.environ.get("SPOTPC_DEMO_DATABASE_URL")
        return given or f"sqlite:///{self.path / 'portal.sqlite3'}"

    @property
    def seeded(self) -> Path:
        """Exists once both halves are furnished; what was begun and not finished is begun anew."""
        return self.path / "seeded"

    def forget(self) -> None:
        """Everything that earlier runs left here."""
        for entry in [entry for pattern in OURS for entry in self.path.glob(pattern)]:
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        self.logs.mkdir()

    @contextmanager
    def redis_socket(self) -> Iterator[Path]:
        """In the folder, or in one of its own where the folder's path is too long for a socket."""
        socket = self.path / "redis.sock"
        if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
            socket.unlink(missing_ok=True)
            yield socket
            return
        with tempfile.TemporaryDirectory(prefix="spotpc-") as short:
            yield Path(short) / "redis.sock"

    def lock(self) -> TextIO:
        """Hold the returned file for as long as the demo runs. Raises HomeInUse."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise HomeInUse from error
        return lock

    def secrets(self) -> Secrets:
        """Made up on the first run and kept; `SPOTPC_DEMO_PASSWORD` decides the password."""
        file = self.path / "secrets.json"
        kept = _read(file) if file.exists() else {}
        made = Secrets(
            secret_key=kept.get("secret_key") or secrets.token_urlsafe(50),
            field_key=kept.get("field_key") or Fernet.generate_key().decode(),
            password=os.environ.get("SPOTPC_DEMO_PASSWORD")
            or kept.get("password")
            or secrets.token_urlsafe(12),
        )
        _write_privately(file, json.dumps(asdict(made)))
        return made


def _read(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_text())
    except ValueError as error:
        raise HomeDamaged(f"{file} is damaged.") from error
    return kept if isinstance(kept, dict) else {}


def _write_privately(file: Path, text: str) -> None:
    """All of it or, if we die meanwhile, nothing; for nobody else's eyes at any moment."""
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    new.replace(file)
