"""A customer with a policy in use: two connections, three kinds of images, groups, Cloud PCs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.models import Admin, Tenant, TenantSync
from tests import factories
from w365.models import (
    CloudPc,
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
    Windows365,
)

NEW_WINDOWS = "MicrosoftWindowsDesktop_windows-ent-cpc_win11-25h2-ent-cpc-m365"
OLD_WINDOWS = "MicrosoftWindowsDesktop_windows-ent-cpc_win11-24h2-ent-cpc-m365"
GONE_WINDOWS = "MicrosoftWindowsDesktop_windows-ent-cpc_win10-20h2-ent-cpc-m365"


def guid() -> str:
    return str(uuid.uuid4())


def connection(of: Tenant, name: str = "", **fields: Any) -> NetworkConnection:
    before = f"/subscriptions/{of.subscription_id}/resourceGroups/rg-desktops"
    network = f"{before}/providers/Microsoft.Network/virtualNetworks/vnet"
    return NetworkConnection.objects.create(
        tenant=of,
        name=name or f"Connection {next(factories.numbers)}",
        **{
            "graph_id": guid(),
            "join_type": "hybridAzureADJoin",
            "location": "westeurope",
            "resource_group_id": before,
            "virtual_network_id": network,
            "subnet_id": f"{network}/subnets/desktops",
            "ad_domain": "corp.example",
            "ad_username": "join@corp.example",
            "ad_password": "Never-On-A-Page-77",
            "health": "passed",
            **fields,
        },
    )


def gallery_image(of: Tenant, graph_id: str, name: str, **fields: Any) -> GalleryImage:
    return GalleryImage.objects.create(
        tenant=of, graph_id=graph_id, name=name, **{"status": "supported", **fields}
    )


def device_image(
    of: Tenant, name: str, version: str = "1.0.0", status: str = "ready", **fields: Any
) -> DeviceImage:
    return DeviceImage.objects.create(
        tenant=of,
        name=name,
        version=version,
        status=status,
        **{
            "graph_id": guid(),
            "source_id": f"/subscriptions/{of.subscription_id}/images/{name}",
            "operating_system": "Windows 11 Enterprise",
            "os_build": "25H2",
            "os_status": "supported",
            **fields,
        },
    )


def group(of: Tenant, name: str, members: int | None = None, **fields: Any) -> EntraGroup:
    return EntraGroup.objects.create(
        tenant=of, name=name, members=members, **{"graph_id": guid(), **fields}
    )


def policy(of: Tenant, name: str = "", **fields: Any) -> ProvisioningPolicy:
    return ProvisioningPolicy.objects.create(
        tenant=of,
        name=name or f"Policy {next(factories.numbers)}",
        **{
            "graph_id": guid(),
            "image_type": "gallery",
            "image_id": OLD_WINDOWS,
            "image_name": "Windows 11 Enterprise + Microsoft 365 Apps 24H2",
            "join_type": "azureADJoin",
            "region_group": "europeUnion",
            "region_name": "automatic",
            "locale": "en-US",
            **fields,
        },
    )


def cloud_pc(of: ProvisioningPolicy, user: str, **fields: Any) -> CloudPc:
    number = next(factories.numbers)
    return CloudPc.objects.create(
        tenant=of.tenant,
        policy=of,
        user=user,
        **{
            "graph_id": guid(),
            "name": f"{of.name} - {user}",
            "device_name": f"CPC-{number:05}",
            "image_name": of.image_name,
            "plan_name": "Windows 365 Enterprise 2 vCPU, 8 GB, 128 GB",
            "status": "provisioned",
            **fields,
        },
    )


@dataclass
class Office:
    """Alder Dental. `policy`: Reception, for the group Staff, over the connection Amsterdam."""

    tenant: Tenant
    admin: Admin
    amsterdam: NetworkConnection
    rotterdam: NetworkConnection
    new: GalleryImage
    old: GalleryImage
    custom: DeviceImage
    staff: EntraGroup
    guests: EntraGroup
    policy: ProvisioningPolicy
    pcs: list[CloudPc] = field(default_factory=list)

    def url(self, name: str, *args: Any) -> str:
        return reverse(name, args=[self.tenant.pk, *args])

    @property
    def page(self) -> str:
        return self.policy.get_absolute_url()


def office() -> Office:
    tenant = factories.tenant(name="Alder Dental", preferred_language="nl-NL")
    TenantSync.objects.create(tenant=tenant, finished_at=timezone.now())
    Windows365.objects.create(tenant=tenant, licences=10, assigned_users=4, read_at=timezone.now())
    amsterdam = connection(tenant, "Amsterdam")
    rotterdam = connection(tenant, "Rotterdam", health="warning")
    soon = timezone.localdate() + timedelta(days=60)
    old_name = "Windows 11 Enterprise + Microsoft 365 Apps 24H2"
    old = gallery_image(
        tenant, OLD_WINDOWS, old_name, status="supportedWithWarning", expires_on=soon
    )
    staff, guests = group(tenant, "Staff", 3), group(tenant, "Guests")
    made = Office(
        tenant=tenant,
        admin=factories.admin(tenant.organization, email="ann@provider.example"),
        amsterdam=amsterdam,
        rotterdam=rotterdam,
        new=gallery_image(tenant, NEW_WINDOWS, "Windows 11 Enterprise + Microsoft 365 Apps 25H2"),
        old=old,
        custom=device_image(tenant, "Dental", "1.0.2"),
        staff=staff,
        guests=guests,
        policy=policy(
            tenant,
            "Reception",
            description="Front desks",
            join_type="hybridAzureADJoin",
            connection_id=amsterdam.graph_id,
            region_group="",
            region_name="",
            group_ids=[staff.graph_id],
        ),
    )
    made.pcs = [
        cloud_pc(made.policy, "amira@alder.example"),
        cloud_pc(made.policy, "bram@alder.example", image_name="Windows 10 Enterprise 22H2"),
    ]
    return made


def signed_in(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


class Walk:
    """Goes through a wizard as a browser does; keeps the URL of each step."""

    def __init__(self, client: Client, start: str) -> None:
        self.client = client
        self.at: dict[str, str] = {}
        self.url = client.get(start, follow=True).redirect_chain[-1][0]
        self._keep()

    def _keep(self) -> None:
        path = urlsplit(self.url).path
        self.at[self.step] = path

    @property
    def step(self) -> str:
        return urlsplit(self.url).path.rstrip("/").rsplit("/", 1)[-1]

    def post(self, **given: Any) -> str:
        """The page that comes; the address of the step that shows it is kept."""
        response = self.client.post(self.url, given, follow=True)
        if response.redirect_chain:
            self.url = response.redirect_chain[-1][0]
        self._keep()
        return unescape(response.content.decode())

    def shown(self) -> str:
        return page(self.client, self.url)

    def go(self, step: str) -> str:
        """To another step of the same draft."""
        self.url = urlsplit(self.url).path.rsplit("/", 2)[0] + f"/{step}/"
        return self.shown()


def page(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers or None)
    assert answer.status_code == 200, (url, answer.status_code)
    return unescape(answer.content.decode())
