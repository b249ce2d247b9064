"""An organization with a tenant, and its administrator signed in."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tenants.models import Admin, Tenant
from tests import factories


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False
    cache.clear()


@pytest.fixture
def tenant() -> Tenant:
    of = factories.organization("Northwind IT")
    return factories.tenant(of, "Contoso", custom_id="C-1", domains=["contoso.example"])


@pytest.fixture
def admin(tenant: Tenant) -> Admin:
    return factories.admin(tenant.organization, email="dana@northwind.example")


@pytest.fixture
def client(admin: Admin) -> Client:
    return signed_in(admin)


def signed_in(admin: Admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client
