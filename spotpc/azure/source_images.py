"""The images of a subscription that Windows 365 might take over; whether it may, others judge."""

from __future__ import annotations

from collections.abc import Iterator

from azure.mgmt.compute import ComputeManagementClient, models

from spotpc.azure import convert, convert_compute
from spotpc.azure.names import parse_id
from spotpc.azure.types import Provisioning, SourceImage


def managed(model: models.Image) -> SourceImage:
    """A managed image. Without a generation it is of the first (Azure's default for such)."""
    properties = model.properties
    profile = properties.storage_profile if properties else None
    disk = profile.os_disk if profile else None
    return SourceImage(
        id=model.id or "",
        kind="managed",
        name=model.name or "",
        region=model.location,
        os_type=convert.text(disk.os_type if disk else None),
        os_state=convert.text(disk.os_state if disk else None),
        generation=convert.text(properties.hyper_v_generation if properties else None) or "V1",
        usable=_usable(properties.provisioning_state if properties else None),
    )


def in_galleries(client: ComputeManagementClient) -> Iterator[SourceImage]:
    """Every version in every gallery: one call, one per gallery and one per definition. Azure has
    no list of all versions that also tells what their definitions say."""
    for gallery in client.galleries.list():
        place = parse_id(gallery.id or "")
        where = (place.resource_group, place.name)
        for definition in client.gallery_images.list_by_gallery(*where):
            name = definition.name or ""
            for version in client.gallery_image_versions.list_by_gallery_image(*where, name):
                yield _version(version, definition, place.name)


def _version(
    model: models.GalleryImageVersion, definition: models.GalleryImage, gallery: str
) -> SourceImage:
    own, of = model.properties, definition.properties
    state = own.provisioning_state if own else None
    return SourceImage(
        id=model.id or "",
        kind="gallery",
        name=f"{gallery}/{definition.name} {model.name}",
        region=model.location,
        os_type=convert.text(of.os_type if of else None),
        os_state=convert.text(of.os_state if of else None),
        generation=convert.text(of.hyper_v_generation if of else None) or "V1",
        security_type=convert_compute.security_type(of),
        definition=definition.name or "",
        identifier=_identifier(of),
        plan=convert_compute.image_plan(of.purchase_plan if of else None),
        usable=_usable(state),
    )


def _identifier(properties: models.GalleryImageProperties | None) -> str:
    known = properties.identifier if properties else None
    return f"{known.publisher}/{known.offer}/{known.sku}" if known else ""


def _usable(state: object) -> bool:
    return convert.provisioning(state) is Provisioning.SUCCEEDED
