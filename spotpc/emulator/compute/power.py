"""What a VM is doing, and the actions that change it.

`inner` of a VM holds: power (starting, running, stopping, stopped, deallocating, deallocated, or
empty when Azure never placed it), agent (the VM agent answers), generalized (marked so in Azure).
What is on the OS disk is kept with the disk (`guest`: sysprepped, and the sysprep log), so that
snapshots and versions take it along.

Source: learn.microsoft.com, "States and billing status of Azure Virtual Machines".
"""

from __future__ import annotations

from .. import durations, faults
from ..operations import NotYet, aborts, accepted, completes, running_on, start
from ..router import Call, action
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, event
from .sizes import VM

DISK = "Microsoft.Compute/disks"


def power_of(world: World, vm_id: str) -> str:
    """running, starting, stopped, …; empty for a VM that is gone or was never placed."""
    vm = world.find(vm_id)
    return str(vm.inner.get("power", "")) if vm else ""


def agent_ready(vm: Resource) -> bool:
    return bool(vm.inner.get("agent")) and vm.inner.get("power") == "running"


def os_disk(world: World, vm: Resource) -> Resource | None:
    managed = vm.properties["storageProfile"]["osDisk"].get("managedDisk") or {}
    return world.find(managed.get("id", ""))


def guest_of(world: World, vm: Resource) -> Json:
    """What is installed on the OS disk. Save the disk after a change."""
    disk = os_disk(world, vm)
    guest: Json = disk.inner.setdefault("guest", {}) if disk else {}
    return guest


# -- refusals -----------------------------------------------------------------------------------


def refuse(message: str) -> ArmError:
    return ArmError(409, "OperationNotAllowed", message)


def refuse_busy(call: Call, vm: Resource, operation: str) -> None:
    """Source: SupportArticles-docs, error-messages.md."""
    running = running_on(call.world, vm.id)
    if running is None:
        return
    if vm.properties.get("provisioningState") == "Deleting":
        raise refuse(
            f"Operation '{operation}' is not allowed on VM '{vm.name}' since the VM is marked for"
            " deletion. You can only retry the Delete operation (or wait for an ongoing one to"
            " complete)."
        )
    raise refuse(
        f"Operation '{operation}' is not allowed on VM '{vm.name}' since another operation is in"
        " progress."
    )


def refuse_generalized(vm: Resource, operation: str) -> None:
    """Source: SupportArticles-docs, error-messages.md, and public logs."""
    if vm.inner.get("generalized"):
        raise refuse(
            f"Operation '{operation}' is not allowed on VM '{vm.name}' since the VM is generalized."
        )


# -- the guest comes and goes -------------------------------------------------------------------


def guest_up(world: World, vm: Resource, boot_seconds: float) -> None:
    """The VM runs; its agent answers after the boot, unless the disk was sysprepped."""
    vm.inner.update(power="running", agent=False)
    world.save(vm)
    world.cancel("vm-agent-ready", vm=vm.id)
    disk = os_disk(world, vm)
    if disk and disk.inner.get("guest", {}).get("sysprepped"):
        # It boots into the out-of-box experience and waits for somebody (believed).
        return
    world.after(boot_seconds * slowness(world, vm.name), "vm-agent-ready", vm=vm.id)


def slowness(world: World, name: str) -> float:
    return durations.SLOW_VM_FACTOR if faults.behaves(world, "slow-vm", vm=name) else 1.0


@event("vm-agent-ready")
def _agent_ready(world: World, *, vm: str) -> None:
    found = world.find(vm)
    if found and found.inner.get("power") == "running":
        found.inner["agent"] = True
        world.save(found)
        world.emit("vm-running", vm=found.id)


def guest_down(world: World, vm: Resource, power: str) -> None:
    was_up = vm.inner.get("power") in ("running", "starting", "stopping", "deallocating")
    vm.inner.update(power=power, agent=False)
    world.save(vm)
    world.cancel("vm-agent-ready", vm=vm.id)
    if was_up:
        world.emit("vm-stopped", vm=vm.id)


# -- actions ------------------------------------------------------------------------------------


def _act(call: Call, then: str, seconds: float, power: str = "") -> Answer:
    vm = call.resource
    before = vm.inner.get("power", "")
    if power:
        vm.inner["power"] = power
    seconds *= slowness(call.world, vm.name)
    operation = start(call, vm, then=then, seconds=seconds, vm=vm.id, before=before)
    return accepted(call, operation)


@action(VM, "start")
def _start(call: Call) -> Answer:
    vm = call.resource
    refuse_busy(call, vm, "Start VM")
    refuse_generalized(vm, "Start VM")
    if vm.inner.get("power") == "running":
        return _act(call, "vm-start", 1)
    return _act(call, "vm-start", durations.START, "starting")


@completes("vm-start")
def _started(world: World, *, vm: str, before: str) -> None:
    found = world.find(vm)
    if found and before != "running":
        guest_up(world, found, durations.BOOT)


@action(VM, "restart")
def _restart(call: Call) -> Answer:
    vm = call.resource
    refuse_busy(call, vm, "Restart VM")
    refuse_generalized(vm, "Restart VM")
    if vm.inner.get("power") == "deallocated":  # believed
        raise refuse(
            f"Operation 'Restart VM' is not allowed on VM '{vm.name}' since the VM is not running."
        )
    vm.inner["agent"] = False
    call.world.emit("vm-stopped", vm=vm.id)
    return _act(call, "vm-restart", durations.RESTART)


@completes("vm-restart")
def _restarted(world: World, *, vm: str, before: str) -> None:
    found = world.find(vm)
    if found:
        guest_up(world, found, 0)


@action(VM, "powerOff")
def _power_off(call: Call) -> Answer:
    refuse_busy(call, call.resource, "Power Off VM")
    return _act(call, "vm-power-off", durations.POWER_OFF, "stopping")


@completes("vm-power-off")
def _powered_off(world: World, *, vm: str, before: str) -> None:
    found = world.find(vm)
    if found:
        guest_down(world, found, "stopped" if before != "deallocated" else before)


@action(VM, "deallocate")
def _deallocate(call: Call) -> Answer:
    refuse_busy(call, call.resource, "Deallocate VM")
    return _act(call, "vm-deallocate", durations.DEALLOCATE, "deallocating")


@completes("vm-deallocate")
def _deallocated(world: World, *, vm: str, before: str) -> None:
    found = world.find(vm)
    if found:
        guest_down(world, found, "deallocated")


@aborts("vm-start")
@aborts("vm-restart")
@aborts("vm-power-off")
@aborts("vm-deallocate")
def _as_before(world: World, *, vm: str, before: str) -> None:
    found = world.find(vm)
    if found:
        found.inner["power"] = before
        world.save(found)


@action(VM, "generalize")
def _generalize(call: Call) -> Answer:
    """Not a long-running operation. Azure believes it: nobody looks whether sysprep ran.

    Source of the refusal: https://github.com/MicrosoftDocs/azure-docs/issues/86809
    """
    vm = call.resource
    refuse_busy(call, vm, "generalize")
    if vm.inner.get("power") not in ("stopped", "deallocated"):
        raise refuse(
            f"Operation 'generalize' is not allowed on VM '{vm.name}' since the VM is running."
            " Please power off explicitly in case you shut down the VM from inside the guest"
            " operating system."
        )
    vm.inner["generalized"] = True
    call.world.save(vm)
    return Answer(200)


def wait_for_agent(vm: Resource) -> None:
    """For a completion that needs the agent: Azure simply waits for it."""
    if not agent_ready(vm):
        raise NotYet(5)
