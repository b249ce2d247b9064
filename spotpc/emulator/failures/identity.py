"""Tokens, permissions, policies and locks; and throttling, which ARM counts per identity."""

from __future__ import annotations

from . import make
from .compute import GALLERY
from .make import entra, response, table
from .model import Failure, Surface

_NET = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Network/"
_SUBNET = _NET + "virtualNetworks/{vnet}/subnets/{subnet}"
_RG = "/subscriptions/{sub}/resourceGroups/{rg}"
_VM_ID = f"{_RG}/providers/Microsoft.Compute/virtualMachines/{{vm}}"
_LOGS = "public CI logs of Azure clients"

TOKENS = table(
    entra(
        "AADSTS7000222",
        401,
        "invalid_client",
        "The provided client secret keys for app '{appId}' are expired. Visit the Azure portal to"
        " create new keys for your app: https://aka.ms/NewClientSecret, or consider using"
        " certificate credentials for added security: https://aka.ms/certCreds.",
        source=_LOGS,
    ),
    entra(
        "AADSTS7000215",
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client"
        " secret value, not the client secret ID, for a secret added to app '{appId}'.",
        source=_LOGS,
    ),
    entra(
        "AADSTS700016",
        400,
        "unauthorized_client",
        "Application with identifier '{appId}' was not found in the directory '{tenant}'. This can"
        " happen if the application has not been installed by the administrator of the tenant or"
        " consented to by any user in the tenant. You may have sent your authentication request to"
        " the wrong tenant.",
        source=_LOGS,
    ),
    entra(
        "AADSTS90002",
        400,
        "invalid_request",
        "Tenant '{tenant}' not found.",
        source=_LOGS,
        seen="believed",
    ),
    entra(
        "AADSTS53003",
        400,
        "access_denied",
        "Access has been blocked by Conditional Access policies. The access policy does not allow"
        " token issuance.",
        source=_LOGS,
    ),
)

_CHALLENGE = {
    "WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/{tenant}",'
    ' error="invalid_token", error_description="The access token is not accepted."'
}

AUTHENTICATION = table(
    response(
        "InvalidAuthenticationTokenTenant",
        401,
        "The access token is from the wrong issuer 'https://sts.windows.net/{tenant}/'. It must"
        " match the tenant 'https://sts.windows.net/{objectId}/' associated with this subscription."
        " Please use the authority (URL) 'https://login.windows.net/{objectId}' to get the token."
        " Note, if the subscription is transferred to another tenant there is no impact to the"
        " services, but information about new tenant could take time to propagate (up to an hour)."
        " If you just transferred your subscription and see this error message, please try back"
        " later.",
        method=".*",
        path=make.ANY_ARM,
        headers=_CHALLENGE,
        source="Azure SDK documentation",
    ),
    response(
        "ExpiredAuthenticationToken",
        401,
        "The access token expiry UTC time '11/24/2025 11:31:00 PM' is earlier than current UTC time"
        " '11/28/2025 5:28:45 AM'.",
        method=".*",
        path=make.ANY_ARM,
        headers=_CHALLENGE,
        source=_LOGS,
    ),
    response(
        "InvalidAuthenticationToken",
        401,
        "The access token is invalid.",
        method=".*",
        path=make.ANY_ARM,
        headers=_CHALLENGE,
        source="general knowledge",
        seen="believed",
    ),
)

AUTHORIZATION = table(
    response(
        "AuthorizationFailed",
        403,
        "The client '{appId}' with object id '{objectId}' does not have authorization to perform"
        " action '{action}' over scope '{scope}' or the scope is invalid. If access was"
        " recently granted, please refresh your credentials.",
        method=".*",
        path=make.ANY_ARM,
        source=_LOGS,
    ),
    response(
        "LinkedAuthorizationFailed",
        403,
        "The client '{appId}' with object id '{objectId}' has permission to perform action"
        f" '{{action}}' on scope '{{scope}}'; however, it does not have permission to perform"
        " action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s)"
        f" '{_SUBNET}' or the linked scope(s) are invalid.",
        path=make.NIC,
        source=_LOGS,
    ),
    response(
        "LinkedAuthorizationFailed.tenant",
        403,
        "The client has permission to perform action 'Microsoft.Compute/galleries/images/versions/"
        "read' on scope {scope}, however the current tenant {tenant} is not authorized to access"
        " linked subscription {sub}.",
        source=GALLERY,
        seen="documented",
    ),
    response(
        "RequestDisallowedByPolicy",
        403,
        "Resource '{nic}' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":"
        '{"name":"Network interfaces should not have public IPs","id":"/subscriptions/{sub}/'
        'providers/Microsoft.Authorization/policyAssignments/{guid}"},"policyDefinition":{"name":'
        '"Network interfaces should not have public IPs","id":"/subscriptions/{sub}/providers/'
        "Microsoft.Authorization/policyDefinitions/{guid}\"}}]'.",
        target="{nic}",
        path=make.NIC,
        source="Microsoft's Azure Policy documentation",
        seen="documented",
    ),
    response(
        "ScopeLocked",
        409,
        "The scope '{scope}' cannot perform delete operation because following scope(s) are locked:"
        f" '{_RG}'. Please remove the lock and try again.",
        method="DELETE",
        path=make.ANY_ARM,
        source=_LOGS,
    ),
    response(
        "MissingSubscriptionRegistration",
        409,
        "The subscription is not registered to use namespace '{namespace}'. See"
        " https://aka.ms/rps-not-found for how to register subscriptions.",
        method="PUT",
        path=make.ANY_ARM,
        source=_LOGS,
        seen="believed",
    ),
)

