"""Hosts and signed-in users of a tenant, as a sync would have left them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from spotgroups.models import SessionHost, SpotGroup, UserSession
from tenants.models import Tenant
from tests import factories


def spot_group(tenant: Tenant, name: str = "Reception") -> SpotGroup:
    image_set = factories.image_set(tenant)
    return SpotGroup.objects.create(
        tenant=tenant,
        site=image_set.site,
        name=name,
        host_pool=name.lower(),
        image_set=image_set,
        host_prefix="host",
    )


def host(group: SpotGroup, name: str, **fields: Any) -> SessionHost:
    found = {"status": "Available", "last_heartbeat": timezone.now(), **fields}
    return SessionHost.objects.create(
        tenant=group.tenant, spot_group=group, name=f"{name}.corp.example", **found
    )


def session(on: SessionHost, user: str, state: str = "Active") -> UserSession:
    return UserSession.objects.create(
        tenant=on.tenant,
        host=on,
        session_id=str(next(factories.numbers)),
        user=user,
        state=state,
        created_at=timezone.now(),
    )
