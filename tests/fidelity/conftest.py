from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from . import stage, traffic
from .stage import Stage
from .traffic import Exchange


@pytest.fixture(scope="session")
def recorded(
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
    django_db_setup: None,
    django_db_blocker: Any,
) -> list[Exchange]:
    """The traffic of one whole run. It takes a while, so the first worker that needs it records
    it, and the others wait for its file. pytest-django makes a database only for tests that are
    marked with `django_db`, so those that use this are."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent
    file = shared / "traffic.json"
    with (shared / "traffic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            with django_db_blocker.unblock():
                _record(tmp_path_factory.mktemp("azure"), file)
    return traffic.load(file)


@pytest.fixture(scope="session")
def exchanges(recorded: list[Exchange]) -> list[Exchange]:
    """Those with Azure Resource Manager and Entra."""
    return [one for one in recorded if not one.graph]


@pytest.fixture(scope="session")
def graph_exchanges(recorded: list[Exchange]) -> list[Exchange]:
    """Those with Microsoft Graph."""
    return [one for one in recorded if one.graph]


def _record(home: Path, file: Path) -> None:
    """Leaves the database as empty as it was: it is no test's own."""
    try:
        traffic.save(traffic.record(home), file)
    finally:
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage.opened(tmp_path_factory.mktemp("stage")) as found:
        yield found


@pytest.fixture
def of_kind(exchanges: list[Exchange]) -> Callable[[str, str], Exchange]:
    """A recorded exchange that went well, for a negative control to spoil."""

    def find(method: str, kind: str) -> Exchange:
        return next(
            one for one in exchanges if (one.method, one.kind) == (method, kind) and one.well
        )

    return find
