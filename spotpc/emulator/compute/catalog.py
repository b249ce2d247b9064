"""What a region offers: Marketplace images, sizes (SKUs), and how much of the quota is used.

Source: learn.microsoft.com, REST reference "Virtual Machine Images", "Resource Skus", "Usage".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..router import Call, paged, route
from ..wire import Answer, ArmError
from ..world import Json
from . import sizes

_PUBLISHERS = "Microsoft.Compute/locations/publishers"
_OFFERS = f"{_PUBLISHERS}/artifacttypes/offers"
_SKUS = f"{_OFFERS}/skus"
_VERSIONS = f"{_SKUS}/versions"


@dataclass(frozen=True)
class Sku:
    """One line of the Marketplace. Windows desktop images carry no purchase plan."""

    publisher: str
    offer: str
    name: str
    versions: tuple[str, ...]
    generation: str = "V2"
    os_name: str = "Windows 11 Enterprise multi-session"


_W11_24H2 = ("26100.6584.250904", "26100.6899.251011", "26100.7171.251108")
_W11_23H2 = ("22631.5768.250904", "22631.6060.251011", "22631.6199.251108")
_W10 = ("19045.6332.250904", "19045.6456.251011")
_SERVER = ("20348.4171.250903", "20348.4294.251007")
_DESKTOP, _WINDOWS_SERVER = "MicrosoftWindowsDesktop", "MicrosoftWindowsServer"

# The skus exist in Azure; their version numbers are of the right form only.
MARKETPLACE = (
    Sku(_DESKTOP, "windows-11", "win11-24h2-avd", _W11_24H2),
    Sku(_DESKTOP, "windows-11", "win11-23h2-avd", _W11_23H2),
    Sku(_DESKTOP, "windows-11", "win11-24h2-ent", _W11_24H2, os_name="Windows 11 Enterprise"),
    Sku(_DESKTOP, "windows-11", "win11-23h2-ent", _W11_23H2, os_name="Windows 11 Enterprise"),
    Sku(_DESKTOP, "office-365", "win11-24h2-avd-m365", _W11_24H2),
    Sku(_DESKTOP, "office-365", "win11-23h2-avd-m365", _W11_23H2),
    Sku(_DESKTOP, "windows-10", "win10-22h2-avd-g2", _W10,
        os_name="Windows 10 Enterprise multi-session"),
    Sku(_DESKTOP, "windows-10", "win10-22h2-avd", _W10, "V1",
        "Windows 10 Enterprise multi-session"),
    Sku(_WINDOWS_SERVER, "WindowsServer", "2022-datacenter-g2", _SERVER,
        os_name="Windows Server 2022 Datacenter"),
    Sku(_WINDOWS_SERVER, "WindowsServer", "2022-datacenter", _SERVER, "V1",
        "Windows Server 2022 Datacenter"),
)  # fmt: skip


def find_image(reference: Json) -> tuple[Sku, str]:
    """The sku and exact version of a Marketplace reference; `latest` is the newest.

    Source of the message: public Terraform logs (404).
    """
    asked = [str(reference.get(key) or "") for key in ("publisher", "offer", "sku", "version")]
    for sku in MARKETPLACE:
        if [sku.publisher.lower(), sku.offer.lower(), sku.name.lower()] == [
            text.lower() for text in asked[:3]
        ]:
            if asked[3].lower() == "latest":
                return sku, sku.versions[-1]
            if asked[3] in sku.versions:
                return sku, asked[3]
    raise ArmError(
        404,
        "PlatformImageNotFound",
        f"The platform image '{':'.join(asked)}' is not available. Verify that all fields in the"
        " storage profile are correct. For more details about storage profile information, please"
        " refer to https://aka.ms/storageprofile",
        target="imageReference",
    )


def _matching(call: Call) -> list[Sku]:
    """Skus that fit the names in the path: location, publisher, (artifact type,) offer, sku."""
    names = [name.lower() for name in call.path.names]
    wanted = [names[at] for at in (1, 3, 4) if at < len(names)]
    found = [
        sku
        for sku in MARKETPLACE
        if [sku.publisher.lower(), sku.offer.lower(), sku.name.lower()][: len(wanted)] == wanted
    ]
    if not found and wanted:
        raise ArmError(404, "NotFound", f"Artifact: {'/'.join(wanted)} was not found.")
    return found


def _named(call: Call, names: list[str]) -> Answer:
    """These lists are bare arrays, and not paged."""
    location = call.path.names[0]
    unique = sorted(set(names))
    base = call.path.path
    return Answer(
        200, [{"location": location, "name": name, "id": f"{base}/{name}"} for name in unique]
    )


@route("GET", _PUBLISHERS, item=False)
def _publishers(call: Call) -> Answer:
    return _named(call, [sku.publisher for sku in MARKETPLACE])


@route("GET", _OFFERS, item=False)
def _offers(call: Call) -> Answer:
    return _named(call, [sku.offer for sku in _matching(call)])


@route("GET", _SKUS, item=False)
def _skus(call: Call) -> Answer:
    return _named(call, [sku.name for sku in _matching(call)])


@route("GET", _VERSIONS, item=False)
def _versions(call: Call) -> Answer:
    versions = list(_matching(call)[0].versions)
    if "desc" in call.asked("$orderby").lower():
        versions.reverse()
    top = int(call.asked("$top") or len(versions))
    answer = _named(call, versions[:top])
    if "desc" in call.asked("$orderby").lower() and isinstance(answer.body, list):
        answer.body.reverse()
    return answer


@route("GET", _VERSIONS)
def _version(call: Call) -> Answer:
    sku = _matching(call)[0]
    _, version = find_image(
        {
            "publisher": sku.publisher,
            "offer": sku.offer,
            "sku": sku.name,
            "version": call.path.name,
        }
    )
    features = [{"name": "IsAcceleratedNetworkSupported", "value": "True"}]
    if sku.generation == "V2":
        features.append({"name": "SecurityType", "value": "TrustedLaunchSupported"})
    properties: Json = {
        "hyperVGeneration": sku.generation,
        "architecture": "x64",
        "osDiskImage": {"operatingSystem": "Windows"},
        "dataDiskImages": [],
        "features": features,
        "imageDeprecationStatus": {"imageState": "Active"},
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False},
    }
    return Answer(
        200,
        {
            "location": call.path.names[0],
            "name": version,
            "id": f"{call.path.path.rpartition('/')[0]}/{version}",
            "properties": properties,
        },
    )


# -- sizes --------------------------------------------------------------------------------------


@route("GET", "Microsoft.Compute/skus", item=False)
def _resource_skus(call: Call) -> Answer:
    """Without a filter: every region, as Azure does, which is why one filters."""
    wanted = re.search(r"location eq '([^']*)'", call.asked("$filter"))
    regions = [sizes.normal(wanted[1])] if wanted else list(sizes.REGIONS)
    return paged(
        call,
        [_sku_body(size, region) for region in regions for size in sizes.SIZES.values()],
    )


def _sku_body(size: sizes.Size, region: str) -> Json:
    capabilities = {
        "vCPUs": size.cores,
        "vCPUsAvailable": size.cores,
        "MemoryGB": size.memory_gib,
        "HyperVGenerations": size.generations,
        "PremiumIO": "True",
        "CpuArchitectureType": "x64",
        "AcceleratedNetworkingEnabled": str(size.cores > 1),
        "EncryptionAtHostSupported": "True",
    }
    if not size.trusted_launch:
        capabilities["TrustedLaunchDisabled"] = "True"
    restriction = {
        "type": "Location",
        "values": [region],
        "restrictionInfo": {"locations": [region]},
        "reasonCode": "NotAvailableForSubscription",
    }
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.partition("_")[2],
        "family": size.family,
        "locations": [region],
        "locationInfo": [{"location": region, "zones": list(size.zones), "zoneDetails": []}],
        "capabilities": [
            {"name": name, "value": str(value)} for name, value in capabilities.items()
        ],
        "restrictions": [restriction] if size.restricted else [],
    }


@route("GET", "Microsoft.Compute/locations/usages", item=False)
def _usages(call: Call) -> Answer:
    region, subscription = sizes.normal(call.path.names[0]), call.path.subscription
    totals = sizes.used(call.world, subscription, region)
    families = sorted({size.family for size in sizes.SIZES.values()})
    labels = {"cores": "Total Regional vCPUs", "virtualMachines": "Virtual Machines"}
    return paged(
        call,
        [
            {
                "unit": "Count",
                "currentValue": totals.get(name, 0),
                "limit": sizes.limit(call.world, subscription, region, name),
                "name": {"value": name, "localizedValue": labels.get(name, f"{name} vCPUs")},
            }
            for name in ("cores", "virtualMachines", *families)
        ],
    )
