from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spotpc.emulator.server import Emulator

from .client import Client, open_client


@pytest.fixture
def make_emulator(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """`make_emulator(speed=…, page_size=…)`: an emulator on a free port, stopped at the end.

    Called twice in one test it opens the same state again; stop the first one before that.
    """
    opened: list[Client] = []

    def make(speed: float = 2000, page_size: int = 100) -> Client:
        home = tmp_path / "emulator"
        emulator = Emulator(home, speed=speed, page_size=page_size).start()
        opened.append(open_client(emulator, home))
        return opened[-1]

    yield make
    for client in opened:
        client.http.close()
        client.emulator.stop()


@pytest.fixture
def emulator(make_emulator: Callable[..., Client]) -> Client:
    """A fast emulator with the resource group `rg-one`, logged in."""
    client = make_emulator()
    client.group()
    return client
