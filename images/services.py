"""Every change to image sets and versions: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from images.models import ImageNote, ImageSet, ImageVersion
from images.versions import VersionNumber, next_number
from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, enqueue, request_cancel, too_late
from spotpc.web.errors import DomainError
from tenants.models import Admin
from tenants.services import audit

BUILD, SEAL, DELETE, POWER = (f"images.{name}" for name in ("build", "seal", "delete", "power"))

# A temporary VM costs money by the hour; nobody forgets one for more than three days.
IDLE_LIMIT = timedelta(hours=72)

Status = ImageVersion.Status
SEALABLE = frozenset({Status.CONFIGURING})
DELETABLE = frozenset({Status.CONFIGURING, Status.AVAILABLE, Status.FAILED})


def subject(version: ImageVersion) -> str:
    return f"{version.image_set.name} {version.number}"


def next_version(image_set: ImageSet) -> VersionNumber:
    rows = image_set.versions.values_list("major", "minor", "patch")
    return next_number([VersionNumber(*row) for row in rows])


def check_number_free(image_set: ImageSet, number: VersionNumber) -> None:
    if image_set.versions.filter(**number._asdict()).exists():
        raise DomainError(
            f"Version {number} exists already in {image_set.name}. "
            f"The next free one is {next_version(image_set)}.",
            field="number",
        )


@transaction.atomic
def create_version(
    admin: Admin,
    image_set: ImageSet,
    number: VersionNumber,
    source: ImageVersion | None,
    notes: str,
) -> ImageVersion:
    """Start a new version: from another Available version, or anew from the Marketplace image."""
    if source is not None:
        _hold_source(image_set, source)
    check_number_free(image_set, number)
    try:
        with transaction.atomic():
            version = ImageVersion.objects.create(
                tenant_id=image_set.tenant_id,
                image_set=image_set,
                **number._asdict(),
                source=source,
                source_name=subject(source) if source else image_set.marketplace_name,
                created_by=admin.email,
            )
    except IntegrityError:  # somebody else was faster between the check and the insert
        check_number_free(image_set, number)
        raise
    _note(admin, image_set, notes, version.number)
    audit(admin, image_set.tenant, "image_version.create", subject(version))
    enqueue(BUILD, image_set.tenant, version, {}, admin.email, name=subject(version))
    return version


def _hold_source(image_set: ImageSet, source: ImageVersion) -> None:
    """Locked until the new version names it, so that nobody deletes it in between."""
    rows = ImageVersion.objects.select_for_update().filter(
        tenant_id=image_set.tenant_id,
        image_set__site_id=image_set.site_id,
        status=Status.AVAILABLE,
    )
    if rows.filter(pk=source.pk).first() is None:
        raise DomainError(
            f"{subject(source)} is not Available any more. Choose another source.", field="source"
        )


@transaction.atomic
def seal(admin: Admin, version: ImageVersion) -> Job:
    """Generalize the temporary VM and capture it. There is no way back after sysprep worked."""
    _move(version, SEALABLE, Status.SEALING, "sealed")
    audit(admin, version.tenant, "image_version.seal", subject(version))
    return enqueue(SEAL, version.tenant, version, {}, admin.email, name=subject(version))


@transaction.atomic
def delete(admin: Admin, version: ImageVersion) -> Job:
    """Remove the version with everything it has in Azure; refused while something needs it."""
    # The move first: it locks the row, so that nothing new can come to depend on it unseen.
    _move(version, DELETABLE, Status.DELETING, "deleted")
    check_unused(version)
    audit(admin, version.tenant, "image_version.delete", subject(version))
    return enqueue(DELETE, version.tenant, version, {}, admin.email, name=subject(version))


def check_unused(version: ImageVersion) -> None:
    """Raises DomainError while a Spot Group runs on the version or another one is built from it."""
    users = used_by(version)
    if users:
        raise DomainError(
            f"{subject(version)} is in use by {', '.join(users)}. "
            "Update them to another version first; then this one can be deleted."
        )
    built = version.derived.filter(status=Status.CREATING).select_related("image_set").first()
    if built is not None:
        raise DomainError(
            f"{subject(built)} is being built from {subject(version)} right now. "
            "Wait until its temporary VM is there."
        )


@transaction.atomic
def cancel(admin: Admin, version: ImageVersion) -> Job:
    """Ask the running job to stop and clean up; refused where there is no way back."""
    job = active_job(version)
    if job is None:
        raise DomainError(f"Nothing runs on {subject(version)} that could be cancelled.")
    reason = too_late(job)
    if reason:
        raise DomainError(f"{subject(version)} cannot be cancelled now. {reason}")
    audit(admin, version.tenant, "image_version.cancel", subject(version), job=job.kind)
    request_cancel(job, admin.email)
    return job


@transaction.atomic
def power(admin: Admin | None, version: ImageVersion, action: str) -> Job:
    """`start`, `restart` or `stop` the temporary VM. No admin: it was idle for too long."""
    if version.status != Status.CONFIGURING:
        raise DomainError(f"{subject(version)} has no temporary VM that could {action} now.")
    if admin is not None:
        audit(admin, version.tenant, f"image_version.{action}", subject(version))
    return _power(version, action, admin.email if admin else "Spot PC")


def _power(version: ImageVersion, action: str, by: str) -> Job:
    params = {"action": action}
    return enqueue(POWER, version.tenant, version, params, by, name=subject(version))


@transaction.atomic
def connect(admin: Admin, version: ImageVersion, **detail: str) -> bool:
    """Somebody wants in. Whether the VM runs; if it had stopped itself, it is started.

    `detail` goes into the audit row: by which way, as whom.
    """
    if version.status != Status.CONFIGURING:
        raise DomainError(f"{subject(version)} has no temporary VM to connect to now.")
    audit(admin, version.tenant, "image_version.connect", subject(version), **detail)
    ImageVersion.objects.filter(pk=version.pk).update(stops_at=timezone.now() + IDLE_LIMIT)
    if not version.vm_running and not _starting(version):
        _power(version, "start", admin.email)
    return version.vm_running


def _starting(version: ImageVersion) -> bool:
    job = active_job(version)
    return job is not None and job.kind == POWER and job.params["action"] != "stop"


@transaction.atomic
def reveal_password(admin: Admin, version: ImageVersion) -> str:
    """The local administrator's password, shown once per request; each request is audited."""
    if version.status != Status.CONFIGURING or not version.admin_password:
        raise DomainError(f"{subject(version)} has no temporary VM, so there is no password.")
    audit(admin, version.tenant, "image_version.reveal_password", subject(version))
    password: str = version.admin_password
    return password


