"""Azure Compute Gallery: galleries and image definitions.

Source: learn.microsoft.com, "Store and share images in an Azure Compute Gallery".
"""

from __future__ import annotations

from .. import durations
from ..operations import accepted, completes, created, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World
from .disks import refuse_busy
from .sources import DEFINITION

GALLERY = "Microsoft.Compute/galleries"

# Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources".
declare(ResourceType(GALLERY, names=r"[A-Za-z0-9]([A-Za-z0-9_.]{0,78}[A-Za-z0-9])?"))
declare(ResourceType(DEFINITION, names=r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9])?"))

_SECONDS = {GALLERY: durations.GALLERY, DEFINITION: durations.DEFINITION}

# What a definition can never change. Source: the same page.
_FIXED = ("osType", "osState", "hyperVGeneration", "identifier")


@route("PUT", GALLERY)
def _put_gallery(call: Call) -> Answer:
    given = call.body.get("properties") or {}
    unique = f"{call.path.subscription}-{call.path.name.upper()}"
    own: Json = {"identifier": {"uniqueName": unique}}
    for key in ("description", "sharingProfile", "softDeletePolicy"):
        if given.get(key) is not None:
            own[key] = given[key]
    return _put(call, GALLERY, own)


@route("PUT", DEFINITION)
def _put_definition(call: Call) -> Answer:
    given = call.body.get("properties") or {}
    for key in ("osType", "osState", "identifier"):
        if not given.get(key):
            raise ArmError(
                400,
                "InvalidParameter",
                f"Required parameter 'galleryImage.properties.{key}' is missing (null).",
                target=f"galleryImage.properties.{key}",
            )
    own = {"hyperVGeneration": "V1", "architecture": "x64", **given}
    known = call.find(call.path.path)
    if known:
        _check_fixed(known, own)
    own.pop("provisioningState", None)
    return _put(call, DEFINITION, own)


def _check_fixed(known: Resource, wanted: Json) -> None:
    for key in _FIXED:
        if wanted.get(key) != known.properties.get(key):
            raise ArmError(
                409,
                "PropertyChangeNotAllowed",
                f"Changing property 'galleryImage.properties.{key}' is not allowed.",
                target=f"galleryImage.properties.{key}",
            )


def _put(call: Call, kind: str, own: Json) -> Answer:
    id_ = call.canonical_id()
    refuse_busy(call, id_)
    known = call.find(id_)
    body: Json = {
        "name": call.path.name,
        "id": id_,
        "type": kind,
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "properties": {**own, "provisioningState": "Creating"},
    }
    resource = Resource(id_, kind, body)
    operation = start(
        call,
        resource,
        then="gallery-ready",
        seconds=_SECONDS[kind],
        state="Updating" if known else "Creating",
    )
    return created(call, operation, resource, 200 if known else 201)


@completes("gallery-ready")
def _ready(world: World) -> None:
    """Nothing more happens: the resource turns Succeeded."""


@route("PATCH", GALLERY)
@route("PATCH", DEFINITION)
def _patch(call: Call) -> Answer:
    resource = call.resource
    refuse_busy(call, resource.id)
    given = call.body.get("properties") or {}
    if resource.type == DEFINITION:
        _check_fixed(resource, {**resource.properties, **given})
    if call.body.get("tags") is not None:
        resource.body["tags"] = call.body["tags"]
    resource.properties.update(given)
    operation = start(call, resource, then="gallery-ready", seconds=_SECONDS[resource.type])
    return created(call, operation, resource, 200)


@route("DELETE", GALLERY)
@route("DELETE", DEFINITION)
def _delete(call: Call) -> Answer:
    """Source of the message: azure-docs, troubleshooting-shared-images.md (409 believed)."""
    found = call.find(call.path.path)
    if found is None:
        return Answer(204)
    refuse_busy(call, found.id)
    if next(call.world.each(under=found.id), None):
        raise ArmError(
            409,
            "CannotDeleteResource",
            "Can not delete resource before nested resources are deleted.",
        )
    operation = start(
        call,
        found,
        then="resource-gone",
        seconds=_SECONDS[found.type],
        state="Deleting",
        resource=found.id,
    )
    return accepted(call, operation)
