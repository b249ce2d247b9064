"""The one folder in which a demo lives: database, emulator, Redis, logs, and its own secrets."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cryptography.fernet import Fernet

LONGEST_SOCKET_PATH = 100  # Unix allows 107 bytes for the address of a socket


class HomeInUse(Exception):
    """Another demo runs on this folder."""


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

    def redis_socket(self) -> Path:
        socket = self.path / "redis.sock"
        if len(str(socket)) <= LONGEST_SOCKET_PATH:
            return socket
        return Path(tempfile.mkdtemp(prefix="spotpc-")) / "redis.sock"

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
        kept = json.loads(file.read_text()) if file.exists() else {}
        made = Secrets(
            secret_key=kept.get("secret_key") or secrets.token_urlsafe(50),
            field_key=kept.get("field_key") or Fernet.generate_key().decode(),
            password=os.environ.get("SPOTPC_DEMO_PASSWORD")
            or kept.get("password")
            or secrets.token_urlsafe(12),
        )
        file.touch(mode=0o600)
        file.write_text(json.dumps(made.__dict__))
        return made
