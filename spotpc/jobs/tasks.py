"""Celery's entry points of the engine. Unknown arguments are ignored: a deploy may mix releases."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from spotpc.jobs import sweeps
from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from spotpc.jobs.wakeup import wake_if_soon


@shared_task(name="jobs.tick")
def tick(job_id: int, **_: Any) -> None:
    if run_tick(job_id):
        row = Job.objects.filter(pk=job_id, lease_token="").values_list("next_run_at", flat=True)
        wake_if_soon(job_id, row.first())


@shared_task(name="jobs.dispatch")
def dispatch(**_: Any) -> None:
    sweeps.dispatch()


@shared_task(name="jobs.reap")
def reap(**_: Any) -> None:
    sweeps.reap()


@shared_task(name="jobs.sweep")
def sweep(**_: Any) -> None:
    sweeps.sweep()
