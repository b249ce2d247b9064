"""Virtual machines and what hangs on them: disks, snapshots, extensions, run commands, sizes.

Compute limits calls per VM: four updates a minute (start, restart, extension, run command,
generalize), twelve reads. So one list instead of many gets, and never a loop that polls
(learn.microsoft.com, "Compute throttling limits").

A write returns the URL of its operation (see `Operations`), or None, and is never waited for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from azure.mgmt.compute import ComputeManagementClient, models

from spotpc.azure import convert, convert_compute, convert_vm, source_images
from spotpc.azure.calls import found, listed, removed, started
from spotpc.azure.names import folded, last_segment
from spotpc.azure.types import (
    Disk,
    Extension,
    ExtensionSpec,
    Failure,
    MarketplaceImage,
    Quota,
    RunCommand,
    Size,
    Snapshot,
    SourceImage,
    Vm,
    VmSpec,
)


class Compute:
    def __init__(self, client: ComputeManagementClient) -> None:
        self._client = client

    # Virtual machines

    def get_vm(self, resource_group: str, name: str) -> Vm | None:
        """One VM with its instance view: power, agent, whether it is generalized."""
        vms = self._client.virtual_machines
        return found(
            lambda: convert_vm.vm(vms.get(resource_group, name, expand="instanceView")),
            "read virtual machine",
            vm=name,
        )

    def list_vms(self) -> tuple[Vm, ...]:
        """Every VM of the subscription with its power state.

        Two paged calls however many VMs there are: the plain list has no instance view and the
        `statusOnly` list nothing else. A VM that is in the first only has power UNKNOWN.
        """
        vms = self._client.virtual_machines
        known = listed(vms.list_all, convert_vm.vm, "list virtual machines")
        states = listed(
            lambda: vms.list_all(status_only="true"), convert_vm.vm, "list virtual machines"
        )
        by_id = {folded(vm.id): vm for vm in states}
        return tuple(_with_state(vm, by_id.get(folded(vm.id))) for vm in known)

    def create_vm(self, spec: VmSpec) -> str | None:
        """PUT the VM. The same PUT again is harmless while name and specification stay the same."""
        vms, body = self._client.virtual_machines, convert_vm.body(spec)
        return started(
            lambda how: vms.begin_create_or_update(spec.resource_group, spec.name, body, **how),
            "create virtual machine",
            vm=spec.name,
            size=spec.size,
            location=spec.location,
        )

    def delete_vm(self, resource_group: str, name: str) -> str | None:
        """Delete the VM and, by their deleteOption, its NIC and OS disk a little later."""
        vms = self._client.virtual_machines
        return removed(
            lambda how: vms.begin_delete(resource_group, name, **how),
            "delete virtual machine",
            vm=name,
        )

    def start(self, resource_group: str, name: str) -> str | None:
        """Start it. Azure refuses a generalized VM for ever (OperationNotAllowed)."""
        vms = self._client.virtual_machines
        return started(lambda how: vms.begin_start(resource_group, name, **how), "start", vm=name)

    def restart(self, resource_group: str, name: str) -> str | None:
        vms = self._client.virtual_machines
        return started(
            lambda how: vms.begin_restart(resource_group, name, **how), "restart", vm=name
        )

    def power_off(self, resource_group: str, name: str) -> str | None:
        """Shut Windows down and stop; the VM keeps its hardware and is still billed."""
        vms = self._client.virtual_machines
        return started(
            lambda how: vms.begin_power_off(resource_group, name, **how), "power off", vm=name
        )

    def deallocate(self, resource_group: str, name: str) -> str | None:
        """Stop it and give the hardware back: no longer billed."""
        vms = self._client.virtual_machines
        return started(
            lambda how: vms.begin_deallocate(resource_group, name, **how), "deallocate", vm=name
        )

    def generalize(self, resource_group: str, name: str) -> None:
        """Mark a stopped VM as generalized, after sysprep. It can never be started again.

        The one VM action that answers at once (HTTP 200, no operation); 409 while it runs.
        """
        vms = self._client.virtual_machines
        started(lambda how: vms.generalize(resource_group, name), "generalize", vm=name)

    def swap_os_disk(self, resource_group: str, name: str, disk_id: str) -> str | None:
        """Put another OS disk into a deallocated VM; the old disk stays behind, unattached.

        Believed (learn.microsoft.com, "Change the OS disk used by an Azure VM"): generation and
        security type of the new disk must be those of the old one.
        """
        vms, body = (
            self._client.virtual_machines,
            convert_vm.os_disk_swap(disk_id, last_segment(disk_id)),
        )
        return started(
            lambda how: vms.begin_update(resource_group, name, body, **how),
            "swap OS disk",
            vm=name,
        )

    def get_instance_failures(self, resource_group: str, name: str) -> tuple[Failure, ...]:
        """Why a VM or its extensions failed, the innermost cause first; empty if all is well.

        ARM only says that an extension failed; its true code is in the substatuses here.
        """
        vms = self._client.virtual_machines
        failures = found(
            lambda: convert_vm.failures(vms.instance_view(resource_group, name)),
            "read instance view",
            vm=name,
        )
        return failures or ()

    # Extensions and run commands

    def put_extension(self, resource_group: str, vm: str, spec: ExtensionSpec) -> str | None:
        """Install an extension. Green proves nothing: look at what it should have achieved."""
        extensions = self._client.virtual_machine_extensions
        body = models.VirtualMachineExtension(
            location=spec.location,
            properties=models.VirtualMachineExtensionProperties(
                publisher=spec.publisher,
                type=spec.type,
                type_handler_version=spec.version,
                auto_upgrade_minor_version=True,
                settings=convert.copy(spec.settings),
                protected_settings=convert.copy(spec.protected_settings),
            ),
        )
        return started(
            lambda how: extensions.begin_create_or_update(
                resource_group, vm, spec.name, body, **how
            ),
            "install extension",
            vm=vm,
            extension=spec.name,
        )

    def get_extension(self, resource_group: str, vm: str, name: str) -> Extension | None:
        extensions = self._client.virtual_machine_extensions
        return found(
            lambda: convert_vm.extension(
                extensions.get(resource_group, vm, name, expand="instanceView")
            ),
            "read extension",
            vm=vm,
            extension=name,
        )

    def put_run_command(
        self,
        resource_group: str,
        vm: str,
        name: str,
        script: Sequence[str],
        location: str,
        *,
        async_execution: bool = True,
        timeout_seconds: int = 3600,
    ) -> str | None:
        """Run PowerShell lines as SYSTEM, as a managed run command that can be read later.

        With `async_execution` Azure says Succeeded once the script has *started*. The same
        script put again under the same name does not run again (believed): use a new name.
        """
        commands = self._client.virtual_machine_run_commands
        body = models.VirtualMachineRunCommand(
            location=location,
            properties=models.VirtualMachineRunCommandProperties(
                source=models.VirtualMachineRunCommandScriptSource(script="\n".join(script)),
                async_execution=async_execution,
                timeout_in_seconds=timeout_seconds,
            ),
        )
        return started(
            lambda how: commands.begin_create_or_update(resource_group, vm, name, body, **how),
            "run command",
            vm=vm,
        )

    def get_run_command(self, resource_group: str, vm: str, name: str) -> RunCommand | None:
        """With its instance view: state, exit code and the last 4 KiB of each stream (believed)."""
        commands = self._client.virtual_machine_run_commands
        return found(
            lambda: convert_vm.run_command(
                commands.get_by_virtual_machine(resource_group, vm, name, expand="instanceView")
            ),
            "read run command",
            vm=vm,
        )

    def delete_run_command(self, resource_group: str, vm: str, name: str) -> str | None:
        commands = self._client.virtual_machine_run_commands
        return removed(
            lambda how: commands.begin_delete(resource_group, vm, name, **how),
            "delete run command",
            vm=vm,
        )

    # Disks and snapshots

    def create_snapshot(
        self,
        resource_group: str,
        name: str,
        location: str,
        source_disk_id: str,
        tags: Mapping[str, str],
    ) -> str | None:
        """Snapshot a disk; it keeps generation and security type of the disk (believed)."""
        snapshots = self._client.snapshots
        body = models.Snapshot(
            location=location,
            tags=dict(tags),
            properties=models.SnapshotProperties(
                creation_data=_copy_of(source_disk_id), incremental=True
            ),
        )
        return started(
            lambda how: snapshots.begin_create_or_update(resource_group, name, body, **how),
            "create snapshot",
            disk=last_segment(source_disk_id),
        )

    def get_snapshot(self, resource_group: str, name: str) -> Snapshot | None:
        snapshots = self._client.snapshots
        return found(
            lambda: convert_compute.snapshot(snapshots.get(resource_group, name)), "read snapshot"
        )

    def list_snapshots(self, resource_group: str) -> tuple[Snapshot, ...]:
        snapshots = self._client.snapshots
        return listed(
            lambda: snapshots.list_by_resource_group(resource_group),
            convert_compute.snapshot,
            "list snapshots",
        )

    def delete_snapshot(self, resource_group: str, name: str) -> str | None:
        snapshots = self._client.snapshots
        return removed(
            lambda how: snapshots.begin_delete(resource_group, name, **how), "delete snapshot"
        )

    def create_disk_from_snapshot(
        self,
        resource_group: str,
        name: str,
        location: str,
        snapshot_id: str,
        tags: Mapping[str, str],
        *,
        zone: str | None = None,
        sku: str = "StandardSSD_LRS",
    ) -> str | None:
        """A disk with the content of a snapshot. For a VM in a zone it must be in that zone."""
        disks = self._client.disks
        body = models.Disk(
            location=location,
            tags=dict(tags),
            zones=[zone] if zone else None,
            sku=models.DiskSku(name=sku),
            properties=models.DiskProperties(creation_data=_copy_of(snapshot_id)),
        )
        return started(
            lambda how: disks.begin_create_or_update(resource_group, name, body, **how),
            "create disk",
            disk=name,
        )

    def get_disk(self, resource_group: str, name: str) -> Disk | None:
        disks = self._client.disks
        return found(
            lambda: convert_compute.disk(disks.get(resource_group, name)), "read disk", disk=name
        )

    def list_disks(self, resource_group: str) -> tuple[Disk, ...]:
        disks = self._client.disks
        return listed(
            lambda: disks.list_by_resource_group(resource_group), convert_compute.disk, "list disks"
        )

    def delete_disk(self, resource_group: str, name: str) -> str | None:
        """409 while a VM still holds it (`managed_by`)."""
        disks = self._client.disks
        return removed(
            lambda how: disks.begin_delete(resource_group, name, **how), "delete disk", disk=name
        )

    # Images

    def list_images(self) -> tuple[SourceImage, ...]:
        """The managed images of the subscription."""
        return listed(self._client.images.list, source_images.managed, "list images")

    # What the subscription may build

    def quotas(self, location: str) -> tuple[Quota, ...]:
        """Cores in use and allowed, per VM family and in all (`cores`), in one region."""
        return listed(
            lambda: self._client.usage.list(location),
            convert_compute.quota,
            "read quotas",
            location=location,
        )

    def sizes(self, location: str) -> tuple[Size, ...]:
        """The VM sizes of one region, with what this subscription may not use marked.

        Several megabytes in the largest regions: for a sync, not for a tick.
        """
        skus = listed(
            lambda: self._client.resource_skus.list(filter=f"location eq '{location}'"),
            lambda sku: sku,
            "read VM sizes",
            location=location,
        )
        vms = [sku for sku in skus if (sku.resource_type or "").casefold() == "virtualmachines"]
        return tuple(convert_compute.size(sku, location) for sku in vms)

    def latest_marketplace_version(
        self, location: str, publisher: str, offer: str, sku: str
    ) -> MarketplaceImage | None:
        """The newest Marketplace image of a sku, exactly: its version and the plan it needs.

        None where the region does not offer it. The list has no plan, hence the second call.
        """
        images = self._client.virtual_machine_images
        place = (location, publisher, offer, sku)
        versions = found(lambda: images.list(*place), "list image versions", location=location)
        newest = convert_compute.newest(versions or [])
        if newest is None:
            return None
        return found(
            lambda: convert_compute.marketplace_image(
                images.get(*place, newest), publisher, offer, sku
            ),
            "read image version",
            location=location,
        )


def _copy_of(source_id: str) -> models.CreationData:
    return models.CreationData(create_option="Copy", source_resource_id=source_id)


def _with_state(vm: Vm, state: Vm | None) -> Vm:
    if state is None:
        return vm
    return dataclasses.replace(
        vm,
        power=state.power,
        generalized=state.generalized,
        agent_ready=state.agent_ready,
        failure=state.failure,
    )
