"""VMs join Entra ID by the extension AADLoginForWindows, and leave their devices behind.

Deleting a VM removes nothing here. A VM whose computer name another VM's device still holds is not
joined, though its extension ends well: errors of dsregcmd, `error_hostname_duplicate`
(0x801c0083), https://github.com/MarcelMeurer/WVD-Hydra. It tries again every quarter of an hour.
What came of it is in the VM's `inner["entraJoin"]`: "joined" or "refused".
"""

from __future__ import annotations

from typing import Any

from .. import entra, ids
from ..durations import ENTRA_JOIN_RETRY
from ..world import Resource, World, event, listens
from . import devices, objects
from .routing import documents_of


@listens("extension-succeeded")
def _installed(world: World, *, vm: str, settings: Any, **facts: Any) -> None:
    if facts["type"].lower() != "aadloginforwindows":
        return
    machine = world.find(vm)
    if machine is not None and machine.inner.get("entraJoin") != "joined":
        managed = str((settings or {}).get("mdmId") or "").lower() == objects.INTUNE
        _try(world, machine, managed)


@event("entra-join-again")
def _again(world: World, vm: str, uuid: str, managed: bool) -> None:
    machine = world.find(vm)
    if machine is not None and _uuid(machine) == uuid:
        _try(world, machine, managed)


def _try(world: World, machine: Resource, managed: bool) -> None:
    """Believed: a guest that is down tries again when it is its turn and it is up."""
    tenant = entra.tenant_of(world, ids.parse(machine.id).subscription)
    up = machine.inner.get("power", "running") == "running"
    free = not _taken(world, tenant, _computer(machine), _uuid(machine))
    machine.inner["entraJoin"] = "joined" if up and free else "refused"
    if up and free:
        inner = {"vm": machine.id, "vmId": _uuid(machine)}
        devices.join(world, tenant, _computer(machine), managed=managed, inner=inner)
    else:
        world.after(
            ENTRA_JOIN_RETRY,
            "entra-join-again",
            vm=machine.id,
            uuid=_uuid(machine),
            managed=managed,
        )
    world.save(machine)


def _taken(world: World, tenant: str, computer: str, uuid: str) -> bool:
    """Whether the device of another VM has this host name. Believed: Cloud PCs' do not count,
    only VMs that joined this way register host names."""
    return any(
        each["body"]["displayName"].lower() == computer.lower()
        and each["inner"].get("vmId", uuid) != uuid
        for each in documents_of(world, tenant, "devices").values()
    )


def _computer(machine: Resource) -> str:
    profile = machine.properties.get("osProfile") or {}
    return str(profile.get("computerName") or machine.name)


def _uuid(machine: Resource) -> str:
    return str(machine.properties.get("vmId", ""))
