"""Putting the temporary VM back to the moment before the seal."""

from __future__ import annotations

from images.steps.common import Scene
from spotpc.azure.types import Power, Provisioning, Vm
from spotpc.jobs.kinds import Done, Result, Wait


def advance(here: Scene, vm: Vm) -> Result:
    """One pass: stop the VM, make a disk from the snapshot, swap it in, start again."""
    if vm.os_disk_name == here.restored_disk:
        return _start(here, vm)
    if vm.power != Power.DEALLOCATED:
        if vm.power != Power.DEALLOCATING:
            here.azure.compute.deallocate(here.group, vm.name)
        return Wait("The VM is stopping, to get its old disk back", seconds=10)
    return _swap(here, vm)


def _swap(here: Scene, vm: Vm) -> Result:
    disk = here.azure.compute.get_disk(here.group, here.restored_disk)
    if disk is None:
        return _copy_snapshot(here)
    if disk.provisioning != Provisioning.SUCCEEDED:
        return Wait("Azure is making a disk from the snapshot", seconds=10)
    if vm.provisioning == Provisioning.SUCCEEDED:
        here.azure.compute.swap_os_disk(here.group, vm.name, disk.id)
    return Wait("Azure is giving the VM its old disk back", seconds=10)


def _copy_snapshot(here: Scene) -> Result:
    source = here.compute_id("snapshots", here.template().names.snapshot)
    here.tick.claim("disk", here.compute_id("disks", here.restored_disk), here.restored_disk)
    here.azure.compute.create_disk_from_snapshot(
        here.group, here.restored_disk, here.site.region, source, here.tags("image")
    )
    return Wait("Azure is making a disk from the snapshot", seconds=10)


def _start(here: Scene, vm: Vm) -> Result:
    """The spoilt disk is free now; the clean-up's last step removes it."""
    if vm.power != Power.RUNNING or not vm.agent_ready:
        if vm.power == Power.DEALLOCATED and vm.provisioning == Provisioning.SUCCEEDED:
            here.azure.compute.start(here.group, vm.name)
        return Wait("The VM is starting with its old disk", seconds=10)
    for name in ("spotpc-sysprep", "spotpc-sysprep-log"):
        here.azure.compute.delete_run_command(here.group, vm.name, name)
    return Done("The VM is as it was before the seal")
