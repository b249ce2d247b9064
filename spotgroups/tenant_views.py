"""The User Sessions tab of a tenant, from what was last read from Azure."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from spotgroups.models import UserSession
from spotgroups.tenant_tables import SessionFilters, SessionTable
from spotpc.web.tables import table_page
from tenants.access import admin_of, tenant_or_404

PAGE = "tenants/tab_table.html"
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
