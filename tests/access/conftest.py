from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from tests.access import world as worlds
from tests.access.world import World


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False
    cache.clear()


@pytest.fixture
def world(db: None) -> World:
    return worlds.build()
