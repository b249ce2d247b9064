"""Disks, snapshots, sizes, quotas and Marketplace images: the SDK's models to ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from azure.mgmt.compute import models

from spotpc.azure import convert
from spotpc.azure.types import (
    Disk,
    MarketplaceImage,
    MarketplacePlan,
    Quota,
    Size,
    Snapshot,
)


def disk(model: models.Disk) -> Disk:
    properties = model.properties
    return Disk(
        id=model.id or "",
        name=model.name or "",
        provisioning=convert.provisioning(properties.provisioning_state if properties else None),
        managed_by=model.managed_by,
        size_gib=properties.disk_size_gb if properties else None,
        tags=convert.tags(model.tags),
    )


def snapshot(model: models.Snapshot) -> Snapshot:
    properties = model.properties
    return Snapshot(
        id=model.id or "",
        name=model.name or "",
        provisioning=convert.provisioning(properties.provisioning_state if properties else None),
        completion_percent=properties.completion_percent if properties else None,
        tags=convert.tags(model.tags),
    )


def quota(model: models.Usage) -> Quota:
    return Quota(
        family=model.name.value or "",
        used=int(model.current_value),
        limit=int(model.limit),
    )


def size(model: models.ResourceSku, location: str) -> Size:
    """One VM size as this subscription may use it in this region.

    A restriction of type Zone takes zones away, one of type Location the whole size.
    """
    can = {item.name or "": item.value or "" for item in model.capabilities or []}
    zones = {zone for info in model.location_info or [] for zone in info.zones or []}
    return Size(
        name=model.name or "",
        family=model.family or "",
        cores=_number(can.get("vCPUs", "")),
        zones=tuple(sorted(zones - _closed_zones(model.restrictions or []))),
        generations=_words(can.get("HyperVGenerations", "")),
        trusted_launch=_trusted_launch(can),
        restricted=_closed(model.restrictions or [], location),
    )


def marketplace_image(
    model: models.VirtualMachineImage, publisher: str, offer: str, sku: str
) -> MarketplaceImage:
    plan = model.properties.plan if model.properties else None
    return MarketplaceImage(publisher, offer, sku, model.name, _plan(plan))


def security_type(properties: models.GalleryImageProperties | None) -> str:
    """Of an image definition: TrustedLaunch and the like; "" for a standard one."""
    features = (properties.features if properties else None) or []
    return next(
        (each.value or "" for each in features if (each.name or "").casefold() == "securitytype"),
        "",
    )


def image_plan(plan: models.ImagePurchasePlan | None) -> MarketplacePlan | None:
    if plan is None:
        return None
    return MarketplacePlan(plan.publisher or "", plan.product or "", plan.name or "")


def newest(versions: Sequence[models.VirtualMachineImageResource]) -> str | None:
    """The highest version by number: as text, 22631.9.1 would win over 22631.10.1."""
    names = [version.name for version in versions if version.name]
    return max(names, key=_version_key, default=None)


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in version.split("."))


def _plan(plan: models.PurchasePlan | None) -> MarketplacePlan | None:
    if plan is None:
        return None
    return MarketplacePlan(plan.publisher, plan.product, plan.name)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else 0


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _trusted_launch(can: Mapping[str, str]) -> bool:
    """Every Gen2 size has it but for those that say they do not (believed: learn.microsoft.com,
    "Trusted Launch for Azure virtual machines")."""
    disabled = can.get("TrustedLaunchDisabled", "").casefold() == "true"
    return "V2" in _words(can.get("HyperVGenerations", "")) and not disabled


def _closed(restrictions: Sequence[models.ResourceSkuRestrictions], location: str) -> bool:
    places = [
        place.casefold()
        for one in restrictions
        if convert.text(one.type).casefold() == "location"
        for place in one.values_property or [location]
    ]
    return location.casefold() in places


def _closed_zones(restrictions: Sequence[models.ResourceSkuRestrictions]) -> set[str]:
    return {
        zone
        for one in restrictions
        if convert.text(one.type).casefold() == "zone" and one.restriction_info
        for zone in one.restriction_info.zones or []
    }
