"""What the checks of an Azure network connection say, in an admin's words. Pure.

Families and members: Graph v1.0 metadata, EnumType cloudPcOnPremisesConnectionHealthCheckErrorType
(beta names a few more of the same families). What to do: learn.microsoft.com, "Azure network
connections health checks" and "Troubleshoot Azure network connections".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Family:
    """Checks that fail alike. `means` is for those whom it concerns: the users."""

    prefix: str
    means: str
    to_do: str


@dataclass(frozen=True)
class Meaning:
    """Of one `errorType`. `cause` is empty where its name says no more than its family."""

    cause: str
    means: str
    to_do: str


NO_NEW = "No new Cloud PC can be made over this connection; those that exist go on working."

FAMILIES: Final = (
    Family(
        "dnsCheck",
        f"From this network the domain cannot be found. {NO_NEW}",
        "Set the virtual network's DNS servers to ones that know the domain, usually the domain "
        "controllers, and check that the domain name of the connection is right.",
    ),
    Family(
        "adJoinCheck",
        f"The trial join to the domain did not succeed. {NO_NEW}",
        "Check the account, its password and its rights, and the organizational unit; then edit "
        "the connection.",
    ),
    Family(
        "endpointConnectivityCheck",
        "A firewall or proxy keeps Cloud PCs on this network from addresses of Microsoft that they "
        f"need. {NO_NEW}",
        "Let the subnet reach the addresses named here, without TLS inspection on the way.",
    ),
    Family(
        "azureAdDeviceSyncCheck",
        "Computer accounts of new Cloud PCs get to Microsoft Entra ID late or not at all. Making a "
        "Cloud PC then takes very long, or fails after 90 minutes.",
        "Check that Microsoft Entra Connect runs, syncs the organizational unit of the connection "
        "and has hybrid join set up; a sync every 30 minutes is what Microsoft asks for.",
    ),
    Family(
        "resourceAvailabilityCheck",
        f"Something in Azure behind the connection is not as Windows 365 needs it. {NO_NEW}",
        "Put right what is named here: in the subscription, the resource group, the virtual "
        "network, or the enrolment restrictions of Intune.",
    ),
    Family(
        "permissionCheck",
        f"Windows 365 lacks a role in the customer's Azure. {NO_NEW}",
        "Give the service principal “Windows 365” the role: Reader on the subscription, Windows "
        "365 Network Interface Contributor on the resource group, Windows 365 Network User on the "
        "virtual network. Saving the connection in Intune as an owner of the subscription does it "
        "too.",
    ),
    Family(
        "udpConnectivityCheck",
        "Cloud PCs work, but users far away may find them slower than need be: the fast way "
        "(RDP Shortpath over UDP) is closed.",
        "Allow UDP 3478 from the subnet to Microsoft's relay servers (STUN and TURN).",
    ),
    Family(
        "ssoCheck",
        "Cloud PCs work, but users may be asked for their password again when they sign in.",
        "Set up the Kerberos server object for Microsoft Entra ID in the domain, as single sign-on "
        "needs it for hybrid joined machines.",
    ),
    Family(
        "internalServer",
        "Microsoft's own test machine failed. This says nothing about the network.",
        "Run the health check again in half an hour. If it stays, open a case with Microsoft.",
    ),
)

TRANSIENT: Final = Meaning(
    "A service of Microsoft did not answer during the check.",
    "This says nothing about the network.",
    "Run the health check again in half an hour. If it stays, open a case with Microsoft.",
)

CAUSES: Final[Mapping[str, str]] = {
    "dnsCheckFqdnNotFound": "DNS does not know the domain's name.",
    "dnsCheckNameWithInvalidCharacter": "The domain's name has a character that DNS does not take.",
    "adJoinCheckFqdnNotFound": "No domain controller was found for the domain's name.",
    "adJoinCheckIncorrectCredentials": "The user name or the password is wrong.",
    "adJoinCheckOrganizationalUnitNotFound": "The organizational unit does not exist.",
    "adJoinCheckOrganizationalUnitIncorrectFormat": "The organizational unit is not written as a "
    "distinguished name, such as OU=Cloud PCs,DC=contoso,DC=com.",
    "adJoinCheckComputerObjectAlreadyExists": "A computer account with the trial's name is there "
    "already, and the join account may not take it over.",
    "adJoinCheckAccessDenied": "The account may not create computers in the organizational unit.",
    "adJoinCheckCredentialsExpired": "The account's password has expired.",
    "adJoinCheckAccountLockedOrDisabled": "The account is locked or disabled.",
    "adJoinCheckAccountQuotaExceeded": "The account has joined as many computers as it may; a "
    "plain user may join 10.",
    "adJoinCheckServerNotOperational": "No domain controller answered.",
    "endpointConnectivityCheckCloudPcUrlNotAllowListed": "Addresses of Windows 365 are blocked.",
    "endpointConnectivityCheckWVDUrlNotAllowListed": "Addresses of Azure Virtual Desktop are "
    "blocked.",
    "endpointConnectivityCheckIntuneUrlNotAllowListed": "Addresses of Intune are blocked.",
    "endpointConnectivityCheckAzureADUrlNotAllowListed": "Addresses of Microsoft Entra ID are "
    "blocked.",
    "endpointConnectivityCheckLocaleUrlNotAllowListed": "Addresses of the language packs are "
    "blocked.",
    "azureAdDeviceSyncCheckDeviceNotFound": "The trial's computer account did not appear in "
    "Microsoft Entra ID.",
    "azureAdDeviceSyncCheckLongSyncCircle": "Microsoft Entra Connect syncs too seldom.",
    "azureAdDeviceSyncCheckConnectDisabled": "Directory sync is switched off in Microsoft Entra "
    "ID.",
    "azureAdDeviceSyncCheckDurationExceeded": "The sync took longer than Windows 365 waits for it.",
    "azureAdDeviceSyncCheckScpNotConfigured": "The domain's service connection point for hybrid "
    "join is missing.",
    "resourceAvailabilityCheckNoSubnetIP": "The subnet has no free address left.",
    "resourceAvailabilityCheckSubscriptionDisabled": "The Azure subscription is disabled.",
    "resourceAvailabilityCheckAzurePolicyViolation": "An Azure Policy forbids what Windows 365 has "
    "to create.",
    "resourceAvailabilityCheckSubscriptionNotFound": "The Azure subscription was not found.",
    "resourceAvailabilityCheckSubscriptionTransferred": "The Azure subscription belongs to another "
    "Entra tenant now.",
    "resourceAvailabilityCheckGeneralSubscriptionError": "The Azure subscription cannot be used.",
    "resourceAvailabilityCheckUnsupportedVNetRegion": "Windows 365 is not offered in the virtual "
    "network's region.",
    "resourceAvailabilityCheckResourceGroupInvalid": "The resource group does not exist.",
    "resourceAvailabilityCheckVNetInvalid": "The virtual network does not exist.",
    "resourceAvailabilityCheckSubnetInvalid": "The subnet does not exist.",
    "resourceAvailabilityCheckResourceGroupBeingDeleted": "The resource group is being deleted.",
    "resourceAvailabilityCheckVNetBeingMoved": "The virtual network is being moved.",
    "resourceAvailabilityCheckSubnetDelegationFailed": "The subnet is delegated to another service "
    "of Azure.",
    "resourceAvailabilityCheckSubnetWithExternalResources": "The subnet has things in it that "
    "Windows 365 cannot share it with.",
    "resourceAvailabilityCheckResourceGroupLockedForReadonly": "The resource group has a read-only "
    "lock.",
    "resourceAvailabilityCheckResourceGroupLockedForDelete": "The resource group has a delete "
    "lock.",
    "resourceAvailabilityCheckNoIntuneReaderRoleError": "Windows 365 may not read Intune.",
    "resourceAvailabilityCheckIntuneDefaultWindowsRestrictionViolation": "Intune's default "
    "enrolment restriction keeps Windows out.",
    "resourceAvailabilityCheckIntuneCustomWindowsRestrictionViolation": "An enrolment restriction "
    "in Intune keeps Windows out.",
    "resourceAvailabilityCheckDeploymentQuotaLimitReached": "The resource group holds as many "
    "deployments as Azure allows (800).",
    "permissionCheckNoSubscriptionReaderRole": "It is not a Reader of the subscription.",
    "permissionCheckNoResourceGroupOwnerRole": "It lacks its role on the resource group.",
    "permissionCheckNoVNetContributorRole": "It lacks its role on the virtual network.",
    "permissionCheckNoResourceGroupNetworkContributorRole": "It is not a Network Contributor of "
    "the resource group.",
    "permissionCheckNoWindows365NetworkUserRole": "It is not a Windows 365 Network User of the "
    "virtual network.",
    "permissionCheckNoWindows365NetworkInterfaceContributorRole": "It is not a Windows 365 Network "
    "Interface Contributor of the resource group.",
    "udpConnectivityCheckStunUrlNotAllowListed": "The STUN servers cannot be reached over UDP.",
    "udpConnectivityCheckTurnUrlNotAllowListed": "The TURN relays cannot be reached over UDP.",
    "ssoCheckKerberosConfigurationError": "The domain has no Kerberos server object for Microsoft "
    "Entra ID.",
}

_BY_TYPE: Final = {name.casefold(): cause for name, cause in CAUSES.items()}


def meaning(error_type: str) -> Meaning | None:
    """None for no error, and for a family that nobody knows yet."""
    if error_type.casefold().endswith("transientserviceerror"):
        return TRANSIENT
    for family in FAMILIES:
        if error_type.casefold().startswith(family.prefix.casefold()):
            cause = _BY_TYPE.get(error_type.casefold(), "")
            return Meaning(cause, family.means, family.to_do)
    return None


# What stands first in a list of checks: what has to be put right.
_ORDER: Final = ("failed", "warning", "running", "pending", "informational", "passed")


def by_urgency(status: str) -> int:
    """A sort key; words that are not known yet stand before what passed."""
    return _ORDER.index(status) if status in _ORDER else len(_ORDER) - 2
