"""Managed disks and snapshots; how they, and managed images, are read and deleted.

Source: learn.microsoft.com, REST reference "Disks", "Snapshots", "Images".
"""

from __future__ import annotations

from uuid import uuid4

from .. import durations
from ..operations import accepted, completes, created, running_on, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World
from . import power
from .power import DISK

SNAPSHOT = "Microsoft.Compute/snapshots"
IMAGE = "Microsoft.Compute/images"

for _kind in (DISK, SNAPSHOT, IMAGE):
    declare(ResourceType(_kind))

_SECONDS = {DISK: durations.DISK, SNAPSHOT: durations.SNAPSHOT}


@route("PUT", DISK)
def _put_disk(call: Call) -> Answer:
    return _put(call, DISK, {"diskState": "Unattached"})


@route("PUT", SNAPSHOT)
def _put_snapshot(call: Call) -> Answer:
    """A copy within a region is complete at once. Source: REST reference, `completionPercent`."""
    incremental = bool((call.body.get("properties") or {}).get("incremental"))
    return _put(call, SNAPSHOT, {"incremental": incremental, "completionPercent": 100.0})


def _put(call: Call, kind: str, own: Json) -> Answer:
    id_ = call.canonical_id()
    refuse_busy(call, id_)
    known = call.find(id_)
    if known:
        return _update(call, known)
    given = call.body.get("properties") or {}
    creation = given.get("creationData") or {}
    source = _source(call, creation)
    body: Json = {
        "id": id_,
        "name": call.path.name,
        "type": kind,
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "sku": {"tier": "Standard", **(call.body.get("sku") or {"name": "Standard_LRS"})},
        "properties": {
            "creationData": creation,
            "diskSizeGB": given.get("diskSizeGB") or _of(source, "diskSizeGB", 127),
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": given.get("networkAccessPolicy") or "AllowAll",
            "publicNetworkAccess": given.get("publicNetworkAccess") or "Enabled",
            "timeCreated": call.world.timestamp,
            "uniqueId": str(uuid4()),
            **own,
        },
    }
    for key in ("osType", "hyperVGeneration", "securityProfile"):
        value = given.get(key) or _of(source, key, None)
        if value:
            body["properties"][key] = value
    if call.body.get("zones"):
        body["zones"] = call.body["zones"]
    inner = {key: source.inner[key] for key in _INHERITED if key in source.inner} if source else {}
    resource = Resource(id_, kind, body, _copied(inner))
    operation = start(call, resource, then="disk-ready", seconds=_SECONDS[kind], state="Creating")
    return created(call, operation, resource, 202)


# What a copy takes along of the machine that was on the disk.
_INHERITED = ("guest", "generation", "security", "unprepared", "osName")


def _copied(inner: Json) -> Json:
    return {key: dict(value) if isinstance(value, dict) else value for key, value in inner.items()}


def _of(source: Resource | None, key: str, otherwise: object) -> object:
    return source.properties.get(key, otherwise) if source else otherwise


def _source(call: Call, creation: Json) -> Resource | None:
    """What is copied; it must exist. Wording believed, the code is of learn.microsoft.com."""
    wanted = creation.get("sourceResourceId") or (creation.get("galleryImageReference") or {}).get(
        "id"
    )
    if not wanted:
        return None
    found = call.find("/" + str(wanted).strip("/"))
    if found is None:
        raise ArmError(
            404,
            "NotFound",
            f"The resource with id '{wanted}' was not found.",
            target="sourceResourceId",
        )
    return found


@completes("disk-ready")
def _ready(world: World) -> None:
    """Nothing more happens: the disk turns Succeeded."""


def refuse_busy(call: Call, resource_id: str) -> None:
    """Source: public CI logs (code, message and 409)."""
    if running_on(call.world, resource_id):
        raise ArmError(
            409,
            "Conflict",
            "The request failed due to conflict with a concurrent request. To resolve it, please"
            " refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
        )


@route("PATCH", DISK)
@route("PATCH", SNAPSHOT)
def _patch(call: Call) -> Answer:
    refuse_busy(call, call.resource.id)
    return _update(call, call.resource)


def _update(call: Call, resource: Resource) -> Answer:
    if call.body.get("tags") is not None:
        resource.body["tags"] = call.body["tags"]
    if call.body.get("sku"):
        resource.body["sku"] = {**resource.body.get("sku", {}), **call.body["sku"]}
    size = (call.body.get("properties") or {}).get("diskSizeGB")
    if size:
        resource.properties["diskSizeGB"] = size
    operation = start(call, resource, then="disk-ready", seconds=1)
    return created(call, operation, resource, 200)


@route("DELETE", DISK)
@route("DELETE", SNAPSHOT)
@route("DELETE", IMAGE)
def _delete(call: Call) -> Answer:
    """Source of the refusal: the AKS troubleshooting pages (literal message)."""
    found = call.find(call.path.path)
    if found is None:
        return Answer(204)
    owner = found.body.get("managedBy")
    if owner:
        raise power.refuse(f"Disk {found.name} is attached to VM {owner}.")
    refuse_busy(call, found.id)
    operation = start(
        call,
        found,
        then="resource-gone",
        seconds=durations.DISK,
        state="Deleting",
        resource=found.id,
    )
    return accepted(call, operation)
