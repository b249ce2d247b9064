"""Celery's entry points of this app. Unknown arguments are ignored: a deploy may mix releases."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from tenants import sync


@shared_task(name="tenants.sync_due")
def sync_due(**_: Any) -> None:
    for tenant_id in sync.due():
        sync_one.delay(tenant_id)


@shared_task(name="tenants.sync")
def sync_one(tenant_id: int, **_: Any) -> None:
    sync.sync_tenant(tenant_id)
