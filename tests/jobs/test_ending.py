"""Cancel, clean-up, and what is left behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from spotpc.azure.errors import Decision, Stopped
from spotpc.jobs.kinds import Cancelled, Done, Step, Wait
from spotpc.jobs.models import Job, JobResource
from spotpc.jobs.services import request_cancel, run_now, too_late
from tests.jobs.conftest import START, run_out, skip_to, texts, tick

State = Job.State


def waits(t: Any) -> Any:
    return Wait("something slow", 3600)


def done(t: Any) -> Any:
    return Done()


def fails(t: Any) -> Any:
    raise Stopped("quota", "No cores left.", "Ask.", Decision.FAIL)


class Janitor:
    """A clean-up step that notes how the job is going to end."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def __call__(self, t: Any) -> Any:
        self.outcomes.append(t.job.outcome)
        return Done("tidied")

    @property
    def step(self) -> Step:
        return Step("tidy", "Tidy up", self)


@pytest.mark.parametrize(
    ("step", "cancel", "outcome"),
    [
        (done, False, State.SUCCEEDED),
        (fails, False, State.FAILED),
        (waits, True, State.CANCELLED),
    ],
)
def test_the_clean_up_runs_however_it_ends(
    make_kind: Any, start: Any, clock: Any, step: Any, cancel: bool, outcome: str
) -> None:
    janitor, ended = Janitor(), []
    job = tick(
        start(make_kind(step, cleanup=[janitor.step], on_end=lambda j: ended.append(j.state)))
    )
    if cancel:
        request_cancel(job, "bob@example.com")
    job = run_out(clock, job)
    assert (job.state, janitor.outcomes, ended) == (outcome, [outcome], [outcome])


def test_cancel_does_not_wait_for_the_next_look(
    make_kind: Any, start: Any, clock: Any, messages: Any, django_capture_on_commit_callbacks: Any
) -> None:
    job = tick(start(make_kind(waits, done)))
    messages()
    with django_capture_on_commit_callbacks(execute=True):
        request_cancel(job, "bob@example.com")
        request_cancel(job, "bob@example.com")
    assert messages() == [job.pk]
    assert job.next_run_at == START
    assert tick(job).state == State.CANCELLED
    assert texts(job)[-2:] == ["bob@example.com asked to cancel.", "Cancelled."]


def test_a_job_cancelled_before_it_began_runs_no_step(
    make_kind: Any, start: Any, clock: Any
) -> None:
    job = start(make_kind(fails), run_at=START + timedelta(days=3))
    request_cancel(job, "bob@example.com")
    assert tick(job).state == State.CANCELLED
    assert job.runs.count() == 0


def test_cancel_that_comes_in_mid_step_is_not_slept_over(
    make_kind: Any, start: Any, clock: Any
) -> None:
    def is_asked(t: Any) -> Any:
        request_cancel(Job.objects.get(pk=t.job.pk), "bob@example.com")
        assert not t.cancel_requested
        return Wait("tomorrow", until=START + timedelta(days=1))

    job = tick(start(make_kind(is_asked)))
    assert (job.state, job.next_run_at) == (State.WAITING, START)
    assert tick(job).state == State.CANCELLED


def test_cancel_between_two_steps_of_one_tick(make_kind: Any, start: Any, clock: Any) -> None:
    def is_asked(t: Any) -> Any:
        request_cancel(Job.objects.get(pk=t.job.pk), "bob@example.com")
        return Done()

    job = tick(start(make_kind(is_asked, Step("gone", "Too late", fails, no_return=True))))
    assert (job.state, job.error_code, job.past_no_return) == (State.CANCELLED, "", False)


