"""Managed images: of a generalized VM, of a disk, or of a snapshot; and what they tell of Windows.

Source: learn.microsoft.com, REST reference "Images"; refusals name theirs. Reading and deleting are
those of `disks`. `inner` holds what nobody sees: guest, generation, osName, and `plan` where the
machine came from a paid image.
"""

from __future__ import annotations

from typing import Any

from .. import durations, ids
from ..operations import completes, created, start
from ..router import Call, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, listens
from . import power
from .disks import IMAGE, SNAPSHOT, refuse_busy
from .power import DISK
from .sizes import VM


@route("PUT", IMAGE)
def _put(call: Call) -> Answer:
    id_ = call.canonical_id()
    refuse_busy(call, id_)
    source = _source(call)
    known = call.find(id_)
    if known and not ids.same(known.inner["source"], source.id):
        raise ArmError(  # believed: as of gallery versions
            409,
            "PropertyChangeNotAllowed",
            "Changing property 'sourceVirtualMachine.id' is not allowed.",
            target="sourceVirtualMachine.id",
        )
    image = Resource(id_, IMAGE, _body(call, id_, source), _inner(call.world, source))
    state = "Updating" if known else "Creating"
    operation = start(call, image, then="image-ready", seconds=durations.IMAGE, state=state)
    return created(call, operation, image, 200 if known else 201)


@completes("image-ready")
def _ready(world: World) -> None:
    """Nothing more happens: the image turns Succeeded."""


def _source(call: Call) -> Resource:
    """The VM, disk or snapshot it is made of.

    Sources: https://github.com/ansible/ansible/issues/37158 (generalized) and
    https://github.com/hashicorp/packer/issues/13189 (TrustedLaunch).
    """
    given = call.body.get("properties") or {}
    disk = (given.get("storageProfile") or {}).get("osDisk") or {}
    told = [given.get("sourceVirtualMachine"), disk.get("managedDisk"), disk.get("snapshot")]
    wanted = next((str(each.get("id")) for each in told if each), "")
    if not wanted:
        raise ArmError(
            400,
            "InvalidParameter",
            "Required parameter 'sourceVirtualMachine' is missing (null).",
            target="sourceVirtualMachine",
        )
    found = call.find(wanted)
    if found is None or found.type not in (VM, DISK, SNAPSHOT):
        raise ArmError(404, "NotFound", f"The resource with id '{wanted}' was not found.")
    if found.type == VM and not found.inner.get("generalized"):
        raise power.refuse(
            f"The operation 'Create Image' requires the Virtual Machine '{found.name}' to be"
            " Generalized."
        )
    if (found.properties.get("securityProfile") or {}).get("securityType") == "TrustedLaunch":
        raise power.refuse(
            "Creation of managed images are not supported for virtual machine with TrustedLaunch"
            " security type."
        )
    return found


def _body(call: Call, id_: str, source: Resource) -> Json:
    given = call.body.get("properties") or {}
    asked = (given.get("storageProfile") or {}).get("osDisk") or {}
    disk = _disk(call.world, source)
    size = disk.properties.get("diskSizeGB", 127) if disk else 127
    reference = {} if source.type == VM else {_WORD[source.type]: {"id": source.id}}
    if source.type == VM and disk:
        reference = {"managedDisk": {"id": disk.id}}
    properties: Json = {
        "hyperVGeneration": _generation(source, given),
        "storageProfile": {
            "osDisk": {
                "osType": "Windows",
                "osState": asked.get("osState", "Generalized"),
                "diskSizeGB": asked.get("diskSizeGB") or size,
                **reference,
                "caching": asked.get("caching", "ReadWrite"),
                "storageAccountType": asked.get("storageAccountType", "Standard_LRS"),
            },
            "dataDisks": (given.get("storageProfile") or {}).get("dataDisks") or [],
            "zoneResilient": bool((given.get("storageProfile") or {}).get("zoneResilient")),
        },
    }
    if source.type == VM:
        properties["sourceVirtualMachine"] = {"id": source.id}
    return {
        "id": id_,
        "name": ids.name_of(id_),
        "type": IMAGE,
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "properties": properties,
    }


_WORD = {DISK: "managedDisk", SNAPSHOT: "snapshot"}


def _disk(world: World, source: Resource) -> Resource | None:
    return power.os_disk(world, source) if source.type == VM else source


def _generation(source: Resource, given: Json) -> str:
    told = given.get("hyperVGeneration") or source.properties.get("hyperVGeneration")
    return str(source.inner.get("generation") or told or "V1")


def _inner(world: World, source: Resource) -> Json:
    disk = _disk(world, source)
    return {
        "source": source.id,
        "guest": dict(disk.inner.get("guest") or {}) if disk else {},
        "generation": _generation(source, source.properties),
        "osName": source.inner.get("osName") or (disk.inner.get("osName", "") if disk else ""),
        "plan": bool(source.body.get("plan")),
    }


@listens("extension-succeeded")
def _joined(world: World, *, vm: str, **told: Any) -> None:
    """Who joined Entra ID once has that on the disk, sysprep or not.

    Source: memdocs, windows-365/enterprise/device-images.md (no image of a machine ever joined).
    """
    if told["type"].lower() != "aadloginforwindows":
        return
    found = world.find(vm)
    disk = power.os_disk(world, found) if found else None
    if disk:
        disk.inner.setdefault("guest", {})["joined"] = True
        world.save(disk)
