"""VM sizes, regions and quota, as far as a desktop needs them.

Source: learn.microsoft.com, "Sizes for virtual machines in Azure"; the set and the restricted one
are a choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..wire import ArmError
from ..world import World

VM = "Microsoft.Compute/virtualMachines"
DEFAULT_LIMIT = 350  # believed: cores per region and family of a new pay-as-you-go subscription

REGIONS = (
    "australiaeast", "brazilsouth", "canadacentral", "centralindia", "centralus", "eastus",
    "eastus2", "francecentral", "germanywestcentral", "italynorth", "japaneast", "northcentralus",
    "northeurope", "norwayeast", "polandcentral", "southcentralus", "southeastasia",
    "swedencentral", "switzerlandnorth", "uksouth", "ukwest", "usgovvirginia", "westcentralus",
    "westeurope", "westus", "westus2", "westus3",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    name: str
    family: str
    cores: int
    memory_gib: float
    generations: str = "V1,V2"
    trusted_launch: bool = True
    restricted: bool = False  # listed, but not offered to this subscription
    zones: tuple[str, ...] = ("1", "2", "3")


SIZES: dict[str, Size] = {
    size.name.lower(): size
    for size in (
        Size("Standard_B2ms", "standardBSFamily", 2, 8),
        Size("Standard_B4ms", "standardBSFamily", 4, 16),
        Size("Standard_B8ms", "standardBSFamily", 8, 32),
        Size("Standard_D2s_v3", "standardDSv3Family", 2, 8),
        Size("Standard_D4s_v3", "standardDSv3Family", 4, 16),
        Size("Standard_D2s_v4", "standardDSv4Family", 2, 8),
        Size("Standard_D4s_v4", "standardDSv4Family", 4, 16),
        Size("Standard_D2s_v5", "standardDSv5Family", 2, 8),
        Size("Standard_D4s_v5", "standardDSv5Family", 4, 16),
        Size("Standard_D8s_v5", "standardDSv5Family", 8, 32),
        Size("Standard_D16s_v5", "standardDSv5Family", 16, 64),
        Size("Standard_D2as_v5", "standardDASv5Family", 2, 8),
        Size("Standard_D4as_v5", "standardDASv5Family", 4, 16),
        Size("Standard_D8as_v5", "standardDASv5Family", 8, 32),
        Size("Standard_D2ds_v5", "standardDDSv5Family", 2, 8),
        Size("Standard_D4ds_v5", "standardDDSv5Family", 4, 16),
        Size("Standard_E2s_v5", "standardESv5Family", 2, 16),
        Size("Standard_E4s_v5", "standardESv5Family", 4, 32),
        Size("Standard_E8s_v5", "standardESv5Family", 8, 64),
        Size("Standard_A2_v2", "standardAv2Family", 2, 4, "V1", trusted_launch=False, zones=()),
        Size(
            "Standard_NV36ads_A10_v5", "StandardNVADSA10v5Family", 36, 440, "V1,V2",
            restricted=True,
        ),
    )
}  # fmt: skip


def normal(region: str) -> str:
    """`West Europe` and `westeurope` are one region."""
    return region.replace(" ", "").lower()


def size_of(name: str) -> Size:
    """Source of the message: SupportArticles-docs, error-messages.md."""
    found = SIZES.get(name.lower())
    if found is None:
        known = ", ".join(size.name for size in SIZES.values())
        raise ArmError(
            400,
            "InvalidParameter",
            f"The requested VM size {name} is not available in the current region. The sizes"
            f" available in the current region are: {known}. Find out more on the available VM"
            " sizes in each region at https://aka.ms/azure-regions.",
            target="vmSize",
        )
    return found


def limit(world: World, subscription: str, region: str, family: str) -> int:
    key = "/".join((subscription.lower(), normal(region), family.lower()))
    stored = world.documents("quota").get(key)
    return int(stored["limit"]) if stored else DEFAULT_LIMIT


def used(world: World, subscription: str, region: str) -> dict[str, int]:
    """Cores by family, `cores` for all and `virtualMachines`, allocated or not.

    Source: learn.microsoft.com, "Check vCPU quotas": deallocated VMs count too.
    """
    totals = {"cores": 0, "virtualMachines": 0}
    for vm in world.each(VM, f"/subscriptions/{subscription}"):
        if normal(vm.location) != normal(region):
            continue
        size = SIZES[vm.properties["hardwareProfile"]["vmSize"].lower()]
        totals["virtualMachines"] += 1
        totals["cores"] += size.cores
        totals[size.family] = totals.get(size.family, 0) + size.cores
    return totals


def check_quota(world: World, subscription: str, region: str, size: Size) -> None:
    """Source: https://github.com/nforgeio/neonKUBE/issues/1671"""
    totals = used(world, subscription, region)
    for family, label in (("cores", "Total Regional"), (size.family, size.family)):
        allowed, current = limit(world, subscription, region, family), totals.get(family, 0)
        if current + size.cores > allowed:
            raise ArmError(
                409,
                "OperationNotAllowed",
                "Operation could not be completed as it results in exceeding approved"
                f" {label} Cores quota. Additional details - Deployment Model: Resource Manager,"
                f" Location: {region}, Current Limit: {allowed}, Current Usage: {current},"
                f" Additional Required: {size.cores}, (Minimum) New Limit Required:"
                f" {current + size.cores}. Submit a request for Quota increase at"
                " https://aka.ms/ProdportalCRP/?#create/Microsoft.Support/Parameters/ by"
                " specifying parameters listed in the ‘Details’ section for deployment to succeed."
                " Please read more about quota limits at"
                " https://docs.microsoft.com/en-us/azure/azure-supportability/regional-quota-requests",
            )
