"""Graph's words in an admin's."""

from __future__ import annotations

from datetime import date
from typing import Final

# Beta's cloudPcStatus -> words, tone.
# Source: learn.microsoft.com, resource type cloudPC (beta), "cloudPcStatus values".
CLOUD_PC_STATUS: Final = {
    "notProvisioned": ("Not provisioned", "warn"),
    "provisioning": ("Provisioning", "busy"),
    "provisioned": ("Provisioned", "ok"),
    "provisionedWithWarnings": ("Provisioned with warnings", "warn"),
    "inGracePeriod": ("In grace period", "warn"),
    "deprovisioning": ("Deprovisioning", "busy"),
    "failed": ("Failed", "bad"),
    "resizing": ("Resizing", "busy"),
    "resizePendingLicense": ("Resize waits for a licence", "warn"),
    "restoring": ("Restoring", "busy"),
    "movingRegion": ("Moving to another region", "busy"),
    "updatingSingleSignOn": ("Updating single sign-on", "busy"),
    "modifyingSingleSignOn": ("Changing single sign-on", "busy"),
    "preparing": ("Preparing", "busy"),
    "pendingProvision": ("Waiting for provisioning", "busy"),
}


def cloud_pc_status(status: str) -> tuple[str, str]:
    """Words and tone; a word that is not known yet stands as it is."""
    return CLOUD_PC_STATUS.get(status, (status or "Unknown", ""))


# v1.0's cloudPcRegionGroup, without those of other clouds.
# Source: Graph v1.0 metadata, EnumType cloudPcRegionGroup.
REGIONS: Final = {
    "europeUnion": "European Union",
    "unitedKingdom": "United Kingdom",
    "france": "France",
    "germany": "Germany",
    "norway": "Norway",
    "switzerland": "Switzerland",
    "usEast": "US East",
    "usCentral": "US Central",
    "usWest": "US West",
    "canada": "Canada",
    "southAmerica": "South America",
    "australia": "Australia",
    "asia": "Asia",
    "india": "India",
    "japan": "Japan",
    "southKorea": "South Korea",
}
AUTOMATIC: Final = "automatic"  # Microsoft takes a region of the group


def region(group: str, name: str) -> str:
    """Where Microsoft hosts a network: a group of regions, or one region of it."""
    where = REGIONS.get(group, group)
    if name in ("", AUTOMATIC):
        return where or "region not known"
    return f"{name}, {where}" if where else name


def day(of: date) -> str:
    return f"{of.day} {of:%b %Y}"


def counted(number: int, thing: str) -> str:
    """ "1 user", "3 users", "no users"."""
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
