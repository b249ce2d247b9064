"""The instance view: what a VM is doing, as Azure tells it.

Source: learn.microsoft.com, REST reference "Virtual Machines - Instance View".
"""

from __future__ import annotations

from ..world import Json, Resource, World
from . import power

EXTENSION = "Microsoft.Compute/virtualMachines/extensions"

_OS = {"name": "Windows 11 Enterprise multi-session", "version": "10.0.26100.6899"}


def status(code: str, text: str, *, level: str = "Info", **more: str) -> Json:
    return {"code": code, "level": level, "displayStatus": text, **more}


def statuses(world: World, vm: Resource) -> list[Json]:
    """Provisioning, then generalized, then power; Azure's order."""
    found = [_provisioning(vm)]
    if vm.inner.get("generalized"):
        found.append(status("OSState/generalized", "VM generalized"))
    state = vm.inner.get("power")
    if state:
        found.append(status(f"PowerState/{state}", f"VM {state}"))
    return found


def _provisioning(vm: Resource) -> Json:
    state = str(vm.properties.get("provisioningState", "Succeeded"))
    failure = vm.inner.get("failure")
    time = str(vm.inner.get("statusTime") or vm.properties["timeCreated"])
    if failure:
        return status(
            f"ProvisioningState/failed/{failure['code']}",
            "Provisioning failed",
            level="Error",
            message=str(failure["message"]),
            time=time,
        )
    word = state.lower()
    return status(f"ProvisioningState/{word}", f"Provisioning {word}", time=time)


def instance_view(world: World, vm: Resource) -> Json:
    properties = vm.properties
    view: Json = {
        "computerName": (properties.get("osProfile") or {}).get("computerName", vm.name),
        "hyperVGeneration": vm.inner.get("generation", "V2"),
        "disks": _disks(world, vm),
        "statuses": statuses(world, vm),
    }
    if vm.inner.get("power") == "running":
        view["vmAgent"] = _agent(vm)
    if power.agent_ready(vm):
        view |= {"osName": vm.inner.get("osName", _OS["name"]), "osVersion": _OS["version"]}
    extensions = [extension_view(each) for each in world.each(EXTENSION, vm.id)]
    if extensions:
        view["extensions"] = extensions
    return view | (vm.inner.get("instanceView") or {})


def _agent(vm: Resource) -> Json:
    if vm.inner.get("agent"):
        ready = status(
            "ProvisioningState/succeeded",
            "Ready",
            message="GuestAgent is running and processing the extensions.",
        )
        return {"vmAgentVersion": "2.7.41491.1173", "extensionHandlers": [], "statuses": [ready]}
    # Source: learn.microsoft.com, "Troubleshoot the Azure Windows VM Agent".
    waiting = status(
        "ProvisioningState/Unavailable",
        "Not Ready",
        level="Warning",
        message="VM status blob is found but not yet populated.",
    )
    return {"vmAgentVersion": "Unknown", "statuses": [waiting]}


def _disks(world: World, vm: Resource) -> list[Json]:
    disk = vm.properties["storageProfile"]["osDisk"]
    fine = status("ProvisioningState/succeeded", "Provisioning succeeded")
    return [{"name": disk["name"], "statuses": [fine]}]


def extension_view(extension: Resource) -> Json:
    """Never shows what was only begun: the view appears with the extension's own report."""
    properties = extension.properties
    state = str(properties.get("provisioningState", "")).lower()
    failure = extension.inner.get("failure")
    view: Json = {
        "name": extension.name,
        "type": f"{properties['publisher']}.{properties['type']}",
        "typeHandlerVersion": properties.get("typeHandlerVersion", ""),
    }
    if failure:
        code = f"ProvisioningState/failed/{failure['code']}"
        view["statuses"] = [
            status(code, "Provisioning failed", level="Error", message=str(failure["message"]))
        ]
    elif state == "succeeded":
        view["statuses"] = [status(f"ProvisioningState/{state}", "Provisioning succeeded")]
    return view | (extension.inner.get("instanceView") or {})
