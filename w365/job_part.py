"""What a page shows of the newest job on its row: progress, timeline, and why it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from spotpc.jobs.estimates import progress_of
from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job


@dataclass(frozen=True)
class JobPart:
    job: Job | None

    @property
    def active(self) -> bool:
        return self.job is not None and self.job.active

    @property
    def error_text(self) -> str:
        return self.job.error_text if self.job else ""

    @property
    def context(self) -> dict[str, Any]:
        """For `w365/_job.html`."""
        job = self.job
        if job is None:
            return {"job": None}
        return {"job": job, "progress": progress_of(job), "events": job.events.all()}


def job_part(row: Model) -> JobPart:
    return JobPart(latest_job(row))
