"""Microsoft Graph: Windows 365 images, Cloud PCs, network connections, devices."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, Point, on

_DELETE = r"\b(delet|remov|clean)"
_ADMIN_CENTRE = "title and text documented; the API's code not seen"


def _image(code: str) -> Point:
    """The enum member as such, or as `envelopes` names it when it reads a whole image object."""
    return on(code, f"deviceImage.{code}")


_CALLS: Final = (
    Entry(
        "graph-scope-missing",
        Decision.PAUSE,
        "Spot PC's app lacks a Microsoft Graph permission[: {scopes}].",
        "Add it as an application permission to the app registration, grant admin consent, and "
        "try again after some minutes.",
        (
            on(
                "Forbidden",
                text=r"following scopes: (?P<scopes>[\w., ]+?)(?= -|$)",
                believed="seen for DeviceManagement scopes, not for CloudPC",
            ),
            on("Forbidden", status=403, believed="general knowledge"),
            on(
                "Authorization_RequestDenied",
                operation=r"\b(list|read)\b",
                believed="general knowledge",
            ),
        ),
    ),
    Entry(
        "graph-no-user-agent",
        Decision.FAIL,
        "Windows 365 turns away calls without a User-Agent, and a proxy seems to strip it.",
        "Let the proxy pass the header on for graph.microsoft.com.",
    ),
    Entry(
        "graph-rights-missing",
        Decision.PAUSE,
        "Spot PC's app may not change devices in Entra ID. Hosts work; only the clean-up waits.",
        "Grant Device.ReadWrite.All (application) with admin consent, or delete the listed devices "
        "by hand.",
        (on("Authorization_RequestDenied", believed="general knowledge"),),
    ),
    Entry(
        "graph-missing",
        Decision.RECONCILE,
        "Windows 365 does not find {resource}.",
        "The list is read again. If somebody deleted it in Intune, remove it in Spot PC as well.",
        (on("itemNotFound", "Request_ResourceNotFound", believed="code list documented"),),
        after=30,
        missing=True,
    ),
    Entry(
        "graph-changed",
        Decision.RECONCILE,
        "Somebody or something else changed this in Windows 365 at the same time.",
        "It is read again and the change applied once more; nothing to do.",
        (
            on(text=r"current state conflicts with what the request expects"),
            on("PreconditionFailed", "preconditionFailed", "412", status=412),
            on(
                "Conflict",
                "409",
                status=409,
                operation=r"provisioning policy|device image|network connection",
                believed="the status is documented, the code is not",
            ),
        ),
        after=60,
        tries=3,
    ),
    Entry(
        "graph-unavailable",
        Decision.RETRY,
        "Windows 365 is being serviced or overloaded. Users stay connected to their Cloud PCs.",
        "It is tried again by itself, ever more slowly.",
        (on(text=r"temporarily unavailable for maintenance or is overloaded"),),
        after=15,
    ),
)

_THROTTLES: Final = (
    Entry(
        "graph-throttled",
        Decision.RETRY,
        "Microsoft Graph asks Spot PC to slow down in this tenant. Users notice nothing.",
        "Nothing to do: work goes on after the pause Graph asked for.",
        (
            on("TooManyRequests", "429", status=429, text=r"retry again later|please retry"),
            on("ApplicationThrottled", status=429, believed="general knowledge, of mailboxes"),
        ),
        after=10,
    ),
)

_IMAGES: Final = (
    Entry(
        "w365-image-internal",
        Decision.RETRY,
        "Microsoft failed while taking over the image, through no fault of the image.",
        "Upload it again in half an hour. If that fails too, open a case with Microsoft.",
        (
            on("deviceImage.internalServerError"),
            on("internalServerError", operation=r"image"),
        ),
        after=1800,
        tries=2,
    ),
    Entry(
        "w365-source-missing",
        Decision.FAIL,
        "The Azure image that Windows 365 was to copy no longer exists.",
        "Choose an existing image version and upload again; keep it until the upload is done.",
        (_image("sourceImageNotFound"),),
    ),
    Entry(
        "w365-os-unsupported",
        Decision.FAIL,
        "Windows 365 does not take this Windows version.",
        "Use a supported Windows 10 or 11 Enterprise release; multi-session is not possible.",
        (_image("osVersionNotSupported"),),
    ),
    Entry(
        "w365-image-invalid",
        Decision.FAIL,
        "Windows 365 cannot use this image.",
        "It must be generation 2, single-session Enterprise, with a 64 GB OS disk, without "
        "recovery partition or data disk.",
        (_image("sourceImageInvalid"),),
    ),
    Entry(
        "w365-image-not-generalized",
        Decision.FAIL,
        "Windows 365 finds the image unsealed: sysprep did not finish in it.",
        "Seal a new version and upload that one.",
        (_image("sourceImageNotGeneralized"),),
    ),
    Entry(
        "w365-image-joined",
        Decision.FAIL,
        "The template of this image had joined Entra ID, and Cloud PCs cannot start from such.",
        "Create a template that was never joined or enrolled, and seal it.",
        (_image("vmAlreadyAzureAdJoined"),),
    ),
    Entry(
        "w365-image-paid",
        Decision.FAIL,
        "Windows 365 takes no image that descends from a paid Marketplace plan.",
        "Start the image set from Microsoft's own Windows image.",
        (_image("paidSourceImageNotSupport"),),
    ),
    Entry(
        "w365-image-naming",
        Decision.FAIL,
        "The provisioning policy names its devices itself, which this image does not permit.",
        "Use a newer Windows release as source, or drop the naming template from the policy.",
        (_image("sourceImageNotSupportCustomizeVMName"),),
    ),
    Entry(
        "w365-image-large",
        Decision.FAIL,
        "The image is too big for Windows 365.",
        "Build the template with a 64 GB OS disk and upload again.",
        (_image("sourceImageSizeExceedsLimitation"),),
    ),
    Entry(
        "w365-image-used",
        Decision.FAIL,
        "The old image was kept, for Cloud PCs are still provisioned from it.",
        "Give the policy the new image and wait for it; the old one can then be deleted.",
        (on(text=r"being used in a provisioning policy", believed="rule; no answer seen"),),
    ),
    Entry(
        "w365-image-limit",
        Decision.CLEANUP_THEN_RETRY,
        "Windows 365 keeps 20 custom images per tenant, and all places are taken.",
        "Delete the oldest one that no policy uses, then upload again.",
        (on(text=r"up to 20 of your own custom", believed="rule; no answer seen"),),
        tries=1,
    ),
    Entry(
        "w365-image-pending",
        Decision.WAIT,
        "Windows 365 is copying the image; Cloud PCs use the old one until it is ready.",
        "Nothing to do: it is looked at again by itself; copying may take hours.",
        (on("deviceImage.pending"),),
        after=300,
        tries=288,
    ),
)

_CLOUD_PCS: Final = (
    Entry(
        "cloudpc-internal",
        Decision.RETRY,
        "Microsoft could not provision the Cloud PC of {user}[: {detail}].",
        "Reprovision it once. If that fails too, hold the rest of this wave back and open a "
        "case with Microsoft.",
        (
            on("cloudPC.internalServerError", reads=r"(?P<detail>[^.]+)"),
            on("internalServerError", operation=r"cloud.?pc|provision"),
        ),
        after=300,
        tries=1,
    ),
    Entry(
        "cloudpc-connection",
        Decision.PAUSE,
        "The Azure network connection of this policy is unhealthy, so Windows 365 provisions "
        "nothing. Existing Cloud PCs work.",
        "Open the connection's health checks, correct the first failed one and run them again.",
        (on(text=r"blocked if the associated anc isn't healthy", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-disk",
        Decision.RETRY,
        "The Cloud PC of {user} came with less disk than the licence grants.",
        "Reprovision it once.",
        (on(text=r"didn't allocate the full os storage", believed=_ADMIN_CENTRE),),
        after=300,
        tries=1,
    ),
    Entry(
        "cloudpc-join",
        Decision.PAUSE,
        "The Cloud PC of {user} could not join Active Directory.",
        "Check join account, OU and DNS of the network connection, then try again.",
        (on(text=r"failed to join the cloud pc to your on-premises", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-sync",
        Decision.RETRY,
        "The computer account of {user}'s Cloud PC did not reach Entra ID within 90 minutes.",
        "Reprovision it once. Check that Entra Connect runs and includes the OU.",
        (on(text=r"entra object doesn't appear within", believed=_ADMIN_CENTRE),),
        after=1800,
        tries=1,
    ),
    Entry(
        "cloudpc-intune",
        Decision.PAUSE,
        "The Cloud PC of {user} was built, but its enrolment in Intune failed.",
        "Allow Windows (MDM) in the enrolment restrictions and check the Intune licence; then "
        "try again.",
        (on(text=r"device-based mdm enrollment into intune", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-licence",
        Decision.FAIL,
        "{user} lost the Windows 365 licence while the Cloud PC was being made.",
        "Assign the licence again and retry this user; all others go on.",
        (on(text=r"removed the user's windows 365 license", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-addresses",
        Decision.PAUSE,
        "This wave of Cloud PCs needs more addresses than its subnet has left.",
        "Free some or make the waves smaller: up to four addresses per Cloud PC, given back hours "
        "later. Then try again.",
        (on(text=r"new vnic and ip address will be allocated", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-policy-gone",
        Decision.PAUSE,
        "Somebody deleted the provisioning policy while Cloud PCs were being made from it.",
        "Create it again or choose another one, assign the users, then try again.",
        (on(text=r"deleted the provisioning policy", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-azure-policy",
        Decision.PAUSE,
        "An Azure policy of the customer keeps Windows 365 from creating what a Cloud PC needs.",
        "Exempt the resource group of the network connection from it, then try again.",
        (on(text=r"policies that may restrict windows 365", believed=_ADMIN_CENTRE),),
    ),
    Entry(
        "cloudpc-user-gone",
        Decision.FAIL,
        "{user} was deleted while the Cloud PC was being made.",
        "Remove the user from the wave, or restore the account; all others go on.",
        (on(text=r"deleted the associated user", believed=_ADMIN_CENTRE),),
    ),
)


def _check(names: str) -> Point:
    """`errorType` of a connection's health check: an enum member of Graph v1.0."""
    return on(text=rf"^\W*(?P<check>({names})\w*)")


