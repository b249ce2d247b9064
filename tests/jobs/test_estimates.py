"""How far a job is, and how long its steps usually take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from spotpc.azure.errors import Decision, Stopped
from spotpc.jobs.estimates import expected_seconds, progress_of
from spotpc.jobs.kinds import Done, Step, Wait
from spotpc.jobs.models import Job, JobStepRun
from spotpc.jobs.services import request_cancel
from tests.jobs.conftest import START, make_tenant, run_out, skip_to, tick


def test_the_median_of_this_tenants_last_ten_runs(
    make_kind: Any, start: Any, clock: Any, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.AZURE_PACE = 2
    kind = make_kind(
        Step("build", "Build", lambda t: Done()), Step("seal", "Seal", lambda t: Done(), 300)
    )
    job = start(kind)
    past(job, "build", [9000.0] * 5 + [100.0] * 4 + [110.0, 5000.0] * 3)  # the last ten count
    past(job, "seal", [None])  # never finished, so it says nothing
    with django_assert_num_queries(1):
        assert expected_seconds(job.tenant_id, kind) == {"build": 110.0, "seal": 150.0}
    assert expected_seconds(make_tenant("Fabrikam").pk, kind) == {"build": 30.0, "seal": 150.0}


def past(job: Job, step: str, durations: list[float] | list[None]) -> None:
    """Runs of the step by ended jobs, oldest first."""
    for number, seconds in enumerate(durations):
        began = START - timedelta(days=100 - number)
        ended = Job.objects.create(
            tenant=job.tenant, kind=job.kind, subject_type=job.subject_type, subject_id=1,
            state=Job.State.SUCCEEDED, next_run_at=None,
        )  # fmt: skip
        JobStepRun.objects.create(
            tenant=job.tenant, job=ended, kind=job.kind, step=step, started_at=began,
            finished_at=None if seconds is None else began + timedelta(seconds=seconds),
        )  # fmt: skip


def states(job: Job) -> dict[str, str]:
    return {step.name: step.state for step in progress_of(job).steps}


def test_done_current_and_to_come(
    make_kind: Any, start: Any, clock: Any, django_assert_num_queries: Any
) -> None:
    kind = make_kind(
        Step("one", "One", lambda t: Done(), 60),
        Step("two", "Two", lambda t: Wait("Azure is replicating", 30), 120),
        Step("three", "Three", lambda t: Done(), 90),
        cleanup=[Step("tidy", "Tidy", lambda t: Done(), 30)],
    )
    job = tick(start(kind))
    clock.shift(20)
    with django_assert_num_queries(2):
        seen = progress_of(job)
    assert states(job) == {"one": "done", "two": "current", "three": "todo", "tidy": "todo"}
    assert [step.elapsed for step in seen.steps] == [0, 20, None, None]
    assert (seen.elapsed, seen.remaining, seen.expected) == (20, 100 + 90 + 30, 240)
    assert seen.percent == 8
    assert (seen.waiting_for, seen.next_look_at) == ("Azure is replicating", job.next_run_at)
    assert seen.too_late == ""
    request_cancel(job, "bob@example.com")
    job = run_out(clock, job)
    assert states(job) == {"one": "done", "two": "stopped", "three": "skipped", "tidy": "done"}
    assert (progress_of(job).percent, progress_of(job).remaining) == (100, 0)
    assert progress_of(job).too_late == "It has ended."


def test_while_a_failed_job_cleans_up(make_kind: Any, start: Any, clock: Any) -> None:
    def fails(t: Any) -> Any:
        raise Stopped("quota", "No.", "", Decision.FAIL)

    tidy = Step("tidy", "Tidy", lambda t: Wait("the VM is being deleted", 60))
    job = tick(start(make_kind(fails, Step("next", "Next", fails), cleanup=[tidy])))
    assert states(job) == {"fails": "stopped", "next": "skipped", "tidy": "current"}
    assert progress_of(job).too_late == "It is cleaning up already."


def test_a_kind_that_is_gone_shows_no_steps(make_kind: Any, start: Any, clock: Any) -> None:
    job = start(make_kind(Step("one", "One", lambda t: Wait("x", 5))))
    skip_to(clock, job)
    tick(job)
    job.kind = "gone"
    assert (progress_of(job).steps, progress_of(job).title) == ((), "gone")
