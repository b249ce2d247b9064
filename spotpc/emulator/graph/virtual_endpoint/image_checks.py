"""What Windows 365 finds wrong with a source image: one of the documented error codes, or nothing.

Source of the codes: resource page of cloudPcDeviceImage; of the requirements: memdocs,
windows-365/enterprise/device-images.md. Which code stands for which requirement is believed where
its description doesn't say so. `vmAlreadyAzureAdjoined` is spelled as in the metadata; the page has
`AdJoined`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ... import ids
from ...compute import sources
from ...compute.disks import IMAGE
from ...world import Json, Resource, World

CODES = (
    "internalServerError", "sourceImageNotFound", "osVersionNotSupported", "sourceImageInvalid",
    "sourceImageNotGeneralized", "vmAlreadyAzureAdjoined", "paidSourceImageNotSupport",
    "sourceImageNotSupportCustomizeVMName", "sourceImageSizeExceedsLimitation",
)  # fmt: skip
# Shown only to who asks with `Prefer: include-unknown-enum-members`.
LATER_CODES = CODES[5:]

# "exceeds the shared image gallery (SIG) limitations": azure-docs, azure-compute-gallery.md.
LARGEST_GB = 1024

_TYPES = (IMAGE, sources.VERSION)


@dataclass(frozen=True)
class Source:
    """What the checks look at."""

    generation: str
    generalized: bool
    os_name: str
    size_gb: int
    data_disks: bool
    paid: bool
    joined: bool
    security: str = ""


def find(world: World, source_id: str) -> Source | None:
    """A managed image or a gallery image version that is whole; None for anything else."""
    found = world.find(source_id)
    if found is None or found.type not in _TYPES:
        return None
    if found.properties.get("provisioningState") != "Succeeded":
        return None
    return _of_image(found) if found.type == IMAGE else _of_version(world, found)


def _of_image(image: Resource) -> Source:
    storage = image.properties["storageProfile"]
    guest = image.inner.get("guest") or {}
    return Source(
        generation=str(image.properties.get("hyperVGeneration", "V1")),
        generalized=storage["osDisk"]["osState"] == "Generalized" and _sysprepped(guest),
        os_name=str(image.inner.get("osName", "")),
        size_gb=int(storage["osDisk"]["diskSizeGB"]),
        data_disks=bool(storage["dataDisks"]),
        paid=bool(image.inner.get("plan")),
        joined=bool(guest.get("joined")),
    )


def _of_version(world: World, version: Resource) -> Source:
    definition = world.find(ids.parent_of(version.id))
    about: Json = definition.properties if definition else {}
    guest = version.inner.get("guest") or {}
    storage = version.properties["storageProfile"]
    return Source(
        generation=str(about.get("hyperVGeneration", "V1")),
        generalized=about.get("osState") == "Generalized" and _sysprepped(guest),
        os_name=str(version.inner.get("osName", "")),
        size_gb=int(storage["osDiskImage"].get("sizeInGB") or 127),
        data_disks=bool(storage.get("dataDiskImages")),
        paid=bool(about.get("purchasePlan")),
        joined=bool(guest.get("joined")),
        security=sources.security_type(about),
    )


def _sysprepped(guest: Json) -> bool:
    """Azure believes whoever marks a VM as generalized; the trial VM doesn't."""
    return bool(guest.get("sysprepped", True))


def before_copy(source: Source | None) -> str:
    """What shows without starting it."""
    if source is None:
        return "sourceImageNotFound"
    if source.paid:
        return "paidSourceImageNotSupport"
    if source.size_gb > LARGEST_GB:
        return "sourceImageSizeExceedsLimitation"
    # A definition that makes only TrustedLaunch VMs: believed to be refused.
    if source.generation != "V2" or source.data_disks or source.security == "TrustedLaunch":
        return "sourceImageInvalid"
    return ""


def in_trial(source: Source) -> str:
    """What its trial VM shows."""
    if not source.generalized:
        return "sourceImageNotGeneralized"
    if source.joined:
        return "vmAlreadyAzureAdjoined"
    if source.os_name and not re.fullmatch(r"Windows 1[01] Enterprise", source.os_name):
        return "osVersionNotSupported"
    return ""


def facts_of(source: Source) -> Json:
    """What a ready image tells of its Windows. Which release it is nobody keeps: the newest."""
    if source.os_name.startswith("Windows 10"):
        told = ("22H2", "10.0.19045.6456", "supportedWithWarning", "2026-04-14")
    else:
        told = ("24H2", "10.0.26100.7171", "supported", "2028-04-12")
    build, number, status, expires = told
    return {
        "operatingSystem": source.os_name or "Windows 11 Enterprise",
        "osBuildNumber": build,
        "osVersionNumber": number,
        "osStatus": status,
        "expirationDate": expires,
        "sizeInGB": source.size_gb,
    }
