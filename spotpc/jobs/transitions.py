"""The moves of the state machine in `Job`: compare-and-set UPDATEs that carry the lease token."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from spotpc.jobs.models import Job, JobEvent

State = Job.State

# To a state: the states it may come from. Claims lead to RUNNING, or stay in CLEANING.
MOVES: Final[dict[str, frozenset[str]]] = {
    State.RUNNING: frozenset({State.QUEUED, State.WAITING, State.RUNNING}),
    State.WAITING: frozenset({State.RUNNING}),
    State.CLEANING: frozenset({State.RUNNING, State.CLEANING}),
    State.SUCCEEDED: frozenset({State.CLEANING}),
    State.FAILED: frozenset({State.CLEANING}),
    State.CANCELLED: frozenset({State.CLEANING}),
}


class LeaseLost(Exception):
    """Somebody else has the job, or it has ended. Not a failure: stop, and write nothing."""


def lease_length() -> timedelta:
    """Longer than any tick can live, so that an expired lease means a worker that is gone."""
    seconds: float = 2 * settings.CELERY_TASK_TIME_LIMIT
    return timedelta(seconds=seconds)


def due(now: datetime) -> QuerySet[Job]:
    """Jobs to be ticked. A leased job is not due before its lease ends; see `claim`."""
    return Job.objects.filter(next_run_at__lte=now)


def free(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def claim(job_id: int, owner: str) -> Job | None:
    """Take a due job for one tick, or None if it is not due, has ended, or is taken.

    The schedule moves forward in the same UPDATE: whatever happens next, the row retries itself.
    """
    now = timezone.now()
    job = due(now).filter(free(now), pk=job_id).first()
    if job is None:
        return None
    lost = bool(job.lease_token)
    token, until = secrets.token_hex(16), now + lease_length()
    to = State.CLEANING if job.state == State.CLEANING else State.RUNNING
    fields = {
        "lease_owner": owner,
        "lease_token": token,
        "lease_until": until,
        "next_run_at": until,
        "started_at": job.started_at or now,
        "strikes": job.strikes + lost,
    }
    with transaction.atomic():
        # Still as we read it? The old token also tells apart two claims of an expired lease.
        same = due(now).filter(pk=job_id, lease_token=job.lease_token, state__in=MOVES[to])
        if same.update(state=to, **fields) != 1:
            return None
        if lost:
            record_loss(job)
    return ours(job_id, token)


def record_loss(job: Job) -> None:
    JobEvent.objects.create(
        tenant_id=job.tenant_id,
        job=job,
        step=job.step,
        level=JobEvent.Level.WARNING,
        text="The worker was lost in this step. Another one goes on.",
    )


def ours(job_id: int, token: str) -> Job:
    """The row as it is now, or LeaseLost."""
    job = Job.objects.select_related("tenant").filter(pk=job_id, lease_token=token).first()
    if job is None or not token:
        raise LeaseLost(f"Job {job_id} is not ours any more.")
    return job


@contextmanager
def held(job: Job) -> Iterator[None]:
    """A transaction that happens only while the job is ours. Renews the lease.

    Raises LeaseLost before anything inside runs.
    """
    until = timezone.now() + lease_length()
    with transaction.atomic():
        write(job, lease_until=until, next_run_at=until)
        yield


def write(job: Job, **fields: Any) -> None:
    """Change fields of a job we hold, without moving it."""
    _update(job, frozenset(Job.ACTIVE), fields)


def move(job: Job, to: str, **fields: Any) -> None:
    """Move a job we hold to another state; LeaseLost if we do not hold it, or it moved."""
    _update(job, MOVES[to], {**fields, "state": to})


RELEASED: Final[dict[str, Any]] = {"lease_owner": "", "lease_token": "", "lease_until": None}


def let_go(job: Job, at: datetime) -> None:
    """Give the lease back until `at`. In the clean-up the state stays what it is."""
    if job.state == State.CLEANING:
        write(job, next_run_at=at, **RELEASED)
    else:
        move(job, State.WAITING, next_run_at=at, **RELEASED)


def _update(job: Job, states: frozenset[str], fields: dict[str, Any]) -> None:
    held_by_us = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, state__in=states)
    if not job.lease_token or held_by_us.update(**fields) != 1:
        raise LeaseLost(f"Job {job.pk} is not ours any more.")
    for name, value in fields.items():
        setattr(job, name, value)
