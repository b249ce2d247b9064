"""Devices as the emulator keeps them: Entra's (`devices`) and Intune's (`managedDevices`)."""

from __future__ import annotations

from ..world import Json, World
from . import objects
from .routing import documents_of


def join(
    world: World,
    tenant: str,
    name: str,
    *,
    os_version: str = "10.0.26100.4349",
    managed: bool = False,
    upn: str = "",
    inner: Json | None = None,
) -> tuple[Json, Json | None]:
    """A computer joins Entra ID and, if `managed`, is enrolled in Intune. Returns both bodies."""
    body = objects.device(world, name, os_version=os_version, managed=managed)
    documents_of(world, tenant, "devices").save(body["id"], {"body": body, "inner": inner or {}})
    if not managed:
        return body, None
    record = objects.managed_device(world, body, upn)
    managed_devices = documents_of(world, tenant, "managedDevices")
    managed_devices.save(record["id"], {"body": record, "inner": {}})
    return body, record


def leave(world: World, tenant: str, device_id: str) -> None:
    """Entra's device and Intune's record of that `deviceId` are gone; no matter if they were."""
    for kind, name in (("devices", "deviceId"), ("managedDevices", "azureADDeviceId")):
        known = documents_of(world, tenant, kind)
        for key, each in known.items():
            if each["body"][name] == device_id:
                known.remove(key)
