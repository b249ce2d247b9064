"""What happens inside the VMs: the agent registers, updates itself, beats, falls silent.

A VM enters a pool when the AVD agent, installed by the DSC configuration AddSessionHost, shows a
valid registration token. Azure's extension ends well whether or not the broker took the token:
Microsoft Learn, "Troubleshoot the Azure Virtual Desktop agent" (INVALID_REGISTRATION_TOKEN,
EXPIRED_REGISTRATION_TOKEN, NAME_ALREADY_REGISTERED are events in the VM's own log).

Durations are Azure seconds and believed: about six minutes from the extension to Available. Real
agents often take half an hour more for their own update (a public image tool waits up to 60).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from .. import faults, ids
from ..world import Json, Resource, World, event, listens
from . import journal, registration
from .protocol import SESSION_HOSTS, USER_SESSIONS, instant

APPEARS = 60
UPGRADE_STARTS = 60  # after it appeared
UPGRADE_TAKES = 240
AGENT_STARTS = 60  # after the guest is up again
HEARTBEAT = 30  # seconds between two beats
HEARTBEAT_LOST = 120  # a silent host is Unavailable after so long

_VERSION_IN_PACKAGE, _VERSION_UPDATED = "1.0.8431.2300", "1.0.11388.1600"
_EXTENSIONS = "Microsoft.Compute/virtualMachines/extensions"


# -- registration -------------------------------------------------------------------------------


@listens("extension-succeeded")
def _installed(world: World, *, vm: str, settings: Any, protected: Any, **facts: str) -> None:
    if facts["type"].lower() != "dsc":
        return
    token = _token_in(protected) or _token_in(settings)
    pool = registration.pool_of(world, token) if token else None
    if pool is None or faults.behaves(
        world, "hosts-never-register", hostPool=pool.name, vm=ids.name_of(vm)
    ):
        return
    world.documents("avd-agents").save(vm.lower(), {"vm": vm, "pool": pool.id, "host": ""})
    world.after(APPEARS, "avd-host-appears", vm=vm)


def _token_in(node: Any) -> str:
    """The value of `registrationInfoToken`, wherever templates put it: `properties`, `Items`, …"""
    if not isinstance(node, dict):
        return ""
    for key, value in node.items():
        if key.lower() == "registrationinfotoken" and isinstance(value, str):
            return value
    return next(filter(None, map(_token_in, node.values())), "")


@event("avd-host-appears")
def _appears(world: World, vm: str) -> None:
    agent = world.documents("avd-agents").get(vm.lower())
    machine, pool = world.find(vm), world.find(agent["pool"]) if agent else None
    if agent is None or machine is None or pool is None:
        return
    host = _registered(world, machine, pool)
    if host is None:  # NAME_ALREADY_REGISTERED: the record of another VM holds the name
        return
    world.documents("avd-agents").save(vm.lower(), {**agent, "host": host.id})
    world.after(UPGRADE_STARTS, "avd-host-becomes", host=host.id, status="Upgrading")
    world.after(
        UPGRADE_STARTS + UPGRADE_TAKES, "avd-host-becomes", host=host.id, status="Available"
    )


def _registered(world: World, machine: Resource, pool: Resource) -> Resource | None:
    name = _host_name(world, machine)
    host_id = f"{pool.id}/sessionHosts/{name}"
    known = world.find(host_id)
    uuid = machine.properties.get("vmId", "")
    if known and known.properties["virtualMachineId"] != uuid:
        return None
    host = known or Resource(host_id, SESSION_HOSTS, _new_body(pool, host_id, machine, uuid))
    _set_status(world, host, "Unavailable")
    host.inner["upSince"] = world.now
    return world.save(host)


def _host_name(world: World, machine: Resource) -> str:
    """The computer's name, with the AD domain it joined; Entra joined ones have none (believed)."""
    profile = machine.properties.get("osProfile") or {}
    computer = str(profile.get("computerName") or machine.name)
    for extension in world.each(_EXTENSIONS, machine.id):
        if str(extension.properties.get("type", "")).lower() == "jsonaddomainextension":
            domain = (extension.properties.get("settings") or {}).get("Name")
            return f"{computer}.{domain}" if domain else computer
    return computer


def _new_body(pool: Resource, host_id: str, machine: Resource, uuid: str) -> Json:
    return {
        "id": host_id,
        "name": f"{pool.name}/{ids.name_of(host_id)}",
        "type": SESSION_HOSTS,
        "properties": {
            "objectId": str(uuid4()),
            "virtualMachineId": uuid,
            "resourceId": machine.id,
            "allowNewSession": True,
            "agentVersion": _VERSION_IN_PACKAGE,
            "osVersion": "10.0.26100.4349",
            "sxSStackVersion": "rdp-sxs250428002",
            "updateState": "Initial",
            "updateErrorMessage": "",
        },
    }


