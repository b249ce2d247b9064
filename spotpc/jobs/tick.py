"""What a step gets to see and to write during one tick."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from spotpc.jobs import transitions
from spotpc.jobs.models import Job, JobEvent, JobResource

STANDING = (JobResource.Fate.PLANNED, JobResource.Fate.EXISTS)


def record(job: Job, text: str, level: str = JobEvent.Level.INFO) -> None:
    """A line in the timeline."""
    JobEvent.objects.create(tenant_id=job.tenant_id, job=job, step=job.step, text=text, level=level)


@dataclass
class Tick:
    """One pass of one step. Every write here is committed at once, and only while the job is ours.

    `facts` is the step's memory between passes: JSON, saved by `claim` and `remember`, and when the
    step returns or Azure refuses. Keep hints there, never the only trace of something in Azure.
    """

    job: Job
    facts: dict[str, Any]
    now: datetime
    cancel_requested: bool
    step_began: datetime

    def held(self) -> AbstractContextManager[None]:
        """A transaction for the domain's own rows; raises LeaseLost if the job is not ours."""
        return transitions.held(self.job)

    def event(self, text: str, level: str = "info") -> None:
        with self.held():
            record(self.job, text, level)

    def remember(self) -> None:
        """Save the facts now: before a request after which they must be known."""
        transitions.write(self.job, facts=copy.deepcopy(self.facts))

    def progress(self, done: int, total: int) -> None:
        """How far this step is, as "3 of 8" on the page."""
        if (self.job.progress_done, self.job.progress_total) != (done, total):
            transitions.write(self.job, progress_done=done, progress_total=total)

    def claim(self, kind: str, resource_id: str, name: str) -> JobResource:
        """Write down what is about to be made in Azure. Call it right before the request.

        Committed, with the facts, before it returns, so that a crash after the request leaves a
        trace. Raises LeaseLost, and thereby keeps the request from being sent, if another worker
        has the job.
        """
        with self.held():
            self.remember()
            row, created = JobResource.objects.get_or_create(
                job=self.job,
                resource_id=resource_id,
                defaults={"tenant_id": self.job.tenant_id, "kind": kind, "name": name},
            )
            if not created and row.fate not in STANDING:
                row.fate, row.reason = JobResource.Fate.PLANNED, ""
                row.save(update_fields=["fate", "reason"])
        return row

    def gone(self, resource_id: str) -> None:
        """It is not in Azure any more. Without a ledger row there is nothing to note."""
        self._settle(resource_id, JobResource.Fate.GONE, "")

    def kept(self, resource_id: str, reason: str) -> None:
        """It stays when the job ends, and why."""
        self._settle(resource_id, JobResource.Fate.KEPT, reason)

    def _settle(self, resource_id: str, fate: str, reason: str) -> None:
        with self.held():
            JobResource.objects.filter(job=self.job, resource_id=resource_id).update(
                fate=fate, reason=reason
            )

    def resources(self, kind: str | None = None) -> list[JobResource]:
        """What this job made that is, as far as it knows, still in Azure; oldest first."""
        rows = JobResource.objects.filter(job=self.job, fate__in=STANDING)
        return list(rows if kind is None else rows.filter(kind=kind))

    def waited(self) -> timedelta:
        """Real time since this step began."""
        return timezone.now() - self.step_began
