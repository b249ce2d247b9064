"""Claims, lost leases, and the moves of the state machine."""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from spotpc.jobs import sweeps, transitions
from spotpc.jobs.kinds import Done, Step, Wait
from spotpc.jobs.models import Job, JobResource
from spotpc.jobs.process import is_gone, this_process
from spotpc.jobs.retries import STRIKES
from spotpc.jobs.runner import run_tick
from tests.jobs.conftest import START, noting, run_out, skip_to, texts, tick

State = Job.State
LEGAL = {
    ("queued", "running"), ("waiting", "running"), ("running", "running"),
    ("running", "waiting"), ("running", "cleaning"), ("cleaning", "cleaning"),
    ("cleaning", "succeeded"), ("cleaning", "failed"), ("cleaning", "cancelled"),
}  # fmt: skip


@pytest.fixture
def job(make_kind: Any, start: Any, clock: Any) -> Job:
    job: Job = start(make_kind(Step("one", "One", lambda t: Done())))
    return job


@pytest.mark.parametrize(("source", "to"), list(product(State.values, State.values)))
def test_only_the_moves_of_the_docstring_happen(job: Job, source: str, to: str) -> None:
    ended = source in Job.ENDED
    due = {"next_run_at": None} if ended else {}
    Job.objects.filter(pk=job.pk).update(state=source, lease_token="mine", **due)
    job.lease_token = "mine"
    after = {"next_run_at": None} if to in Job.ENDED else {"next_run_at": START}
    if (source, to) in LEGAL:
        transitions.move(job, to, **after)
        assert Job.objects.get(pk=job.pk).state == to
        return
    with pytest.raises((transitions.LeaseLost, KeyError)):
        transitions.move(job, to, **after)
    assert Job.objects.get(pk=job.pk).state == source


@pytest.mark.parametrize("token", ["", "theirs"])
def test_nothing_is_written_without_the_token(job: Job, token: str) -> None:
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, lease_token="mine")
    job.lease_token = token
    with pytest.raises(transitions.LeaseLost):
        transitions.write(job, waiting_for="x")
    with pytest.raises(transitions.LeaseLost), transitions.held(job):
        pytest.fail("the body ran")


def test_a_claim_schedules_its_own_replacement_first(job: Job, settings: Any) -> None:
    settings.CELERY_TASK_TIME_LIMIT = 90
    mine = transitions.claim(job.pk, "somebody")
    assert mine is not None
    assert mine.lease_until == mine.next_run_at == START + timedelta(seconds=180)
    assert (mine.state, mine.lease_owner, mine.started_at) == ("running", "somebody", START)
    assert transitions.claim(job.pk, "another") is None


def test_a_claim_while_cleaning_stays_there(make_kind: Any, start: Any, clock: Any) -> None:
    states: list[str] = []

    def tidy(t: Any) -> Any:
        states.append(t.job.state)
        return Wait("x", 1) if len(states) < 2 else Done()

    job = tick(start(make_kind(Step("one", "One", lambda t: Done()), cleanup=[tidy])))
    skip_to(clock, job)
    tick(job)
    assert states == ["cleaning", "cleaning"]


def test_a_worker_that_wakes_late_writes_nothing(
    make_kind: Any, start: Any, clock: Any, caplog: Any
) -> None:
    """A paused worker: its lease runs out, another one takes the job, then it wakes."""
    sent: list[str] = []

    def act(t: Any) -> Any:
        if not sent:
            sent.append("first worker stalls")
            clock.shift(181)
            assert run_tick(t.job.pk)  # the other worker
            t.facts["late"] = True
            t.claim("thing", "/thing", "thing")
            sent.append("sent twice")
        return Wait("the other's", 60)

    job = tick(start(make_kind(act)))
    assert sent == ["first worker stalls"]
    assert (job.waiting_for, job.facts, job.lease_token) == ("the other's", {}, "")
    assert not JobResource.objects.exists()
    assert "not ours any more" in caplog.text
    assert "The worker was lost in this step. Another one goes on." in texts(job)


def test_a_step_that_kills_its_workers_is_given_up(make_kind: Any, start: Any, clock: Any) -> None:
    def poison(t: Any) -> Any:
        raise SystemExit(137)

    cleaned: list[str] = []
    tidy = Step("tidy", "Tidy", noting(cleaned))
    job = start(make_kind(poison, cleanup=[tidy]))
    for _ in range(STRIKES + 1):
        skip_to(clock, job)
        with pytest.raises(SystemExit):
            run_tick(job.pk)
        job.refresh_from_db()
        assert job.state == State.RUNNING
    job = run_out(clock, job)
    assert (job.state, job.error_code, cleaned) == (State.FAILED, "portal-fault", ["failed"])


def test_reap_frees_only_what_a_dead_process_of_this_host_holds(
    make_kind: Any, start: Any, clock: Any, messages: Any
) -> None:
    def hold(t: Any) -> Any:
        raise SystemExit(1)

    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    dead = this_process().rpartition(":")[0] + f":{child}"
    assert is_gone(dead)
    job = start(make_kind(hold))
    for owner, freed in [
        (this_process(), 0),
        ("another-host/1:" + str(child), 0),
        ("nonsense", 0),
        (dead, 1),
    ]:
        Job.objects.filter(pk=job.pk).update(
            state="running", lease_owner=owner, lease_token="t",
            lease_until=START + timedelta(seconds=100), next_run_at=START + timedelta(seconds=100),
        )  # fmt: skip
        assert sweeps.reap() == freed
    assert messages() == [job.pk]
    job.refresh_from_db()
    assert job.next_run_at == START
    with pytest.raises(SystemExit):
        run_tick(job.pk)
    assert "The worker was lost in this step. Another one goes on." in texts(job)


def test_sweeps_run_even_if_one_fails(
    make_kind: Any, start: Any, clock: Any, monkeypatch: Any, caplog: Any
) -> None:
    ran: list[str] = []

    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(sweeps, "_sweeps", [])
    monkeypatch.setattr(sweeps, "discover", lambda: None)
    sweeps.register_sweep(broken)
    assert sweeps.register_sweep(ok := lambda: ran.append("ok")) is ok
    sweeps.sweep()
    assert ran == ["ok"]
    assert "broken" in caplog.text


def test_orphans_are_what_ended_jobs_left_without_a_word(
    make_kind: Any, start: Any, clock: Any
) -> None:
    def create(t: Any) -> Any:
        for name in ("a", "b", "c"):
            t.claim("thing", f"/{name}", name)
        t.kept("/b", "product")
        t.gone("/c")
        return Done() if t.facts.get("again") else (t.facts.update(again=1) or Wait("x", 1))

    job = tick(start(make_kind(create)))
    assert not sweeps.orphans().exists()  # a job that still runs will see to it
    skip_to(clock, job)
    tick(job)
    assert [row.name for row in sweeps.orphans()] == ["a"]
