"""Reading tenants from Azure into rows. The apps say what is read; this says when and how often."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from spotpc.azure.errors import AzureError, RetryLater
from tenants.models import Tenant, TenantSync

logger = logging.getLogger(__name__)

Source = Callable[[Tenant], None]
_sources: list[Source] = []


def source(read: Source) -> Source:
    """Register what reads a tenant; called in each app's `sync.py`."""
    _sources.append(read)
    return read


def due() -> list[int]:
    """Ids of the tenants to be read now."""
    rows = TenantSync.objects.filter(next_at__lte=timezone.now())
    return list(rows.order_by("next_at").values_list("tenant_id", flat=True)[:200])


def sync_tenant(tenant_id: int) -> bool:
    """Read one tenant, unless somebody else is at it. Whether it was read without trouble."""
    if not _claim(tenant_id):
        return False
    tenant = Tenant.objects.select_related("credential").get(pk=tenant_id)
    started_at = timezone.now()
    autodiscover_modules("sync")
    try:
        for read in _sources:
            read(tenant)
    except AzureError as trouble:
        _failed(tenant_id, trouble)
        return False
    TenantSync.objects.filter(tenant_id=tenant_id).update(
        started_at=started_at,
        finished_at=timezone.now(),
        error_code="",
        error_text="",
    )
    return True


def _claim(tenant_id: int) -> bool:
    """Push the schedule forward before the work: a crash then repeats by itself."""
    now = timezone.now()
    return (
        TenantSync.objects.filter(tenant_id=tenant_id, next_at__lte=now).update(
            next_at=now + timedelta(seconds=settings.SYNC_SECONDS), requested_at=None
        )
        == 1
    )


def _failed(tenant_id: int, trouble: AzureError) -> None:
    logger.warning("Tenant %s could not be read: %s (%s)", tenant_id, trouble, trouble.azure_code)
    again = trouble.after if isinstance(trouble, RetryLater) and trouble.after else 0
    TenantSync.objects.filter(tenant_id=tenant_id).update(
        next_at=timezone.now() + timedelta(seconds=max(again, settings.SYNC_SECONDS)),
        error_code=trouble.code,
        error_text=f"{trouble.sentence} {trouble.remedy}".strip(),
    )
