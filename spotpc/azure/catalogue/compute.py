"""Capacity, quota and the life of a VM."""

from __future__ import annotations

from typing import Final

from spotpc.azure.catalogue.entry import Decision, Entry, on

_START = r"\b(re)?start|power.?on"
_NUMBERS = (
    r"location: (?P<location>[^,]+).*?limit: (?P<limit>[^,]+).*?usage: (?P<used>[^,]+)"
    r".*?required: (?P<needed>[^,]+).*?required: (?P<minimum>[^.]+)\."
)

ENTRIES: Final = (
    Entry(
        "size-unavailable",
        Decision.TRY_OTHER,
        "Azure has no free capacity for {size} in {location} at the moment. No new machine was "
        "built; users stay where they are.",
        "Allow a second size or another zone in the group's settings, or wait: it is tried "
        "again by itself.",
        (
            on(
                "SkuNotAvailable",
                reads=r"capacity restrictions: (?P<size>[^']+)'.*?location '(?P<location>[^']+)'",
            ),
        ),
        after=1800,
        tries=4,
    ),
    Entry(
        "size-restricted",
        Decision.TRY_OTHER,
        "This subscription is not allowed to use {size} in {location}.",
        "Choose another size, or ask Microsoft to lift the restriction (Azure portal, Quotas, "
        "region and SKU access).",
        (on("SkuNotAvailable", text=r"location '(?P<location>[^']+)'.*for subscription"),),
    ),
    Entry(
        "no-capacity",
        Decision.CLEANUP_THEN_RETRY,
        "Azure ran out of room for {size} in {location} while it built {vm}. Users keep their "
        "present hosts.",
        "It is tried again by itself. If it repeats, choose another size or zone for the group.",
        (on("AllocationFailed"),),
        after=900,
        tries=3,
    ),
    Entry(
        "no-capacity-start",
        Decision.WAIT,
        "Azure has no room to start {vm} right now. The VM and its disk are safe.",
        "It is tried again by itself; do not delete the VM. If users wait, resize it to another"
        " family while it is deallocated.",
        (
            on(
                "AllocationFailed",
                "ZonalAllocationFailed",
                text=r"sufficient capacity",
                operation=_START,
            ),
        ),
        after=900,
        tries=8,
    ),
    Entry(
        "allocation-internal",
        Decision.RETRY,
        "Azure stumbled over itself while placing {vm}; this is not a lack of capacity.",
        "Nothing to do: it is tried again by itself.",
        (on("AllocationFailed", text=r"allocation failed due to an internal error"),),
        after=300,
        tries=3,
    ),
    Entry(
        "no-capacity-zone",
        Decision.TRY_OTHER,
        "{size} is sold out in one availability zone of {location}[: {zone}]. Users keep their "
        "present hosts.",
        "Let the group use more zones, or none at all. Meanwhile it is tried again by itself.",
        (on("ZonalAllocationFailed"),),
        after=1800,
    ),
    Entry(
        "too-many-constraints",
        Decision.TRY_OTHER,
        "No machine in {location} satisfies all that was asked for at once[: {constraints}].",
        "Ask for less: no fixed zone, no proximity group, no ephemeral disk. Or choose a size that "
        "is more common.",
        (
            on(
                "OverconstrainedAllocationRequest",
                "OverconstrainedZonalAllocationRequest",
                reads=r"constraints applied are:\s*(?P<constraints>.+)",
            ),
        ),
        after=900,
        tries=2,
    ),
    Entry(
        "quota-cores",
        Decision.PAUSE,
        "The subscription's core quota in {location} is used up[: {used} of {limit} cores are in "
        "use and {needed} more are needed]. Running hosts are not affected.",
        'Raise "Total Regional vCPUs" in the Azure portal under Quotas, Compute[ to at least '
        "{minimum}], or remove machines nobody needs. Then try again.",
        (
            on(
                "OperationNotAllowed",
                "QuotaExceeded",
                text=r"exceeding approved total regional cores quota",
                reads=_NUMBERS,
            ),
            on(
                "OperationNotAllowed",
                text=r"exceeding quota limits of core",
                reads=r"allowed: (?P<limit>\d+).*?use: (?P<used>\d+).*?requested: (?P<needed>\d+)",
            ),
        ),
        after=900,
    ),
    Entry(
        "quota-family",
        Decision.PAUSE,
        "The core quota of {family} in {location} is used up[: {used} of {limit} in use, {needed} "
        "more needed]. Running hosts are not affected.",
        "Raise the quota of {family} in the Azure portal under Quotas, Compute[ to at least "
        "{minimum}], or choose a size of another family.",
        (
            on(
                "OperationNotAllowed",
                "QuotaExceeded",
                text=r"exceeding approved (?P<family>\w+family) cores quota",
                reads=_NUMBERS,
                believed="pattern seen for standardBSFamily only",
            ),
        ),
        after=900,
    ),
    Entry(
        "quota-other",
        Decision.PAUSE,
        "A quota of the subscription is used up[: {quota}]. Running hosts are not affected.",
        "Raise it in the Azure portal under Quotas, or remove what nobody needs; then try again.",
        (
            on(
                "OperationNotAllowed",
                text=r"exceeding approved (?P<quota>.+?) quota",
                believed="the cores' wording, with another name in it",
            ),
            on("QuotaExceeded", reads=r"exceeding approved (?P<quota>.+?) quota"),
        ),
        after=900,
    ),
    Entry(
        "disk-attached",
        Decision.WAIT,
        "{disk} still hangs on its VM, so it cannot be deleted yet.",
        "Nothing to do: the disk goes as soon as the VM is gone. If the VM should live, cancel "
        "the clean-up.",
        (on("OperationNotAllowed", text=r"disk (?P<disk>\S+) is attached to vm (?P<vm>\S+?)\.?$"),),
        after=10,
        tries=30,
    ),
    Entry(
        "disk-detaching",
        Decision.WAIT,
        "Azure has not yet let go of {disk}, which {vm} still had.",
        "It is waited for. If it is still so after ten minutes, detach the disk again in the "
        "Azure portal; until then every change of the VM is blocked.",
        (
            on(
                "AttachDiskWhileBeingDetached",
                reads=r"disk '(?P<disk>[^']+)' to vm '(?P<vm>[^']+)'",
            ),
        ),
        after=60,
        tries=10,
    ),
    Entry(
        "disk-owned",
        Decision.FAIL,
        "{disk} already belongs to {vm}, so no second machine can use it.",
        "Check whether that VM is a leftover with the same name; delete it, then try again.",
        (
            on(
                "ConflictingUserInput",
                text=r"disk '(?P<disk>[^']+)' cannot be attached.*owned by vm '(?P<vm>[^']+)'",
            ),
        ),
    ),
    Entry(
        "vm-busy",
        Decision.RETRY,
        "Something else is changing {vm} at this moment.",
        "It is tried again by itself. If it never ends, look in the VM's activity log for who is "
        "at work: a backup, a policy or a colleague.",
        (
            on("Conflict", text=r"conflict with a concurrent request"),
            on(
                "OperationNotAllowed",
                text=r"on vm '(?P<vm>[^']+)' since another operation is in progress",
            ),
        ),
        after=30,
        tries=20,
    ),
    Entry(
        "operation-replaced",
        Decision.RECONCILE,
        "A newer change overtook this one on {vm}; the outcome is read from Azure.",
        "Usually nothing to do. If it repeats, an Azure policy that installs agents is the usual "
        "reason: exclude the resource group from it.",
        (on("OperationPreempted"),),
        after=15,
    ),
    Entry(
        "property-fixed",
        Decision.FAIL,
        "{vm} exists already, and this setting can no longer be changed[: {property}].",
        "Build the machine under a new name. Delete the old VM if nobody uses it.",
        (on("PropertyChangeNotAllowed", reads=r"changing property '(?P<property>[^']+)'"),),
    ),
    Entry(
        "computer-name",
        Decision.FAIL,
        "Windows does not accept this computer name[ ({vm})]: at most 15 characters, not digits"
        " only, no special characters.",
        "Shorten the name prefix of the group and start again.",
        (on("InvalidParameter", text=r"windows computer name cannot be"),),
    ),
    Entry(
        "password-refused",
        Decision.FAIL,
        "Azure refused the generated password of the local administrator.",
        "Start the step again; a new password is generated. Report it if it happens twice.",
        (on("InvalidParameter", text=r"supplied password must"),),
    ),
    Entry(
        "size-unknown",
        Decision.FAIL,
        "Azure does not sell {size} in {location}.",
        "Choose a size this region offers in the group's or image set's settings.",
        (
            on(
                "InvalidParameter",
                text=r"vm size (?P<size>\S+) is not available in the current region",
            ),
        ),
    ),
    Entry(
        "platform-maintenance",
        Decision.RETRY,
        "Microsoft is servicing the hardware below {vm}, so it cannot be changed for now.",
        "Nothing to do: it is tried again by itself.",
        (on("ResourceUpdateBlockedOnPlatformUpdate"),),
        after=600,
        tries=6,
    ),
    Entry(
        "vm-being-deleted",
        Decision.WAIT,
        "{vm} is on its way out: only its deletion can go on.",
        "Nothing to do: the step continues once the VM is gone.",
        (on("OperationNotAllowed", text=r"on vm '(?P<vm>[^']+)' since the vm is marked for del"),),
        after=30,
    ),
    Entry(
        "power-changing",
        Decision.WAIT,
        "The power state of {vm} is changing, and Azure allows nothing else meanwhile.",
        "Nothing to do: the step goes on when the power state has settled, within ten minutes.",
        (
            on(
                "OperationNotAllowed",
                text=r"changing power state of virtual machine (?P<vm>\S+)",
            ),
        ),
        after=30,
        tries=20,
    ),
    Entry(
        "extension-blocks-vm",
        Decision.FAIL,
        "A broken extension[ ({extension})] keeps {vm} from being changed.",
        "Delete the extension in the Azure portal, or build the machine again.",
        (
            on(
                "OperationNotAllowed",
                text=r"on vm '(?P<vm>[^']+)' since vm has extension '(?P<extension>[^']+)' in fail",
            ),
        ),
    ),
    Entry(
        "vm-start-slow",
        Decision.WAIT,
        "{vm} has not started in the time Azure allows; it may still come up.",
        "It is looked at again by itself. If it stays down, look at its boot screenshot and "
        "restart it.",
        (on("VMStartTimedOut", reads=r"vm '(?P<vm>[^']+)'"),),
        after=600,
        tries=2,
    ),
    Entry(
        "vm-not-running",
        Decision.RECONCILE,
        "{vm} is off, but this step works only inside running Windows.",
        "Start it if it stays off; the step then goes on by itself. A scaling plan or an "
        "auto-shutdown schedule may be switching it off.",
        (on("OperationNotAllowed", text=r"when the vm is not running"),),
        after=60,
    ),
)