PRESENCE = table(
    response(
        "ResourceGroupBeingDeleted",
        409,
        "The resource group '{rg}' is in deprovisioning state and cannot perform this operation.",
        path=make.ANY_ARM,
        source=_LOGS,
    ),
    response(
        "ResourceGroupNotFound",
        404,
        "Resource group '{rg}' could not be found.",
        method=".*",
        path=r"/resourceGroups/",
        source="https://github.com/srozemuller/AzAvd/issues/17",
    ),
    response(
        # Also what a read just after its own write may answer, because ARM replicates between
        # regions: https://github.com/hashicorp/terraform-provider-azurerm/issues/18268
        "ResourceNotFound",
        404,
        "The Resource '{resource}' under resource group '{rg}' was not found. For more details"
        " please go to https://aka.ms/ARMResourceNotFoundFix",
        method="GET",
        path=r"/resourceGroups/.*/providers/",
        source="https://github.com/pulumi/pulumi-azure-native/issues/3138",
    ),
    response(
        "InvalidResourceLocation",
        409,
        "The resource {name} already exists in location northeurope in resource group {rg}. A"
        " resource with the same name cannot be created in location {location}. Please select a new"
        " resource name.",
        path=make.ANY_ARM,
        source=GALLERY,
        seen="documented",
    ),
)

THROTTLING = table(
    response(
        "SubscriptionRequestsThrottled",
        429,
        "Number of '{verb}' requests for subscription '{sub}' actor '{objectId}' exceeded. Please"
        " try again after '10' seconds.",
        method=".*",
        path=make.ANY_ARM,
        headers={"Retry-After": "10", "x-ms-ratelimit-remaining-subscription-reads": "0"},
        source="a public log of 2026",
    ),
    response(
        "SubscriptionRequestsThrottled.backend",
        429,
        "Number of requests for subscription '{sub}' and operation 'POST/SUBSCRIPTIONS/"
        "RESOURCEGROUPS/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/START' exceeded the backend"
        " storage limit. Please try again after '6' seconds.",
        method="POST",
        path=make.START,
        headers={"Retry-After": "6"},
        source="https://github.com/MicrosoftDocs/azure-docs/issues/105248",
    ),
    response(
        "ResourceRequestsThrottled",
        429,
        "Number of requests for action '{action}' exceeded the limit of '50' for time interval"
        " '00:05:00'. Please try again after '372' seconds.",
        method=".*",
        path=make.ANY_ARM,
        headers={"Retry-After": "372"},
        source="https://github.com/Azure/azqr/issues/34",
    ),
    Failure(
        # Microsoft's own sample of this one has no outer "error".
        "OperationNotAllowed.throttled",
        Surface.RESPONSE,
        method=".*",
        path=r"/Microsoft\.Compute/",
        source="Learn: Troubleshoot API throttling errors - Compute",
        seen="documented",
        status=429,
        headers={
            "Retry-After": "1200",
            "x-ms-ratelimit-remaining-resource": "Microsoft.Compute/HighCostGet30Min;0",
        },
        body={
            "code": "OperationNotAllowed",
            "message": "The server rejected the request because too many requests have been"
            " received for this subscription.",
            "details": [
                {
                    "code": "TooManyRequests",
                    "target": "HighCostGet30Min",
                    "message": '{"operationGroup":"HighCostGet30Min","startTime":"'
                    '2018-06-29T19:54:21.0914017+00:00","endTime":"'
                    '2018-06-29T20:14:21.0914017+00:00","allowedRequestCount":800,'
                    '"measuredRequestCount":1238}',
                }
            ],
        },
    ),
    response(
        "TooManyRequests",
        429,
        "The request is being throttled.",
        method=".*",
        path=make.ANY_ARM,
        headers={"Retry-After": "5"},
        source="https://github.com/Azure/migAz/issues/57",
    ),
)
