"""Run as its own process, on a database of its own: races between threads, and real deaths.

`python -m tests.jobs.stage COMMAND` prints one line of JSON. DATABASE_URL names the database.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotpc.settings")
    django.setup()
    from celery import current_app

    current_app.conf.broker_url = "memory://"
    commands: dict[str, Callable[..., Any]] = {
        "prepare": prepare, "claims": claims, "enqueues": enqueues, "die": die, "state": state,
        "revive": revive,
    }  # fmt: skip
    print(json.dumps(commands[sys.argv[1]](*sys.argv[2:])))


def prepare() -> None:
    """Tables straight from the models: these tests are not about migrations."""
    from django.apps import apps
    from django.conf import settings
    from django.core.management.commands.migrate import Command

    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    from django.core.management import call_command

    call_command(Command(), run_syncdb=True, verbosity=0, skip_checks=True)


def new_job(step: Callable[[Any], Any], **options: Any) -> Any:
    from spotpc.jobs.kinds import JobKind, Step, register
    from spotpc.jobs.services import enqueue
    from tests.jobs.conftest import make_site, make_tenant

    register(JobKind("stage", "Stage", (Step("act", "Act", step),), **options))
    tenant = make_tenant(f"T{os.getpid()}")
    return enqueue("stage", tenant, make_site(tenant), {}, "ann@example.com")


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """`work` in so many threads, released together; each has its own connection."""
    from django.db import connection

    gate, results = threading.Barrier(count), []

    def run() -> None:
        connection.ensure_connection()
        gate.wait(20)
        try:
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def claims() -> dict[str, Any]:
    """Eight workers get the same wake-up, many times over."""
    from spotpc.jobs.kinds import Done, Wait
    from spotpc.jobs.models import Job
    from spotpc.jobs.runner import run_tick
    from spotpc.jobs.services import run_now

    passes: list[int] = []

    def act(tick: Any) -> Any:
        passes.append(1)
        tick.facts["passes"] = tick.facts.get("passes", 0) + 1
        return Wait("x", 900) if len(passes) < 10 else Done()

    job = new_job(act)
    winners = []
    for _ in range(10):
        winners.append(sum(at_once(8, lambda: run_tick(job.pk))))
        run_now(job, "test")
    job = Job.objects.get(pk=job.pk)
    return {"winners": winners, "passes": len(passes), "facts": job.facts, "state": job.state}


def enqueues() -> dict[str, Any]:
    """Eight clicks at once."""
    from spotpc.jobs.kinds import Done, JobKind, Step, register
    from spotpc.jobs.models import Job
    from spotpc.jobs.services import AlreadyRunning, enqueue
    from tests.jobs.conftest import make_site, make_tenant

    register(JobKind("stage", "Stage", (Step("act", "Act", lambda t: Done()),)))
    tenant = make_tenant(f"T{os.getpid()}")
    site = make_site(tenant)

    def click() -> str:
        try:
            return f"job {enqueue('stage', tenant, site, {}, 'ann@example.com').pk}"
        except AlreadyRunning as refused:
            return refused.sentence

    answers = at_once(8, click)
    return {"answers": answers, "jobs": Job.objects.filter(tenant=tenant).count()}


def die(moment: str) -> None:
    """Killed for good: before the request to Azure, or right after it."""
    from spotpc.jobs.runner import run_tick

    def act(tick: Any) -> Any:
        tick.facts["sent"] = moment == "after"
        tick.claim("thing", "/thing/1", "thing1")
        os.kill(os.getpid(), signal.SIGKILL)

    run_tick(new_job(act).pk)


def state() -> dict[str, Any]:
    from spotpc.jobs.models import Job, JobResource
    from spotpc.jobs.process import is_gone

    job = Job.objects.latest("pk")
    return {
        "state": job.state,
        "leased": bool(job.lease_token),
        "gone": is_gone(job.lease_owner),
        "retries_itself": job.next_run_at == job.lease_until,
        "ledger": list(JobResource.objects.filter(job=job).values_list("name", "fate")),
    }


def revive() -> dict[str, Any]:
    """The next worker: frees the dead one's lease and goes on."""
    from spotpc.jobs import sweeps
    from spotpc.jobs.kinds import Done, JobKind, Step, register
    from spotpc.jobs.models import Job, JobResource
    from spotpc.jobs.runner import run_tick

    def act(tick: Any) -> Any:
        tick.claim("thing", "/thing/1", "thing1")
        return Done()

    register(JobKind("stage", "Stage", (Step("act", "Act", act),)))
    job = Job.objects.latest("pk")
    before = run_tick(job.pk)
    freed = sweeps.reap()
    after = run_tick(job.pk)
    job.refresh_from_db()
    return {
        "before": before, "freed": freed, "after": after, "state": job.state, "facts": job.facts,
        "ledger": list(JobResource.objects.filter(job=job).values_list("name", "fate")),
        "timeline": list(job.events.values_list("text", flat=True)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
