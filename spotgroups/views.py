"""The pages of Spot Groups and their updates. They read and write rows; no page asks Azure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotgroups import services
from spotgroups.models import SessionHost, SpotGroup, SpotGroupUpdate
from spotgroups.pages import UpdatePage
from spotgroups.preview import cancelling
from spotgroups.progress import headline, running_updates
from spotgroups.review import cancel_sentences
from spotgroups.tables import (
    SECONDS_OTHERWISE,
    SECONDS_WHILE_UPDATING,
    GroupFilters,
    GroupTable,
    HostTable,
    group_status,
    why_limited,
    with_sessions,
    with_standing,
)
from spotgroups.wizard import UpdateSpotGroup
from spotpc.web.htmx import is_fragment, render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from spotpc.web.tables import table_page
from tenants.access import (
    NOT_ALLOWED,
    TenantRequest,
    admin_of,
    permissions_of,
    tenant_or_404,
)
from tenants.models import Admin

LIVE = "live"  # the id of the part of a page that renews itself
HISTORY_SHOWN = 20


@require_GET
def groups(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    mine = SpotGroup.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    running = running_updates(tenant.pk)
    table = GroupTable.of(
        running=running,
        may_change=Permission.CHANGE in permissions_of(request),
        poll_seconds=SECONDS_WHILE_UPDATING if running else SECONDS_OTHERWISE,
    )
    page = "spotgroups/list.html"
    return table_page(
        request,
        page,
        table,
        with_standing(mine).select_related("image_set", "image_version"),
        name="spot-groups",
        filter_class=GroupFilters,
        context={"title": "Spot Groups"},
        fragment=f"{page}#rows",
    )


@require_GET
def group(request: HttpRequest, tenant_id: int, group_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    mine = SpotGroup.objects.visible_to(admin_of(request)).filter(tenant=tenant, pk=group_id)
    one = with_standing(mine).select_related("site", "image_set", "image_version").first()
    if one is None:
        raise Http404
    history = one.updates.prefetch_related("hosts")[: HISTORY_SHOWN + 1]
    updates = [(each, headline(each)) for each in history]
    running = next((each for each, _ in updates if not each.outcome), None)
    found = {
        "title": one.label,
        "group": one,
        "status": group_status(getattr(one, "status")),  # noqa: B009 - an annotation
        "why": why_limited(one),
        "updates": updates[:HISTORY_SHOWN],
        "more_updates": len(updates) > HISTORY_SHOWN,
        "because": services.why_not_updatable(one, running)
        if Permission.CHANGE in permissions_of(request)
        else NOT_ALLOWED,
        "poll_seconds": SECONDS_WHILE_UPDATING if running else SECONDS_OTHERWISE,
    }
    if is_fragment(request) and request.headers.get("HX-Target") == LIVE:
        return render(request, "spotgroups/_group_live.html", found)
    hosts = SessionHost.objects.filter(spot_group=one)
    name = f"hosts-of-{slugify(one.name) or one.pk}"
    page = "spotgroups/group.html"
    return table_page(request, page, HostTable, with_sessions(hosts), name=name, context=found)


def new_update(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant_or_404(request, tenant_id, Permission.CHANGE)
    return UpdateSpotGroup(cast("TenantRequest", request)).respond(step, draft)


def _update_or_404(
    request: HttpRequest,
    tenant_id: int,
    update_id: int,
    permission: Permission = Permission.VIEW,
) -> SpotGroupUpdate:
    tenant = tenant_or_404(request, tenant_id, permission)
    rows = SpotGroupUpdate.objects.select_related("spot_group", "image_version", "tenant")
    return rows.prefetch_related("hosts").get_for(
        admin_of(request), permission, tenant_id=tenant.pk, pk=update_id
    )


@require_GET
def update(request: HttpRequest, tenant_id: int, update_id: int) -> HttpResponse:
    one = _update_or_404(request, tenant_id, update_id)
    found = {
        "title": f"Update of {one.spot_group.name} to {one.image_name}",
        "update": one,
        "group": one.spot_group,
        "page": UpdatePage(one, Permission.CHANGE in permissions_of(request), timezone.now()),
    }
    return render_page(
        request, "spotgroups/update.html", found, fragment="spotgroups/_update_live.html"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, tenant_id: int, update_id: int) -> HttpResponse:
    """GET says what Cancel would do at this moment."""
    one = _update_or_404(request, tenant_id, update_id, Permission.CHANGE)
    if request.method == "POST":
        return _act(request, services.cancel_update, one, "The update is being cancelled.")
    if one.outcome:
        messages.error(request, "This update has ended already.")
        return redirect("spot-group-update-detail", tenant_id, update_id)
    found = {
        "title": "Cancel this update?",
        "lead": f"Of {one.spot_group.label} to {one.image_name}.",
        "update": one,
        "group": one.spot_group,
        "sentences": cancel_sentences(cancelling(one), one),
        "back_url": reverse("spot-group-update-detail", args=[tenant_id, update_id]),
    }
    return render(request, "spotgroups/cancel.html", found)


@require_POST
def pause(request: HttpRequest, tenant_id: int, update_id: int) -> HttpResponse:
    one = _update_or_404(request, tenant_id, update_id, Permission.CHANGE)
    act = partial(services.pause_update, paused=True)
    return _act(request, act, one, "Paused. Nobody is warned or signed out until you resume it.")


@require_POST
def resume(request: HttpRequest, tenant_id: int, update_id: int) -> HttpResponse:
    one = _update_or_404(request, tenant_id, update_id, Permission.CHANGE)
    act = partial(services.pause_update, paused=False)
    return _act(request, act, one, "The update goes on.")


@require_POST
def try_again(request: HttpRequest, tenant_id: int, update_id: int) -> HttpResponse:
    one = _update_or_404(request, tenant_id, update_id, Permission.CHANGE)
    return _act(request, services.try_again, one, "It tries again.")


def _act(
    request: HttpRequest,
    act: Callable[[Admin, SpotGroupUpdate], None],
    one: SpotGroupUpdate,
    words: str,
) -> HttpResponse:
    told(request, partial(act, admin_of(request), one), words)
    return redirect("spot-group-update-detail", one.tenant_id, one.pk)
