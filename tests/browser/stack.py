"""A real demo in a folder of its own: started as `make demo` starts it, stopped by SIGTERM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from spotpc.demo.cast import ADMIN_EMAIL

ROOT = Path(__file__).resolve().parents[2]
SPEED = 900  # how much faster than Azure
PASSWORD = "correct-horse-battery"
START_SECONDS = 240  # two demos set up at the same time on two busy cores
STOP_SECONDS = 60
LOG_TAIL = 6000  # characters


def free_pair() -> int:
    """A port that is free, and so is the next: the portal's and the emulator's."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@dataclass
class Stack:
    home: Path
    database_url: str = ""  # empty: a SQLite file in `home`
    redis_url: str = ""  # empty: a Redis of its own
    email: str = ADMIN_EMAIL
    password: str = PASSWORD
    port: int = field(default_factory=free_pair)
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def azure_url(self) -> str:
        return f"https://127.0.0.1:{self.port + 1}"

    @property
    def ca_file(self) -> str:
        return str(self.home / "azure" / "ca.pem")

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable, "manage.py", "demo", "--home", str(self.home),
                "--port", str(self.port), "--speed", str(SPEED), "--users", "still",
            ],
            cwd=ROOT, env=self._environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        ready = threading.Event()
        threading.Thread(target=self._listen, args=[ready], daemon=True).start()
        ready.wait(START_SECONDS)
        if self.said[-1:] != [f"Ready: {self.url} {self.email} {self.password}"]:
            self.process.terminate()
            raise AssertionError(f"The demo did not start.\n{self.logs()}")

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(STOP_SECONDS) == 0, self.logs()

    def logs(self) -> str:
        """What the demo said, and the ends of its children's logs."""
        parts = ["\n".join(self.said)]
        for log in sorted((self.home / "logs").glob("*.log")):
            parts.append(f"== {log.name}\n{log.read_text(errors='replace')[-LOG_TAIL:]}")
        return "\n\n".join(parts)

    def _environment(self) -> dict[str, str]:
        given = {"SPOTPC_DEMO_PASSWORD": self.password}
        if self.database_url:
            given["SPOTPC_DEMO_DATABASE_URL"] = self.database_url
        if self.redis_url:
            given["REDIS_URL"] = self.redis_url
        ours = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "SPOTPC_DEMO_DATABASE_URL")
        return {key: text for key, text in os.environ.items() if key not in ours} | given

    def _listen(self, ready: threading.Event) -> None:
        """Until the demo ends, so that it never waits for somebody to read."""
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("Ready: "):
                ready.set()
        ready.set()
