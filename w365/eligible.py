"""What a provisioning policy may be given, and why not. Reads no rows.

Sources: learn.microsoft.com, "Azure network connections health checks" (a connection that failed
or is being checked for the first time cannot be used, one with warnings can); resource type
cloudPcGalleryImage, `endDate` and `expirationDate` (after the latter nothing new is provisioned).
"""

from __future__ import annotations

from datetime import date

from w365.models import DeviceImage, GalleryImage, NetworkConnection, ProvisioningPolicy
from w365.words import day

Health = NetworkConnection.Health
Status = DeviceImage.Status


def why_not_policy(policy: ProvisioningPolicy) -> str:
    """Why a policy cannot be edited from here, whatever else runs on it."""
    if not policy.graph_id:
        return "It has not been created in Windows 365. Delete it and create it anew."
    if policy.provisioning_type != "dedicated":
        return (
            "It is for Cloud PCs that are shared (Windows 365 Frontline). Spot PC edits policies "
            "for dedicated Cloud PCs only; change this one in the Intune admin center."
        )
    return ""


def why_not_connection(connection: NetworkConnection) -> str:
    if not connection.graph_id:
        return "Not created in Windows 365 yet."
    if connection.health == Health.FAILED:
        return "Its checks failed, so no Cloud PC can be provisioned over it."
    if connection.health in NetworkConnection.UNDER_CHECK and not connection.in_use:
        return "Its health check has not ended yet."
    return ""


def why_not_gallery(image: GalleryImage, today: date) -> str:
    if image.expires_on and image.expires_on < today:
        return f"No longer available since {day(image.expires_on)}: nothing new is made from it."
    if image.status == "notSupported":
        return "Microsoft does not support it any more."
    return ""


def why_not_device(image: DeviceImage, today: date) -> str:
    if image.status == Status.FAILED:
        return f"Windows 365 could not take it over. {image.error_text}".strip()
    if image.status == Status.DELETING:
        return "It is being deleted."
    if image.status != Status.READY or not image.graph_id:
        return "Windows 365 has not taken it over yet."
    if image.expires_on and image.expires_on < today:
        return f"No longer available since {day(image.expires_on)}: nothing new is made from it."
    return ""


def gallery_warning(image: GalleryImage) -> str:
    """What to know of an image that can be used all the same."""
    until = f" It can be used until {day(image.expires_on)}." if image.expires_on else ""
    if image.status == "supportedWithWarning":
        return f"Its support by Microsoft has ended.{until}"
    return ""


def device_warning(image: DeviceImage) -> str:
    until = f" It can be used until {day(image.expires_on)}." if image.expires_on else ""
    if image.os_status == "supportedWithWarning":
        return f"Microsoft's support for its Windows has ended.{until}"
    if image.os_status == "unknown":
        return "Windows 365 does not know whether its Windows is still supported."
    return ""
