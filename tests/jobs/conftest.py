"""A tenant, a subject, kinds made of plain functions, and a hand to turn the crank."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.transport import memory

from spotpc.jobs import kinds
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick
from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from spotpc.jobs.services import enqueue
from tenants.models import Organization, Site, Tenant

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
numbers = count(1)


def make_tenant(name: str = "Contoso") -> Tenant:
    organization, _ = Organization.objects.get_or_create(name="Example MSP")
    return Tenant.objects.create(
        organization=organization,
        name=name,
        azure_tenant_id=uuid.uuid4(),
        subscription_id=uuid.uuid4(),
        home_region="westeurope",
    )


def make_site(tenant: Tenant, name: str = "Main") -> Site:
    return Site.objects.create(
        tenant=tenant, name=name, region="westeurope", resource_group="rg", subnet_id="/s",
        gallery="g",
    )  # fmt: skip


def use_broker(url: str) -> None:
    """From now on messages go there; connections to an earlier one are forgotten."""
    current_app.conf.broker_url = url
    memory.Channel.queues.clear()
    pools.reset()  # type: ignore[no-untyped-call]
    current_app._pool = None
    current_app.amqp._producer_pool = None


@pytest.fixture(autouse=True)
def _in_process_broker() -> Iterator[None]:
    """Celery's own in-memory broker: messages are really sent, and can be read back."""
    old = current_app.conf.broker_url, current_app.conf.broker_transport_options
    current_app.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0}
    use_broker("memory://")
    yield
    current_app.conf.broker_transport_options = old[1]
    use_broker(old[0])


@pytest.fixture
def messages() -> Callable[[], list[int]]:
    """Ids of the jobs that workers were woken for, so far; reading takes them."""

    def read() -> list[int]:
        found: list[int] = []
        with current_app.connection_for_read() as connection:
            queue = connection.SimpleQueue(current_app.amqp.queues["celery"])
            while queue.qsize():
                message = queue.get(block=False)
                message.ack()
                found.append(message.payload[0][0])
        return found

    return read


@pytest.fixture(autouse=True)
def _pace_one(settings: Any) -> None:
    settings.AZURE_PACE = 1.0


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def site(tenant: Tenant) -> Site:
    return make_site(tenant)


@pytest.fixture
def make_kind() -> Iterator[Callable[..., JobKind]]:
    """Registers a kind for one test. Steps are given as functions, named after them."""
    made: list[str] = []

    def make(*steps: Callable[[Tick], Result] | Step, **options: Any) -> JobKind:
        options["cleanup"] = tuple(as_step(each) for each in options.get("cleanup", ()))
        kind = JobKind(
            name=f"test.{next(numbers)}",
            title="Try something",
            steps=tuple(as_step(each) for each in steps),
            **options,
        )
        made.append(kinds.register(kind).name)
        return kind

    yield make
    for name in made:
        del kinds._kinds[name]


def as_step(given: Callable[[Tick], Result] | Step) -> Step:
    return given if isinstance(given, Step) else Step(given.__name__, given.__name__.title(), given)


@pytest.fixture
def start(tenant: Tenant, site: Site) -> Callable[..., Job]:
    """A job of a kind on the site (or on `subject`)."""

    def begin(kind: JobKind, subject: Site | None = None, **options: Any) -> Job:
        with transaction.atomic():
            return enqueue(kind.name, tenant, subject or site, {}, "ann@example.com", **options)

    return begin


def tick(job: Job) -> Job:
    """One tick, which must happen; the row after it."""
    assert run_tick(job.pk), f"not due: {job.next_run_at}"
    job.refresh_from_db()
    return job


def skip_to(clock: time_machine.Traveller, job: Job) -> None:
    """To the moment the job is due."""
    assert job.next_run_at is not None
    clock.move_to(job.next_run_at, tick=False)


def run_out(clock: time_machine.Traveller, job: Job, most: int = 100) -> Job:
    """Ticks, always at the due time, until the job has ended."""
    for _ in range(most):
        job.refresh_from_db()
        if not job.active:
            return job
        assert job.next_run_at is not None
        clock.move_to(max(job.next_run_at, datetime.now(UTC)), tick=False)
        tick(job)
    raise AssertionError(f"Still {job.state} in {job.step}: {job.waiting_for}")


def noting(log: list[str], word: str = "") -> Callable[[Tick], Result]:
    """A step that is done at once and says so in `log`: `word`, or how the job will end."""

    def note(tick: Tick) -> Result:
        log.append(word or tick.job.outcome)
        return Done()

    return note


def texts(job: Job) -> list[str]:
    return list(job.events.values_list("text", flat=True))


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)
