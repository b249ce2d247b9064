from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from . import traffic
from .traffic import Exchange


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all workers of this run."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture
def exchanges(
    shared: Path, tmp_path: Path, transactional_db: None
) -> list[Exchange]:
    """The traffic of one whole run. It takes a while, so the first worker that needs it records
    it and the others wait for its file."""
    file = shared / "traffic.json"
    with (shared / "traffic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            traffic.save(traffic.record(tmp_path / "azure"), file)
    return traffic.load(file)


@pytest.fixture
def of_kind(exchanges: list[Exchange]) -> Callable[[str, str], Exchange]:
    """A recorded exchange that went well, for a negative control to spoil."""

    def find(method: str, kind: str) -> Exchange:
        return next(
            one for one in exchanges if (one.method, one.kind) == (method, kind) and one.well
        )

    return find
