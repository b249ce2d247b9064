"""What an admin sees of an organization and of a tenant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spotpc.jobs.models import Job
from tenants.models import Admin, AuditEvent, Tenant, TenantSync
from tests import factories
from tests.tenants import scenery

HTMX = {"HTTP_HX_REQUEST": "true"}


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def tile(page: str, label: str) -> str:
    after = page.split(f'<span class="label">{label}</span><span class="value">', 1)[1]
    return after.split("<", 1)[0]


def furnish(tenant: Tenant, group: str = "Reception", hosts: int = 2) -> None:
    pool = scenery.spot_group(tenant, group)
    for number in range(hosts):
        host = scenery.host(pool, f"{group.lower()}-{number}")
        scenery.session(host, f"ann{number}@contoso.example")
        scenery.session(host, f"bob{number}@contoso.example", "Disconnected")
    scenery.host(pool, f"{group.lower()}-broken", status="Unavailable")


def running_job(tenant: Tenant, subject: str = "Reception") -> Job:
    return Job.objects.create(
        tenant=tenant,
        kind="spot_group.update",
        subject_type=ContentType.objects.get_for_model(Tenant),
        subject_id=next(factories.numbers),
        subject_name=subject,
        state="waiting",
        waiting_for="Waiting for 2 hosts to register.",
        progress_done=3,
        progress_total=8,
        created_by="dana@northwind.example",
    )


def test_the_organization_counts_what_its_tenants_have(client: Client, tenant: Tenant) -> None:
    furnish(tenant)
    running_job(tenant)
    other = factories.tenant(tenant.organization, "Fabrikam")
    furnish(other, hosts=1)
    furnish(factories.tenant(), hosts=5)
    page = text(client, f"/organizations/{tenant.organization_id}/")
    assert tile(page, "Total Tenants") == "2"
    assert tile(page, "Active User Sessions") == "3"
    assert tile(page, "Active Machines") == "3"
    assert "<title>Northwind IT – Spot PC</title>" in page


def test_tenants_are_searched_by_name_and_custom_id(client: Client, tenant: Tenant) -> None:
    factories.tenant(tenant.organization, "Fabrikam")
    here = f"/organizations/{tenant.organization_id}/"
    table = client.get(f"{here}?q=c-1", **HTMX).content.decode()  # type: ignore[arg-type]
    assert "Contoso" in table
    assert "Fabrikam" not in table
    assert "Nothing matches." in text(client, f"{here}?q=nobody")


def test_the_overview_says_who_and_how_it_stands(client: Client, tenant: Tenant) -> None:
    furnish(tenant)
    job = running_job(tenant, "Reception to 1.0.3")
    page = text(client, f"/tenants/{tenant.pk}/")
    assert "<title>Overview – Contoso – Spot PC</title>" in page
    assert (tile(page, "Active User Sessions"), tile(page, "Active Machines")) == ("2", "2")
    for words in (str(tenant.azure_tenant_id), "westeurope", "C-1", "contoso.example"):
        assert words in page
    for words in ("Reception to 1.0.3", "Waiting for 2 hosts to register.", "3 of 8"):
        assert words in page
    assert f'href="/tenants/{tenant.pk}/jobs/{job.pk}/"' in page


def test_every_tenant_page_has_config_actions(client: Client, tenant: Tenant) -> None:
    for tab in ("", "sessions/", "machines/"):
        page = text(client, f"/tenants/{tenant.pk}/{tab}")
        assert "Config Actions" in page
        assert "Windows 365" in page


def test_trouble_with_azure_is_said_first(client: Client, tenant: Tenant) -> None:
    then = timezone.now() - timedelta(hours=1)
    TenantSync.objects.create(tenant=tenant, finished_at=then, error_text="The secret expired.")
    page = text(client, f"/tenants/{tenant.pk}/")
    assert "Azure could not be read." in page
    assert page.index("The secret expired.") < page.index("Active User Sessions</span>")


def test_the_custom_id_is_saved_and_audited_once(
    client: Client, admin: Admin, tenant: Tenant
) -> None:
    for _ in range(2):
        client.post(f"/tenants/{tenant.pk}/custom-id/", {"custom_id": "MSP-7"})
    tenant.refresh_from_db()
    assert tenant.custom_id == "MSP-7"
    event = AuditEvent.objects.get()
    assert (event.action, event.admin_email) == ("tenant.custom_id", admin.email)
    assert event.detail == {"before": "C-1", "after": "MSP-7"}


def test_a_custom_id_that_is_too_long_stays_with_its_reason(client: Client, tenant: Tenant) -> None:
    response = client.post(f"/tenants/{tenant.pk}/custom-id/", {"custom_id": "x" * 51})
    page = response.content.decode()
    assert "at most 50 characters" in page
    assert "x" * 51 in page
    tenant.refresh_from_db()
    assert tenant.custom_id == "C-1"


def test_refresh_asks_for_a_reading_and_leads_back(client: Client, tenant: Tenant) -> None:
    here = f"/tenants/{tenant.pk}/machines/?q=a"
    back = client.post(f"/tenants/{tenant.pk}/refresh/", {"next": here})
    assert back["Location"] == here
    sync = TenantSync.objects.get(tenant=tenant)
    assert sync.requested_at is not None
    assert sync.next_at <= timezone.now()
    assert "Refreshing" in text(client, here)


def test_machines_say_image_state_and_sessions(client: Client, tenant: Tenant) -> None:
    group = scenery.spot_group(tenant)
    version = factories.image_version(group.image_set, "1.0.3")
    host = scenery.host(group, "rec-1", image_version=version, allow_new_session=False)
    scenery.host(group, "rec-2", image_id="/subscriptions/x/images/golden", status="NoHeartbeat")
    scenery.session(host, "ann@contoso.example")
    page = text(client, f"/tenants/{tenant.pk}/machines/")
    for words in ("rec-1", f"{group.image_set.name} 1.0.3", "Draining", "golden", "NoHeartbeat"):
        assert words in page
    assert 'class="num">1<' in page.replace(" >", ">")


def test_sessions_say_machine_and_image(client: Client, tenant: Tenant) -> None:
    furnish(tenant)
    page = text(client, f"/tenants/{tenant.pk}/sessions/?q=bob0")
    assert "bob0@contoso.example" in page
    assert "Disconnected" in page
    assert "bob1@contoso.example" not in page


@pytest.mark.parametrize("tab", ["sessions", "machines"])
def test_rows_of_other_tenants_never_show(client: Client, tenant: Tenant, tab: str) -> None:
    furnish(factories.tenant(tenant.organization), "Foreign")
    furnish(tenant, "Mine")
    page = text(client, f"/tenants/{tenant.pk}/{tab}/")
    assert "mine-0" in page
    assert "foreign" not in page.lower()


def test_a_spot_group_of_another_tenant_is_no_filter(client: Client, tenant: Tenant) -> None:
    foreign = scenery.spot_group(factories.tenant(), "Secret group")
    scenery.host(foreign, "foreign-1")
    page = text(client, f"/tenants/{tenant.pk}/machines/?source={foreign.name}")
    assert "foreign-1" not in page
    assert "Select a valid choice" in page


@pytest.mark.parametrize(
    "url", ["tenants/{id}/", "tenants/{id}/sessions/", "tenants/{id}/machines/"]
)
def test_queries_do_not_grow_with_rows(client: Client, tenant: Tenant, url: str) -> None:
    TenantSync.objects.create(tenant=tenant)
    furnish(tenant, "One", hosts=1)
    running_job(tenant)
    here = "/" + url.format(id=tenant.pk)
    text(client, here)
    with CaptureQueriesContext(connection) as few:
        text(client, here)
    furnish(tenant, "Two", hosts=9)
    for _ in range(5):
        running_job(tenant)
    with CaptureQueriesContext(connection) as many:
        text(client, here)
    assert len(many) == len(few) <= 12


def test_queries_of_the_tenants_table_do_not_grow(client: Client, tenant: Tenant) -> None:
    here = f"/organizations/{tenant.organization_id}/"
    with CaptureQueriesContext(connection) as few:
        text(client, here)
    for _ in range(12):
        TenantSync.objects.create(tenant=factories.tenant(tenant.organization))
    with CaptureQueriesContext(connection) as many:
        text(client, here)
    assert len(many) == len(few) <= 10


def test_a_fragment_asks_the_shell_for_nothing(client: Client, tenant: Tenant) -> None:
    here = f"/tenants/{tenant.pk}/machines/"
    text(client, here)
    with CaptureQueriesContext(connection) as whole:
        text(client, here)
    with CaptureQueriesContext(connection) as part:
        response = client.get(here, **HTMX)  # type: ignore[arg-type]
    assert "<html" not in response.content.decode()
    assert 'id="freshness"' in response.content.decode()
    assert len(part) < len(whole)
    assert not [q["sql"] for q in part if 'FROM "tenants_organization"' in q["sql"]]
