"""Joining a host to Active Directory, Entra ID and Intune.

The extension reports a Windows error number inside its text; ARM itself only says that an
extension failed. Sources of the numbers: Microsoft's JsonADDomainExtension and
AADLoginForWindows troubleshooting pages.
"""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, Point, on

_ONE_SOURCE = "from one project's list only"


def _joining(*numbers: str, believed: str | None = None) -> Point:
    return on(
        text=rf"\bjoin\w*\b.*error code:? (?P<error>{'|'.join(numbers)})\b",
        reads=r"domain='(?P<domain>[^']+)', ?ou='(?P<ou>[^']*)', ?user='(?P<user>[^']+)'",
        believed=believed,
    )


ENTRIES: Final = (
    Entry(
        "join-domain-unreachable",
        Decision.RETRY,
        "{vm} cannot find {domain}: DNS or the route to the domain controllers is wrong.",
        "It is tried again by itself. Set the virtual network's DNS servers to the domain "
        "controllers and check VPN and firewall.",
        (_joining("1355"),),
        after=300,
        tries=1,
    ),
    Entry(
        "join-password",
        Decision.PAUSE,
        "The domain rejected user name or password of the join account[ {user}]. It stops here, "
        "so that the account is not locked out.",
        "Enter the right password of the join account in the site's settings, then try again.",
        (_joining("1326"),),
    ),
    Entry(
        "join-ou-missing",
        Decision.PAUSE,
        "The organizational unit for the computer accounts does not exist[: {ou}].",
        "Correct the OU (its full distinguished name) in the site's settings, then try again.",
        (_joining("2"),),
    ),
    Entry(
        "join-refused",
        Decision.PAUSE,
        "The join account may not create {vm} in {domain}[ (error {error})].",
        'Delegate "create computer objects" on the OU to the join account; without that it may '
        "join ten machines only.",
        (_joining("5", "8557", "1332", believed="numbers from Windows' documentation"),),
    ),
    Entry(
        "join-account-exists",
        Decision.CLEANUP_THEN_RETRY,
        "{domain} already has a computer account named like {vm}[ (error {error})] and does not "
        "let it be reused.",
        "Delete the old computer account, or build the host under a new name.",
        (_joining("2224", "2732", "0xaac", believed="numbers from Windows' documentation"),),
    ),
    Entry(
        "join-passing",
        Decision.CLEANUP_THEN_RETRY,
        "Joining {domain} broke off for a passing reason[: {detail}].",
        "Build the host again; nothing in the settings is wrong.",
        (
            on(
                text=r"join failed for domain '(?P<domain>[^']+)' with the error:",
                reads=r'with the error: (?P<detail>[^"\n]+)',
            ),
        ),
        after=60,
        tries=1,
    ),
    Entry(
        "join-false-alarm",
        Decision.RECONCILE,
        "Azure calls the join to {domain} failed, though it reports itself complete.",
        "The host's own health check decides; nothing to do.",
        (on(text=r"join completed for domain '(?P<domain>[^']+)'"),),
        after=60,
        tries=10,
    ),
    Entry(
        "join-failed",
        Decision.RECONCILE,
        "{vm} could not join {domain}; the details are being read from the extension.",
        "If no reason appears in the timeline, look into NetSetup.log in the VM's Windows\\debug "
        "folder.",
        (on(text=r"exception\(s\) occur?red while joining domain '(?P<domain>[^']+)'"),),
        after=15,
        tries=3,
    ),
    Entry(
        "entra-name-taken",
        Decision.CLEANUP_THEN_RETRY,
        "Entra ID still has a device named like {vm}, so the host did not join although Azure "
        "shows success.",
        "Delete the old device in Entra ID, wait five minutes, and build the host again. Never "
        "reuse the name of a living host.",
        (
            on(text=r"same value for property hostnames already exists"),
            on(text=r"0x801c0083|error_hostname_duplicate"),
        ),
        after=300,
        tries=2,
    ),
    Entry(
        "entra-no-identity",
        Decision.FAIL,
        "The Entra join of {vm} failed, because it was built without a system-assigned identity.",
        "Retry the host; it is built with an identity.",
        (
            on(
                # Not by the handler's own code 1007: every exit code comes in the same one.
                text=r"aadloginforwindows.*-2145648574",
                believed="number documented; sentence around it not seen",
            ),
        ),
    ),
    Entry(
        "entra-unreachable",
        Decision.RETRY,
        "From {vm} there is no way through to Entra ID, so it could not register there.",
        "It is tried again by itself. Allow enterpriseregistration.windows.net and "
        "login.microsoftonline.com from the subnet.",
        (on(text=r"-2145648607|dsreg_autojoin_disc_failed", believed="hex form not seen"),),
        after=300,
        tries=1,
    ),
    Entry(
        "entra-refused",
        Decision.PAUSE,
        "Entra ID does not let {vm} join: device limits, Conditional Access or a missing identity.",
        "Check Entra ID's device settings (who may join, how many) and exclude the join from "
        "Conditional Access; then try again.",
        (on(text=r"-2145648595|-2145648526|0x801c002d|0x801c0072", believed=_ONE_SOURCE),),
    ),
    Entry(
        "entra-os-unsupported",
        Decision.FAIL,
        "The Windows in this image cannot join Entra ID.",
        "Use Windows 10 or 11 Enterprise (multi-session), or join this group to Active Directory.",
        (on(text=r"exit code:? 51\b.*not supported|aadlogin.*code:? '?51\b"),),
    ),
    Entry(
        "intune-refused",
        Decision.SUCCESS,
        "Intune did not enrol {vm}[ ({code})]. Users can work; policies and apps of Intune are "
        "missing.",
        "Allow Windows (MDM) in Intune's enrolment restrictions, or delete the stale device there.",
        (on(text=r"(?P<code>0x80180014)", believed="number seen; not on a session host"),),
    ),
)
