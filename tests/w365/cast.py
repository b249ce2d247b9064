"""A customer with some Windows 365 as rows, for tests without an emulator."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from django.utils import timezone

from spotpc.azure.graph_types import PolicySpec
from spotpc.jobs.models import Job
from tenants.models import Admin, AuditEvent, Site, Tenant
from tests import factories
from w365 import services
from w365.models import (
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
    SourceImage,
    Windows365,
)
from w365.services import ConnectionChoices

SECRET = "a-join-Passw0rd"


@dataclass
class Cast:
    admin: Admin
    tenant: Tenant
    site: Site
    connection: NetworkConnection
    image: DeviceImage
    policy: ProvisioningPolicy
    source: SourceImage

    def choices(self, **changes: object) -> ConnectionChoices:
        choices = ConnectionChoices(
            name="Head office", site=self.site, join_type="hybridAzureADJoin",
            ad_domain="corp.example", ad_username="join@corp.example", ad_password=SECRET,
        )  # fmt: skip
        return replace(choices, **changes)  # type: ignore[arg-type]

    def spec(self, **changes: object) -> PolicySpec:
        return replace(services.spec_of(self.policy), **changes)  # type: ignore[arg-type]


@pytest.fixture
def cast(db: None) -> Cast:
    organization = factories.organization()
    tenant = factories.tenant(organization, "Contoso")
    site = factories.site(tenant, "Amsterdam")
    Windows365.objects.create(tenant=tenant, licences=5, read_at=timezone.now())
    GalleryImage.objects.create(tenant=tenant, graph_id="g1", name="W11 24H2", status="supported")
    GalleryImage.objects.create(tenant=tenant, graph_id="g2", name="W11 25H2", status="supported")
    for number in "12":
        EntraGroup.objects.create(tenant=tenant, graph_id=f"team{number}", name=f"Team {number}")
    return Cast(
        factories.admin(organization, email="ann@provider.example"),
        tenant,
        site,
        NetworkConnection.objects.create(
            tenant=tenant, site=site, graph_id="c1", name="Office", join_type="azureADJoin",
            subnet_id=site.subnet_id, health="passed",
        ),
        DeviceImage.objects.create(
            tenant=tenant, graph_id="i1", name="Desk", version="1.0.0", source_id="x",
            status="ready",
        ),
        ProvisioningPolicy.objects.create(
            tenant=tenant, graph_id="p1", name="Staff", image_type="gallery", image_id="g1",
            image_name="W11 24H2", join_type="azureADJoin", connection_id="c1",
            group_ids=["team1"],
        ),
        SourceImage.objects.create(
            tenant=tenant, resource_id=managed(tenant, "desk"), kind="managed", name="desk",
            region="westeurope", os_type="Windows", os_state="Generalized", generation="V2",
        ),
    )  # fmt: skip


def managed(tenant: Tenant, name: str) -> str:
    group = f"/subscriptions/{tenant.subscription_id}/resourceGroups/rg-desktops"
    return f"{group}/providers/Microsoft.Compute/images/{name}"


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def nothing_happened() -> bool:
    return not Job.objects.exists() and not actions()
