"""Every change to device images: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from images.models import ImageSet
from images.versions import BadVersion, parse
from spotpc.azure import names
from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from spotpc.web.errors import DomainError
from tenants.models import Admin, Site, Tenant
from tenants.services import audit, request_sync
from w365.models import DeviceImage, SourceImage, Windows365
from w365.services.common import Uses, busy_with, check_name, check_new, refuse, used_by
from w365.sources import Verdict, judge

IMAGE_UPLOAD, IMAGE_DELETE = "w365.image-upload", "w365.image-delete"
Status = DeviceImage.Status

# Source: learn.microsoft.com, "Device images overview": 20 custom images per tenant.
MOST_IMAGES = 20


def why_not_delete_image(image: DeviceImage, uses: Uses | None = None) -> str:
    """Source: learn.microsoft.com, "Add or delete device images": not while a policy uses it."""
    if busy := busy_with(image, uses):
        return busy
    if users := used_by(image.graph_id, image.tenant, uses):
        return (
            f"It is used by {', '.join(users)}. Give these policies another image first; then "
            "this one can be deleted."
        )
    return ""


def judged_sources(tenant: Tenant) -> list[tuple[SourceImage, Verdict]]:
    """Every image in the tenant's Azure with why it cannot be taken, or what to know of it."""
    spot_groups, uploads = _spot_group_definitions(tenant), _failed_uploads(tenant)
    rows = SourceImage.objects.filter(tenant=tenant)
    return [(row, judge(row, spot_groups=spot_groups, uploads=uploads)) for row in rows]


def judged_source(source: SourceImage) -> Verdict:
    tenant = source.tenant
    return judge(
        source,
        spot_groups=_spot_group_definitions(tenant),
        uploads=_failed_uploads(tenant),
    )


def _spot_group_definitions(tenant: Tenant) -> frozenset[str]:
    """Folded ids of the gallery definitions that hold the tenant's image sets."""
    sets = ImageSet.objects.filter(tenant=tenant).order_by()
    rows = sets.values_list("site__resource_group", "site__gallery", "definition")
    subscription = str(tenant.subscription_id)
    return frozenset(
        names.folded(
            names.resource_id(
                subscription, group, "Microsoft.Compute", "galleries", gallery, "images", definition
            )
        )
        for group, gallery, definition in rows
    )


def _failed_uploads(tenant: Tenant) -> list[DeviceImage]:
    return list(DeviceImage.objects.filter(tenant=tenant, status=Status.FAILED))


@transaction.atomic
def create_device_image(
    admin: Admin, site: Site, name: str, version: str, source: SourceImage
) -> DeviceImage:
    """A row and a job that hands the image to Windows 365 and waits until it has taken it."""
    tenant = site.tenant
    check_new(tenant)
    check_name(name, (), "device image")
    number = _number(version)
    _check_source(tenant, source)
    _check_room(tenant)
    image = _row(admin, site, name, number, source)
    audit(
        admin, tenant, "w365_image.create", str(image),
        source=source.name, resource_id=source.resource_id,
    )  # fmt: skip
    enqueue(IMAGE_UPLOAD, tenant, image, {}, admin.email)
    return image


def _number(version: str) -> str:
    try:
        return str(parse(version))
    except BadVersion as bad:
        raise DomainError(str(bad), field="version") from bad


def _check_source(tenant: Tenant, source: SourceImage) -> None:
    if source.tenant_id != tenant.pk:
        raise DomainError("Choose an image of this tenant.", field="source")
    refuse(judged_source(source).refusal, field="source")


def _check_room(tenant: Tenant) -> None:
    there = DeviceImage.objects.filter(tenant=tenant).exclude(graph_id="")
    if there.count() >= MOST_IMAGES:
        raise DomainError(
            f"Windows 365 keeps {MOST_IMAGES} custom images per tenant, and all places are taken. "
            "Delete one that no policy uses first."
        )


def _row(admin: Admin, site: Site, name: str, version: str, source: SourceImage) -> DeviceImage:
    """The version is what Windows 365 tells images of one name apart by."""
    twins = DeviceImage.objects.filter(tenant=site.tenant, name__iexact=name, version=version)
    taken = DomainError(
        f"There is a device image {name} {version} already. Choose another version.",
        field="version",
    )
    if twins.exists():
        raise taken
    try:
        with transaction.atomic():
            return DeviceImage.objects.create(
                tenant=site.tenant, site=site, name=name, version=version,
                source_id=source.resource_id, created_by=admin.email,
            )  # fmt: skip
    except IntegrityError as error:  # somebody else was faster between the check and the insert
        raise taken from error


@transaction.atomic
def delete_device_image(admin: Admin, image: DeviceImage) -> Job:
    """In Windows 365, then the row; the image in Azure stays. Refused while a policy uses it."""
    image = DeviceImage.objects.select_for_update(of=("self",)).get(pk=image.pk)
    refuse(why_not_delete_image(image))
    audit(admin, image.tenant, "w365_image.delete", str(image))
    job = enqueue(IMAGE_DELETE, image.tenant, image, {"was": image.status}, admin.email)
    DeviceImage.objects.filter(pk=image.pk).update(status=Status.DELETING)
    return job


@transaction.atomic
def refresh_sources(admin: Admin, tenant: Tenant) -> None:
    """Have the images in the tenant's Azure read anew, however lately they were."""
    Windows365.objects.filter(tenant=tenant).update(sources_read_at=None)
    request_sync(admin, tenant)
