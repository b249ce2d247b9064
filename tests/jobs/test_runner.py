"""One tick after the other: steps, waits, retries and the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from spotpc.azure.errors import Decision, NotFound, RetryLater, Stopped
from spotpc.jobs.kinds import Done, Step, Wait
from spotpc.jobs.models import Job, JobResource
from spotpc.jobs.runner import run_tick
from tests.jobs.conftest import START, noting, run_out, seconds, skip_to, texts, tick

State = Job.State


def busy(code: str = "throttled", after: float | None = None, asked: bool = True) -> RetryLater:
    error = RetryLater(code, "Azure is busy.", "Nothing to do.", Decision.RETRY)
    error.after, error.asked = after, asked
    return error


def stopped() -> Stopped:
    return Stopped("quota-cores", "No cores left.", "Ask for more.", Decision.PAUSE)


def lasted(job: Job) -> timedelta:
    assert job.finished_at is not None
    return job.finished_at - START


def test_steps_that_are_done_at_once_share_a_tick(make_kind: Any, start: Any, clock: Any) -> None:
    order: list[str] = []

    def first(t: Any) -> Any:
        order.append("one")
        return Done("first done")

    kind = make_kind(
        Step("one", "One", first),
        Step("two", "Two", noting(order, "two")),
    )
    job = tick(start(kind))
    assert order == ["one", "two"]
    assert (job.state, job.next_run_at, job.lease_token) == (State.SUCCEEDED, None, "")
    assert job.finished_at == START
    assert texts(job) == ["One", "first done", "Two", "Finished."]


def test_a_wait_gives_the_lease_back_and_says_why(make_kind: Any, start: Any, clock: Any) -> None:
    def look(t: Any) -> Any:
        t.facts["looks"] = t.facts.get("looks", 0) + 1
        return Wait("the VM is starting", 30) if t.facts["looks"] < 3 else Done()

    job = tick(start(make_kind(look)))
    assert (job.state, job.waiting_for) == (State.WAITING, "the VM is starting")
    assert job.next_run_at == START + seconds(30)
    assert (job.lease_token, job.lease_until) == ("", None)
    assert not run_tick(job.pk)
    skip_to(clock, job)
    assert tick(job).facts == {"looks": 2}
    skip_to(clock, job)
    assert tick(job).state == State.SUCCEEDED


@pytest.mark.parametrize(("pace", "expected"), [(1, 30.0), (10, 3.0), (600, 0.25)])
def test_azure_seconds_follow_the_pace(
    make_kind: Any, start: Any, clock: Any, settings: Any, pace: float, expected: float
) -> None:
    settings.AZURE_PACE = pace
    job = tick(start(make_kind(Step("w", "W", lambda t: Wait("x", 30)))))
    assert job.next_run_at == START + seconds(expected)


def test_a_promised_time_does_not(make_kind: Any, start: Any, clock: Any, settings: Any) -> None:
    settings.AZURE_PACE = 60
    at = START + timedelta(hours=5)
    job = tick(start(make_kind(Step("w", "W", lambda t: Wait("x", until=at), timeout=60))))
    assert job.next_run_at == at


def test_retry_after_is_real_time(make_kind: Any, start: Any, clock: Any, settings: Any) -> None:
    settings.AZURE_PACE = 60
    answers = [busy(after=20), None]

    def call(t: Any) -> Any:
        t.facts["called"] = True
        if error := answers.pop(0):
            raise error
        return Done()

    job = tick(start(make_kind(call)))
    assert (job.state, job.waiting_for) == (State.WAITING, "Azure is busy.")
    assert job.next_run_at == START + seconds(20)
    assert job.facts == {"called": True}
    clock.shift(19.9)
    assert not run_tick(job.pk)
    clock.shift(0.1)
    assert tick(job).state == State.SUCCEEDED


def test_advice_of_the_catalogue_is_azure_time(
    make_kind: Any, start: Any, clock: Any, settings: Any
) -> None:
    settings.AZURE_PACE = 10

    def call(t: Any) -> Any:
        raise busy(after=20, asked=False)

    assert tick(start(make_kind(call))).next_run_at == START + seconds(2)


def test_backoff_doubles_and_is_forgotten_after_success(
    make_kind: Any, start: Any, clock: Any
) -> None:
    answers: list[Any] = [busy(), busy(), busy(), Wait("x", 1), busy()]

    def call(t: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    job, delays = start(make_kind(call)), []
    for _ in range(5):
        before = job.next_run_at
        job = tick(job)
        delays.append((job.next_run_at - before).total_seconds())
        skip_to(clock, job)
    assert delays == [15, 30, 60, 1, 15]
    assert texts(job).count("Azure is busy.") == 2  # once per spell, not once per try


def test_a_known_trouble_is_borne_for_two_hours(make_kind: Any, start: Any, clock: Any) -> None:
    def call(t: Any) -> Any:
        raise busy()

    job = run_out(clock, start(make_kind(call)))
    assert (job.state, job.error_code) == (State.FAILED, "throttled")
    assert timedelta(hours=2) < lasted(job) < timedelta(hours=2, minutes=15)


def test_at_high_pace_there_are_still_a_dozen_tries(
    make_kind: Any, start: Any, clock: Any, settings: Any
) -> None:
    settings.AZURE_PACE = 600
    calls: list[int] = []

    def call(t: Any) -> Any:
        calls.append(1)
        raise busy(after=20)

    job = run_out(clock, start(make_kind(call)))
    assert (job.state, len(calls)) == (State.FAILED, 12)


@pytest.mark.parametrize(
    "error",
    [busy("unknown"), NotFound("gone", "It is not there.", "", Decision.FAIL)],
    ids=["unknown", "not found"],
)
def test_what_nobody_can_explain_is_tried_five_times_more(
    make_kind: Any, start: Any, clock: Any, error: Exception
) -> None:
    calls: list[int] = []

    def call(t: Any) -> Any:
        calls.append(1)
        raise error

    job = run_out(clock, start(make_kind(call)))
    assert (job.state, len(calls)) == (State.FAILED, 6)
    assert job.error_code in ("unknown", "gone")


def test_stopped_fails_at_once_with_words(make_kind: Any, start: Any, clock: Any) -> None:
    def call(t: Any) -> Any:
        raise stopped()

    job = tick(start(make_kind(call, lambda t: Done())))
    assert (job.state, job.error_code) == (State.FAILED, "quota-cores")
    assert (job.error_text, job.error_remedy) == ("No cores left.", "Ask for more.")
    assert texts(job)[-2:] == ["No cores left. Ask for more.", "Failed."]


def test_a_fault_of_the_portal_is_retried_then_fails_with_a_reference(
    make_kind: Any, start: Any, clock: Any, caplog: Any
) -> None:
    def broken(t: Any) -> Any:
        t.facts["half"] = "done"
        return 1 / 0

    job = tick(start(make_kind(broken)))
    assert job.state == State.WAITING
    reference = job.waiting_for.split("reference ")[1].rstrip(").")
    assert reference in caplog.text
    assert "ZeroDivisionError" in caplog.text
    job = run_out(clock, job)
    assert (job.state, job.error_code, job.facts) == (State.FAILED, "portal-fault", {})


def test_facts_that_cannot_be_stored_and_wrong_answers_are_faults(
    make_kind: Any, start: Any, clock: Any
) -> None:
    def silent(t: Any) -> Any:
        return None

    def unstorable(t: Any) -> Any:
        t.facts["x"] = object()
        return Done()

    assert run_out(clock, start(make_kind(unstorable))).error_code == "portal-fault"
    job = run_out(clock, start(make_kind(Step("n", "N", silent))))
    assert job.error_code == "portal-fault"


def test_an_interrupted_pass_is_a_retry(make_kind: Any, start: Any, clock: Any) -> None:
    answers: list[Any] = [SoftTimeLimitExceeded(), None]

    def slow(t: Any) -> Any:
        if error := answers.pop(0):
            raise error
        return Done()

    job = tick(start(make_kind(slow)))
    assert job.state == State.WAITING
    skip_to(clock, job)
    assert tick(job).state == State.SUCCEEDED


def test_a_step_has_its_time(make_kind: Any, start: Any, clock: Any, settings: Any) -> None:
    settings.AZURE_PACE = 2
    step = Step("boot", "Start Windows", lambda t: Wait("the agent", 30), timeout=600)
    job = run_out(clock, start(make_kind(step)))
    assert (job.state, job.error_code) == (State.FAILED, "timeout")
    assert "“Start Windows” was not done after 10 minutes" in job.error_text
    assert "the agent" in job.error_text
    assert seconds(300) < lasted(job) < seconds(330)


def test_retries_do_not_outlast_the_time(make_kind: Any, start: Any, clock: Any) -> None:
    def call(t: Any) -> Any:
        raise busy()

    job = run_out(clock, start(make_kind(Step("c", "C", call, timeout=300))))
    assert job.error_code == "timeout"
    assert "Azure is busy." in job.error_text


def test_the_domain_changes_in_the_same_transaction(
    make_kind: Any, start: Any, clock: Any, site: Any
) -> None:
    seen: list[Any] = []

    def ended(job: Job) -> None:
        seen.append(job.state)
        subject: Any = job.subject
        subject.name = "half"
        subject.save()

    kind = make_kind(
        Step("one", "One", lambda t: Done()), on_end=ended, on_step=lambda j, s: seen.append(s)
    )
    job = tick(start(kind))
    assert seen == ["one", State.SUCCEEDED]
    site.refresh_from_db()
    assert (job.state, site.name) == (State.SUCCEEDED, "half")


def test_a_bug_at_the_end_keeps_job_and_domain_as_they_were(
    make_kind: Any, start: Any, clock: Any, site: Any
) -> None:
    broken = [True]

    def ended(job: Job) -> None:
        subject: Any = job.subject
        subject.name = "changed"
        subject.save()
        if broken:
            raise RuntimeError("a bug")

    job = tick(start(make_kind(Step("one", "One", lambda t: Done()), on_end=ended)))
    for _ in range(20):  # far more than the strikes: ending is never given up
        skip_to(clock, job)
        job = tick(job)
    site.refresh_from_db()
    assert (job.state, job.outcome, site.name) == (State.CLEANING, State.SUCCEEDED, "Main")
    broken.clear()
    job = run_out(clock, job)
    site.refresh_from_db()
    assert (job.state, site.name) == (State.SUCCEEDED, "changed")


def test_a_kind_that_is_not_installed_waits_for_its_release(
    make_kind: Any, start: Any, clock: Any, monkeypatch: Any
) -> None:
    from spotpc.jobs import kinds

    kind = make_kind(Step("one", "One", lambda t: Done()))
    job = start(kind)
    with monkeypatch.context() as patch:
        patch.delitem(kinds._kinds, kind.name)
        patch.setattr(kinds, "discover", lambda: None)
        for _ in range(12):
            skip_to(clock, job)
            job = tick(job)
    assert job.state == State.WAITING
    assert run_out(clock, job).state == State.SUCCEEDED


def test_a_step_that_a_release_dropped_fails_the_job_and_cleans(
    make_kind: Any, start: Any, clock: Any
) -> None:
    cleaned: list[str] = []
    kind = make_kind(
        Step("one", "One", lambda t: Wait("x", 1)),
        cleanup=[Step("tidy", "Tidy", noting(cleaned, "tidy"))],
    )
    job = tick(start(kind))
    Job.objects.filter(pk=job.pk).update(step="of-an-older-release")
    job = run_out(clock, job)
    assert (job.state, job.error_code, cleaned) == (State.FAILED, "portal-fault", ["tidy"])


def test_the_ledger_is_written_before_the_request(make_kind: Any, start: Any, clock: Any) -> None:
    seen: list[str] = []

    def create(t: Any) -> Any:
        t.claim("virtual machine", "/vm/1", "vm1")
        t.claim("virtual machine", "/vm/1", "vm1")
        seen.extend(JobResource.objects.values_list("fate", flat=True))
        return Wait("x", 1) if len(seen) < 2 else Done()

    def settle(t: Any) -> Any:
        assert [row.name for row in t.resources("virtual machine")] == ["vm1"]
        t.gone("/vm/1")
        t.gone("/never/claimed")
        assert t.resources() == []
        t.claim("virtual machine", "/vm/1", "vm1")  # made anew under the same name
        assert [row.fate for row in t.resources()] == ["planned"]
        t.kept("/vm/1", "it is the product")
        return Done()

    job = run_out(clock, start(make_kind(create, settle)))
    assert job.state == State.SUCCEEDED
    assert seen == ["planned", "exists"]
    row = JobResource.objects.get()
    assert (row.fate, row.reason, row.tenant_id) == ("kept", "it is the product", job.tenant_id)


def test_progress_within_a_step(make_kind: Any, start: Any, clock: Any) -> None:
    def build(t: Any) -> Any:
        t.progress(3, 8)
        assert t.waited() == timedelta(0)
        return Wait("hosts", 5)

    job = tick(start(make_kind(build)))
    assert (job.progress_done, job.progress_total) == (3, 8)
