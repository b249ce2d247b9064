"""The pages of connections. They read and write rows; no page asks Graph."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from spotpc.web.htmx import is_fragment, render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from spotpc.web.tables import table_page
from tenants.access import (
    TenantRequest,
    admin_of,
    not_allowed,
    permissions_of,
    tenant_or_404,
)
from w365 import services
from w365.access import connection_or_404
from w365.actions import actions_of_connection
from w365.again import refusal_of, run_behind
from w365.job_part import job_part
from w365.models import NetworkConnection, ProvisioningPolicy
from w365.network import network_of_connection
from w365.standing import checks_of, of_connection
from w365.tables.connections import ConnectionFilters, ConnectionTable
from w365.tables.rows import with_last_error
from w365.wizards.connections import EditConnection, NewConnection

SECONDS_WHILE_BUSY = 3
SECONDS_WHILE_CHECKED = 15  # by Windows 365 itself: rows follow when the tenant is read


@require_GET
def connections(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    mine = NetworkConnection.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    rows = with_last_error(mine.defer("ad_password").select_related("site", "tenant"))
    uses, permissions = services.uses_of(tenant), permissions_of(request)
    table = ConnectionTable.of(
        uses=uses, permissions=permissions, poll_seconds=SECONDS_WHILE_BUSY if uses.busy else 0
    )
    change = not_allowed(Permission.CHANGE, permissions)
    found = {"title": "Connections", "because_new": change or services.why_not_new(tenant)}
    page = "w365/connections.html"
    return table_page(
        request, page, table, rows, name="connections",
        filter_class=ConnectionFilters, context=found, fragment=f"{page}#rows",
    )  # fmt: skip


@require_GET
def connection(request: HttpRequest, tenant_id: int, connection_id: int) -> HttpResponse:
    try:
        one = connection_or_404(request, tenant_id, connection_id)
    except Http404:
        if not is_fragment(request):
            raise
        # It has been deleted while its page was open.
        tenant_or_404(request, tenant_id)
        return HttpResponseClientRedirect(reverse("w365-connection-list", args=[tenant_id]))
    found = {"title": one.name, "connection": one, **_page(request, one)}
    return render_page(
        request, "w365/connection.html", found, fragment="w365/_connection_live.html"
    )


def _page(request: HttpRequest, one: NetworkConnection) -> dict[str, Any]:
    part, uses = job_part(one), services.uses_of(one.tenant)
    checked = bool(one.graph_id) and one.health in NetworkConnection.UNDER_CHECK
    using = ProvisioningPolicy.objects.visible_to(admin_of(request)).filter(
        tenant=one.tenant, connection_id=one.graph_id
    )
    wizard = EditConnection if one.graph_id else NewConnection
    refused = refusal_of(part.job, services.CONNECTION_SAVE)
    return {
        **part.context,
        "standing": of_connection(one, part.active, part.error_text),
        "actions": actions_of_connection(one, uses, permissions_of(request)),
        "checks": checks_of(one),
        "under_check": checked,
        "network": network_of_connection(one),
        "policies": using if one.graph_id else (),
        "again": run_behind(wizard.kind, one) if refused else None,
        "again_url": reverse(
            "w365-connection-edit" if one.graph_id else "w365-connection-new", args=[one.tenant_id]
        ),
        "poll_seconds": SECONDS_WHILE_BUSY if part.active else SECONDS_WHILE_CHECKED if checked
        else 0,
    }  # fmt: skip


def new_connection(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    if because := services.why_not_new(tenant):
        messages.error(request, because)
        return redirect("w365-connection-list", tenant_id)
    return NewConnection(cast("TenantRequest", request)).respond(step, draft)


def edit_connection(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.CHANGE)
    return EditConnection(cast("TenantRequest", request)).respond(step, draft)


@require_POST
def check(request: HttpRequest, tenant_id: int, connection_id: int) -> HttpResponse:
    one = connection_or_404(request, tenant_id, connection_id, Permission.CHANGE)
    act = partial(services.run_health_check, admin_of(request), one)
    told(request, act, f"The health check of {one.name} has been asked for.")
    return redirect(one)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, tenant_id: int, connection_id: int) -> HttpResponse:
    """GET says what is lost; or, where it would be refused, leads back with the reason."""
    one = connection_or_404(request, tenant_id, connection_id, Permission.DELETE)
    if request.method == "POST":
        act = partial(services.delete_connection, admin_of(request), one)
        told(request, act, f"{one.name} is being deleted.")
        return redirect(one)
    if because := services.why_not_delete(one):
        messages.error(request, f"{one.name} cannot be deleted now. {because}")
        return redirect(one)
    return render(request, "web/confirm.html", _question(one))


def _question(one: NetworkConnection) -> dict[str, Any]:
    lost = [f"The entry {one.name}. It was never created in Windows 365."]
    if one.graph_id:
        lost = [
            f"The connection {one.name}: no Cloud PC can be provisioned over it any more.",
            "The account that Windows 365 has for it. The network in Azure stays as it is.",
        ]
        if not one.ad_username:
            lost[1] = "The network in Azure stays as it is."
    connections_url = reverse("w365-connection-list", args=[one.tenant_id])
    return {
        "title": f"Delete {one.name}?",
        "lead": "No provisioning policy uses it." if one.graph_id else "",
        "lost": lost,
        "action": "Delete",
        "danger": True,
        "back_url": one.get_absolute_url(),
        "crumbs": [(connections_url, "Connections"), (one.get_absolute_url(), one.name)],
    }