@event("avd-host-becomes")
def _becomes(world: World, host: str, status: str) -> None:
    known = world.find(host)
    if known is None:
        return
    if status == "Upgrading":
        known.properties["updateState"] = "Started"
    if status == "Available":
        known.properties.update(updateState="Succeeded", agentVersion=_VERSION_UPDATED)
        known.properties["lastUpdateTime"] = instant(world.now)
    _set_status(world, known, status)
    world.save(known)


def _set_status(world: World, host: Resource, status: str) -> None:
    host.properties.update(status=status, statusTimestamp=instant(world.now))


# -- the VM goes down and comes back ------------------------------------------------------------


def _hosts_of(world: World, vm: str) -> Iterator[Resource]:
    for host in list(world.each(SESSION_HOSTS)):
        if ids.same(host.properties["resourceId"], vm):
            yield host


def cancel(world: World, host: Resource) -> None:
    """What was still to come for this host will not. A deleted record stays gone: its agent is not
    let in again without a new registration."""
    for name in ("avd-host-becomes", "avd-agent-starts"):
        world.cancel(name, host=host.id)


def _goes_down(world: World, host: Resource, why: str) -> None:
    """Sessions die with the guest, but the broker keeps listing them until the agent is back.

    Source: https://github.com/Azure/RDS-Templates/issues/273
    """
    cancel(world, host)
    if host.inner.get("upSince") is None:
        return
    host.inner["lastBeat"] = last_beat(world, host)
    host.inner["upSince"] = None
    for session in world.each(USER_SESSIONS, host.id):
        journal.signed_out(world, session, via=why)
    world.save(host)


@listens("vm-stopped")
def _stopped(world: World, vm: str) -> None:
    """A guest that shuts down says so, hence Shutdown and not Unavailable: Learn, "Azure Virtual
    Desktop session host statuses and health checks"."""
    world.cancel("avd-host-appears", vm=vm)
    for host in _hosts_of(world, vm):
        _goes_down(world, host, "vm-stopped")
        _set_status(world, host, "Shutdown")
        world.save(host)


@listens("vm-running")
def _running(world: World, vm: str) -> None:
    agent = world.documents("avd-agents").get(vm.lower())
    if agent is None:
        return
    if not agent["host"]:
        world.cancel("avd-host-appears", vm=vm)
        world.after(APPEARS, "avd-host-appears", vm=vm)
        return
    host = world.find(agent["host"])
    if host is not None:
        _goes_down(world, host, "vm-restarted")
        _set_status(world, host, "Unavailable")
        world.save(host)
        world.after(AGENT_STARTS, "avd-agent-starts", host=host.id)


@event("avd-agent-starts")
def _starts(world: World, host: str) -> None:
    known = world.find(host)
    if known is None:
        return
    for ghost in list(world.each(USER_SESSIONS, known.id)):
        world.remove(ghost.id)
    known.inner["upSince"] = world.now
    _becomes(world, host, "Available")


@listens("vm-removed")
def _removed(world: World, vm: str) -> None:
    """The record stays behind as a ghost: https://github.com/Azure/RDS-Templates/issues/616"""
    world.cancel("avd-host-appears", vm=vm)
    world.documents("avd-agents").remove(vm.lower())
    for host in _hosts_of(world, vm):
        _goes_down(world, host, "vm-removed")
        world.after(HEARTBEAT_LOST, "avd-host-becomes", host=host.id, status="Unavailable")


# -- what is seen from outside ------------------------------------------------------------------


def last_beat(world: World, host: Resource) -> float:
    since = host.inner.get("upSince")
    if since is None:
        return float(host.inner.get("lastBeat") or world.now)
    every = HEARTBEAT / world.speed
    return float(since + (world.now - since) // every * every)


def sessions_by_host(world: World, under: str) -> Counter[str]:
    """How many sessions, active and kept, each host below `under` (or `under` itself) holds; by
    the host's id in lower case."""
    return Counter(ids.parent_of(found.id).lower() for found in world.each(USER_SESSIONS, under))


def is_up(host: Resource) -> bool:
    return host.inner.get("upSince") is not None


def joined(world: World, host: Resource) -> bool:
    """False while Entra ID refuses the VM, because another device holds its name."""
    machine = world.find(host.properties["resourceId"])
    return machine is None or machine.inner.get("entraJoin") != "refused"


def healthy(world: World, host: Resource) -> bool:
    """False while the behaviour `hosts-unhealthy` holds for this host."""
    pool = ids.name_of(ids.parent_of(host.id))
    vm = ids.name_of(host.properties["resourceId"])
    return not faults.behaves(world, "hosts-unhealthy", hostPool=pool, vm=vm)


def status(world: World, host: Resource) -> str:
    """Learn, the same page: a fatal health check makes a host Unavailable."""
    stored = str(host.properties["status"])
    good = healthy(world, host) and joined(world, host)
    return stored if stored != "Available" or good else "Unavailable"
