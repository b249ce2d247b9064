"""How long things take in Azure, in seconds. Divided by the speed.

None of these is a promise of Azure's; "believed" marks what was fitted rather than read. The sums
are what the tutorial tells: a temporary VM from the Marketplace in about 20 minutes
(NIC + VM + FIRST_BOOT_MARKETPLACE), a seal in about 5 (SNAPSHOT + SYSPREP + DEALLOCATE + VERSION +
validation: NIC + VM_FROM_GALLERY + FIRST_BOOT_GALLERY).
"""

from __future__ import annotations

GROUP_DELETE = 60  # believed; grows with what is inside
NIC = 2  # believed
NIC_DELETE = 5  # believed
VNET = 5  # believed
BASTION = 300  # learn.microsoft.com, "Quickstart: Deploy Azure Bastion": about 10 minutes at most
BASTION_LINK = 3  # believed

# After a failed create the NIC stays bound to that VM for so long; the text of the error says so:
# https://github.com/cloudfoundry/bosh-azure-cpi-release/issues/366
NIC_RESERVED = 180

VM = (
    240  # believed: PUT until provisioningState Succeeded, Marketplace image with first logon setup
)
VM_FROM_GALLERY = 60  # believed: the image is local to the region and set up already
VM_FAILS = 30  # believed: allocation failures come early
FIRST_BOOT_MARKETPLACE = 840  # fitted: until the agent answers after `VM`, 20 minutes in all
FIRST_BOOT_GALLERY = 20  # believed
VM_UPDATE = 10  # believed
START = 60  # believed
RESTART = 90  # believed
POWER_OFF = 30  # believed
DEALLOCATE = 40  # believed
VM_DELETE = 60  # believed
SLOW_VM_FACTOR = 10  # of the behaviour "slow-vm"

EXTENSION = {  # believed, by type; others DEFAULT_EXTENSION
    "jsonaddomainextension": 120,
    "aadloginforwindows": 90,
    "dsc": 120,
    "customscriptextension": 60,
}
DEFAULT_EXTENSION = 60
EXTENSION_DELETE = 30  # believed

RUN_COMMAND_STARTS = 5  # believed
SCRIPT = 10  # believed: a short script of somebody's
RUN_COMMAND_ACTION = 30  # believed: the action form carries about 20 s of overhead
SYSPREP = 60  # believed: 1 to 3 minutes on a fresh image
SYSPREP_FAILS = 20  # believed: validation fails early

DISK = 10  # believed
SNAPSHOT = 10  # believed: an incremental snapshot of a managed disk
GALLERY = 10  # believed
DEFINITION = 5  # believed

# A version: copying, then replication to every region; in Azure minutes to hours, "a few hours in
# some cases" (learn.microsoft.com, "Azure Compute Gallery"); fitted to a seal of 5 minutes.
VERSION = 100
VERSION_COPY_SHARE = 0.3
VERSION_DELETE = 20
STUCK_RETRY = 30  # of the behaviour "replication-stuck": how often the world looks again
