"""What runs by the clock: announce due jobs, free the leases of the dead, sweep what was left."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from spotpc.jobs import transitions
from spotpc.jobs.kinds import discover
from spotpc.jobs.models import Job, JobResource
from spotpc.jobs.process import is_gone
from spotpc.jobs.tick import STANDING
from spotpc.jobs.wakeup import wake

log = logging.getLogger(__name__)

BATCH: Final = 200

Sweep = Callable[[], None]
_sweeps: list[Sweep] = []


def register_sweep(sweep: Sweep) -> Sweep:
    """Have `sweep` called once an hour in a worker; for the apps' `steps.py`. A decorator."""
    _sweeps.append(sweep)
    return sweep


def dispatch() -> int:
    """Announce due jobs, longest due first; how many. This alone restarts everything."""
    rows = transitions.due(timezone.now()).order_by("next_run_at")
    announced = 0
    for job_id in rows.values_list("pk", flat=True)[:BATCH]:
        if not wake(job_id):
            break
        announced += 1
    return announced


def reap() -> int:
    """End the leases of processes that are known to be gone; how many.

    An expired lease needs no reaping: its job is due, and the next claim notes the loss.
    """
    now, freed = timezone.now(), 0
    for job in Job.objects.filter(lease_until__gt=now).exclude(lease_token=""):
        if not is_gone(job.lease_owner):
            continue
        held = Job.objects.filter(pk=job.pk, lease_token=job.lease_token)
        if held.update(lease_until=now, next_run_at=now):
            freed += 1
            wake(job.pk)
    return freed


def orphans() -> QuerySet[JobResource]:
    """What ended jobs left in Azure without anybody having decided that it stays."""
    return JobResource.objects.filter(fate__in=STANDING, job__state__in=Job.ENDED)


def sweep() -> None:
    """Run every app's sweep. One that fails does not keep the others from running."""
    discover()
    left = orphans().count()
    if left:
        log.warning("%d resources of ended jobs may still be in Azure.", left)
    for each in _sweeps:
        try:
            each()
        except Exception:  # the boundary of the apps' code; it runs again in an hour
            log.exception("The sweep %s failed.", getattr(each, "__name__", each))
