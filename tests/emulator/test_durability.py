"""What was answered survives `kill -9`, and what was running goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import builders
from .client import Client, connect, until

_SERVE = (
    "import sys; from pathlib import Path; from spotpc.emulator.server import serve;"
    " serve(Path(sys.argv[1]), 0, float(sys.argv[2]) if len(sys.argv) > 2 else None)"
)


class Runner:
    """An emulator in a process of its own, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str] | None = None

    def start(self, *speed: str) -> Client:
        command = [sys.executable, "-c", _SERVE, str(self.home), *speed]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Emulator: https://127.0.0.1:"), line
        return connect(line.split()[1], str(self.home / "ca.pem"), self.home)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path / "home")
    yield runner
    runner.kill()


def test_kill_9_loses_nothing_and_operations_go_on(runner: Runner) -> None:
    client = runner.start("20")
    client.group()
    builders.vnet(client)
    nic = builders.nic(client, "nic")
    path = f"{builders.COMPUTE}/virtualMachines/vm-one"
    answer = client.arm("PUT", path, builders.vm_body(nic))
    client.control("POST", "faults", {"path": "/never/", "status": 500})
    before, journal = client.state(), client.control("GET", "requests").json()
    runner.kill()

    again = runner.start()
    assert again.state() == before
    assert again.control("GET", "requests").json()["requests"][:-1] == journal["requests"]
    assert len(again.control("GET", "faults").json()["faults"]) == 1
    url = answer.headers["Azure-AsyncOperation"].replace(client.url, again.url)
    again.token = client.token  # a token of before is still good
    assert again.arm("GET", url).json()["status"] == "InProgress"
    again.control("POST", "speed", {"speed": 2000})
    done = until(lambda: again.arm("GET", url).json(), lambda op: op["status"] != "InProgress")
    assert done["status"] == "Succeeded"
    builders.wait_agent(again, path)


def test_time_goes_on_while_the_server_is_away(runner: Runner) -> None:
    """What became due meanwhile has happened at its own time, each step after the other."""
    client = runner.start("400")
    client.group()
    builders.vnet(client)
    nic = builders.nic(client, "nic")
    path = f"{builders.COMPUTE}/virtualMachines/vm-one"
    url = client.arm("PUT", path, builders.vm_body(nic)).headers["Azure-AsyncOperation"]
    runner.kill()
    again = runner.start()
    until(
        lambda: again.arm("GET", url.replace(client.url, again.url)).json(),
        lambda operation: operation["status"] == "Succeeded",
    )
    builders.wait_agent(again, path)


def test_sigterm_ends_it_at_once_and_cleanly(runner: Runner) -> None:
    client = runner.start()
    client.group()
    assert runner.process is not None
    runner.process.terminate()
    assert runner.process.wait(5) == 0
