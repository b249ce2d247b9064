"""Celery messages: wake-ups that may be lost, late or doubled without harm."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# A message that nobody fetched by then is worthless: the dispatcher has sent newer ones. Keeps the
# queue short when the workers cannot keep up.
STALE = timedelta(seconds=30)


def wake(job_id: int, at: datetime | None = None) -> bool:
    """Ask a worker for one tick, now or `at`. False if the broker cannot be reached.

    That is no error: the dispatcher finds the row as soon as the broker is back.
    """
    now = timezone.now()
    start = max(at or now, now)
    try:
        current_app.send_task(
            "jobs.tick",
            args=[job_id],
            countdown=(start - now).total_seconds() or None,
            expires=start + STALE,
            retry=False,
        )
    except (OperationalError, OSError) as error:
        log.warning("Job %s was not announced, the broker is unreachable: %s", job_id, error)
        return False
    return True


def wake_if_soon(job_id: int, at: datetime | None) -> None:
    """After a tick: announce the next one here if the dispatcher would be late for it."""
    if at is not None and at <= timezone.now() + timedelta(seconds=settings.DISPATCH_SECONDS):
        wake(job_id, at)
