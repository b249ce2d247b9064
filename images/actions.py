"""What may be done with an image version now, and why not. Reads no rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from images.models import ImageVersion
from images.services import DELETABLE, SEALABLE, Status
from spotpc.jobs.kinds import kind_of
from spotpc.jobs.models import Job
from spotpc.web.scoping import Permission


@dataclass(frozen=True)
class Action:
    """A button that is always in place."""

    name: str
    label: str
    icon: str
    url: str
    because: str  # why it cannot be done now; empty if it can
    posts: bool = False  # acts at once; the others lead to a page that asks first
    danger: bool = False


def actions_of(
    version: ImageVersion,
    job: Job | None,
    users: Sequence[str],
    permissions: Collection[Permission],
) -> list[Action]:
    """`job`: the one that runs on the version; `users`: what the version is used by."""
    change = _not_allowed(Permission.CHANGE, permissions)
    return [
        Action("connect", "Connect", "machine", version_url("image-version-connect", version),
               change or _no_vm(version), posts=True),
        Action("seal", "Seal Image", "seal", version_url("image-version-seal", version),
               change or _not_sealable(version, job)),
        Action("delete", "Delete", "trash", version_url("image-version-delete", version),
               _not_allowed(Permission.DELETE, permissions) or _not_deletable(version, job, users),
               danger=True),
    ]  # fmt: skip


def version_url(name: str, version: ImageVersion) -> str:
    return reverse(name, args=[version.tenant_id, version.image_set_id, version.pk])


def _not_allowed(permission: Permission, permissions: Collection[Permission]) -> str:
    return "" if permission in permissions else "Your role in this tenant does not allow it."


def _no_vm(version: ImageVersion) -> str:
    if version.status == Status.CONFIGURING:
        return ""
    if version.status == Status.CREATING:
        return "Its temporary VM is still being created."
    return f"It is {version.get_status_display()}; there is no temporary VM."


def _not_sealable(version: ImageVersion, job: Job | None) -> str:
    if version.status not in SEALABLE:
        return _no_vm(version)
    return _busy(job)


def _not_deletable(version: ImageVersion, job: Job | None, users: Sequence[str]) -> str:
    if version.status not in DELETABLE:
        return f"It is {version.get_status_display()}. Wait until that ends, or cancel it."
    if users:
        return f"In use by {', '.join(users)}."
    return _busy(job)


def _busy(job: Job | None) -> str:
    return f"“{kind_of(job.kind).title}” is running. Wait until it has ended." if job else ""
