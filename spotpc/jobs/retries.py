"""What a failed pass means: whether it is tried again, when, and what the admin reads."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from spotpc.azure.errors import AzureError, Decision, RetryLater, Stopped
from spotpc.jobs.models import Job

log = logging.getLogger(__name__)

FIRST_RETRY: Final = 15.0  # Azure seconds; doubles each time
LONGEST_RETRY: Final = 600.0
# A failure that the catalogue explains (throttling, busy, outage) passes by itself: given up only
# after both. The count is for clouds whose pace makes two hours short.
PATIENCE: Final = 2 * 3600.0  # Azure seconds
LEAST_TRIES: Final = 12
# Nobody can say of the others whether they pass.
STRIKES: Final = 5
SOONEST: Final = timedelta(seconds=0.25)


def at_pace(seconds: float) -> timedelta:
    """Real time for a wait given in Azure's seconds, never so short that it spins."""
    return max(SOONEST, timedelta(seconds=seconds / settings.AZURE_PACE))


class WorkerLost(Exception):
    """The step took its worker down with it, again and again."""


@dataclass(frozen=True)
class Trouble:
    """A failed pass. `explained`: it is known to pass by itself. `after`: real seconds where Azure
    asked for them, else the catalogue's advice in Azure's."""

    code: str
    sentence: str
    remedy: str
    final: bool = False
    explained: bool = False
    after: float | None = None
    asked: bool = False

    def exhausted(self, job: Job, now: datetime) -> bool:
        """Has this job's step been tried often enough, this failure included?"""
        if self.final:
            return True
        if not self.explained:
            return job.strikes + 1 > STRIKES
        since = job.retrying_since or now
        return job.attempt + 1 >= LEAST_TRIES and now - since > at_pace(PATIENCE)

    def delay(self, job: Job) -> timedelta:
        """Retry-After is a promise in real time; our own backoff is in Azure's."""
        if self.after is not None:
            asked = max(SOONEST, timedelta(seconds=self.after))
            return asked if self.asked else at_pace(self.after)
        return at_pace(min(FIRST_RETRY * 2 ** min(job.attempt, 10), LONGEST_RETRY))


def understand(job: Job, error: Exception) -> Trouble:
    """The exception that ended a pass, in words."""
    if isinstance(error, SoftTimeLimitExceeded):
        return Trouble(
            "pass-too-long",
            "This pass took longer than one may and was interrupted.",
            "It is tried again by itself. If it stays, Azure is very slow to answer.",
            explained=True,
        )
    if not isinstance(error, AzureError):
        return _fault(job, error)
    return Trouble(
        error.code,
        error.sentence,
        error.remedy,
        final=isinstance(error, Stopped),
        explained=isinstance(error, RetryLater) and error.code != "unknown",
        after=error.after if isinstance(error, RetryLater) else None,
        asked=isinstance(error, RetryLater) and error.asked,
    )


def _fault(job: Job, error: Exception) -> Trouble:
    reference = secrets.token_hex(4)
    log.error("Job %s, step %r, fault %s", job.pk, job.step, reference, exc_info=error)
    return Trouble(
        "portal-fault",
        f"The portal failed inside this step (reference {reference}).",
        "Give the reference to whoever runs the portal: its log has the details.",
    )


def timed_out(title: str, seconds: float, reason: str) -> Stopped:
    return Stopped(
        "timeout",
        f"“{title}” was not done after {_minutes(seconds)}. It waited for this: {reason}",
        "Try again. If it happens again, look at the resource in the Azure portal.",
        Decision.FAIL,
    )


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
