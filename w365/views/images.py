"""The pages of device images. They read and write rows; no page asks Graph."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
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
from w365.access import image_or_404
from w365.actions import actions_of_image
from w365.again import refusal_of, run_behind
from w365.job_part import job_part
from w365.models import DeviceImage, ProvisioningPolicy
from w365.standing import of_image
from w365.tables.images import DeviceImageFilters, DeviceImageTable
from w365.tables.rows import with_last_error
from w365.wizards.images import NewDeviceImage

SECONDS_WHILE_BUSY = 3


@require_GET
def images(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    mine = DeviceImage.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    rows = with_last_error(mine.select_related("site", "tenant"))
    uses, permissions = services.uses_of(tenant), permissions_of(request)
    table = DeviceImageTable.of(
        uses=uses, permissions=permissions, poll_seconds=SECONDS_WHILE_BUSY if uses.busy else 0
    )
    change = not_allowed(Permission.CHANGE, permissions)
    found = {"title": "Device Images", "because_new": change or services.why_not_new(tenant)}
    page = "w365/images.html"
    return table_page(
        request, page, table, rows, name="device-images",
        filter_class=DeviceImageFilters, context=found, fragment=f"{page}#rows",
    )  # fmt: skip


@require_GET
def image(request: HttpRequest, tenant_id: int, image_id: int) -> HttpResponse:
    try:
        one = image_or_404(request, tenant_id, image_id)
    except Http404:
        if not is_fragment(request):
            raise
        # It has been deleted while its page was open.
        tenant_or_404(request, tenant_id)
        return HttpResponseClientRedirect(reverse("w365-image-list", args=[tenant_id]))
    found = {"title": str(one), "image": one, **_page(request, one)}
    return render_page(request, "w365/image.html", found, fragment="w365/_image_live.html")


def _page(request: HttpRequest, one: DeviceImage) -> dict[str, Any]:
    part = job_part(one)
    using = ProvisioningPolicy.objects.visible_to(admin_of(request)).filter(
        tenant=one.tenant, image_id=one.graph_id
    )
    refused = refusal_of(part.job, services.IMAGE_UPLOAD)
    return {
        **part.context,
        "standing": of_image(one, part.active, part.error_text),
        "actions": actions_of_image(one, services.uses_of(one.tenant), permissions_of(request)),
        "policies": using if one.graph_id else (),
        "again": run_behind(NewDeviceImage.kind, one) if refused else None,
        "again_url": reverse("w365-image-new", args=[one.tenant_id]),
        "poll_seconds": SECONDS_WHILE_BUSY if part.active else 0,
    }


def new_image(
    request: HttpRequest, tenant_id: int, step: str | None = None, draft: UUID | None = None
) -> HttpResponse:
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    if because := services.why_not_new(tenant):
        messages.error(request, because)
        return redirect("w365-image-list", tenant_id)
    return NewDeviceImage(cast("TenantRequest", request)).respond(step, draft)


@require_POST
def sources(request: HttpRequest, tenant_id: int) -> HttpResponse:
    """Have Azure's images looked at anew, from the step that offers them."""
    tenant = tenant_or_404(request, tenant_id, Permission.CHANGE)
    services.refresh_sources(admin_of(request), tenant)
    messages.success(request, "The images in Azure are being read. Load this page again soon.")
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return redirect(target if safe else reverse("w365-image-list", args=[tenant_id]))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, tenant_id: int, image_id: int) -> HttpResponse:
    """GET says what is lost; or, where it would be refused, leads back with the reason."""
    one = image_or_404(request, tenant_id, image_id, Permission.DELETE)
    if request.method == "POST":
        act = partial(services.delete_device_image, admin_of(request), one)
        told(request, act, f"{one} is being deleted.")
        return redirect(one)
    if because := services.why_not_delete(one):
        messages.error(request, f"{one} cannot be deleted now. {because}")
        return redirect(one)
    return render(request, "web/confirm.html", _question(one))


def _question(one: DeviceImage) -> dict[str, Any]:
    lost = [f"The entry {one}. It was never created in Windows 365."]
    if one.graph_id:
        lost = [f"The device image {one}: no Cloud PC can be made of it any more."]
    images_url = reverse("w365-image-list", args=[one.tenant_id])
    return {
        "title": f"Delete {one}?",
        "lead": "No provisioning policy uses it. Its source image in Azure stays, and so do Cloud "
        "PCs that were made of it.",
        "lost": lost,
        "action": "Delete",
        "danger": True,
        "back_url": one.get_absolute_url(),
        "crumbs": [(images_url, "Device Images"), (one.get_absolute_url(), str(one))],
    }
