"""The Machines tab of a tenant, from what was last read from Azure."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from spotpc.web.tables import table_page
from tenants import machines
from tenants.access import admin_of, tenant_or_404
from tenants.machine_tables import MachineFilters, MachineTable

PAGE = "tenants/tab_table.html"


@require_GET
def machine_list(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    return table_page(
        request,
        PAGE,
        MachineTable,
        machines.together(machines.parts_of(tenant, admin_of(request))),
        name="machines",
        filter_class=MachineFilters,
        context={"title": "Machines", "tab": "machines"},
        fragment=f"{PAGE}#rows",
    )
