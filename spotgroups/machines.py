"""Session hosts among the tenant's machines."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, LPad

from spotgroups.models import SessionHost
from tenants import machines
from tenants.models import Admin, Tenant

IMAGE = "image_version__"
NUMBERS = ("major", "minor", "patch")


def _rows(tenant: Tenant, admin: Admin) -> QuerySet[Any, Any]:
    state = "user_sessions__state"
    name, text = F(f"{IMAGE}image_set__name"), TextField()
    number = [Cast(f"{IMAGE}{part}", text) for part in NUMBERS]
    return SessionHost.objects.visible_to(admin).filter(tenant=tenant).annotate(
        kind=Value("host"),
        machine=F("name"),
        user=Value(""),
        source=F("spot_group__name"),
        source_id=F("spot_group_id"),
        image=_versioned(name, Value(" "), number[0], Value("."), number[1], Value("."), number[2]),
        image_order=_versioned(name, *(LPad(part, 9, Value("0")) for part in number)),
        active=Count("user_sessions", filter=Q(**{state: "Active"})),
        inactive=Count("user_sessions", filter=~Q(**{state: "Active"})),
    )  # fmt: skip


def _versioned(*parts: Any) -> Case:
    """Text of the version a host runs, or what Azure says where it is none of ours."""
    known = When(image_version__isnull=False, then=Concat(*parts, output_field=TextField()))
    return Case(known, default=F("image_id"), output_field=TextField())


machines.part(
    machines.Part(
        kind="host",
        rows=_rows,
        source_view="spot-group",
        status=lambda status: (status, ""),
    )
)