@transaction.atomic
def add_note(admin: Admin, image_set: ImageSet, text: str, number: str = "") -> ImageNote:
    audit(admin, image_set.tenant, "image_set.note", image_set.name)
    note = _note(admin, image_set, text, number)
    if note is None:
        raise DomainError("Write something first.", field="text")
    return note


def used_by(version: ImageVersion) -> list[str]:
    """Names of the Spot Groups that run on this version, or are about to."""
    return users_of([version.pk])[version.pk]


def users_of(ids: Iterable[int]) -> dict[int, list[str]]:
    """`used_by` for many versions, by id, in three queries."""
    versions = ImageVersion.objects.filter(pk__in=list(ids)).order_by()
    named = (
        versions.filter(spot_groups__isnull=False).values_list("pk", "spot_groups__name"),
        versions.filter(session_hosts__isnull=False)
        .values_list("pk", "session_hosts__spot_group__name")
        .distinct(),
        versions.filter(updates__outcome="", updates__isnull=False).values_list(
            "pk", "updates__spot_group__name"
        ),
    )
    found: dict[int, set[str]] = defaultdict(set)
    for rows in named:
        for pk, name in rows:
            found[pk].add(name)
    return defaultdict(list, {pk: sorted(names) for pk, names in found.items()})


def _move(version: ImageVersion, allowed: frozenset[Status], to: Status, word: str) -> None:
    """Compare and set: two clicks at once cannot both succeed."""
    moved = ImageVersion.objects.filter(pk=version.pk, status__in=allowed).update(
        status=to, error_code="", error_text="", error_remedy=""
    )
    if not moved:
        version.refresh_from_db()
        raise DomainError(
            f"{subject(version)} is {version.get_status_display()} and cannot be {word} now."
        )
    version.refresh_from_db()


def _note(admin: Admin, image_set: ImageSet, text: str, number: str) -> ImageNote | None:
    if not text.strip():
        return None
    return ImageNote.objects.create(
        tenant_id=image_set.tenant_id,
        image_set=image_set,
        version_number=number,
        text=text.strip(),
        author=admin.email,
    )
