"""Many workers, many clicks, and kill -9: in processes and on a database of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Stage = Callable[..., Any]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An SQLite file; where the suite runs on PostgreSQL, a database there."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{tmp_path_factory.mktemp('stage') / 'stage.sqlite3'}"
        return
    import psycopg

    base, name = server.rsplit("/", 1)[0], f"stage_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{base}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def run(database: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.jobs.stage", *arguments],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "DATABASE_URL": database, "SPOTPC_DEVELOPMENT": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert call("prepare").returncode == 0
    return call


@pytest.fixture
def stage(run: Any) -> Stage:
    def call(*arguments: str) -> Any:
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def test_one_of_eight_workers_gets_the_tick(stage: Stage) -> None:
    seen = stage("claims")
    assert seen["winners"] == [1] * 10
    assert seen["passes"] == 10
    assert (seen["facts"], seen["state"]) == ({"passes": 10}, "succeeded")


def test_one_of_eight_clicks_gets_the_job(stage: Stage) -> None:
    seen = stage("enqueues")
    assert seen["jobs"] == 1
    assert len([answer for answer in seen["answers"] if answer.startswith("job ")]) == 1
    refused = [answer for answer in seen["answers"] if answer.startswith("Another job runs on")]
    assert len(refused) == 7


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_worker_costs_one_pass(run: Any, stage: Stage, moment: str) -> None:
    assert run("die", moment).returncode == -signal.SIGKILL
    assert stage("state") == {
        "state": "running",
        "leased": True,
        "gone": True,
        "retries_itself": True,
        "ledger": [["thing1", "planned"]],
    }
    seen = stage("revive")
    assert (seen["before"], seen["freed"], seen["after"]) == (False, 1, True)
    assert (seen["state"], seen["ledger"]) == ("succeeded", [["thing1", "exists"]])
    assert seen["facts"] == {"sent": moment == "after"}
    assert "The worker was lost in this step. Another one goes on." in seen["timeline"]
