"""A customer with an image set, and somebody signed in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from images.models import ImageSet, ImageVersion
from tenants.models import Admin, Tenant
from tests import factories

LIVE = {"HX-Request": "true", "HX-Target": "live"}
PAGES = ("", "connect/", "seal/", "delete/")  # of a version


@dataclass
class Cast:
    admin: Admin
    tenant: Tenant
    image_set: ImageSet

    @property
    def url(self) -> str:
        return f"/tenants/{self.tenant.pk}/images/"

    @property
    def set_url(self) -> str:
        return f"{self.url}{self.image_set.pk}/"

    def version_url(self, version: ImageVersion, page: str = "") -> str:
        return f"{self.url}{version.image_set_id}/versions/{version.pk}/{page}"

    def version(self, number: str, status: str = "available", **fields: object) -> ImageVersion:
        return factories.image_version(self.image_set, number, status, **fields)


@pytest.fixture
def cast(db: None) -> Cast:
    organization = factories.organization()
    tenant = factories.tenant(organization, "Contoso")
    site = factories.site(tenant, "Amsterdam")
    return Cast(
        factories.admin(organization, email="ann@provider.example"),
        tenant,
        factories.image_set(tenant, "Front desk", at=site),
    )


@pytest.fixture
def client(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.admin)
    return client


def signed_in(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def page(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers or None)
    assert answer.status_code == 200, (url, answer.status_code)
    return str(answer.content.decode())
