"""A customer with one group of two hosts on Front desk 0.0.1, and 0.0.2 to go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.models import SessionHost, SpotGroup, SpotGroupUpdate
from spotgroups.services import Choices, start_update
from tenants.models import Admin, Tenant, TenantSync
from tests import factories


@dataclass
class Office:
    tenant: Tenant
    admin: Admin
    group: SpotGroup
    old: ImageVersion
    new: ImageVersion
    hosts: list[SessionHost]

    def url(self, name: str, *args: Any) -> str:
        return reverse(name, args=[self.tenant.pk, *args])

    def host(self, name: str, of: SpotGroup | None = None, **fields: Any) -> SessionHost:
        now = timezone.now()
        seen = {"last_heartbeat": now, "seen_at": now, **fields}
        return factories.session_host(of or self.group, f"{name}.customer.example", **seen)

    def start(self, method: str = "immediate", **choices: Any) -> SpotGroupUpdate:
        return start_update(self.admin, self.group, self.new, Choices(method, **choices))


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def office() -> Office:
    tenant = factories.tenant(name="Alder Dental")
    TenantSync.objects.create(tenant=tenant, finished_at=timezone.now())
    site = factories.site(tenant, "Amsterdam", time_zone="Europe/Amsterdam")
    images = factories.image_set(tenant, "Front desk", at=site)
    old, new = (factories.image_version(images, number) for number in ("0.0.1", "0.0.2"))
    group = factories.spot_group(
        images, "FrontDesk", version=old, friendly_name="Reception", host_prefix="front"
    )
    admin = factories.admin(tenant.organization, email="ann@provider.example")
    made = Office(tenant, admin, group, old, new, [])
    made.hosts = [made.host("front-1"), made.host("front-2")]
    return made


@pytest.fixture
def client(office: Office) -> Client:
    return signed_in(office.admin)


@pytest.fixture
def reader(office: Office) -> Client:
    return signed_in(factories.member(office.tenant, "reader"))


def signed_in(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client
