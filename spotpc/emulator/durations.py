"""How long things take in Azure, in seconds. Divided by the speed.

None of these is a promise of Azure's; "believed" marks what was never read anywhere, "fitted" what
was chosen so that the sums are what the tutorial tells. Measured with the portal's own looks in
between, at speed 10 and 60: a temporary VM, from the Marketplace or from a version, takes 19 and
20 minutes (NIC + VM + first boot); a seal 5 and 6½ with its clean-up, of which 3½ and 5 until the
image has proved itself (SNAPSHOT + SYSPREP + DEALLOCATE + VERSION + NIC + VM_FROM_GALLERY); a
session host 28 until users can sign on. The portal looks twice a second at most, hence the
difference.
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

# A VM: from its PUT until Azure says Succeeded, then until its agent answers. Whatever it is made
# from, Windows sets itself up on its first boot, which takes most of the 20 minutes.
VM = 240  # believed
VM_FROM_GALLERY = 25  # fitted: the trial VM of a seal is up then
VM_FROM_DISK = 25  # believed
VM_FAILS = 30  # believed: allocation failures come early
FIRST_BOOT_MARKETPLACE = 840  # fitted
FIRST_BOOT_GALLERY = 1055  # fitted
BOOT = 20  # believed: of a Windows that has been set up
VM_UPDATE = 10  # believed
START = 60  # believed
RESTART = 90  # believed
POWER_OFF = 30  # believed
DEALLOCATE = 25  # fitted; believed half a minute to two
VM_DELETE = 25  # fitted; believed one to three minutes
SLOW_VM_FACTOR = 10  # of the behaviour "slow-vm"

EXTENSION = {  # believed, by type; others DEFAULT_EXTENSION
    "jsonaddomainextension": 120,
    "aadloginforwindows": 90,
    "dsc": 120,
    "customscriptextension": 60,
}
DEFAULT_EXTENSION = 60
ENTRA_JOIN_RETRY = 900  # believed: public reports say a refused VM joins within about 15 minutes
EXTENSION_DELETE = 30  # believed

RUN_COMMAND_STARTS = 5  # believed
SCRIPT = 10  # believed: a short script of somebody's
RUN_COMMAND_ACTION = 30  # believed: the action form carries about 20 s of overhead
SYSPREP = 50  # fitted; believed 1 to 3 minutes on a fresh image
SYSPREP_FAILS = 20  # believed: validation fails early

DISK = 10  # believed
SNAPSHOT = 10  # believed: an incremental snapshot of a managed disk
GALLERY = 10  # believed
DEFINITION = 5  # believed

# A version: copying, then replication to every region; in Azure minutes to hours, "a few hours in
# some cases" (learn.microsoft.com, "Azure Compute Gallery"); fitted to a seal of 5 minutes.
VERSION = 60
VERSION_COPY_SHARE = 0.3
VERSION_DELETE = 20
STUCK_RETRY = 30  # of the behaviour "replication-stuck": how often the world looks again

IMAGE = 60  # believed: a managed image of a deallocated VM

# Windows 365. Nobody at Microsoft promises a time but for the grace period.
HEALTH_CHECKS_WAIT = 60  # believed: until the checks of a new connection begin
HEALTH_CHECK = 90  # believed: each; a hybrid join has 15 of them, which take 20 minutes and more
DEVICE_IMAGE_COPY = 600  # believed: into Microsoft's own subscription
DEVICE_IMAGE_VALIDATION = 1500  # believed: a trial VM from it; half an hour and more in all
CLOUD_PC = 1800  # believed: half an hour to an hour
CLOUD_PC_WIPE = 300  # believed: until the old one and its devices are gone
CLOUD_PC_RESIZE = 1200  # believed
CLOUD_PC_RESTORE = 1200  # believed
CLOUD_PC_DEPROVISION = 600  # believed
GRACE_PERIOD = 7 * 86_400  # microsoft-graph-docs, beta cloudPC: "one week grace period"
