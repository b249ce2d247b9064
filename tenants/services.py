"""Everything that changes a tenant or an account: one function per act."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants.models import Admin, AuditEvent, Tenant, TenantSync

logger = logging.getLogger(__name__)


def audit(admin: Admin, tenant: Tenant, action: str, subject: str, **detail: Any) -> AuditEvent:
    """Write down who did what; call it in the transaction that does it.

    `action` is "thing.verb"; `detail` must be JSON and free of secrets.
    """
    return AuditEvent.objects.create(
        organization_id=tenant.organization_id,
        tenant=tenant,
        tenant_name=tenant.name,
        admin_email=admin.email,
        action=action,
        subject=subject[:200],
        detail=detail,
    )


def request_sync(admin: Admin, tenant: Tenant) -> None:
    """Have the tenant read from Azure as soon as a worker is free. Changes nothing: no audit."""
    now = timezone.now()
    TenantSync.objects.update_or_create(
        tenant=tenant, defaults={"requested_at": now, "next_at": now}
    )
    logger.info("%s asked for a fresh view of tenant %s", admin.email, tenant.pk)


def set_custom_id(admin: Admin, tenant: Tenant, custom_id: str) -> None:
    """The MSP's own number for this customer. Writing the same again is no change."""
    with transaction.atomic():
        before = Tenant.objects.select_for_update().get(pk=tenant.pk).custom_id
        if before == custom_id:
            return
        Tenant.objects.filter(pk=tenant.pk).update(custom_id=custom_id)
        audit(admin, tenant, "tenant.custom_id", tenant.name, before=before, after=custom_id)
    tenant.custom_id = custom_id


def update_account(admin: Admin, *, name: str, time_zone: str) -> None:
    """One's own settings; they concern nobody else, so there is no audit row."""
    Admin.objects.filter(pk=admin.pk).update(name=name, time_zone=time_zone)
    admin.name, admin.time_zone = name, time_zone
