"""Cloud PCs among the machines of a tenant."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import Tenant
from tests import factories
from tests.tenants import scenery
from w365.models import CloudPc, ProvisioningPolicy

pytestmark = pytest.mark.django_db


def cloud_pc(tenant: Tenant, name: str, **more: object) -> CloudPc:
    policy, _ = ProvisioningPolicy.objects.get_or_create(
        tenant=tenant, name=f"Policy of {tenant.name}", defaults={"graph_id": f"policy-{tenant.pk}"}
    )
    given: dict[str, object] = {
        "graph_id": name.lower(), "name": name, "device_name": name, "policy": policy,
        "user": "ann@contoso.example", "image_name": "Windows 11 24H2", "status": "provisioned",
    }  # fmt: skip
    return CloudPc.objects.create(tenant=tenant, **(given | more))


def page(client: Client, tenant: Tenant, query: str = "") -> str:
    response = client.get(f"/tenants/{tenant.pk}/machines/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_they_stand_beside_session_hosts_with_their_policy_as_source(
    client: Client, tenant: Tenant
) -> None:
    pc = cloud_pc(tenant, "CPC-ann-1")
    scenery.host(scenery.spot_group(tenant), "rec-1")
    shown = page(client, tenant)
    for words in ("CPC-ann-1", "ann@contoso.example", "Windows 11 24H2", "Provisioned", "rec-1"):
        assert words in shown
    assert pc.policy is not None
    assert f'<a href="{pc.policy.get_absolute_url()}">Policy of {tenant.name}</a>' in shown


def test_one_search_finds_both_and_the_source_narrows(client: Client, tenant: Tenant) -> None:
    cloud_pc(tenant, "CPC-ann-1")
    cloud_pc(tenant, "CPC-bob-2", user="bob@contoso.example")
    scenery.host(scenery.spot_group(tenant, "Front"), "ann-host")
    both = page(client, tenant, "?q=ann")
    assert "CPC-ann-1" in both
    assert "ann-host" in both
    assert "CPC-bob-2" not in both
    narrowed = page(client, tenant, f"?source=Policy of {tenant.name}")
    assert "CPC-bob-2" in narrowed
    assert "ann-host" not in narrowed


def test_those_of_another_tenant_never_show(client: Client, tenant: Tenant) -> None:
    cloud_pc(factories.tenant(tenant.organization), "CPC-foreign-1")
    assert "CPC-foreign-1" not in page(client, tenant)


def test_a_status_nobody_knows_stands_as_graph_says_it(client: Client, tenant: Tenant) -> None:
    cloud_pc(tenant, "CPC-ann-1", status="somethingNew")
    assert "somethingNew" in page(client, tenant)


def test_provisioned_ones_count_as_active_machines(client: Client, tenant: Tenant) -> None:
    cloud_pc(tenant, "CPC-1")
    cloud_pc(tenant, "CPC-2", status="failed")
    scenery.host(scenery.spot_group(tenant), "rec-1", status="Available")
    shown = client.get(f"/tenants/{tenant.pk}/").content.decode()
    tile = shown.partition("Active Machines")[2].partition("</a>")[0]
    assert ">2<" in tile
