"""The properties of each entity: those of the v1.0 metadata, and what beta has besides.

Source: the v1.0 metadata, EntityTypes `cloudPc…`; of beta only what the published examples and the
current resource pages agree on.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ...world import Json
from ..routing import GraphCall, GraphError

POLICY = "cloudPcProvisioningPolicy"
CONNECTION = "cloudPcOnPremisesConnection"
DEVICE_IMAGE = "cloudPcDeviceImage"
GALLERY_IMAGE = "cloudPcGalleryImage"
CLOUD_PC = "cloudPC"
SERVICE_PLAN = "cloudPcServicePlan"

V1: dict[str, tuple[str, ...]] = {
    POLICY: (
        "alternateResourceUrl", "autopatch", "cloudPcGroupDisplayName", "cloudPcNamingTemplate",
        "description", "displayName", "domainJoinConfigurations", "enableSingleSignOn",
        "gracePeriodInHours", "imageDisplayName", "imageId", "imageType", "localAdminEnabled",
        "microsoftManagedDesktop", "provisioningType", "windowsSetting",
    ),
    CONNECTION: (
        "adDomainName", "adDomainUsername", "alternateResourceUrl", "connectionType",
        "displayName", "healthCheckPaused", "healthCheckStatus", "healthCheckStatusDetail",
        "inUse", "inUseByCloudPc", "organizationalUnit", "resourceGroupId", "scopeIds", "subnetId",
        "subscriptionId", "subscriptionName", "virtualNetworkId", "virtualNetworkLocation",
    ),
    DEVICE_IMAGE: (
        "displayName", "errorCode", "expirationDate", "lastModifiedDateTime", "operatingSystem",
        "osBuildNumber", "osStatus", "osVersionNumber", "sizeInGB", "sourceImageResourceId",
        "status", "version",
    ),
    GALLERY_IMAGE: (
        "displayName", "endDate", "expirationDate", "offerName", "osVersionNumber",
        "publisherName", "sizeInGB", "skuName", "startDate", "status",
    ),
    CLOUD_PC: (
        "aadDeviceId", "displayName", "gracePeriodEndDateTime", "imageDisplayName",
        "lastModifiedDateTime", "managedDeviceId", "managedDeviceName", "onPremisesConnectionName",
        "provisioningPolicyId", "provisioningPolicyName", "provisioningType", "servicePlanId",
        "servicePlanName", "userPrincipalName",
    ),
    SERVICE_PLAN: ("displayName", "ramInGB", "storageInGB", "vCpuCount"),
}  # fmt: skip

# `statusDetails` is deprecated for `statusDetail` (resource page of cloudPcStatusDetails), but the
# published example still has it: both are answered (believed).
BETA: dict[str, tuple[str, ...]] = {
    POLICY: ("managedBy",),
    CLOUD_PC: (
        "deviceRegionName", "diskEncryptionState", "productType", "servicePlanType", "status",
        "statusDetail", "statusDetails",
    ),
}  # fmt: skip

# "Returned only on $select". Source: the resource page of cloudPcOnPremisesConnection.
ONLY_SELECTED: dict[str, tuple[str, ...]] = {
    CONNECTION: ("alternateResourceUrl", "healthCheckStatusDetail", "inUse", "inUseByCloudPc")
}

# What the published requests still send though the metadata has it no more.
_DEPRECATED = {
    POLICY: ("domainJoinConfiguration", "managedBy", "onPremisesConnectionId", "windowsSettings")
}


def view(call: GraphCall, entity: str, body: Json) -> Json:
    """What this version of Graph shows of it: every property it knows, null where unset."""
    names = V1[entity] + (BETA.get(entity, ()) if call.beta else ())
    return {"id": body["id"], **{name: body.get(name) for name in names}}


def check_names(call: GraphCall, entity: str, *more: str) -> None:
    """Refuses properties the entity has not. The text is OData's own, that Windows 365 uses it is
    believed."""
    known = {"id", *V1[entity], *_DEPRECATED.get(entity, ()), *more}
    for name in call.body:
        if name not in known and not name.startswith("@odata."):
            raise bad(
                f"The property '{name}' does not exist on type 'microsoft.graph.{entity}'. Make"
                " sure to only use property names that are defined by the type."
            )


def text(call: GraphCall, name: str, longest: int = 0) -> str:
    """A text that must be there. Wording believed."""
    value = call.body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad(f"The property '{name}' is required.")
    if longest and len(value) > longest:
        raise bad(f"The property '{name}' must not be longer than {longest} characters.")
    return value


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Wording believed."""
    if value not in choices:
        raise bad(f"Requested value '{value}' of '{name}' was not found.")


def bad(message: str) -> GraphError:
    """Source of the envelope: microsoft-graph-docs, concepts/errors.md."""
    return GraphError(400, "BadRequest", message)


def conflict(message: str) -> GraphError:
    """Nobody has written down such an answer of Windows 365: code and message are believed, that
    a conflict is 409 is documented (concepts/errors.md)."""
    return GraphError(409, "Conflict", message)


def stamped(moment: float) -> str:
    """An instant as Graph writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")
