"""The User Sessions and Machines tabs of a tenant, from what was last read from Azure."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from spotgroups.models import SessionHost, UserSession
from spotgroups.tenant_tables import (
    MachineFilters,
    MachineTable,
    SessionFilters,
    SessionTable,
)
from spotpc.web.tables import table_page
from tenants.access import admin_of, tenant_or_404

PAGE = "spotgroups/tenant_table.html"
ROWS = f"{PAGE}#rows"


@require_GET
def sessions(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    rows = UserSession.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    return table_page(
        request,
        PAGE,
        SessionTable,
        rows.select_related("host__spot_group", "host__image_version__image_set"),
        name="user-sessions",
        filter_class=SessionFilters,
        context={"title": "User Sessions", "tab": "sessions"},
        fragment=ROWS,
    )


@require_GET
def machines(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    hosts = SessionHost.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    state = "user_sessions__state"
    rows = hosts.select_related("spot_group", "image_version__image_set").annotate(
        active=Count("user_sessions", filter=Q(**{state: "Active"})),
        inactive=Count("user_sessions", filter=~Q(**{state: "Active"})),
    )
    return table_page(
        request,
        PAGE,
        MachineTable,
        rows,
        name="machines",
        filter_class=MachineFilters,
        context={"title": "Machines", "tab": "machines"},
        fragment=ROWS,
    )
