"""Virtual machines: create, update, read, list, delete.

Source: learn.microsoft.com, REST reference "Virtual Machines"; refusals name theirs.
"""

from __future__ import annotations

from .. import durations, faults, ids
from ..network import nics
from ..operations import Failed, aborts, accepted, completes, created, preempt, running_on, start
from ..router import Call, ResourceType, declare, paged, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World
from . import power, sizes, sources, vm_body
from .sizes import VM
from .view import EXTENSION, instance_view, statuses

DISK = power.DISK


def _view(call: Call, vm: Resource) -> Json:
    body = {**vm.body, "properties": dict(vm.properties)}
    extensions = [each.body for each in call.world.each(EXTENSION, vm.id)]
    if extensions:
        body["resources"] = extensions
    if call.method == "GET" and call.expands("instanceView"):
        body["properties"]["instanceView"] = instance_view(call.world, vm)
    return body


declare(ResourceType(VM, _view, names=r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?"))


@route("GET", f"{VM}/instanceView", item=False)
def _instance_view(call: Call) -> Answer:
    return Answer(200, instance_view(call.world, call.resource))


@route("GET", VM, item=False)
def _list(call: Call) -> Answer:
    """In the list of a subscription, resource groups are in capitals, as Azure gives them.

    Believed, source: https://github.com/Azure/azure-rest-api-specs/issues/1504. With `statusOnly`
    there is the instance view and hardly anything else (believed).
    """
    if call.path.resource_group:
        vms = call.world.each(VM, call.resource_group().id)
        return paged(call, [_view(call, vm) for vm in vms])
    vms = call.world.each(VM, f"/subscriptions/{call.path.subscription}")
    if call.asked("statusOnly").lower() == "true":
        return paged(call, [_status(call, vm) for vm in vms])
    return paged(call, [{**_view(call, vm), "id": _capitals(vm.id)} for vm in vms])


def _capitals(vm_id: str) -> str:
    parts = vm_id.split("/")
    parts[4] = parts[4].upper()
    return "/".join(parts)


def _status(call: Call, vm: Resource) -> Json:
    return {
        "name": vm.name,
        "id": _capitals(vm.id),
        "type": VM,
        "location": vm.location,
        "properties": {
            "vmId": vm.properties["vmId"],
            "provisioningState": vm.properties["provisioningState"],
            "instanceView": {"statuses": statuses(call.world, vm)},
        },
    }


# -- create -------------------------------------------------------------------------------------


@route("PUT", VM)
def _put(call: Call) -> Answer:
    call.require_parent()
    known = call.find(call.path.path)
    return _update(call, known, 200) if known else _create(call)


def _create(call: Call) -> Answer:
    id_ = call.canonical_id()
    properties = call.body.get("properties") or {}
    region = vm_body.required(call.body, "location")
    size = sizes.size_of(vm_body.required(properties, "hardwareProfile", "vmSize"))
    _check_size(size, region)
    attached = vm_body.attaches(properties)
    vm_body.check_os_profile(properties, call.path.name, attached=attached)
    source = _source(call, properties, region, size)
    cards = _check_nics(call, properties, id_)
    sizes.check_quota(call.world, call.path.subscription, region, size)
    disk = _os_disk(call, id_, properties, source)
    body = vm_body.build(call, id_, disk, source)
    vm = Resource(id_, VM, body, {"power": "starting", "agent": False, "generalized": False})
    vm.inner["generation"] = source.generation if source else disk.inner.get("generation", "V2")
    vm.inner["osName"] = source.os_name if source else ""
    for nic in cards:
        nics.attach(call.world, nic, id_)
    seconds, boot = _times(source)
    fails = faults.behaves(call.world, "vm-create-fails", vm=vm.name)
    operation = start(
        call,
        vm,
        then="vm-create",
        seconds=durations.VM_FAILS if fails else seconds * power.slowness(call.world, vm.name),
        state="Creating",
        vm=id_,
        boot=boot,
        fails=fails,
    )
    return created(call, operation, vm)


def _times(source: sources.Source | None) -> tuple[float, float]:
    """Until Azure says Succeeded, and from then until the agent answers."""
    if source is None:
        return durations.VM_FROM_DISK, durations.BOOT
    if source.gallery:
        return durations.VM_FROM_GALLERY, durations.FIRST_BOOT_GALLERY
    return durations.VM, durations.FIRST_BOOT_MARKETPLACE


def _check_size(size: sizes.Size, region: str) -> None:
    """Source: https://github.com/Azure-Samples/azuresandbox/issues/70"""
    if size.restricted:
        raise ArmError(
            409,
            "SkuNotAvailable",
            "The requested VM size for resource 'Following SKUs have failed for Capacity"
            f" Restrictions: {size.name}' is currently not available in location '{region}'."
            " Please try another size or deploy to a different location or different zone. See"
            " https://aka.ms/azureskunotavailable for details.",
        )


def _source(call: Call, properties: Json, region: str, size: sizes.Size) -> sources.Source | None:
    if vm_body.attaches(properties):
        return None
    reference = vm_body.image_reference(properties)
    source = sources.source_of(call, reference, region)
    security = (properties.get("securityProfile") or {}).get("securityType", "")
    sources.check_fit(source, size, security, call.body.get("plan"))
    return source


def _check_nics(call: Call, properties: Json, vm_id: str) -> list[Resource]:
    found = []
    for reference in (properties.get("networkProfile") or {}).get("networkInterfaces") or []:
        nic = call.find(str(reference.get("id")))
        if nic is None or nic.type != nics.NIC:
            # Source: public Terraform logs.
            raise ArmError(
                400,
                "InvalidResourceReference",
                f"Resource {reference.get('id')} referenced by resource {vm_id} was not found."
                " Please make sure that the referenced resource exists, and that both resources"
                " are in the same region.",
                details=[],
            )
        user = nic.properties.get("virtualMachine")
        if user and not ids.same(user["id"], vm_id):
            raise nics.in_use(nic.id, user["id"])
        nics.check_reservation(nic, vm_id)
        found.append(nic)
    if not found:
        raise ArmError(
            400, "InvalidParameter", "Virtual machine must have at least one network interface."
            " (networkProfile)", target="networkProfile",
        )  # fmt: skip
    return found


def _os_disk(call: Call, vm_id: str, properties: Json, source: sources.Source | None) -> Resource:
    """The managed OS disk: made from the image, or one that exists already (`Attach`)."""
    given = (properties.get("storageProfile") or {}).get("osDisk") or {}
    if source is None:
        disk = check_disk(call, str((given.get("managedDisk") or {}).get("id")), vm_id)
    else:
        disk = vm_body.new_disk(call, vm_id, given, source, properties)
    disk.body["managedBy"] = vm_id
    disk.properties["diskState"] = "Attached"
    return call.world.save(disk)


def check_disk(call: Call, disk_id: str, vm_id: str) -> Resource:
    """Source of the conflict: SupportArticles-docs, error-messages.md."""
    disk = call.find(disk_id)
    if disk is None or disk.type != DISK:
        raise ArmError(404, "ResourceNotFound", f"The Resource '{disk_id}' was not found.")
    owner = disk.body.get("managedBy")
    if owner and not ids.same(owner, vm_id):
        raise ArmError(
            409,
            "ConflictingUserInput",
            f"Disk '{disk.name}' cannot be attached as the disk is already owned by VM"
            f" '{ids.name_of(owner)}'.",
        )
    return disk


@completes("vm-create")
def _created(world: World, *, vm: str, boot: float, fails: bool) -> None:
    found = world.find(vm)
    if found is None:
        return
    if fails:  # source: https://github.com/vmware-tanzu/community-edition/issues/3963
        raise Failed(
            "AllocationFailed",
            "Allocation failed. We do not have sufficient capacity for the requested VM size in"
            " this region. Read more about improving likelihood of allocation success at"
            " http://aka.ms/allocation-guidance",
        )
    disk = power.os_disk(world, found)
    if disk and disk.inner.get("unprepared"):  # source: hashicorp/packer issue 4221
        raise Failed(
            "OSProvisioningTimedOut",
            f"OS Provisioning for VM '{found.name}' did not finish in the allotted time. However,"
            " the VM guest agent was detected running. This suggests the guest OS has not been"
            " properly prepared to be used as a VM image (with CreateOption=FromImage). To"
            " resolve this issue, either use the VHD as is with CreateOption=Attach or prepare it"
            " properly for use as an image.",
        )
    power.guest_up(world, found, boot)


@aborts("vm-create")
def _not_created(world: World, *, vm: str, boot: float, fails: bool) -> None:
    """An allocation failure leaves the record and the disk, and the NIC reserved for it.

    A provisioning failure leaves a VM that runs.
    """
    found = world.find(vm)
    if found is None:
        return
    code = str((found.inner.get("failure") or {}).get("code", ""))
    if code.startswith(("OSProvisioning", "VMExtension", "VMAgent", "VMStart")):
        found.inner["power"] = "running"
        world.save(found)
        return
    found.inner["power"] = ""
    world.save(found)
    for reference in found.properties["networkProfile"]["networkInterfaces"]:
        nics.detach(world, reference["id"])
        nics.reserve(world, reference["id"], vm)


# -- update -------------------------------------------------------------------------------------


@route("PATCH", VM)
def _patch(call: Call) -> Answer:
    return _update(call, call.resource, 200)


def _update(call: Call, vm: Resource, status: int) -> Answer:
    power.refuse_busy(call, vm, "Update VM")
    power.refuse_generalized(vm, "Update VM")
    vm_body.check_unchanged(vm, call.body.get("properties") or {})
    swapped = _swap(call, vm)
    size = ((call.body.get("properties") or {}).get("hardwareProfile") or {}).get("vmSize")
    if size:
        vm.properties["hardwareProfile"]["vmSize"] = sizes.size_of(size).name
    vm_body.merge(call, vm)
    operation = start(
        call, vm, then="vm-update", seconds=durations.VM_UPDATE if swapped or size else 1
    )
    return created(call, operation, vm, status)


def _swap(call: Call, vm: Resource) -> bool:
    """Another OS disk for a deallocated VM; the old one is left unattached.

    Source: learn.microsoft.com, "Change the OS disk used by an Azure VM".
    """
    storage = (call.body.get("properties") or {}).get("storageProfile") or {}
    given = storage.get("osDisk") or {}
    wanted = str((given.get("managedDisk") or {}).get("id") or "")
    old = power.os_disk(call.world, vm)
    if not wanted or (old and ids.same(old.id, wanted)):
        return False
    disk = check_disk(call, wanted, vm.id)
    if vm.inner.get("power") != "deallocated":
        raise power.refuse(
            f"Operation 'Update VM' is not allowed on VM '{vm.name}' since the VM is not"
            " deallocated."
        )
    if old:
        release_disk(call.world, old)
    disk.body["managedBy"] = vm.id
    disk.properties["diskState"] = "Reserved"
    call.world.save(disk)
    shown = vm.properties["storageProfile"]["osDisk"]
    shown["name"] = disk.name
    shown["managedDisk"] = {**(shown.get("managedDisk") or {}), "id": disk.id}
    return True


@completes("vm-update")
def _updated(world: World) -> None:
    """Nothing more happens: the VM turns Succeeded."""


def release_disk(world: World, disk: Resource) -> None:
    disk.body.pop("managedBy", None)
    disk.properties["diskState"] = "Unattached"
    world.save(disk)


# -- delete -------------------------------------------------------------------------------------


@route("DELETE", VM)
def _delete(call: Call) -> Answer:
    """A delete overtakes whatever runs; a second delete joins the first.

    Source: https://github.com/Azure/azure-sdk-for-java/issues/1783
    """
    vm = call.find(call.path.path)
    if vm is None:
        return Answer(204)
    running = running_on(call.world, vm.id)
    if running and running["then"] == "vm-delete":
        return accepted(call, running)
    preempt(call.world, vm.id)
    power.guest_down(call.world, vm, "stopped" if vm.inner.get("power") else "")
    operation = start(
        call, vm, then="vm-delete", seconds=durations.VM_DELETE, state="Deleting", vm=vm.id
    )
    return accepted(call, operation)


@completes("vm-delete")
def _deleted(world: World, *, vm: str) -> None:
    """NIC and disk go with the VM where their deleteOption says so, else they stay behind."""
    found = world.find(vm)
    if found is None:
        return
    for reference in found.properties["networkProfile"]["networkInterfaces"]:
        nics.detach(world, reference["id"])
        if (reference.get("properties") or {}).get("deleteOption") == "Delete":
            world.remove(reference["id"])
    disk = power.os_disk(world, found)
    if disk and found.properties["storageProfile"]["osDisk"].get("deleteOption") == "Delete":
        world.remove(disk.id)
    elif disk:
        release_disk(world, disk)
    world.remove(found.id)
    world.emit("vm-removed", vm=found.id)
