"""Where a VM's OS disk comes from: a Marketplace image or a gallery version, checked as Azure does.

Each refusal names where its words were seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import ids
from ..router import Call
from ..wire import ArmError
from ..world import Json, Resource
from . import catalog, sizes

VERSION = "Microsoft.Compute/galleries/images/versions"
DEFINITION = "Microsoft.Compute/galleries/images"


@dataclass(frozen=True)
class Source:
    """`security` is the definition's SecurityType feature; the Marketplace's Gen2 images can."""

    reference: Json
    generation: str
    security: str
    plan: Json | None
    os_name: str
    gallery: bool
    sysprepped: bool


def source_of(call: Call, reference: Json, region: str) -> Source:
    if reference.get("id"):
        return _from_gallery(call, str(reference["id"]), region)
    sku, version = catalog.find_image(reference)
    shown = {key: reference[key] for key in ("publisher", "offer", "sku", "version")}
    security = "TrustedLaunchSupported" if sku.generation == "V2" else ""
    return Source(
        shown | {"exactVersion": version},
        sku.generation,
        security,
        None,
        sku.os_name,
        gallery=False,
        sysprepped=True,
    )


def _from_gallery(call: Call, image_id: str, region: str) -> Source:
    version = call.find(image_id)
    if version and version.type == DEFINITION:
        version = _latest(call, version, region)
    if version is None or version.type != VERSION:
        raise not_in_region(image_id, region)
    if sizes.normal(region) not in version.inner.get("replicated", []):
        raise not_in_region(version.id, region)
    definition = call.find(ids.parent_of(version.id))
    properties = definition.properties if definition else {}
    return Source(
        {"id": image_id, "exactVersion": version.name},
        str(properties.get("hyperVGeneration", "V1")),
        security_type(properties),
        properties.get("purchasePlan"),
        str(version.inner.get("osName") or "Windows 11 Enterprise multi-session"),
        gallery=True,
        sysprepped=bool(version.inner.get("guest", {}).get("sysprepped", True)),
    )


def _latest(call: Call, definition: Resource, region: str) -> Resource | None:
    """The highest number that is not excluded and is replicated here."""
    found = [
        version
        for version in call.world.each(VERSION, definition.id)
        if not version.properties["publishingProfile"].get("excludeFromLatest")
        and sizes.normal(region) in version.inner.get("replicated", [])
    ]
    return max(found, key=lambda each: [int(part) for part in each.name.split(".")], default=None)


def not_in_region(image_id: str, region: str) -> ArmError:
    """Source: azure-docs, troubleshooting-shared-images.md."""
    return ArmError(
        404,
        "GalleryImageNotFound",
        f"The gallery image {image_id} is not available in {region} region. Please contact image"
        " owner to replicate to this region, or change your requested region.",
        target="imageReference",
    )


def security_type(definition: Json) -> str:
    features = definition.get("features") or []
    return next((str(f["value"]) for f in features if f.get("name") == "SecurityType"), "")


def check_fit(source: Source, size: sizes.Size, security: str, plan: Json | None) -> None:
    """Generation of the size, TrustedLaunch both ways, and the purchase plan both ways."""
    if source.generation not in size.generations.split(","):
        number = source.generation[-1]
        # Source: juju's test fixtures.
        raise ArmError(
            400,
            "BadRequest",
            f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '{number}'. If"
            " this was a Create operation please check that the Hypervisor Generation of the Image"
            " matches the Hypervisor Generation of the selected VM Size. If this was an Update"
            f" operation please select a Hypervisor Generation '{number}' VM Size. For more"
            " information, see https://aka.ms/azuregen2vm",
            details=[],
        )
    if security == "TrustedLaunch" and not source.security.startswith("TrustedLaunch"):
        # Source: public Terraform logs.
        raise ArmError(
            400,
            "BadRequest",
            "Use of TrustedLaunch setting is not supported for the provided image. Please select"
            " Trusted Launch Supported Gen2 OS Image. For more information, see"
            " https://aka.ms/TrustedLaunch-FAQ.",
        )
    if security != "TrustedLaunch" and source.security == "TrustedLaunch":
        # Source: https://github.com/hashicorp/terraform-provider-azurerm/issues/23148
        raise ArmError(
            400,
            "BadRequest",
            "The provided gallery image only supports creation of VMs and VM Scale Sets with"
            " 'TrustedLaunch' security type.",
        )
    _check_plan(source, plan)


def _check_plan(source: Source, plan: Json | None) -> None:
    """Source: SupportArticles-docs, error-messages.md."""
    if source.plan and not plan:
        raise ArmError(
            400,
            "VMMarketplaceInvalidInput",
            "Creating a virtual machine from Marketplace image requires Plan information in the"
            " request.",
        )
    if plan and not source.plan:
        raise ArmError(
            400,
            "VMMarketplaceInvalidInput",
            "Creating a virtual machine from a non Marketplace image does not need Plan"
            " information, please remove the Plan information in the request.",
        )
