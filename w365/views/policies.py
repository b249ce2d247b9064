"""The pages of provisioning policies. They read and write rows; no page asks Graph."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from spotpc.web.htmx import is_fragment
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
from w365.known import Known
from w365.models import CloudPc, ProvisioningPolicy, Reprovisioning
from w365.policies import Pcs, why_not_remove
from w365.policy_page import PolicyPage
from w365.tables.policies import CloudPcTable, PolicyFilters, PolicyTable, with_counts
from w365.wizards.policies import EditPolicy, NewPolicy

LIVE = "live"  # the id of the part of a page that renews itself
SECONDS_WHILE_BUSY = 3


def _policy_or_404(
    request: HttpRequest,
    tenant_id: int,
    policy_id: int,
    permission: Permission = Permission.VIEW,
) -> ProvisioningPolicy:
    """With the counts of `with_counts`."""
    tenant = tenant_or_404(request, tenant_id, permission)
    mine = ProvisioningPolicy.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    one = with_counts(mine).select_related("tenant").filter(pk=policy_id).first()
    if one is None:
        raise Http404
    return one


@require_GET
def policies(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant, admin = tenant_or_404(request, tenant_id), admin_of(request)
    mine = ProvisioningPolicy.objects.visible_to(admin).filter(tenant=tenant)
    under_way = Reprovisioning.objects.visible_to(admin).filter(tenant=tenant, outcome="")
    uses, permissions = services.uses_of(tenant), permissions_of(request)
    table = PolicyTable.of(
        known=Known(admin, tenant),
        uses=uses,
        today=timezone.localdate(),
        permissions=permissions,
        running={run.policy_id: run for run in under_way},
        poll_seconds=SECONDS_WHILE_BUSY if uses.busy else 0,
    )
    change = not_allowed(Permission.CHANGE, permissions)
    found = {
        "title": "Provisioning Policies",
        "because_new": change or services.why_not_new(tenant),
    }
    page = "w365/policies_list.html"
    return table_page(
        request, page, table, with_counts(mine), name="provisioning-policies",
        filter_class=PolicyFilters, context=found, fragment=f"{page}#rows",
    )  # fmt: skip


@require_GET
def policy(request: HttpRequest, tenant_id: int, policy_id: int) -> HttpResponseBase:
    live = is_fragment(request) and request.headers.get("HX-Target") == LIVE
    try:
        one = _policy_or_404(request, tenant_id, policy_id)
    except Http404:
        if not live:
            raise
        # It has been deleted while its page was open.
        tenant_or_404(request, tenant_id)
        return HttpResponseClientRedirect(reverse("w365-policy-list", args=[tenant_id]))
    known = Known(admin_of(request), one.tenant)
    page = PolicyPage(one, known, permissions_of(request), timezone.localdate())
    if live and not page.active:
        return HttpResponseClientRefresh()  # the rest of the page says other things now, too
    poll = SECONDS_WHILE_BUSY if page.active else 0
    found = {"title": one.name, "policy": one, "page": page, "poll_seconds": poll}
    if live:
        return render(request, "w365/policies_live.html", found)
    table = CloudPcTable.of(policy=one, known=known)
    pcs = CloudPc.objects.visible_to(admin_of(request)).filter(policy=one)
    name = f"cloud-pcs-of-{slugify(one.name) or one.pk}"
    return table_page(request, "w365/policies_detail.html", table, pcs, name=name, context=found)


def new_policy(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    if because := services.why_not_new(tenant):
        messages.error(request, because)
        return redirect("w365-policy-list", tenant_id)
    return NewPolicy(cast("TenantRequest", request)).respond(step, draft)


def edit_policy(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.CHANGE)
    return EditPolicy(cast("TenantRequest", request)).respond(step, draft)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, tenant_id: int, policy_id: int) -> HttpResponse:
    """GET says what is lost; or, where it would be refused, leads back with the reason."""
    one = _policy_or_404(request, tenant_id, policy_id, Permission.DELETE)
    counts: Any = one
    because = why_not_remove(one, None, Pcs(counts.cloud_pcs, counts.behind))
    if because:
        messages.error(request, f"{one.name} was not deleted. {because}")
        return redirect(one)
    if request.method == "POST":
        act = partial(services.delete_policy, admin_of(request), one)
        told(request, act, f"{one.name} is being deleted.")
        return redirect(one)
    return render(request, "web/confirm.html", _question(one, tenant_id))


def _question(one: ProvisioningPolicy, tenant_id: int) -> dict[str, Any]:
    lost = [
        f"The policy {one.name} with its settings. No Cloud PC can be provisioned or reprovisioned "
        "from it any more."
    ]
    if not one.graph_id:
        lost = [f"The entry {one.name} here. In Windows 365 it was never created."]
    policies_url = reverse("w365-policy-list", args=[tenant_id])
    return {
        "title": f"Delete {one.name}?",
        "lead": "It is assigned to nobody and has no Cloud PCs." if one.graph_id else "",
        "lost": lost,
        "lost_title": "This is lost, and cannot be brought back:",
        "action": "Delete",
        "danger": True,
        "back_url": one.get_absolute_url(),
        "crumbs": [(policies_url, "Provisioning Policies"), (one.get_absolute_url(), one.name)],
    }


@require_POST
def dismiss(request: HttpRequest, tenant_id: int, policy_id: int) -> HttpResponse:
    """The notice about newer values has been read."""
    one = _policy_or_404(request, tenant_id, policy_id, Permission.CHANGE)
    services.dismiss_conflict(admin_of(request), one)
    return redirect(one)
