"""How a view gets at its image set or version, and where the page stands."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from images.models import ImageNote, ImageSet, ImageVersion
from spotpc.web.scoping import Permission
from tenants.access import admin_of, tenant_or_404

POLL_SECONDS = 3
LIVE = "live"  # the id of the part of a page that renews itself
NOTES_SHOWN = 30


def set_or_404(
    request: HttpRequest, tenant_id: int, set_id: int, permission: Permission = Permission.VIEW
) -> ImageSet:
    """404 for what is not the admin's, 403 without the right."""
    tenant = tenant_or_404(request, tenant_id, permission)
    mine = ImageSet.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    return get_object_or_404(mine.select_related("site", "tenant"), pk=set_id)


def version_or_404(
    request: HttpRequest,
    tenant_id: int,
    set_id: int,
    version_id: int,
    permission: Permission = Permission.VIEW,
) -> ImageVersion:
    """As `set_or_404`. The password stays in the database."""
    tenant = tenant_or_404(request, tenant_id, permission)
    mine = ImageVersion.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    related = mine.select_related("image_set__site", "tenant", "source__image_set")
    hidden = related.defer("admin_password", "source__admin_password")
    return get_object_or_404(hidden, image_set_id=set_id, pk=version_id)


def versions_of(image_set: ImageSet) -> QuerySet[ImageVersion]:
    return ImageVersion.objects.filter(image_set=image_set).defer("admin_password")


def crumbs(image_set: ImageSet, version: ImageVersion | None = None) -> dict[str, Any]:
    """What `images/_crumbs.html` reads."""
    return {"image_set": image_set, "version": version}


def notes_context(
    request: HttpRequest, image_set: ImageSet, number: str | None = None
) -> dict[str, Any]:
    """Notes of one version, or of the set and all its versions; all of them with `?notes=all`."""
    wanted = ImageNote.objects.filter(image_set=image_set)
    if number is not None:
        wanted = wanted.filter(version_number=number)
    if request.GET.get("notes") == "all":
        return {"notes": wanted}
    some = list(wanted[: NOTES_SHOWN + 1])
    return {"notes": some[:NOTES_SHOWN], "more_notes": len(some) > NOTES_SHOWN}
