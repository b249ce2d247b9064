"""Image versions that the gallery has and the portal does not know: made elsewhere, usable here."""

from __future__ import annotations

from django.utils import timezone

from images.models import ImageSet, ImageVersion
from images.versions import BadVersion, parse
from spotpc.azure.connect import Azure
from spotpc.azure.types import GalleryVersion, Provisioning
from tenants.models import Tenant
from tenants.steps import azure_for
from tenants.sync import source


@source
def sync_image_sets(tenant: Tenant) -> None:
    """One list call per image set."""
    sets = list(ImageSet.objects.filter(tenant=tenant).select_related("site"))
    if sets:
        azure = azure_for(tenant)
        for image_set in sets:
            _adopt(image_set, _found(azure, image_set))


def _found(azure: Azure, image_set: ImageSet) -> list[GalleryVersion]:
    site = image_set.site
    listed = azure.gallery.list_versions(site.resource_group, site.gallery, image_set.definition)
    return [
        each
        for each in listed
        if each.provisioning == Provisioning.SUCCEEDED and not each.exclude_from_latest
    ]


def _adopt(image_set: ImageSet, found: list[GalleryVersion]) -> None:
    known = {row.number for row in image_set.versions.all()}
    now = timezone.now()
    strangers = [each for each in found if each.name not in known and _is_number(each.name)]
    ImageVersion.objects.bulk_create(
        [
            ImageVersion(
                tenant_id=image_set.tenant_id,
                image_set=image_set,
                **parse(each.name)._asdict(),
                status=ImageVersion.Status.AVAILABLE,
                azure_id=each.id,
                source_name="found in the gallery",
                created_by="Azure",
                created_at=each.published_at or now,
                available_at=each.published_at or now,
            )
            for each in strangers
        ],
        ignore_conflicts=True,  # a seal may have made the row meanwhile
    )


def _is_number(name: str) -> bool:
    try:
        parse(name)
    except BadVersion:
        return False
    return True
