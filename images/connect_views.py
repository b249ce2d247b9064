"""Connecting to the temporary VM: the ways in, its password, an .rdp file, Reboot."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from images import services
from images.access import POLL_SECONDS, crumbs, version_or_404
from images.actions import version_url
from images.forms import ConnectAsForm
from images.models import ImageVersion
from images.rdp import account, rdp_file
from images.services import Status, subject
from spotpc.jobs.services import active_job
from spotpc.web.errors import DomainError
from spotpc.web.htmx import render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from tenants.access import admin_of


def _connect_page(request: HttpRequest, one: ImageVersion, **more: Any) -> HttpResponse:
    job = active_job(one)
    found = {
        "title": f"Connect to {subject(one)}",
        "url": version_url("image-version-connect", one),
        "has_vm": one.status == Status.CONFIGURING,
        "job": job,
        "poll_seconds": POLL_SECONDS if job else 0,
        "account": account(one.admin_username),
        "form": ConnectAsForm(),
        **crumbs(one.image_set, one),
        **more,
    }
    return render_page(request, "images/connect.html", found, fragment="images/_connect_live.html")


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    """GET shows the ways in. POST says that somebody wants in: the VM is started if it stopped."""
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    if request.method != "POST":
        return _connect_page(request, one)
    try:
        if not services.connect(admin_of(request), one):
            messages.info(request, "The temporary VM had stopped itself. It is being started.")
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    return redirect("image-version-connect", tenant_id, set_id, version_id)


@require_POST
@never_cache
def password(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    """The only response that holds a password. `never_cache` includes `no-store`."""
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    try:
        secret = services.reveal_password(admin_of(request), one)
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("image-version-connect", tenant_id, set_id, version_id)
    return _connect_page(request, one, password=secret)


@require_POST
def rdp(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    """The .rdp file for the VM's own administrator, or for whoever was typed in."""
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    user, domain = one.admin_username, ""
    if "user" in request.POST:
        form = ConnectAsForm(request.POST)
        if not form.is_valid():
            return _connect_page(request, one, form=form)
        user, domain = form.cleaned_data["user"], form.cleaned_data["domain"]
    try:
        ready = services.connect(admin_of(request), one, way="rdp", user=account(user, domain))
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("image-version-connect", tenant_id, set_id, version_id)
    if not ready or not one.vm_address:
        messages.info(request, "The temporary VM is starting. Download the file when it runs.")
        return redirect("image-version-connect", tenant_id, set_id, version_id)
    content = rdp_file(one.vm_address, user, domain)
    response = HttpResponse(content, content_type="application/x-rdp")
    name = slugify(one.image_set.name) or "image"
    response["Content-Disposition"] = f'attachment; filename="{name}-{one.number}.rdp"'
    return response


@require_POST
def reboot(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    restart = partial(services.power, admin_of(request), one, "restart")
    told(request, restart, f"{one.vm_name} restarts.")
    return redirect("image-version-connect", tenant_id, set_id, version_id)
