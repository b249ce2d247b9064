"""Image sets: the list, a set with its versions and notes, and the wizard for a new version.

No page asks Azure: they read and write rows.
"""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from images import services
from images.access import (
    LIVE,
    POLL_SECONDS,
    crumbs,
    notes_context,
    set_or_404,
    versions_of,
)
from images.forms import NoteForm
from images.models import ImageSet
from images.progress import active_jobs, running
from images.tables import ImageSetFilters, ImageSetTable, VersionTable, with_standing
from images.wizard import NewVersion
from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from spotpc.web.htmx import is_fragment
from spotpc.web.scoping import Permission
from spotpc.web.tables import table_page
from tenants.access import TenantRequest, admin_of, permissions_of, tenant_or_404


@require_GET
def image_sets(request: HttpRequest, tenant_id: int) -> HttpResponseBase:
    tenant = tenant_or_404(request, tenant_id)
    mine = ImageSet.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    rows = with_standing(mine).select_related("site").prefetch_related("spot_groups")
    busy = Job.objects.filter(tenant=tenant, kind__startswith="images.", state__in=Job.ACTIVE)
    return table_page(
        request,
        "images/image_sets.html",
        ImageSetTable.of(poll_seconds=POLL_SECONDS if busy.exists() else 0),
        rows,
        name="image-sets",
        filter_class=ImageSetFilters,
        context={"title": "Image Sets"},
    )


@require_GET
def image_set(request: HttpRequest, tenant_id: int, set_id: int) -> HttpResponseBase:
    one = set_or_404(request, tenant_id, set_id)
    versions = versions_of(one)
    known = list(versions)
    jobs = active_jobs(version.pk for version in known)
    poll = POLL_SECONDS if jobs else 0
    found = {
        "title": one.name,
        "standing": with_standing(ImageSet.objects.filter(pk=one.pk)).get(),
        "running": running(known, jobs),
        "poll_seconds": poll,
        "latest_note": one.notes.first(),
        **crumbs(one),
    }
    if is_fragment(request) and request.headers.get("HX-Target") == LIVE:
        return render(request, "images/_set_live.html", found)
    if not is_fragment(request):
        numbers = [version.number for version in known]
        found |= {"form": NoteForm(numbers=numbers), **notes_context(request, one)}
    table = VersionTable.of(
        jobs=jobs,
        users=services.users_of(version.pk for version in known),
        permissions=permissions_of(request),
        poll_seconds=poll,
    )
    name = f"versions-of-{slugify(one.name)}"
    return table_page(request, "images/image_set.html", table, versions, name=name, context=found)


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, tenant_id: int, set_id: int) -> HttpResponse:
    """Adds a note. As a page of its own it keeps what was typed and could not be taken."""
    one = set_or_404(request, tenant_id, set_id, Permission.CHANGE)
    by_number = {version.number: version for version in versions_of(one)}
    data = request.POST if request.method == "POST" else None
    form = NoteForm(data, numbers=by_number)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        try:
            services.add_note(admin_of(request), one, form.cleaned_data["text"], number)
        except DomainError as refusal:
            form.add_error(refusal.field, refusal.sentence)
        else:
            messages.success(request, "The note has been added.")
            on_version = number and request.POST.get("back") == "version"
            return redirect(by_number[number] if on_version else one)
    return render(request, "images/note.html", {"title": "Add a note", "form": form, **crumbs(one)})


def new_version(
    request: HttpRequest,
    tenant_id: int,
    set_id: int,
    step: str | None = None,
    draft: UUID | None = None,
) -> HttpResponse:
    one = set_or_404(request, tenant_id, set_id, Permission.CHANGE)
    return NewVersion(cast("TenantRequest", request), one).respond(step, draft)
