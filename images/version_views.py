"""One image version: how it stands, Seal Image, Delete, and Cancel of what runs on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from images import services
from images.access import (
    POLL_SECONDS,
    crumbs,
    notes_context,
    set_or_404,
    version_or_404,
)
from images.actions import actions_of
from images.forms import NoteForm
from images.models import ImageVersion
from images.progress import about, usual_seconds
from images.services import subject
from spotpc.jobs.estimates import progress_of
from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, jobs_of
from spotpc.web.htmx import is_fragment, render_page
from spotpc.web.outcome import told
from spotpc.web.scoping import Permission
from tenants.access import admin_of, permissions_of
from tenants.models import Admin


@require_GET
def version(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    try:
        one = version_or_404(request, tenant_id, set_id, version_id)
    except Http404:
        if not is_fragment(request):
            raise
        # It has been deleted while its page was open.
        return HttpResponseClientRedirect(set_or_404(request, tenant_id, set_id).get_absolute_url())
    job = jobs_of(one).first()
    active = job if job is not None and job.active else None
    users = services.used_by(one)
    found = {
        "title": subject(one),
        "users": users,
        "job": job,
        "progress": progress_of(job) if job else None,
        "events": job.events.all() if job else (),
        "actions": actions_of(one, active, users, permissions_of(request)),
        "poll_seconds": POLL_SECONDS if active else 0,
        **crumbs(one.image_set, one),
    }
    if not is_fragment(request):
        form = NoteForm(numbers=[one.number])
        found |= {"form": form, **notes_context(request, one.image_set, one.number)}
    return render_page(request, "images/version.html", found, fragment="images/_version_live.html")


@require_http_methods(["GET", "HEAD", "POST"])
def seal(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    if request.method == "POST":
        return _act(request, services.seal, one, f"{subject(one)} is being sealed.")
    usually = about(usual_seconds(tenant_id, services.SEAL))
    found = {
        "title": f"Seal {subject(one)}?",
        "lead": (
            f"Windows on the temporary VM {one.vm_name} is generalized with sysprep and shut down, "
            "its disk is captured as an image, and a trial VM is started from that image. "
            "Then the version is Available for Spot Groups. In this tenant that usually takes "
            f"{usually}."
        ),
        "lost": [
            "Everybody signed in to the temporary VM is signed out without a warning; Spot PC "
            "cannot see who that is. Make sure that nobody is still working on it.",
            "After sealing, the temporary VM is deleted. A later change needs a new version.",
        ],
        "action": "Seal Image",
    }
    return _ask(request, one, found)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.DELETE)
    if request.method == "POST":
        return _act(request, services.delete, one, f"{subject(one)} is being deleted.")
    lost = []
    if one.vm_name:
        lost.append(f"The temporary VM {one.vm_name} with its disk and all that was done on it.")
    if one.azure_id:
        lost.append(f"The image {one.number} in the gallery {one.image_set.site.gallery}.")
    lost.append("The version's place in this list. Notes about it stay.")
    found = {
        "title": f"Delete {subject(one)}?",
        "lead": "No Spot Group uses this version." if one.azure_id else "",
        "lost": lost,
        "lost_title": "This is lost, and cannot be brought back:",
        "action": "Delete",
        "danger": True,
    }
    return _ask(request, one, found)


def _ask(request: HttpRequest, one: ImageVersion, found: dict[str, Any]) -> HttpResponse:
    """The page that asks first; or, where the answer would be refused, back with the reason."""
    users = services.used_by(one)
    offered = actions_of(one, active_job(one), users, permissions_of(request))
    because = next(each.because for each in offered if each.label == found["action"])
    if because:
        messages.error(request, f"{found['action']} is not possible now. {because}")
        return redirect(one)
    back = {"back_url": one.image_set.get_absolute_url(), **crumbs(one.image_set, one)}
    return render(request, "images/confirm.html", {**found, **back})


def _act(
    request: HttpRequest,
    service: Callable[[Admin, ImageVersion], Job],
    one: ImageVersion,
    done: str,
) -> HttpResponse:
    told(request, partial(service, admin_of(request), one), done)
    return redirect(one)


@require_POST
def cancel(request: HttpRequest, tenant_id: int, set_id: int, version_id: int) -> HttpResponse:
    one = version_or_404(request, tenant_id, set_id, version_id, Permission.CHANGE)
    done = "Cancelling: what was begun is being cleaned up."
    return _act(request, services.cancel, one, done)
