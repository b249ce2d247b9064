"""The bodies of new directory objects: every property a GET shows, null where there is nothing.

Which properties are shown without $select: learn.microsoft.com, resource types user, group, device.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from ..world import Json, World

USER_ON_SELECT = (
    "accountEnabled", "assignedLicenses", "createdDateTime", "mailNickname", "userType",
)  # fmt: skip


def moment(world: World) -> str:
    """Now, as Graph writes it: whole seconds, `Z`."""
    return datetime.fromtimestamp(world.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id() -> str:
    return str(uuid4())


def stable_id(*parts: str) -> str:
    """The same GUID for the same words, such as a licence's part number."""
    return str(uuid5(NAMESPACE_URL, "/".join(parts)))


def _nulls(*names: str) -> Json:
    return dict.fromkeys(names)


def user(world: World, upn: str, name: str = "") -> Json:
    alias = upn.partition("@")[0]
    return {
        "id": new_id(),
        "businessPhones": [],
        "displayName": name or alias.replace(".", " ").title(),
        **_nulls("givenName", "jobTitle", "mail", "mobilePhone", "officeLocation"),
        **_nulls("preferredLanguage", "surname"),
        "userPrincipalName": upn,
        "accountEnabled": True,
        "assignedLicenses": [],
        "createdDateTime": moment(world),
        "mailNickname": alias,
        "userType": "Member",
    }


def group(world: World, name: str, *, security: bool = True) -> Json:
    return {
        "id": new_id(),
        **_nulls("deletedDateTime", "classification"),
        "createdDateTime": moment(world),
        **_nulls("description"),
        "displayName": name,
        "expirationDateTime": None,
        "groupTypes": [] if security else ["Unified"],
        **_nulls("isAssignableToRole", "mail"),
        "mailEnabled": not security,
        "mailNickname": "".join(each for each in name if each.isalnum())[:64] or "group",
        **_nulls("membershipRule", "membershipRuleProcessingState", "onPremisesLastSyncDateTime"),
        **_nulls("onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "preferredDataLocation"),
        **_nulls("preferredLanguage"),
        "proxyAddresses": [],
        "renewedDateTime": moment(world),
        "resourceBehaviorOptions": [],
        "resourceProvisioningOptions": [],
        "securityEnabled": security,
        **_nulls("theme", "visibility"),
        "onPremisesProvisioningErrors": [],
    }


def device(world: World, name: str, *, os_version: str, managed: bool) -> Json:
    return {
        "id": new_id(),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeSecurityIds": [],
        "approximateLastSignInDateTime": moment(world),
        **_nulls("complianceExpirationDateTime", "deviceCategory"),
        "deviceId": new_id(),
        "deviceMetadata": None,
        "deviceOwnership": "Company",
        "deviceVersion": 2,
        "displayName": name,
        **_nulls("enrollmentProfileName", "enrollmentType"),
        "isCompliant": True if managed else None,
        "isManaged": True if managed else None,
        "isRooted": None,
        "managementType": "MDM" if managed else None,
        "manufacturer": "Microsoft Corporation",
        "mdmAppId": INTUNE if managed else None,
        "model": "Virtual Machine",
        **_nulls("onPremisesLastSyncDateTime", "onPremisesSyncEnabled"),
        "operatingSystem": "Windows",
        "operatingSystemVersion": os_version,
        "physicalIds": [],
        "profileType": "RegisteredDevice",
        "registrationDateTime": moment(world),
        "systemLabels": [],
        "trustType": "AzureAd",
    }


# Microsoft Intune's application: the `mdmId` with which a VM asks to be enrolled.
INTUNE = "0000000a-0000-0000-c000-000000000000"


def managed_device(world: World, entra_device: Json, upn: str = "") -> Json:
    """Intune's record of an Entra device."""
    return {
        "id": new_id(),
        "userId": None,
        "deviceName": entra_device["displayName"],
        "managedDeviceOwnerType": "company",
        "enrolledDateTime": moment(world),
        "lastSyncDateTime": moment(world),
        "operatingSystem": "Windows",
        "complianceState": "compliant",
        "jailBroken": "Unknown",
        "managementAgent": "mdm",
        "osVersion": entra_device["operatingSystemVersion"],
        "azureADRegistered": True,
        "deviceEnrollmentType": "windowsAzureADJoinUsingDeviceAuth",
        "emailAddress": upn,
        "azureADDeviceId": entra_device["deviceId"],
        "deviceRegistrationState": "registered",
        "isSupervised": False,
        "isEncrypted": False,
        "userPrincipalName": upn,
        "model": entra_device["model"],
        "manufacturer": entra_device["manufacturer"],
        "serialNumber": stable_id("serial", entra_device["deviceId"]),
        "userDisplayName": "",
        "managedDeviceName": f"{entra_device['displayName']}_Windows_{entra_device['deviceId']}",
        "partnerReportedThreatState": "unknown",
    }


def sku(tenant: str, part_number: str, enabled: int) -> Json:
    """A subscription to licences. Its ids and its one service plan are invented."""
    sku_id = stable_id("sku", part_number)
    plan: dict[str, Any] = {
        "servicePlanId": stable_id("plan", part_number),
        "servicePlanName": part_number,
        "provisioningStatus": "Success",
        "appliesTo": "User",
    }
    return {
        "id": f"{tenant}_{sku_id}",
        "accountId": tenant,
        "accountName": "emulator",
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "prepaidUnits": {"enabled": enabled, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [plan],
        "skuId": sku_id,
        "skuPartNumber": part_number,
        "subscriptionIds": [stable_id("subscription", tenant, part_number)],
    }
