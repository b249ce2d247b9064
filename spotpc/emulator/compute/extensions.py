"""VM extensions.

An extension is installed by the VM agent, so its operation waits for the agent, and it needs a VM
that runs. What it achieves is somebody else's business: `extension-succeeded` tells them.
Source: learn.microsoft.com, "Virtual machine extensions and features for Windows".
"""

from __future__ import annotations

from .. import durations
from ..operations import aborts, accepted, completes, created, running_on, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World
from . import power
from .view import EXTENSION, extension_view


def _view(call: Call, extension: Resource) -> Json:
    if not call.expands("instanceView"):
        return extension.body
    properties = {**extension.properties, "instanceView": extension_view(extension)}
    return {**extension.body, "properties": properties}


declare(ResourceType(EXTENSION, _view))


@route("PUT", EXTENSION)
@route("PATCH", EXTENSION)
def _put(call: Call) -> Answer:
    vm = call.require_parent()
    _check_vm(call, vm)
    id_ = call.canonical_id()
    given = call.body.get("properties") or {}
    known = call.find(id_)
    if known is None:
        _check_single(call, vm, given)
    elif call.method == "PATCH":
        given = {**known.properties, **given}
    extension = known or Resource(id_, EXTENSION, {"id": id_})
    extension.body |= {
        "name": call.path.name,
        "type": EXTENSION,
        "location": call.body.get("location") or vm.location,
        "tags": call.body.get("tags") or {},
    }
    extension.body["properties"] = {
        "autoUpgradeMinorVersion": bool(given.get("autoUpgradeMinorVersion")),
        "publisher": given.get("publisher", ""),
        "type": given.get("type", ""),
        "typeHandlerVersion": given.get("typeHandlerVersion", "1.0"),
        "settings": given.get("settings") or {},
    }
    for key in ("forceUpdateTag", "enableAutomaticUpgrade", "suppressFailures"):
        if given.get(key) is not None:
            extension.properties[key] = given[key]
    extension.inner = {}
    seconds = durations.EXTENSION.get(
        str(given.get("type", "")).lower(), durations.DEFAULT_EXTENSION
    )
    operation = start(
        call,
        extension,
        then="extension-installs",
        seconds=seconds,
        state="Creating" if known is None else "Updating",
        locks=[vm.id],
        vm=vm.id,
        extension=id_,
        protected=given.get("protectedSettings") or {},
    )
    _show_updating(call.world, vm)
    return created(call, operation, extension, 200 if known else 201)


def _check_vm(call: Call, vm: Resource) -> None:
    """Sources: public CI logs (Conflict), SupportArticles-docs, error-messages.md (the others)."""
    power.refuse_generalized(vm, "Update VM extension")
    if vm.inner.get("power") in ("stopped", "deallocated", "stopping", "deallocating"):
        raise power.refuse("Cannot modify extensions in the VM when the VM is not running.")
    if running_on(call.world, vm.id):
        raise ArmError(
            409,
            "Conflict",
            "The request failed due to conflict with a concurrent request. To resolve it, please"
            " refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
        )


def _check_single(call: Call, vm: Resource, given: Json) -> None:
    """Source: SupportArticles-docs, error-messages.md."""
    handler = f"{given.get('publisher')}.{given.get('type')}"
    for other in call.world.each(EXTENSION, vm.id):
        theirs = f"{other.properties['publisher']}.{other.properties['type']}"
        if theirs.lower() == handler.lower():
            raise ArmError(
                400,
                "BadRequest",
                "Multiple VMExtensions per handler not supported for OS type 'Windows'."
                f" VMExtension '{call.path.name}' with handler '{handler}' already added or"
                " specified in input.",
            )


def _show_updating(world: World, vm: Resource) -> None:
    """While an extension installs, the VM itself is Updating."""
    vm.properties["provisioningState"] = "Updating"
    world.save(vm)


def _show_done(world: World, vm_id: str) -> None:
    vm = world.find(vm_id)
    if vm and vm.properties.get("provisioningState") == "Updating":
        vm.properties["provisioningState"] = "Succeeded"
        world.save(vm)


@completes("extension-installs")
def _installed(world: World, *, vm: str, extension: str, protected: Json) -> None:
    machine, found = world.find(vm), world.find(extension)
    if machine is None or found is None:
        return
    power.wait_for_agent(machine)
    properties = found.properties
    world.emit(
        "extension-succeeded",
        vm=machine.id,
        name=found.name,
        publisher=properties["publisher"],
        type=properties["type"],
        settings=properties["settings"],
        protected=protected,
    )
    _show_done(world, machine.id)


@aborts("extension-installs")
def _not_installed(world: World, *, vm: str, extension: str, protected: Json) -> None:
    _show_done(world, vm)


@route("DELETE", EXTENSION)
def _delete(call: Call) -> Answer:
    extension = call.find(call.path.path)
    if extension is None:
        return Answer(204)
    vm = call.require_parent()
    _check_vm(call, vm)
    operation = start(
        call,
        extension,
        then="resource-gone",
        seconds=durations.EXTENSION_DELETE,
        state="Deleting",
        locks=[vm.id],
        resource=extension.id,
    )
    return accepted(call, operation)


@route("GET", EXTENSION, item=False)
def _list(call: Call) -> Answer:
    """One page, always. Source: REST reference "Virtual Machine Extensions - List"."""
    vm = call.resource
    found = [_view(call, each) for each in call.world.each(EXTENSION, vm.id)]
    return Answer(200, {"value": found})
