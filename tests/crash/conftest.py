"""A database that other processes can open too, and workers that die on command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pytest
from django.db import connections

from spotpc.jobs.models import Job
from tests.crash.worker import Order
from tests.scene import Scene, furnished

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shared_database(tmp_path: Path, transactional_db: None) -> Iterator[str]:
    """The test database's URL. SQLite's lives in this process's memory, so it moves to a file."""
    ours = connections["default"]
    if ours.vendor != "sqlite":
        yield _url(ours.settings_dict)
        return
    file = tmp_path / "portal.sqlite3"
    with ours.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    shared = ours.copy()
    shared.settings_dict["NAME"] = str(file)
    connections["default"] = shared
    try:
        yield f"sqlite:///{file}"
    finally:
        shared.close()
        connections["default"] = ours


def _url(settings: dict[str, Any]) -> str:
    secret = f":{quote(settings['PASSWORD'], safe='')}" if settings["PASSWORD"] else ""
    place = f"{settings['HOST']}:{settings['PORT']}"
    return f"postgres://{settings['USER']}{secret}@{place}/{settings['NAME']}"


@pytest.fixture
def scene(tmp_path: Path, shared_database: str) -> Iterator[Scene]:
    with furnished(tmp_path / "azure", 20_000) as found:
        yield found


@dataclass
class Workers:
    """One after the other: each works on a job until it has ended, or until it dies."""

    process: subprocess.Popen[str]
    log: Path
    writes: int = 0  # of the last one that lived

    def run(self, job: Job, write: int = 0, when: str = "after", until: str = "") -> bool:
        """Whether this worker was killed, at that write."""
        answer = self._answer(Order(job.pk, write, when, until))
        self.writes = answer.get("writes", 0)
        job.refresh_from_db()
        return answer["killed"] is True

    def survive(self, job: Job, write: int, until: str = "") -> bool:
        """One worker dies right before this write, the next one right after it, a third goes on.

        False if the job has no such write: then a single worker came through.
        """
        crashed = self.run(job, write, "before", until)
        if crashed:
            assert self.run(job, 1, "after", until)
            self.run(job, until=until)
        return crashed

    def _answer(self, order: Order) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(order.line() + "\n")
        self.process.stdin.flush()
        answer = _line(self.process.stdout)
        assert answer, f"The worker fell over: {self.log.read_text()[-4000:]}"
        found: dict[str, Any] = json.loads(answer)
        return found


def _line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def worker_environment(scene: Scene, database: str) -> dict[str, str]:
    """What points a process of its own at the test's database and Azure."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database,
        "SPOTPC_AZURE_CLOUD": "custom",
        "SPOTPC_AZURE_AUTHORITY": scene.emulator.url,
        "SPOTPC_AZURE_RESOURCE_MANAGER": scene.emulator.url,
        "SPOTPC_AZURE_GRAPH": scene.emulator.url,
        "SPOTPC_AZURE_CA_FILE": str(scene.emulator.ca_file),
        "SPOTPC_AZURE_PACE": "100",
    }


@pytest.fixture
def workers(scene: Scene, shared_database: str, tmp_path: Path) -> Iterator[Workers]:
    log = tmp_path / "worker.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.worker"],
            cwd=ROOT, env=worker_environment(scene, shared_database), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out,
        )  # fmt: skip
    yield Workers(process, log)
    process.communicate()
