"""A provisioning policy in words, and what differs between two states of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from spotpc.azure.graph_types import PolicySpec
from w365.eligible import device_warning, gallery_warning, why_not_device, why_not_gallery
from w365.known import Known
from w365.models import NetworkConnection, ProvisioningPolicy
from w365.words import day, region

Join = NetworkConnection.Join
ImageType = ProvisioningPolicy.ImageType
NOBODY = "none"
GONE = "Windows 365 does not list it any more; new Cloud PCs may not be made from it."


@dataclass(frozen=True)
class Change:
    """One field of two states of a policy, in words."""

    name: str  # of the field: name, description, network, image, groups, …
    label: str
    old: str
    new: str


def network(spec: PolicySpec, known: Known) -> str:
    if not spec.connection_id:
        return f"Microsoft hosted network, {region(spec.region_group, spec.region_name)}"
    connection = known.connections.get(spec.connection_id)
    return connection.name if connection else "A connection that Windows 365 no longer has"


def join(spec: PolicySpec) -> str:
    return str(Join(spec.join_type).label) if spec.join_type in Join.values else spec.join_type


def image_type(spec: PolicySpec) -> str:
    return str(ImageType(spec.image_type).label)


def image(spec: PolicySpec, known: Known) -> str:
    """Its name; a custom image's with the version, where Windows 365 still has it."""
    found = known.device_images.get(spec.image_id)
    return str(found) if found else spec.image_name


def group(group_id: str, known: Known) -> str:
    found = known.groups.get(group_id)
    return found.name if found else f"A group not found in Entra ID ({group_id})"


def groups(spec: PolicySpec, known: Known) -> list[str]:
    return sorted((group(each, known) for each in spec.group_ids), key=str.casefold)


Line = tuple[str, str, str]  # name of the field, its label, its value in words


def lines(spec: PolicySpec, known: Known) -> list[Line]:
    """Everything that Spot PC changes."""
    return [
        ("name", "Name", spec.name),
        ("description", "Description", spec.description or NOBODY),
        ("network", "Connection", f"{network(spec, known)} ({join(spec)})"),
        ("image_type", "Image Type", image_type(spec)),
        ("image", "Device Image", image(spec, known)),
        ("groups", "Groups", ", ".join(groups(spec, known)) or NOBODY),
    ]


def fixed(spec: PolicySpec) -> list[Line]:
    """What a policy has besides; it is changed in Intune alone."""
    return [
        ("single_sign_on", "Single sign-on", "yes" if spec.single_sign_on else "no"),
        ("local_admin", "Users are local administrators", "yes" if spec.local_admin else "no"),
        ("naming_template", "Names of devices", spec.naming_template or "as Microsoft names them"),
        ("locale", "Language of Windows", spec.locale or "not set"),
        ("provisioning_type", "Provisioning type", spec.provisioning_type),
    ]


# What of a policy each line is made of, if not the field of its name: two images may have one name.
PARTS: dict[str, tuple[str, ...]] = {
    "network": ("join_type", "connection_id", "region_group", "region_name"),
    "image": ("image_id",),
    "groups": ("group_ids",),
}


def changes(old: PolicySpec, new: PolicySpec, known: Known) -> list[Change]:
    """What differs between two states, in the order of `lines`."""
    before = [*lines(old, known), *fixed(old)]
    after = [*lines(new, known), *fixed(new)]
    return [
        Change(name, label, was, becomes)
        for (name, label, was), (_, _, becomes) in zip(before, after, strict=True)
        if _differs(PARTS.get(name, (name,)), old, new)
    ]


def _differs(parts: Iterable[str], old: PolicySpec, new: PolicySpec) -> bool:
    return any(getattr(old, part) != getattr(new, part) for part in parts)


@dataclass(frozen=True)
class Standing:
    """Whether something may be used. `tone` as in `ui.status`; empty words: nothing to say."""

    label: str = ""
    tone: str = "ok"
    why: str = ""


def image_standing(spec: PolicySpec, known: Known, today: date) -> Standing:
    """Whether new Cloud PCs can still be made from the policy's image."""
    if spec.image_type == ImageType.CUSTOM:
        device = known.device_images.get(spec.image_id)
        if device is None:
            return Standing("Not usable", "bad", GONE)
        unknown = device.os_status == "unknown"
        return _standing(
            why_not_device(device, today), device_warning(device), device.expires_on, unknown
        )
    gallery = known.gallery_images.get(spec.image_id)
    if gallery is None:
        return Standing("Not usable", "bad", GONE)
    return _standing(why_not_gallery(gallery, today), gallery_warning(gallery), gallery.expires_on)


def _standing(because: str, warning: str, ends: date | None, unknown: bool = False) -> Standing:
    if because:
        return Standing("Not usable", "bad", because)
    if not warning:
        return Standing()
    if unknown:
        return Standing("Support not known", "warn", warning)
    return Standing(f"Usable until {day(ends)}" if ends else "Support ended", "warn", warning)


HEALTH_TONES = {
    NetworkConnection.Health.PASSED: "ok",
    NetworkConnection.Health.INFORMATIONAL: "ok",
    NetworkConnection.Health.WARNING: "warn",
    NetworkConnection.Health.FAILED: "bad",
    NetworkConnection.Health.PENDING: "busy",
    NetworkConnection.Health.RUNNING: "busy",
}


def health(connection: NetworkConnection) -> Standing:
    state = NetworkConnection.Health(connection.health)
    return Standing(str(state.label), HEALTH_TONES[state])