_CONNECTIONS: Final = (
    Entry(
        "connection-transient",
        Decision.RETRY,
        "A check of the Windows 365 network connection failed on Microsoft's side[ ({check})].",
        "Run the checks once more in half an hour. If it stays, open a case with Microsoft.",
        (
            on(text=r"^\W*(?P<check>\w*TransientServiceError)\W*$"),
            _check("internalServer|udpConnectivityCheck|ssoCheck"),
        ),
        after=1800,
        tries=1,
    ),
    Entry(
        "connection-sync",
        Decision.RETRY,
        "New computer accounts take too long to get to Entra ID, or never arrive[ ({check})].",
        "Run the checks once more in half an hour. Check that Entra Connect runs and includes "
        "the OU.",
        (_check("azureAdDeviceSyncCheck"),),
        after=1800,
        tries=1,
    ),
    Entry(
        "connection-dns",
        Decision.PAUSE,
        "From the Cloud PC network the domain's name cannot be resolved[ ({check})].",
        "Set the virtual network's DNS servers to the domain controllers, then run the checks.",
        (_check("dnsCheck"),),
    ),
    Entry(
        "connection-join",
        Decision.PAUSE,
        "Windows 365's trial join to the domain did not succeed[ ({check})].",
        "Check join account, its password and rights, and the OU of the connection.",
        (_check("adJoinCheck"),),
    ),
    Entry(
        "connection-endpoints",
        Decision.PAUSE,
        "A firewall or proxy stops Cloud PCs from reaching Microsoft[ ({check})].",
        "Allow the Windows 365, AVD and Intune addresses from that subnet, without TLS inspection.",
        (_check("endpointConnectivityCheck"),),
    ),
    Entry(
        "connection-azure",
        Decision.PAUSE,
        "Something in the Azure subscription behind the connection is not as it must be[ "
        "({check})].",
        "Check subscription, virtual network, free addresses, locks and policies of the resource "
        "group.",
        (_check("resourceAvailabilityCheck"),),
    ),
    Entry(
        "connection-roles",
        Decision.PAUSE,
        "Windows 365 is missing a role it needs in the subscription[ ({check})].",
        "Edit and save the connection in Intune as an Owner: that grants Reader, Network "
        "Contributor and the Windows 365 roles again.",
        (_check("permissionCheck"),),
    ),
)

ENTRIES: Final = (*_CALLS, *_THROTTLES, *_IMAGES, *_CLOUD_PCS, *_CONNECTIONS)
