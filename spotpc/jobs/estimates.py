"""How far a job is and how long its steps take, as its page shows it. Reads rows only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from spotpc.jobs.kinds import JobKind, Step, kind_of
from spotpc.jobs.models import Job, JobStepRun
from spotpc.jobs.services import too_late

HISTORY = 10  # runs of a step that its estimate is made of


@dataclass(frozen=True)
class StepProgress:
    """One step on the page. `state`: done, current, stopped, skipped or todo. Real seconds."""

    name: str
    title: str
    state: str
    elapsed: float | None
    expected: float


@dataclass(frozen=True)
class Progress:
    """A whole job on the page. Times are real seconds; `expected` covers steps still needed."""

    job: Job
    title: str
    steps: tuple[StepProgress, ...]
    elapsed: float
    expected: float
    remaining: float
    waiting_for: str
    next_look_at: datetime | None
    too_late: str  # why it cannot be cancelled; empty if it can
    subject_url: str = ""

    @property
    def percent(self) -> int:
        """By time; 100 only when it is over."""
        if not self.job.active:
            return 100
        whole = self.elapsed + self.remaining
        return min(99, int(100 * self.elapsed / whole)) if whole else 0


def expected_seconds(tenant_id: int, kind: JobKind) -> dict[str, float]:
    """Real seconds by step name: the median of this tenant's last runs, else the step's own
    figure. One query."""
    recent = (
        JobStepRun.objects.filter(tenant_id=tenant_id, kind=kind.name, finished_at__isnull=False)
        .annotate(age=Window(RowNumber(), "step", F("finished_at").desc()))
        .filter(age__lte=HISTORY)
        .values_list("step", "started_at", "finished_at")
        .order_by()
    )
    took: dict[str, list[float]] = defaultdict(list)
    for step, started, finished in recent:
        if finished is not None:
            took[step].append((finished - started).total_seconds())
    return {
        step.name: median(took[step.name])
        if step.name in took
        else step.expected / settings.AZURE_PACE
        for step in kind
    }


def progress_of(job: Job) -> Progress:
    """Two queries, and what the kind's `url` takes.

    A kind that is not installed any more shows no steps.
    """
    try:
        kind = kind_of(job.kind)
    except LookupError:
        return _progress(job, job.kind, ())
    now = job.finished_at or timezone.now()
    runs = {run.step: run for run in job.runs.all()}
    expected = expected_seconds(job.tenant_id, kind)
    steps = tuple(_step(job, step, runs, expected, now) for step in kind)
    return _progress(job, kind.title, steps, kind.url(job) if kind.url else "")


def _step(
    job: Job,
    step: Step,
    runs: Mapping[str, JobStepRun],
    expected: Mapping[str, float],
    now: datetime,
) -> StepProgress:
    run = runs.get(step.name)
    elapsed = None if run is None else ((run.finished_at or now) - run.started_at).total_seconds()
    return StepProgress(step.name, step.title, _state(job, step, run), elapsed, expected[step.name])


def _state(job: Job, step: Step, run: JobStepRun | None) -> str:
    if run is not None and run.finished_at:
        return "done"
    if job.active and job.step == step.name:
        return "current"
    if run is not None:
        return "stopped"
    cleanup = {each.name for each in kind_of(job.kind).cleanup}
    over = not job.active or (job.state == Job.State.CLEANING and step.name not in cleanup)
    return "skipped" if over else "todo"


def _progress(
    job: Job, title: str, steps: tuple[StepProgress, ...], subject_url: str = ""
) -> Progress:
    began = job.started_at or job.created_at
    elapsed = ((job.finished_at or timezone.now()) - began).total_seconds()
    remaining = sum(
        max(0.0, step.expected - (step.elapsed or 0.0))
        for step in steps
        if step.state in ("current", "todo")
    )
    return Progress(
        job=job,
        title=title,
        steps=steps,
        elapsed=elapsed,
        expected=elapsed + remaining,
        remaining=remaining,
        waiting_for=job.waiting_for,
        next_look_at=job.next_run_at if job.active and not job.lease_token else None,
        too_late=too_late(job),
        subject_url=subject_url,
    )
