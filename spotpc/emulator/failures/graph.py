"""Microsoft Graph: refusals, and what shows only later in a device image, a Cloud PC or a check.

Those of the second kind are accepted at first: the request that begins the work carries them to its
end (`graph/virtual_endpoint/dooms.py`). Sources: `ERRORS` and `THROTTLING` are pages of
microsoft-graph-docs, `METADATA` the v1.0 enumerations, `PROVISIONING` memdocs,
windows-365/enterprise/provisioning-errors.md, which has the texts of the admin centre: the API's
own codes are believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from .make import table
from .model import Failure, Surface

ERRORS = "https://github.com/microsoftgraph/microsoft-graph-docs/blob/main/concepts/errors.md"
THROTTLING = (
    "https://github.com/microsoftgraph/microsoft-graph-docs/blob/main/concepts/throttling.md"
)
METADATA = "https://github.com/microsoftgraph/msgraph-metadata (v1.0 metadata, EnumType)"
_MEMDOCS = "https://github.com/MicrosoftDocs/memdocs/blob/main/windows-365/enterprise/"
PROVISIONING = _MEMDOCS + "provisioning-errors.md"

_WINDOWS_365 = r"^/(v1\.0|beta)/deviceManagement/virtualEndpoint/"
_IMAGES = _WINDOWS_365 + r"deviceImages$"
_IMAGE = _WINDOWS_365 + r"deviceImages/[^/]+$"
_REPROVISION = _WINDOWS_365 + r"cloudPCs/[^/]+/reprovision$"
_CONNECTION = _WINDOWS_365 + r"onPremisesConnections(/[^/]+)?$"
_DEVICE = r"^/(v1\.0|beta)/devices(/[^/]+)?$"

_INNER = {"date": "{time}", "request-id": "{guid}", "client-request-id": "{guid}"}


def _refusal(
    name: str,
    status: int,
    message: str,
    *,
    source: str,
    method: str = ".*",
    path: str = _WINDOWS_365,
    seen: str = "documented",
    headers: Mapping[str, str] | None = None,
    inner: Mapping[str, str] | None = None,
) -> Failure:
    """`{"error": {"code", "message", "innerError"}}`."""
    error = {"code": name.partition(".")[0], "message": message, "innerError": inner or _INNER}
    body = {"error": error}
    return Failure(
        name, Surface.RESPONSE, method, path, source, seen, status, headers or {}, body=body
    )


_SCOPE = json.dumps(
    {
        "_version": 3,
        "Message": "Application is not authorized to perform this operation. Application must have"
        " one of the following scopes: CloudPC.ReadWrite.All - Operation ID (for customer support):"
        " {guid} - Activity ID: {guid} - Url: https://fef.msub02.manage.microsoft.com/",
        "CustomApiErrorPhrase": "",
        "RetryAfter": None,
        "ErrorSourceService": "",
        "HttpHeaders": "{}",
    },
    indent=2,
).replace("\n", "\r\n")

REFUSALS = table(
    _refusal("BadRequest.graph", 400, "Bad Request", source=ERRORS, seen="believed"),
    _refusal(
        "TooManyRequests.graph",
        429,
        "Please retry again later.",
        headers={"Retry-After": "2.128"},
        inner={
            "code": "429",
            "date": "2020-08-18T12:51:51",
            "message": "Please retry after",
            "request-id": "{guid}",
            "status": "429",
        },
        source=THROTTLING,
    ),
    _refusal(  # literal for scopes of DeviceManagement
        "Forbidden.scope", 403, _SCOPE, source="public logs of Intune clients", seen="believed"
    ),
    _refusal(
        "Authorization_RequestDenied",
        403,
        "Insufficient privileges to complete the operation.",
        path=_DEVICE,
        source="general knowledge",
        seen="believed",
    ),
    _refusal("itemNotFound", 404, "The resource could not be found.", source=ERRORS),
    _refusal(
        "Conflict.graph",
        409,
        "The current state conflicts with what the request expects.",
        source=ERRORS,
    ),
    _refusal(
        "PreconditionFailed",
        412,
        "A precondition provided in the request (such as an if-match header) does not match the"
        " resource's current state.",
        source=ERRORS,
    ),
    _refusal(
        "serviceNotAvailable",
        503,
        "The service is temporarily unavailable for maintenance or is overloaded. You may repeat"
        " the request after a delay, the length of which may be specified in a Retry-After header.",
        source=ERRORS,
    ),
    _refusal(
        "Conflict.imageInUse",
        409,
        "Device images being used in a provisioning policy can't be deleted. Delete the"
        " provisioning policy first and then the associated device image.",
        method="DELETE",
        path=_IMAGE,
        source=_MEMDOCS + "add-device-images.md (the rule; status and code are believed)",
    ),
    _refusal(
        "BadRequest.imageLimit",
        400,
        "You can upload up to 20 of your own custom device images.",
        method="POST",
        path=_IMAGES,
        source=_MEMDOCS + "device-images.md (the rule; status and code are believed)",
    ),
)


def _later(kind: str, code: str, message: str, method: str, path: str, source: str) -> Failure:
    error = {"code": code, "message": message}
    name = f"{kind}.{code}"
    seen = "literal" if source == METADATA else "documented"
    return Failure(name, Surface.OPERATION, method, path, source, seen, error=error)


IMAGES = table(
    *(
        _later("deviceImage", code, "", "POST", _IMAGES, METADATA)
        for code in (
            "internalServerError",
            "sourceImageNotFound",
            "osVersionNotSupported",
            "sourceImageInvalid",
            "sourceImageNotGeneralized",
            "vmAlreadyAzureAdjoined",
            "paidSourceImageNotSupport",
            "sourceImageNotSupportCustomizeVMName",
            "sourceImageSizeExceedsLimitation",
        )
    )
)

_PROGRESS = "While a provisioning is in progress, someone has "
_CLOUD_PCS = {
    "internalServerError": "There was an internal server error. Please contact support xxx.",
    "onPremisesConnectionNotHealthy": "Cloud PC provisioning will be blocked if the associated ANC"
    " isn't healthy. The ANC will refresh every 6 hours.",
    "diskAllocationFailed": "Windows 365 provisioned the Cloud PC but didn't allocate the full OS"
    " storage",
    "domainJoinFailed": "Windows 365 failed to join the Cloud PC to your on-premises Active"
    " Directory (AD) domain.",
    "hybridJoinFailed": "This step will time out if the Microsoft Entra object doesn't appear"
    " within 90 minutes.",
    "intuneEnrollFailed": "Windows 365 performs a device-based MDM enrollment into Intune.",
    "licenseNotFound": f"{_PROGRESS}removed the user's Windows 365 license.",
    "notEnoughIpAddresses": "If a provisioning fails, it will be retried a total of three times."
    " Each time, a new vNic and IP address will be allocated. These IP addresses will be released"
    " in a matter of hours",
    "provisioningPolicyNotFound": f"{_PROGRESS}deleted the provisioning policy.",
    "requestDisallowedByPolicy": "Make sure that there are no Azure policies that may restrict"
    " Windows 365 from creating Azure objects on your behalf.",
    "userNotFound": f"{_PROGRESS}deleted the associated user.",
}

CLOUD_PCS = table(
    *(
        _later("cloudPC", code, message, "POST", _REPROVISION, PROVISIONING)
        for code, message in _CLOUD_PCS.items()
    )
)

_CHECKS = {
    "dnsCheck": "FqdnNotFound NameWithInvalidCharacter UnknownError",
    "adJoinCheck": "FqdnNotFound IncorrectCredentials OrganizationalUnitNotFound"
    " OrganizationalUnitIncorrectFormat ComputerObjectAlreadyExists AccessDenied"
    " CredentialsExpired AccountLockedOrDisabled AccountQuotaExceeded ServerNotOperational"
    " UnknownError",
    "endpointConnectivityCheck": "CloudPcUrlNotAllowListed WVDUrlNotAllowListed"
    " IntuneUrlNotAllowListed AzureADUrlNotAllowListed LocaleUrlNotAllowListed UnknownError",
    "azureAdDeviceSyncCheck": "DeviceNotFound LongSyncCircle ConnectDisabled DurationExceeded"
    " ScpNotConfigured TransientServiceError UnknownError",
    "resourceAvailabilityCheck": "NoSubnetIP SubscriptionDisabled AzurePolicyViolation"
    " SubscriptionNotFound SubscriptionTransferred GeneralSubscriptionError UnsupportedVNetRegion"
    " ResourceGroupInvalid VNetInvalid SubnetInvalid ResourceGroupBeingDeleted VNetBeingMoved"
    " SubnetDelegationFailed SubnetWithExternalResources ResourceGroupLockedForReadonly"
    " ResourceGroupLockedForDelete NoIntuneReaderRoleError"
    " IntuneDefaultWindowsRestrictionViolation IntuneCustomWindowsRestrictionViolation"
    " DeploymentQuotaLimitReached TransientServiceError UnknownError",
    "permissionCheck": "NoSubscriptionReaderRole NoResourceGroupOwnerRole NoVNetContributorRole"
    " NoResourceGroupNetworkContributorRole NoWindows365NetworkUserRole"
    " NoWindows365NetworkInterfaceContributorRole TransientServiceError UnknownError",
    "udpConnectivityCheck": "StunUrlNotAllowListed TurnUrlNotAllowListed UrlsNotAllowListed"
    " UnknownError",
    "ssoCheck": "KerberosConfigurationError",
    "internalServerError": "DeploymentCanceled AllocateResourceFailed VMDeploymentTimeout"
    " UnableToRunDscScript",
    "internalServer": "UnknownError",
}

HEALTH_CHECKS = table(
    *(
        _later("healthCheck", f"{family}{rest}", "", "POST|PATCH", _CONNECTION, METADATA)
        for family, members in _CHECKS.items()
        for rest in members.split()
    )
)
