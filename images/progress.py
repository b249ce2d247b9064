"""What runs on image versions right now, a line each. Reads rows only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from images.models import ImageVersion
from spotpc.jobs.estimates import expected_seconds
from spotpc.jobs.kinds import kind_of
from spotpc.jobs.models import Job


@dataclass(frozen=True)
class Running:
    """A job under way on a version. `expected`: seconds from its start to its end, as usual."""

    version: ImageVersion
    job: Job
    expected: float

    @cached_property
    def elapsed(self) -> float:
        return (timezone.now() - (self.job.started_at or self.job.created_at)).total_seconds()

    @property
    def title(self) -> str:
        return kind_of(self.job.kind).title

    @property
    def of(self) -> int:
        return len(list(kind_of(self.job.kind)))

    @cached_property
    def number(self) -> int:
        """The step it is at, counted from 1; 0 before the first."""
        names = [step.name for step in kind_of(self.job.kind)]
        return names.index(self.job.step) + 1 if self.job.step in names else 0

    @property
    def step(self) -> str:
        return list(kind_of(self.job.kind))[self.number - 1].title if self.number else ""

    @property
    def percent(self) -> int:
        return min(99, int(100 * self.elapsed / self.expected)) if self.expected else 0


def active_jobs(ids: Iterable[int]) -> dict[int, Job]:
    """By version id: at most one each, says a constraint."""
    jobs = Job.objects.filter(
        subject_type=ContentType.objects.get_for_model(ImageVersion),
        subject_id__in=ids,
        state__in=Job.ACTIVE,
    )
    return {job.subject_id: job for job in jobs}


def running(versions: Iterable[ImageVersion], jobs: dict[int, Job]) -> list[Running]:
    """One query for each kind of job among them."""
    usual: dict[str, float] = {}
    lines = []
    for version in versions:
        job = jobs.get(version.pk)
        if job is None:
            continue
        if job.kind not in usual:
            usual[job.kind] = usual_seconds(job.tenant_id, job.kind)
        lines.append(Running(version, job, usual[job.kind]))
    return lines


def usual_seconds(tenant_id: int, kind: str) -> float:
    """How long such a job takes in this tenant, from start to end."""
    return sum(expected_seconds(tenant_id, kind_of(kind)).values())


def about(seconds: float) -> str:
    """Rounded as one says it: "about 20 seconds", "about 7 minutes", "about 2 hours"."""
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds >= 1.5 * length:
            return f"about {round(seconds / length)} {unit}s"
    return f"about {max(5, 5 * round(seconds / 5))} seconds"
