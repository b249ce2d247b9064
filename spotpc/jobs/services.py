"""What the rest of the portal asks of the engine. Permission and audit are the caller's."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from spotpc.jobs.kinds import kind_of, title_of
from spotpc.jobs.models import Job
from spotpc.jobs.tick import record
from spotpc.jobs.wakeup import wake
from spotpc.web.errors import DomainError


class AlreadyRunning(DomainError):
    """The subject has a job that has not ended yet."""


def enqueue(
    kind: str,
    tenant: Model,
    subject: Model,
    params: dict[str, Any],
    created_by: str,
    run_at: datetime | None = None,
    *,
    name: str = "",
) -> Job:
    """A job for `subject`, in the caller's transaction; workers hear of it after the commit.

    `run_at`: not before then. `name`: how the timeline calls the subject, if not by its `str`.
    Raises AlreadyRunning, which leaves the caller's transaction usable.
    """
    if getattr(subject, "tenant_id", tenant.pk) != tenant.pk:
        raise ValueError(f"{subject!r} is not of the tenant {tenant!r}.")
    try:
        with transaction.atomic():
            job = Job.objects.create(
                tenant_id=tenant.pk,
                kind=kind,
                subject_type=ContentType.objects.get_for_model(subject),
                subject_id=subject.pk,
                subject_name=(name or str(subject))[:200],
                params=params,
                params_version=kind_of(kind).params_version,
                created_by=created_by,
                next_run_at=run_at or timezone.now(),
            )
    except IntegrityError as error:
        busy = active_job(subject)
        if busy is None:
            raise
        raise AlreadyRunning(_busy_sentence(busy, name or str(subject))) from error
    if run_at is None:
        _wake_after_commit(job)
    return job


def request_cancel(job: Job, by: str) -> None:
    """Note the wish; the next tick follows it. Again, or after the end, it changes nothing.

    After a point of no return the timeline says that the job goes on, and why.
    """
    asked = {"cancel_requested_at": timezone.now(), "cancel_requested_by": by}
    unasked = Job.objects.filter(pk=job.pk, state__in=Job.ACTIVE, cancel_requested_at=None)
    running = unasked.exclude(state=Job.State.CLEANING)
    with transaction.atomic():
        if running.filter(past_no_return=False).update(**asked):
            job.refresh_from_db()
            record(job, f"{by} asked to cancel.")
            _hurry(job)
        elif running.filter(past_no_return=True).update(**asked):
            job.refresh_from_db()
            record(job, f"{by} asked to cancel. {too_late(job)}", "warning")
    job.refresh_from_db()


def too_late(job: Job) -> str:
    """Why a job cannot be cancelled any more; empty if it can."""
    if not job.active:
        return "It has ended."
    if job.state == Job.State.CLEANING:
        return "It is cleaning up already."
    if not job.past_no_return:
        return ""
    titles = [step.title for step in kind_of(job.kind).steps if step.no_return]
    return f"It goes on: “{', '.join(titles)}” has begun and cannot be undone."


def run_now(job: Job, by: str) -> None:
    """Do not wait any longer. Harmless if a worker has it, or if it has ended."""
    job.refresh_from_db()
    with transaction.atomic():
        if _hurry(job):
            record(job, f"{by} asked to try now.")
    job.refresh_from_db()


def active_job(subject: Model) -> Job | None:
    return jobs_of(subject).filter(state__in=Job.ACTIVE).first()


def latest_job(subject: Model) -> Job | None:
    return jobs_of(subject).first()


def jobs_of(subject: Model) -> QuerySet[Job]:
    """Newest first."""
    kind = ContentType.objects.get_for_model(subject)
    return Job.objects.filter(subject_type=kind, subject_id=subject.pk)


def _hurry(job: Job) -> bool:
    """Due now, unless somebody holds it: then its schedule is the crash guard of that tick."""
    free = Job.objects.filter(pk=job.pk, state__in=Job.ACTIVE, lease_token="")
    hurried = bool(free.update(next_run_at=timezone.now()))
    if hurried:
        _wake_after_commit(job)
    return hurried


def _wake_after_commit(job: Job) -> None:
    transaction.on_commit(partial(wake, job.pk))


def _busy_sentence(busy: Job, name: str) -> str:
    title = title_of(busy.kind)
    return f"Another job runs on {name} already: “{title}”. Wait until it has ended, or cancel it."
