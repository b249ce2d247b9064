"""`make demo` in a terminal, as somebody types at it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.demo.harness import ROOT, environment, free_ports, processes_of, wait_until

# `-o`: with the packages that this test runs with, wherever they are installed.
SESSION = """
make --no-print-directory -o .venv/installed demo BIN={bin} HOME_DIR={home} PORT={port}
echo "It ended with $?."
read typed
echo "The shell read $typed."
"""


def _own_terminal() -> None:
    """As a login shell has it; whoever runs the tests may ignore hang-ups (`nohup`)."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A shell with a terminal of its own, and what can be read there."""

    def __init__(self, script: str, env: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.seen = ""
        self.shell = subprocess.Popen(
            ["sh", "-c", script], cwd=ROOT, env=env, start_new_session=True,
            stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(slave)

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait_for(self, words: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.seen:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.master], [], [], left)[0]
            assert ready, f"No {words!r} in {self.seen!r}"
            self.seen += self._read()

    def _read(self) -> str:
        try:
            return os.read(self.master, 4096).decode(errors="replace")
        except OSError:
            raise AssertionError(f"The shell has ended, after {self.seen!r}") from None


@contextmanager
def terminal(home: Path) -> Iterator[Terminal]:
    env = environment(home)
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # of the make that may have started us
        env.pop(name, None)
    script = SESSION.format(bin=Path(sys.executable).parent, home=home, port=free_ports())
    opened = Terminal(script, env)
    try:
        yield opened
    finally:
        for pid in processes_of(home):
            os.kill(pid, signal.SIGKILL)
        opened.close()
        opened.shell.wait(10)


def press_ctrl_c(opened: Terminal, home: Path) -> None:
    opened.type("\x1a")  # Ctrl-Z, which must not leave anybody stuck
    opened.type("\x03")


def terminate_the_demo(opened: Terminal, home: Path) -> None:
    demo = min(pid for pid, what in processes_of(home).items() if "manage.py demo" in what)
    os.kill(demo, signal.SIGTERM)


@pytest.mark.parametrize("stop", [press_ctrl_c, terminate_the_demo])
def test_make_demo_ends_well_and_gives_the_terminal_back(
    tmp_path: Path, stop: Callable[[Terminal, Path], None]
) -> None:
    home = tmp_path / "home"
    with terminal(home) as opened:
        opened.wait_for("Azure emulator")
        stop(opened, home)
        opened.wait_for("It ended with 0.")
        assert [what for what in processes_of(home).values() if not what.startswith("sh ")] == []
        opened.type("hello\n")
        opened.wait_for("The shell read hello.")


def test_a_closed_terminal_ends_it_all(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with terminal(home) as opened:
        opened.wait_for("Azure emulator")
        opened.close()
        wait_until(lambda: processes_of(home) == {}, "nothing is left of the demo")
