"""How a job comes to its end: from the last step through the clean-up to the last transaction."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from spotpc.jobs import transitions
from spotpc.jobs.kinds import JobKind
from spotpc.jobs.models import Job, JobEvent, JobResource
from spotpc.jobs.retries import Trouble
from spotpc.jobs.tick import STANDING, record

State = Job.State
AT_REST = {
    "attempt": 0,
    "strikes": 0,
    "retrying_since": None,
    "waiting_for": "",
    "progress_done": 0,
    "progress_total": 0,
}


def cancel_due(job: Job, kind: JobKind) -> bool:
    """Is a request to cancel to be followed here and now?"""
    return (
        job.cancel_requested_at is not None
        and job.state != State.CLEANING
        and not job.past_no_return
        and not kind.handles_cancel
    )


def go_on(job: Job, kind: JobKind) -> None:
    """A step is behind us: the next one of the same phase, or the next phase."""
    phase = kind.cleanup if job.state == State.CLEANING else kind.steps
    names = [step.name for step in phase]
    after = names[names.index(job.step) + 1 :] if job.step in names else []
    if after:
        transitions.write(job, step=after[0], **AT_REST)
    elif job.state == State.CLEANING:
        transitions.write(job, step="", **AT_REST)
    else:
        clean_up(job, kind, State.SUCCEEDED)


def clean_up(job: Job, kind: JobKind, outcome: str, trouble: Trouble | None = None) -> None:
    """The outcome is known. The clean-up runs whatever it is."""
    fields = dict(AT_REST, step=kind.cleanup[0].name if kind.cleanup else "")
    if trouble is not None:
        fields |= {
            "error_code": trouble.code,
            "error_text": trouble.sentence,
            "error_remedy": trouble.remedy,
        }
    with transitions.held(job):
        transitions.move(job, State.CLEANING, outcome=outcome, **fields)


def give_up(job: Job, kind: JobKind, trouble: Trouble) -> None:
    """No more tries for this step. Main steps fail the job; clean-up steps leave something."""
    with transitions.held(job):
        record(job, f"{trouble.sentence} {trouble.remedy}".strip(), JobEvent.Level.ERROR)
        if job.state != State.CLEANING:
            clean_up(job, kind, State.FAILED, trouble)
            return
        told = job.cleanup_error
        transitions.write(job, cleanup_error=f"{told} {trouble.sentence}".strip())
        go_on(job, kind)


def finish(job: Job, kind: JobKind) -> None:
    """The last transaction: the job's end and what it means for the domain's rows, or neither."""
    with transitions.held(job):
        if job.cleanup_error:
            _list_left_behind(job)
        record(job, END_TEXT[job.outcome], END_LEVEL.get(job.outcome, JobEvent.Level.INFO))
        transitions.move(
            job,
            job.outcome,
            finished_at=timezone.now(),
            next_run_at=None,
            **AT_REST,
            **transitions.RELEASED,
        )
        if kind.on_end is not None:
            kind.on_end(job)


END_TEXT: Mapping[str, str] = {
    State.SUCCEEDED: "Finished.",
    State.FAILED: "Failed.",
    State.CANCELLED: "Cancelled.",
}
END_LEVEL: Mapping[str, str] = {
    State.FAILED: JobEvent.Level.ERROR,
    State.CANCELLED: JobEvent.Level.WARNING,
}


def _list_left_behind(job: Job) -> None:
    rows = JobResource.objects.filter(job=job, fate__in=STANDING)
    left = [str(row) for row in rows]
    if not left:
        return
    rows.update(
        fate=JobResource.Fate.KEPT, reason=f"The clean-up did not succeed: {job.cleanup_error}"
    )
    record(job, f"Left behind in Azure: {', '.join(left)}.", JobEvent.Level.ERROR)