def test_cancel_in_the_last_moment_before_the_point_of_no_return(
    make_kind: Any, start: Any, clock: Any
) -> None:
    """The pass has read the row and is about to begin the step when somebody clicks."""
    job = start(make_kind(Step("gone", "Too late", fails, no_return=True)))
    asked: list[str] = []

    def click(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not asked and "jobs_jobsteprun" in sql:
            asked.append("now")
            request_cancel(Job.objects.get(pk=job.pk), "bob@example.com")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(click):
        tick(job)
    assert asked == ["now"]
    assert (job.state, job.error_code, job.past_no_return) == (State.CANCELLED, "", False)


def test_past_the_point_of_no_return_cancel_is_answered(
    make_kind: Any, start: Any, clock: Any
) -> None:
    answers: list[Any] = [Wait("sysprep", 60), Done()]
    generalize = Step("generalize", "Generalize", lambda t: answers.pop(0), no_return=True)
    job = tick(start(make_kind(done, generalize, done_later())))
    assert job.past_no_return
    request_cancel(job, "bob@example.com")
    request_cancel(job, "bob@example.com")
    answer = "bob@example.com asked to cancel. " + too_late(job)
    assert "“Generalize” has begun and cannot be undone" in answer
    assert texts(job).count(answer) == 1
    assert job.next_run_at == START + timedelta(seconds=60)
    assert run_out(clock, job).state == State.SUCCEEDED


def done_later() -> Step:
    def later(t: Any) -> Any:
        assert not t.cancel_requested
        return Done()

    return Step("later", "Later", later)


def test_a_kind_may_handle_cancel_itself(make_kind: Any, start: Any, clock: Any) -> None:
    def rollout(t: Any) -> Any:
        if not t.cancel_requested:
            return Wait("hosts", 60)
        t.facts["stopping"] = t.facts.get("stopping", 0) + 1
        return Wait("the last host", 60) if t.facts["stopping"] < 2 else Cancelled("Put back.")

    janitor = Janitor()
    job = tick(start(make_kind(rollout, cleanup=[janitor.step], handles_cancel=True)))
    request_cancel(job, "bob@example.com")
    job = tick(job)
    assert (job.state, job.waiting_for) == (State.WAITING, "the last host")
    assert job.next_run_at == START + timedelta(seconds=60)
    skip_to(clock, job)
    assert tick(job).state == State.CANCELLED
    assert janitor.outcomes == [State.CANCELLED]
    assert "Put back." in texts(job)


def test_cancelled_is_no_answer_for_other_kinds(make_kind: Any, start: Any, clock: Any) -> None:
    job = run_out(clock, start(make_kind(Step("c", "C", lambda t: Cancelled("?")))))
    assert (job.state, job.error_code) == (State.FAILED, "portal-fault")


def test_cancel_while_cleaning_or_after_the_end_changes_nothing(
    make_kind: Any, start: Any, clock: Any
) -> None:
    job = tick(start(make_kind(done, cleanup=[waits])))
    assert (job.state, job.outcome) == (State.CLEANING, State.SUCCEEDED)
    request_cancel(job, "bob@example.com")
    assert job.cancel_requested_at is None
    Job.objects.filter(pk=job.pk).update(state=State.SUCCEEDED, next_run_at=None, finished_at=START)
    request_cancel(job, "bob@example.com")
    run_now(job, "bob@example.com")
    assert (job.cancel_requested_at, job.next_run_at) == (None, None)


def test_a_clean_up_that_gives_up_lists_what_it_left(
    make_kind: Any, start: Any, clock: Any
) -> None:
    def create(t: Any) -> Any:
        for name in ("vm1", "disk1", "image1"):
            t.claim("thing", f"/{name}", name)
        t.kept("/image1", "it is the product")
        return Done()

    def remove_disk(t: Any) -> Any:
        t.gone("/disk1")
        return Done()

    job = run_out(clock, start(make_kind(create, cleanup=[fails, remove_disk])))
    fates = {row.name: (row.fate, row.reason) for row in JobResource.objects.all()}
    assert job.state == State.SUCCEEDED
    assert fates == {
        "vm1": ("kept", "The clean-up did not succeed: No cores left."),
        "disk1": ("gone", ""),
        "image1": ("kept", "it is the product"),
    }
    assert job.events.filter(level="error", text="Left behind in Azure: thing vm1.").exists()


def test_the_clean_up_has_its_own_retries(make_kind: Any, start: Any, clock: Any) -> None:
    tries: list[int] = []

    def flaky(t: Any) -> Any:
        tries.append(1)
        if len(tries) < 4:
            raise RuntimeError("not yet")
        return Done()

    job = run_out(clock, start(make_kind(fails, cleanup=[flaky])))
    assert (job.state, job.error_code, len(tries)) == (State.FAILED, "quota", 4)
    assert job.cleanup_error == ""


def test_run_now_wakes_a_waiting_job_and_leaves_a_running_one_alone(
    make_kind: Any, start: Any, clock: Any
) -> None:
    def is_pushed(t: Any) -> Any:
        before = Job.objects.get(pk=t.job.pk).next_run_at
        run_now(Job.objects.get(pk=t.job.pk), "bob@example.com")
        assert Job.objects.get(pk=t.job.pk).next_run_at == before
        return Wait("x", 500)

    job = tick(start(make_kind(is_pushed)))
    assert job.error_code == ""
    assert job.next_run_at == START + timedelta(seconds=500)
    run_now(job, "bob@example.com")
    assert job.next_run_at == START
    assert texts(job)[-1] == "bob@example.com asked to try now."
