"""A signed-in admin and their tenant, on the site map with the wizard."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tenants.models import Tenant
from tests import factories
from tests.web import urls


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.ROOT_URLCONF = "tests.web.urls"
    settings.SECURE_SSL_REDIRECT = False
    urls.finished.clear()
    urls.closed_floors.clear()
    urls.refused.clear()
    urls.reopened.clear()
    cache.clear()


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant(factories.organization("Northwind IT"), "Contoso")


@pytest.fixture
def client(tenant: Tenant) -> Client:
    return signed_in(factories.admin(tenant.organization))


def signed_in(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client
