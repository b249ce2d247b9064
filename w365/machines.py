"""Cloud PCs among the tenant's machines: their policy is the source."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BooleanField,
    DateTimeField,
    F,
    IntegerField,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce, NullIf

from tenants import machines
from tenants.models import Admin, Tenant
from w365.models import CloudPc
from w365.words import cloud_pc_status


def _rows(tenant: Tenant, admin: Admin) -> QuerySet[Any, Any]:
    nothing = Value(None, output_field=IntegerField())
    device = Coalesce(NullIf(F("device_name"), Value("")), F("name"))
    return CloudPc.objects.visible_to(admin).filter(tenant=tenant).annotate(
        kind=Value("cloud-pc"),
        machine=device,
        source=F("policy__name"),
        source_id=F("policy_id"),
        image=F("image_name"),
        image_order=F("image_name"),
        allow_new_session=Value(None, output_field=BooleanField()),
        active=nothing,
        inactive=nothing,
        last_heartbeat=Value(None, output_field=DateTimeField()),
    )  # fmt: skip


machines.part(
    machines.Part(kind="cloud-pc", rows=_rows, source_view="w365-policy", status=cloud_pc_status)
)
