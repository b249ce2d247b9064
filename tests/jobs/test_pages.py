"""The pages of jobs: the list, one job, Cancel and Run now, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from spotpc.azure.errors import Decision, Stopped
from spotpc.jobs.kinds import Done, Step, Wait
from spotpc.jobs.models import Job
from tenants.models import Admin, AuditEvent, Membership, TenantRole
from tests.jobs.conftest import make_site, make_tenant, run_out, tick

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def _plain_http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def sign_in(tenant: Any) -> Any:
    def as_role(role: str | None) -> Client:
        admin = Admin.objects.create(email=f"{role}@example.com", password="!")
        if role is not None:
            Membership.objects.create(admin=admin, organization=tenant.organization)
            TenantRole.objects.create(admin=admin, tenant=tenant, role=role)
        client = Client()
        client.force_login(admin)
        return client

    return as_role


@pytest.fixture
def job(make_kind: Any, start: Any, clock: Any) -> Job:
    def build(t: Any) -> Any:
        t.claim("virtual machine", "/vm/1", "template-vm")
        t.progress(2, 5)
        return Wait("Azure is creating the VM", 60)

    seal = Step("seal", "Seal it", lambda t: Done(), no_return=True)
    kind = make_kind(
        Step("build", "Build the VM", build), seal, cleanup=[Step("tidy", "Tidy", lambda t: Done())]
    )
    return tick(start(kind))


def at(name: str, job: Job) -> str:
    return reverse(name, args=[job.tenant_id, job.pk])


def test_a_job_shows_steps_waiting_timeline_and_ledger(sign_in: Any, job: Job) -> None:
    page = sign_in("contributor").get(at("job-detail", job)).content.decode()
    for words in (
        "Try something: Main", "Azure is creating the VM", "Build the VM", "2 of 5", "template-vm",
        "virtual machine", "In Azure", "Asked for by ann@example.com", "Refresh", "every 3s",
    ):  # fmt: skip
        assert words in page, words
    assert 'aria-current="step"' in page


def test_the_fragment_is_the_same_url(sign_in: Any, job: Job) -> None:
    part = sign_in("reader").get(at("job-detail", job), **HTMX).content.decode()
    assert 'id="job-live"' in part
    assert "<html" not in part


def test_cancel_asks_first_then_is_audited_once(sign_in: Any, job: Job) -> None:
    client = sign_in("contributor")
    assert "Cancel “Try something”?" in client.get(at("job-cancel", job)).content.decode()
    job.refresh_from_db()
    assert job.cancel_requested_at is None
    for _ in range(2):
        page = client.post(at("job-cancel", job), follow=True).content.decode()
    assert "Cancel was asked for" in page
    job.refresh_from_db()
    assert job.cancel_requested_by == "contributor@example.com"
    assert (
        AuditEvent.objects.filter(action="job.cancel", subject="Try something: Main").count() == 1
    )


def test_too_late_to_cancel_is_said(sign_in: Any, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(past_no_return=True)
    client = sign_in("manager")
    page = client.get(at("job-detail", job)).content.decode()
    assert 'aria-disabled="true"' in page
    assert "“Seal it” has begun and cannot be undone" in page
    page = client.post(at("job-cancel", job), follow=True).content.decode()
    assert "It cannot be cancelled." in page
    job.refresh_from_db()
    assert job.cancel_requested_at is None


def test_run_now(sign_in: Any, job: Job, clock: Any) -> None:
    client = sign_in("contributor")
    assert client.get(at("job-run-now", job)).status_code == 405
    client.post(at("job-run-now", job))
    before = job.next_run_at
    job.refresh_from_db()
    assert before is not None
    assert job.next_run_at is not None
    assert job.next_run_at < before
    assert AuditEvent.objects.filter(action="job.run_now").count() == 1


def test_a_failed_job_says_why_and_what_to_do(
    sign_in: Any, make_kind: Any, start: Any, clock: Any
) -> None:
    def fails(t: Any) -> Any:
        raise Stopped("quota-cores", "No <cores> left.", "Ask for more.", Decision.FAIL)

    job = run_out(clock, start(make_kind(fails)))
    client = sign_in("reader")
    page = client.get(at("job-detail", job)).content.decode()
    for words in ("No &lt;cores&gt; left.", "Ask for more.", "quota-cores", "stopped after"):
        assert words in page
    assert "every 3s" not in page
    page = client.get(reverse("job-list", args=[job.tenant_id])).content.decode()
    assert "No &lt;cores&gt; left." in page


def test_progress_alone_reloads_its_page_when_the_job_has_ended(
    sign_in: Any, job: Job, clock: Any
) -> None:
    client = sign_in("reader")
    part = client.get(at("job-progress", job), **HTMX)
    assert at("job-progress", job) in part.content.decode()
    assert client.get(at("job-progress", job)).url == at("job-detail", job)
    Job.objects.filter(pk=job.pk).update(state="succeeded", next_run_at=None)
    assert client.get(at("job-progress", job), **HTMX)["HX-Refresh"] == "true"


PAGES = ["job-detail", "job-progress", "job-cancel", "job-run-now"]


@pytest.mark.parametrize("name", PAGES)
def test_a_foreign_job_is_not_found(sign_in: Any, job: Job, make_kind: Any, name: str) -> None:
    client = sign_in("manager")
    other = make_tenant("Fabrikam")
    Job.objects.filter(pk=job.pk).update(tenant=other)
    for tenant_id in (other.pk, job.tenant_id):
        address = reverse(name, args=[tenant_id, job.pk])
        assert client.post(address).status_code in (404, 405)
        if name != "job-run-now":
            assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["job-cancel", "job-run-now"])
def test_readers_may_look_only(sign_in: Any, job: Job, name: str) -> None:
    client = sign_in("reader")
    assert client.post(at(name, job)).status_code == 403
    assert "Your role here does not allow" in client.get(at("job-detail", job)).content.decode()
    job.refresh_from_db()
    assert job.cancel_requested_at is None


def test_the_list_costs_the_same_for_many(
    sign_in: Any, job: Job, start: Any, make_kind: Any, django_assert_max_num_queries: Any
) -> None:
    kind = make_kind(Step("one", "One", lambda t: Done()))
    for number in range(12):
        start(kind, make_site(job.tenant, f"Site {number}"))
    client = sign_in("reader")
    address = reverse("job-list", args=[job.tenant_id])
    client.get(address)
    with django_assert_max_num_queries(12):
        page = client.get(address).content.decode()
    assert page.count("Try something") == 13
    lines = b"".join(client.get(address, {"export": "csv"}).streaming_content).decode()
    assert "Try something,Main,Waiting,Azure is creating the VM" in lines
