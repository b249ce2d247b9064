"""Who we are and what we may do: tokens, roles, policies, locks, scopes that are not there."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_ENTRA_DOC = "learn.microsoft.com, Microsoft Entra authentication error codes; not seen"
_DELETE = r"\b(delet|remov|clean|sign.?out)"
_MISSING = r"resource '(?:[^'/]+/)*(?P<resource>[^'/]+)'"

_TOKENS: Final = (
    Entry(
        "secret-expired",
        Decision.PAUSE,
        "The client secret of {app} in {tenant} has expired. Running desktops are not affected, "
        "but nothing can be changed.",
        "Create a new secret (Entra ID, App registrations, Certificates & secrets) and enter its "
        "value in the tenant's connection, then try again.",
        (on("AADSTS7000222", reads=r"app '(?P<app>[^']+)'"),),
    ),
    Entry(
        "secret-wrong",
        Decision.PAUSE,
        "Entra ID does not accept the client secret of {app}.",
        "Enter the secret's value, not its ID, in the tenant's connection. If the value is lost, "
        "create a new secret.",
        (
            on("AADSTS7000215", text=r"app '(?P<app>[^']+)'", believed="this tail was not seen"),
            on("AADSTS7000215"),
        ),
    ),
    Entry(
        "certificate-refused",
        Decision.PAUSE,
        "Entra ID does not accept the certificate of {app}: expired, or never uploaded there.",
        "Upload the current certificate to the app registration, or store the matching one in the "
        "tenant's connection.",
        (on("AADSTS700027", believed=_ENTRA_DOC),),
    ),
    Entry(
        "federation-refused",
        Decision.PAUSE,
        "Entra ID does not accept the workload identity token of {app}: expired, or of an issuer "
        "it does not know.",
        "Compare issuer, subject and audience of the app's federated credential with the token, "
        "and check the server's clock.",
        (on("AADSTS70021", "AADSTS700024", "AADSTS700211", "AADSTS700213", believed=_ENTRA_DOC),),
    ),
    Entry(
        "app-missing",
        Decision.PAUSE,
        "This app ID does not exist in {tenant}, or was never approved there[: {app}].",
        "Check the client ID and the tenant ID in the connection, and let a Global Administrator "
        "grant admin consent.",
        (
            on(
                "AADSTS700016",
                reads=r"identifier '(?P<app>[^']+)' was not .* directory '(?P<tenant>[^']+)",
            ),
        ),
    ),
    Entry(
        "tenant-missing",
        Decision.PAUSE,
        "Entra ID does not know this tenant[: {tenant}].",
        "Check the tenant ID in the connection, and that the right cloud (public, US, China) is "
        "chosen.",
        (
            on("AADSTS90002", text=r"tenant '(?P<tenant>[^']+)' not found"),
            on("AADSTS90002", "AADSTS900023", believed=_ENTRA_DOC),
            on(text=r"unable to get authority configuration"),
        ),
    ),
    Entry(
        "conditional-access",
        Decision.PAUSE,
        "A Conditional Access policy of the customer keeps {app} out.",
        "Ask their admin to exclude the app, or to allow the outbound address of the Spot PC "
        "server; then try again.",
        (on("AADSTS53003", believed="text seen; its HTTP status not"),),
    ),
    Entry(
        "sign-in-busy",
        Decision.RETRY,
        "Entra ID could not answer the sign-in of {app} for the moment.",
        "It is tried again by itself; nothing to do.",
        (
            on("AADSTS90033", "AADSTS90024", "AADSTS90025", "AADSTS50196", believed=_ENTRA_DOC),
            on("temporarily_unavailable", believed=_ENTRA_DOC),
        ),
        after=30,
    ),
    Entry(
        "sign-in-refused",
        Decision.PAUSE,
        "Entra ID refused the sign-in of {app}[ with {aadsts}].",
        "Look at the service principal's sign-ins in Entra ID for the reason, then check the "
        "tenant's connection.",
        (
            on(text=r"(?P<aadsts>aadsts\d+)", believed=_ENTRA_DOC, last=True),
            on("invalid_client", "unauthorized_client", "access_denied", "invalid_request"),
        ),
    ),
    Entry(
        "credential-unavailable",
        Decision.PAUSE,
        "No usable credential is stored for {tenant}, so no sign-in could be tried.",
        "Store a client secret or certificate in the connection; for workload identity check that "
        "the token file is mounted.",
    ),
    Entry(
        "subscription-other-tenant",
        Decision.PAUSE,
        "{app} signed in to one tenant, but the subscription is in a different one.",
        "Correct the subscription ID or the tenant ID in the connection. After a transfer of the "
        "subscription, wait an hour.",
        (on("InvalidAuthenticationTokenTenant"),),
    ),
    Entry(
        "token-expired",
        Decision.RETRY,
        "The sign-in to Azure ran out in the middle of the work.",
        "A new one is fetched by itself. If that fails, check the server's clock.",
        (on("ExpiredAuthenticationToken"),),
        after=1,
        tries=1,
    ),
    Entry(
        "token-refused",
        Decision.RETRY,
        "Azure did not accept the sign-in it had itself issued.",
        "It is tried once with a fresh one. If that fails too, check the tenant's connection.",
        (
            on("InvalidAuthenticationToken", "AuthenticationFailed", believed="general knowledge"),
            on("401", status=401, believed="bare answers, not seen"),
        ),
        after=1,
        tries=1,
    ),
)

_RIGHTS: Final = (
    Entry(
        "permission-missing",
        Decision.PAUSE,
        "Spot PC's app is not allowed to do {action} on {scope}. Nothing was changed.",
        "Give the app a role with that action (Contributor on the resource group is the usual "
        "one). A fresh role takes up to ten minutes; then try again.",
        (
            on(
                "AuthorizationFailed",
                reads=r"perform action '(?P<action>[^']+)' over scope '(?P<scope>[^']+)'",
            ),
            on("403", status=403, believed="bare answers and AVD's, not seen"),
        ),
    ),
    Entry(
        "permission-missing-linked",
        Decision.PAUSE,
        "Spot PC's app may not do {action} on {scope}, which this step also touches.",
        "Give the app a role with that action there: Network Contributor for a subnet, Reader "
        "for an image. Then try again.",
        (
            on(
                "LinkedAuthorizationFailed",
                text=r"not have permission to perform action\(s\) '(?P<action>[^']+)'"
                r" on the linked scope\(s\) '(?P<scope>[^']+)'",
            ),
            on("LinkedAuthorizationFailed", "LinkedAccessCheckFailed"),
        ),
    ),
    Entry(
        "image-other-tenant",
        Decision.PAUSE,
        "The image lies in a subscription of another tenant, which {app} cannot read.",
        "Share the gallery with this tenant and give the app Reader on it, or copy the image here.",
        (
            on(
                text=r"current tenant .* is not authorized to access linked subscription",
                believed="text documented; code and status not",
            ),
        ),
    ),
    Entry(
        "policy-forbids",
        Decision.PAUSE,
        'An Azure policy of the customer[, "{policy}",] forbids {resource}. Nothing was built.',
        "Ask their admin for an exemption on the resource group, or change the setting the policy "
        "is about; then try again.",
        (
            on(
                "RequestDisallowedByPolicy",
                text=r"resource '(?P<resource>[^']+)' was disallowed"
                r'.*?"policyassignment"\s*:\s*\{\s*"name"\s*:\s*"(?P<policy>[^"]+)"',
            ),
            on("RequestDisallowedByPolicy", reads=r"resource '(?P<resource>[^']+)' was disallowed"),
        ),
    ),
    Entry(
        "locked",
        Decision.PAUSE,
        "A resource lock on {lock} stops the change[ of {resource}]. Users are not affected; the "
        "clean-up waits.",
        "Remove the lock in the Azure portal (Locks), or leave the resource and end the job.",
        (
            on(
                "ScopeLocked",
                reads=r"scope '(?P<resource>[^']+)' cannot.*locked: '(?P<lock>[^']+)'",
            ),
        ),
    ),
    Entry(
        "provider-not-registered",
        Decision.PAUSE,
        "The subscription has never switched on {namespace}.",
        "An Owner or Contributor registers it once (Subscription, Resource providers, Register); "
        "try again after some minutes.",
        (
            on(
                "MissingSubscriptionRegistration",
                reads=r"namespace '(?P<namespace>[^']+)'",
                believed="text seen; code not",
            ),
        ),
    ),
)

_SCOPES: Final = (
    Entry(
        "group-being-deleted",
        Decision.FAIL,
        "Somebody is deleting {group}, and with it all that is inside.",
        "Stop and find out who and why. The activity log of the subscription names the person.",
        (on("ResourceGroupBeingDeleted", reads=r"resource group '(?P<group>[^']+)'"),),
    ),
    Entry(
        "group-missing",
        Decision.RETRY,
        "Azure does not find the resource group[ {group}].",
        "It is looked for again by itself, in case it is new. After that, correct the site's "
        "resource group.",
        (on("ResourceGroupNotFound", reads=r"resource group '(?P<group>[^']+)'"),),
        after=10,
        tries=3,
    ),
    Entry(
        "subscription-missing",
        Decision.PAUSE,
        "{app} does not see the subscription[ {subscription}], or it is disabled.",
        "Check the subscription ID, that the app has a role there, and that the bill is paid.",
        (
            on(
                "SubscriptionNotFound",
                "InvalidSubscriptionId",
                "ReadOnlyDisabledSubscription",
                believed="learn.microsoft.com, common Azure deployment errors; not seen",
            ),
        ),
    ),
    Entry(
        "already-gone",
        Decision.SUCCESS,
        "{resource} is gone already.",
        "Nothing to do.",
        (
            on("NotFound", "404", status=404, operation=_DELETE),
            on("itemNotFound", "Request_ResourceNotFound", operation=_DELETE),
            on("ResourceNotFound", reads=_MISSING, operation=_DELETE),
            # What held it is gone, and it with it.
            on("ResourceGroupNotFound", "ParentResourceNotFound", operation=_DELETE),
            on(text=r"parent resource '[^']+' not found", operation=_DELETE),
        ),
        missing=True,
    ),
    Entry(
        "not-found",
        Decision.RECONCILE,
        "Azure does not find {resource}. If it was made a moment ago, it may only not be visible "
        "yet.",
        "It is looked for again before it counts as gone. If somebody deleted it by hand, remove "
        "it in Spot PC as well.",
        (
            on("ResourceNotFound", reads=_MISSING),
            on("NotFound", "404", status=404),
        ),
        after=30,
        tries=3,
        missing=True,
    ),
    Entry(
        "name-taken",
        Decision.FAIL,
        "A resource of this name exists elsewhere[: {resource} in {region}], and names cannot "
        "be shared.",
        "Choose another name or prefix; Azure cannot move a resource between regions.",
        (
            on(
                text=r"resource (?P<resource>\S+) already exists in location (?P<region>\S+)",
                believed="text documented; code and status not",
            ),
            on("InvalidResourceLocation", believed="code from other reports"),
        ),
    ),
    Entry(
        "request-refused",
        Decision.FAIL,
        "Microsoft rejected the request as invalid[: {azure_message}].",
        "Compare the settings of this step with the text above. Repeating it unchanged is useless.",
        (
            on("BadRequest", "Request_BadRequest", status=400),
            on("400", status=400, believed="bare answers and AVD's"),
        ),
    ),
)

ENTRIES: Final = (*_TOKENS, *_RIGHTS, *_SCOPES)
