"""Microsoft's own images for Cloud PCs.

Source: "List galleryImages" (the shape) and learn.microsoft.com, "Device images overview". The skus
exist; their dates are those of the Windows releases' own life, and not looked up one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...wire import Answer
from ...world import Json
from ..odata import listed, one
from ..routing import GraphCall, graph, missing
from . import shapes

_READ = ("CloudPC.Read.All", "CloudPC.ReadWrite.All")
_PUBLISHER, _OFFER = "microsoftwindowsdesktop", "windows-ent-cpc"


@dataclass(frozen=True)
class Release:
    sku: str
    name: str
    build: str
    status: str  # supported, supportedWithWarning, notSupported
    starts: str
    ends: str
    expires: str


_11 = "Windows 11 Enterprise"
_10 = "Windows 10 Enterprise"
_APPS, _OS = "+ Microsoft 365 Apps", "+ OS Optimizations"

RELEASES = (
    Release("win11-25h2-ent-cpc-m365", f"{_11} {_APPS} 25H2", "10.0.26200.7171", "supported",
            "2025-09-30", "2028-10-10", "2029-04-10"),
    Release("win11-24h2-ent-cpc-m365", f"{_11} {_APPS} 24H2", "10.0.26100.7171", "supported",
            "2024-10-01", "2027-10-12", "2028-04-12"),
    Release("win11-24h2-ent-cpc", f"{_11} {_OS} 24H2", "10.0.26100.7171", "supported",
            "2024-10-01", "2027-10-12", "2028-04-12"),
    Release("win11-23h2-ent-cpc-m365", f"{_11} {_APPS} 23H2", "10.0.22631.6199", "supported",
            "2023-10-31", "2026-11-10", "2027-05-10"),
    Release("win10-22h2-ent-cpc-m365", f"{_10} {_APPS} 22H2", "10.0.19045.6456",
            "supportedWithWarning", "2022-10-18", "2025-10-14", "2026-04-14"),
    Release("21h2-ent-cpc-m365", f"{_10} {_APPS} 21H2", "10.0.19044.4529", "notSupported",
            "2021-11-16", "2024-06-11", "2024-12-11"),
)  # fmt: skip


def _body(release: Release) -> Json:
    return {
        "id": f"{_PUBLISHER}_{_OFFER}_{release.sku}",
        "displayName": release.name,
        "publisherName": _PUBLISHER,
        "offerName": _OFFER,
        "skuName": release.sku,
        "status": release.status,
        "sizeInGB": 64,
        "osVersionNumber": release.build,
        "startDate": release.starts,
        "endDate": release.ends,
        "expirationDate": release.expires,
    }


def find(image_id: str) -> Json | None:
    """The image of that id, compared without case."""
    found = [each for each in map(_body, RELEASES) if each["id"] == image_id.lower()]
    return found[0] if found else None


@graph("GET", "/deviceManagement/virtualEndpoint/galleryImages", needs=_READ)
def _list(call: GraphCall) -> Answer:
    entity = shapes.GALLERY_IMAGE
    return listed(call, [shapes.view(call, entity, _body(each)) for each in RELEASES], entity)


@graph("GET", "/deviceManagement/virtualEndpoint/galleryImages/{id}", needs=_READ)
def _get(call: GraphCall) -> Answer:
    found = find(call.params["id"])
    if found is None:
        raise missing(call, call.params["id"])
    entity = shapes.GALLERY_IMAGE
    return one(call, shapes.view(call, entity, found), entity)
