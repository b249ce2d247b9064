"""Azure Virtual Desktop: host pools, session hosts, sessions, the agent, Azure's own updater.

The service puts the HTTP status as text into `code`; the meaning is in the message.
"""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_CAPACITY = r"limit:(?P<limit>\d+),projectedusecapacity:(?P<needed>\d+)"
_AGENT_DOC = "learn.microsoft.com, troubleshoot the Azure Virtual Desktop agent"

_POOL: Final = (
    Entry(
        "registration-expiry",
        Decision.FAIL,
        "Azure allows a registration key to live between one hour and a month, and this one did "
        "not fit.",
        "Check that the Spot PC server's clock is right, then start the step again.",
        (on(text=r"expirationtime value must be between"),),
    ),
    Entry(
        "registration-missing",
        Decision.RECONCILE,
        "{pool} has no valid registration key, so no new host can join.",
        "A new key is made by itself; nothing to do.",
        after=5,
        tries=3,
    ),
    Entry(
        "session-gone",
        Decision.SUCCESS,
        "{user} has signed out in the meantime.",
        "Nothing to do.",
        (on(text=r"user session id not found"),),
        missing=True,
    ),
    Entry(
        "host-removed",
        Decision.SUCCESS,
        "{host} has left {pool} already.",
        "Nothing to do.",
        (
            on(
                text=r"session ?host .*not found",
                operation=r"\b(delet|remov)",
                believed="general knowledge",
            ),
        ),
        missing=True,
    ),
    Entry(
        "host-missing",
        Decision.RECONCILE,
        "{host} is not in {pool} any more.",
        "The pool is read again and the host's steps end. If it was not Spot PC, ask who did it.",
        (on(text=r"session ?host .*not found", believed="general knowledge"),),
        after=15,
        missing=True,
    ),
    Entry(
        "host-has-sessions",
        Decision.WAIT,
        "{host} still has sessions, so it is not removed.",
        "It stays in drain mode and goes when the last user has signed out, or after the warning "
        "time where the update says so.",
        (
            on(
                text=r"active (user )?sessions? (exist|on)|usersession exists|has user sessions",
                believed="the rule is documented, no answer seen",
            ),
        ),
        after=60,
    ),
    Entry(
        "sessions-stale",
        Decision.RECONCILE,
        "{pool} counts sessions on {host}, which is switched off; nobody is really signed in.",
        "They are ignored and go with the host's record.",
    ),
    Entry(
        "drain-undone",
        Decision.RECONCILE,
        "Something else took {host} out of drain mode, so users can land on it again.",
        "Drain mode is set again. Exclude the host from the scaling plan, and see that no other "
        "update runs on the pool.",
        after=30,
        tries=3,
    ),
    Entry(
        "host-full",
        Decision.WAIT,
        "{host} is healthy but has reached its session limit.",
        "Nothing to do: only free seats count when others are drained.",
        after=60,
    ),
    Entry(
        "no-host-for-users",
        Decision.PAUSE,
        "Users cannot sign in to {pool}: every host is draining, full or unhealthy.",
        "Take the newest healthy host out of drain mode at once, then look at why the others fail.",
        (on(text=r"could not find any sessionhost available"),),
    ),
    Entry(
        "pool-managed-by-azure",
        Decision.FAIL,
        "{pool} is managed by Azure's own session host configuration, beside which no one else "
        "can add hosts.",
        "Use a pool with standard management for Spot PC.",
        (on(text=r"session host update is the only way to add hosts", believed="half of it seen"),),
    ),
    Entry(
        "update-settings",
        Decision.FAIL,
        "Azure's own updater did not accept the pool's settings[: {azure_message}].",
        "Put the named setting right in the pool's session host configuration, or update the group "
        "with Spot PC instead.",
        (
            on("ParameterNull"),
            on(text=r"hostpoolupdateclientexception"),
            on(
                "HostpoolHasNoSessionHosts",
                "VmSkuNotAvailableInRegion",
                "VmSkuNotAvailableInRegionDueToRestriction",
                "AvailabilityZoneNotAvailable",
                "ComputeSkuIncompatibleWithImageHyperVGeneration",
                "ImageDiskTypeIncompatible",
                "VnetLocationIncompatible",
                believed="codes documented; texts not seen",
            ),
        ),
    ),
    Entry(
        "update-generation",
        Decision.FAIL,
        "Azure's own updater cannot bring a generation 2 image onto generation 1 hosts.",
        "Update the group with Spot PC, which builds new machines and has no such limit.",
        (on("ImageHyperVGenerationDoesNotMatchExistingVms"),),
    ),
    Entry(
        "update-quota",
        Decision.PAUSE,
        "The update would need more cores than the subscription may use[: {needed} of {limit}].",
        "Raise the core quota in the Azure portal (Quotas, Compute) or let fewer hosts be built at "
        "a time.",
        (
            on(
                text=r"update process may cause subscription limits to be exceeded",
                reads=_CAPACITY,
            ),
            on("MigrationMayExceedCapacityLimit", reads=_CAPACITY),
        ),
        after=900,
    ),
)

