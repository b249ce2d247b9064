"""Enqueue: one active job per subject, heard of after the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from spotpc.jobs.kinds import Done, Step, Wait
from spotpc.jobs.models import Job
from spotpc.jobs.services import AlreadyRunning, active_job, enqueue, latest_job
from spotpc.jobs.sweeps import dispatch
from spotpc.jobs.wakeup import wake
from tests.jobs.conftest import START, make_site, make_tenant, tick, use_broker


@pytest.fixture
def kind(make_kind: Any) -> Any:
    return make_kind(Step("one", "One", lambda t: Done()))


def test_one_active_job_per_subject(kind: Any, start: Any, site: Any, tenant: Any) -> None:
    first = start(kind)
    with pytest.raises(AlreadyRunning) as refused:
        enqueue(kind.name, tenant, site, {}, "bob@example.com")
    assert refused.value.sentence.startswith("Another job runs on Main already: “Try something”")
    assert active_job(site) == first
    start(kind, make_site(tenant, "Other"))  # another subject is another matter
    tick(first)
    assert (active_job(site), latest_job(site)) == (None, first)
    second = start(kind)
    assert (active_job(site), latest_job(site)) == (second, second)


def test_refused_inside_a_transaction_leaves_it_usable(
    kind: Any, start: Any, site: Any, tenant: Any
) -> None:
    start(kind)
    with transaction.atomic():
        with pytest.raises(AlreadyRunning):
            enqueue(kind.name, tenant, site, {}, "bob@example.com")
        make_site(tenant, "still")
    assert tenant.sites.filter(name="still").exists()


def test_a_subject_of_another_tenant_is_refused(kind: Any, site: Any) -> None:
    with pytest.raises(ValueError, match="not of the tenant"):
        enqueue(kind.name, make_tenant("Fabrikam"), site, {}, "x")


@pytest.mark.django_db(transaction=True)
def test_workers_hear_of_it_after_the_commit_only(kind: Any, messages: Any) -> None:
    tenant = make_tenant()
    site = make_site(tenant)
    with transaction.atomic():
        job = enqueue(kind.name, tenant, site, {}, "ann@example.com")
        assert messages() == []
    assert messages() == [job.pk]
    with transaction.atomic():
        enqueue(kind.name, tenant, make_site(tenant, "2"), {}, "ann@example.com")
        transaction.set_rollback(True)
    assert messages() == []


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_is_no_error_and_rows_restart_everything(
    kind: Any, messages: Any, caplog: Any
) -> None:
    tenant = make_tenant()
    site = make_site(tenant)
    use_broker("redis://127.0.0.1:1/0")
    with transaction.atomic():
        job = enqueue(kind.name, tenant, site, {}, "ann@example.com")
    assert "the broker is unreachable" in caplog.text
    assert not wake(job.pk)
    assert dispatch() == 0
    use_broker("memory://")  # a new, empty broker: every message is lost
    assert dispatch() == 1
    assert messages() == [job.pk]


def test_later_means_later(kind: Any, start: Any, clock: Any, messages: Any) -> None:
    job = start(kind, run_at=START + timedelta(hours=1))
    assert dispatch() == 0
    clock.shift(3600)
    assert dispatch() == 1
    assert messages() == [job.pk]
    tick(job)
    assert dispatch() == 0


def test_dispatch_takes_the_longest_due_first_and_skips_leased_ones(
    make_kind: Any, start: Any, clock: Any, tenant: Any, messages: Any
) -> None:
    seen: list[int] = []

    def look(t: Any) -> Any:
        seen.append(dispatch())
        return Wait("x", 60)

    waiting = make_kind(look)
    later = start(waiting, make_site(tenant, "a"), run_at=START + timedelta(seconds=5))
    sooner = start(waiting, make_site(tenant, "b"), run_at=START)
    clock.shift(10)
    assert dispatch() == 2
    assert messages() == [sooner.pk, later.pk]
    tick(sooner)
    assert seen == [1]  # while it is being worked on it is not announced


def test_a_kind_nobody_registers_is_refused(tenant: Any, site: Any, monkeypatch: Any) -> None:
    from spotpc.jobs import kinds

    monkeypatch.setattr(kinds, "discover", lambda: None)
    with pytest.raises(LookupError, match=r"no\.such"):
        enqueue("no.such", tenant, site, {}, "x")
    assert not Job.objects.exists()
