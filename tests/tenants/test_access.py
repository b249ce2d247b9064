"""Who gets at a tenant, and that it is remembered at no cost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Admin, Membership, Tenant, TenantRole
from tests import factories
from tests.tenants.conftest import signed_in

PAGES = ("", "sessions/", "machines/")


@pytest.mark.parametrize("page", PAGES)
def test_a_foreign_tenant_does_not_exist(client: Client, page: str) -> None:
    foreign = factories.tenant()
    response = client.get(f"/tenants/{foreign.pk}/{page}")
    assert response.status_code == 404
    assert foreign.name not in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_reader_sees(tenant: Tenant, page: str) -> None:
    reader = factories.member(tenant, TenantRole.Role.READER)
    assert signed_in(reader).get(f"/tenants/{tenant.pk}/{page}").status_code == 200


def test_a_reader_may_not_change_and_is_told_so(tenant: Tenant) -> None:
    reader = signed_in(factories.member(tenant, TenantRole.Role.READER))
    response = reader.post(f"/tenants/{tenant.pk}/custom-id/", {"custom_id": "X"})
    assert response.status_code == 403
    assert "Your role in Contoso does not allow you to change things." in response.content.decode()
    assert "Edit the Custom ID" not in reader.get(f"/tenants/{tenant.pk}/").content.decode()
    tenant.refresh_from_db()
    assert tenant.custom_id == "C-1"


def test_a_plain_user_without_a_role_sees_no_tenant(tenant: Tenant) -> None:
    user = signed_in(factories.admin(tenant.organization, Membership.Role.USER))
    assert user.get(f"/tenants/{tenant.pk}/").status_code == 404
    page = user.get(f"/organizations/{tenant.organization_id}/").content.decode()
    assert "Contoso" not in page
    assert "No tenant of this organization is open to you yet." in page


def test_a_foreign_organization_does_not_exist(client: Client) -> None:
    foreign = factories.organization()
    assert client.get(f"/organizations/{foreign.pk}/").status_code == 404


def test_the_last_tenant_is_written_only_when_it_changes(
    client: Client, admin: Admin, tenant: Tenant
) -> None:
    def updates(url: str, **headers: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            client.get(url, **headers)  # type: ignore[arg-type]
        return [q["sql"] for q in queries if "last_tenant" in q["sql"] and "UPDATE" in q["sql"]]

    other = factories.tenant(tenant.organization)
    assert len(updates(f"/tenants/{tenant.pk}/")) == 1
    assert updates(f"/tenants/{tenant.pk}/") == []
    assert updates(f"/tenants/{other.pk}/", HTTP_HX_REQUEST="true") == []
    admin.refresh_from_db()
    assert admin.last_tenant == tenant


def test_home_is_the_organization_of_the_last_tenant(client: Client, admin: Admin) -> None:
    second = factories.tenant(factories.organization("Zeta"))
    Membership.objects.create(
        admin=admin, organization=second.organization, role=Membership.Role.ADMINISTRATOR
    )
    client.get(f"/tenants/{second.pk}/")
    assert client.get("/")["Location"] == f"/organizations/{second.organization_id}/"


def test_somebody_without_an_organization_is_told_whom_to_ask() -> None:
    alone = Admin.objects.create(email="alone@example.com")
    page = signed_in(alone).get("/").content.decode()
    assert "You do not belong to an organization yet." in page


def test_choosing_another_tenant_keeps_the_page(client: Client, tenant: Tenant) -> None:
    other = factories.tenant(tenant.organization)
    page = client.get(f"/tenants/{tenant.pk}/machines/").content.decode()
    assert f'href="/tenants/{other.pk}/machines/"' in page
