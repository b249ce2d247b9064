"""The pages that bring Cloud PCs over. They read and write rows; no page asks Graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotpc.web.htmx import render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from tenants.access import TenantRequest, admin_of, permissions_of, tenant_or_404
from tenants.models import Admin
from w365.models import ProvisioningPolicy, Reprovisioning
from w365.reprovision import services
from w365.reprovision.progress import cancel_sentences
from w365.reprovision_page import RunPage
from w365.wizards.reprovisionings import BringOver


def bring_over(
    request: HttpRequest,
    tenant_id: int,
    policy_id: int,
    step: str | None = None,
    draft: UUID | None = None,
) -> HttpResponse:
    """The wizard. With a draft it goes on: its last step says what came in between."""
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    mine = ProvisioningPolicy.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    policy = get_object_or_404(mine.select_related("tenant"), pk=policy_id)
    because = services.why_not(policy) if draft is None else ""
    if because:
        messages.error(request, f"Its Cloud PCs cannot be brought over now. {because}")
        return redirect(policy)
    return BringOver(cast("TenantRequest", request), policy).respond(step, draft)


def _run_or_404(
    request: HttpRequest,
    tenant_id: int,
    run_id: int,
    permission: Permission = Permission.VIEW,
) -> Reprovisioning:
    tenant = tenant_or_404(request, tenant_id, permission)
    rows = Reprovisioning.objects.select_related("policy", "tenant").prefetch_related("pcs")
    return rows.get_for(admin_of(request), permission, tenant_id=tenant.pk, pk=run_id)


@require_GET
def run(request: HttpRequest, tenant_id: int, run_id: int) -> HttpResponse:
    one = _run_or_404(request, tenant_id, run_id)
    may_change = Permission.CHANGE in permissions_of(request)
    found = {
        "title": f"Cloud PCs of {one.policy_name} to {one.image_name}",
        "run": one,
        "page": RunPage(one, may_change, timezone.now()),
    }
    page = "w365/reprovision_run.html"
    return render_page(request, page, found, fragment="w365/reprovision_live.html")


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, tenant_id: int, run_id: int) -> HttpResponse:
    """GET says what Cancel would do at this moment."""
    one = _run_or_404(request, tenant_id, run_id, Permission.CHANGE)
    if request.method == "POST":
        return _act(request, services.cancel, one, "It is being cancelled.")
    if one.outcome:
        messages.error(request, "It has ended already.")
        return redirect(one)
    found = {
        "title": "Stop bringing Cloud PCs over?",
        "lead": f"Of {one.policy_name}, to {one.image_name}.",
        "run": one,
        "sentences": cancel_sentences(one),
    }
    return render(request, "w365/reprovision_cancel.html", found)


@require_POST
def pause(request: HttpRequest, tenant_id: int, run_id: int) -> HttpResponse:
    one = _run_or_404(request, tenant_id, run_id, Permission.CHANGE)
    return _act(
        request, services.pause, one,
        "Paused. Nobody is written to and nothing new is wiped until you resume it.",
    )  # fmt: skip


@require_POST
def resume(request: HttpRequest, tenant_id: int, run_id: int) -> HttpResponse:
    one = _run_or_404(request, tenant_id, run_id, Permission.CHANGE)
    return _act(request, services.resume, one, "It goes on.")


@require_POST
def try_again(request: HttpRequest, tenant_id: int, run_id: int) -> HttpResponse:
    """After it stopped by itself; `failed=leave` goes on without those that failed."""
    one = _run_or_404(request, tenant_id, run_id, Permission.CHANGE)
    retry = request.POST.get("failed") != "leave"
    words = "It tries again." if retry else "It goes on without those that failed."
    return _act(request, partial(services.try_again, retry=retry), one, words)


def _act(
    request: HttpRequest,
    act: Callable[[Admin, Reprovisioning], None],
    one: Reprovisioning,
    words: str,
) -> HttpResponse:
    told(request, partial(act, admin_of(request), one), words)
    return redirect(one)