_HOST: Final = (
    Entry(
        "vm-gone",
        Decision.RECONCILE,
        "{host} is listed in {pool}, but its VM no longer exists; nobody can work on it.",
        "Remove the leftover record from the host pool if it stays. Ask who deleted the VM by "
        "hand.",
    ),
    Entry(
        "orphan-vm",
        Decision.RECONCILE,
        "{vm} runs and costs money, yet it is in no host pool.",
        "Delete it from the leftovers page if it carries Spot PC's tag; else ask its owner.",
    ),
    Entry(
        "host-upgrading",
        Decision.WAIT,
        "{host} is still setting itself up[ (state: {state})].",
        "Nothing to do: the agent often takes half an hour after the first start.",
        after=60,
        tries=30,
    ),
    Entry(
        "host-unhealthy",
        Decision.FAIL,
        "{host} fails a health check[ ({azure_code})][: {detail}]. It gets no users.",
        "Build it again. If its successor fails alike, test the image and the join before you "
        "go on.",
        (
            on(
                "DomainJoinedCheck",
                "DomainTrustCheck",
                "SxSStackListenerCheck",
                "DomainReachable",
                reads=r"(?P<detail>.+)",
            ),
        ),
    ),
    Entry(
        "host-limping",
        Decision.SUCCESS,
        "{host} works, but fails a lesser health check[ ({azure_code})][: {detail}].",
        "Users can be sent to it. Look at the check in the host pool when there is time.",
        (
            on(
                "UrlsAccessibleCheck",
                "MonitoringAgentCheck",
                "MetaDataServiceCheck",
                "AppAttachHealthCheck",
                "WebRTCRedirectorCheck",
                "SupportedEncryptionCheck",
                reads=r"(?P<detail>.+)",
            ),
        ),
    ),
    Entry(
        "host-not-registered",
        Decision.WAIT,
        "{host} runs but has not shown up in {pool} yet.",
        "It is waited for. If it stays away, read event 3277 of the AVD agent on the host; "
        "often the registration key or outbound access is the reason.",
        (
            on(text=r"isregistered.{0,60}(=0| is 0)|registrationtoken in rd infra registry"),
            on(text=r"rd agent registry check failed"),
        ),
        after=60,
        tries=15,
    ),
    Entry(
        "registration-refused",
        Decision.CLEANUP_THEN_RETRY,
        "{pool} did not accept the registration key of {host}: wrong or too old.",
        "A fresh key is fetched for the next try. If it repeats, check the server's clock.",
        (on(text=r"\b(invalid|expired)_registration_token\b"),),
        after=30,
        tries=2,
    ),
    Entry(
        "host-forgotten",
        Decision.FAIL,
        "{host} was switched off for more than 90 days and has lost its registration.",
        "Rebuild it. Start spare hosts for twenty minutes at least every three months.",
        (on(text=r"\bexpired_machine_token\b"),),
    ),
    Entry(
        "host-name-registered",
        Decision.CLEANUP_THEN_RETRY,
        "{pool} already lists a host with the name of {host}.",
        "Remove that record from the host pool if its VM is gone; else build the host under a "
        "new name.",
        (on(text=r"\bname_already_registered\b", believed=_AGENT_DOC),),
        tries=2,
    ),
    Entry(
        "registration-key-broken",
        Decision.FAIL,
        "What {host} was given as registration key is not a key.",
        "Start the step again; if it repeats, report it, for that is a fault of Spot PC.",
        (on(text=r"idx12729"),),
    ),
    Entry(
        "installer-busy",
        Decision.RETRY,
        "Another installation is running on {host}, so the AVD agent has to wait.",
        "It is tried again by itself. Leave no installers running in the template.",
        (on(text=r"1618\b.*error_install_already_running"),),
        after=30,
        tries=20,
    ),
    Entry(
        "agent-download",
        Decision.PAUSE,
        "{host} cannot download the AVD agent; every other host in its subnet will fail alike.",
        "Allow outbound HTTPS from the subnet to wvdportalstorageblob.blob.core.windows.net and "
        "AVD's other required addresses, then try again.",
        (
            on(
                text=r"dsc extension.*error downloading https?://",
                believed="core seen; the rest put together",
            ),
        ),
    ),
    Entry(
        "agent-update",
        Decision.FAIL,
        "The AVD agent on {host} could not bring itself up to date[: {reason}].",
        "Look for a full disk or a policy that blocks msiexec or cmd. Two such hosts: seal a "
        "corrected version.",
        (
            on(
                text=r"\b(?P<reason>(downloadmsi|installmsi|win32|installationhealthcheckfailed)"
                r"exception)\b",
                believed=_AGENT_DOC,
            ),
        ),
    ),
    Entry(
        "avd-unreachable",
        Decision.PAUSE,
        "{host} cannot reach the AVD service, so no user can be sent to it.",
        "Allow the WindowsVirtualDesktop service tag outbound from the subnet and check proxy "
        "settings in the image; then try again.",
        (on(text=r"rd gateway url.*not accessible|invalid_form|web socket transport urls"),),
    ),
    Entry(
        "stack-down",
        Decision.RETRY,
        "The remote desktop stack of {host} does not listen.",
        "Restart it; if that does not help, build it again. If a second host does the same, "
        "test the image.",
        (on(text=r"rdp-sxs not in state listen"),),
        after=300,
        tries=1,
    ),
    Entry(
        "old-agent-in-image",
        Decision.FAIL,
        "The image still carries the remains of an older host set-up (the DSC extension).",
        "Delete C:\\Packages\\Plugins in the template and seal a new version.",
    ),
)

ENTRIES: Final = (*_POOL, *_HOST)
