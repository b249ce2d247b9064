"""Application groups and workspaces: enough to find a pool's desktop and where it is published.

Source: Azure/azure-rest-api-specs, desktopvirtualization 2024-04-03.
"""

from __future__ import annotations

from uuid import uuid4

from .. import ids
from ..router import Call, ResourceType, declare, route
from ..wire import Answer
from ..world import Json, Resource
from .protocol import APPLICATION_GROUPS, HOST_POOLS, WORKSPACES, refused


def _group_view(call: Call, group: Resource) -> Json:
    workspace = next(
        (each.id for each in call.world.each(WORKSPACES) if _publishes(each, group.id)), None
    )
    if workspace is None:
        return group.body
    return {**group.body, "properties": {**group.properties, "workspaceArmPath": workspace}}


def _publishes(workspace: Resource, group_id: str) -> bool:
    listed = workspace.properties.get("applicationGroupReferences") or []
    return any(ids.same(each, group_id) for each in listed)


_NAMES = r"[A-Za-z0-9@.\-_ ]{3,64}"
declare(ResourceType(APPLICATION_GROUPS, view=_group_view, names=_NAMES))
declare(ResourceType(WORKSPACES, names=_NAMES))


def _body(call: Call, kind: str, id_: str, properties: Json, known: Resource | None) -> Json:
    if not call.body.get("location"):
        raise refused(400, "Required property is missing: location")  # believed
    object_id = known.properties["objectId"] if known else str(uuid4())
    return {
        "id": id_,
        "name": call.path.name,
        "type": kind,
        "location": call.body["location"],
        "tags": call.body.get("tags") or {},
        "properties": {**properties, "objectId": object_id, "cloudPcResource": False},
    }


@route("PUT", APPLICATION_GROUPS)
def _put_group(call: Call) -> Answer:
    id_, asked = call.canonical_id(), call.body.get("properties") or {}
    pool = call.find(str(asked.get("hostPoolArmPath") or ""))
    if pool is None or not ids.same(pool.type, HOST_POOLS):
        raise refused(400, f"HostPool {asked.get('hostPoolArmPath')} does not exist")  # believed
    if asked.get("applicationGroupType") not in ("Desktop", "RemoteApp"):
        raise refused(400, "applicationGroupType must be Desktop or RemoteApp")  # believed
    known = call.find(id_)
    kept = ("description", "friendlyName", "applicationGroupType", "showInFeed")
    properties = {key: asked[key] for key in kept if key in asked}
    properties["hostPoolArmPath"] = pool.id
    body = _body(call, APPLICATION_GROUPS, id_, properties, known)
    group = call.world.save(Resource(id_, APPLICATION_GROUPS, body))
    return Answer(200 if known else 201, _group_view(call, group))


@route("PUT", WORKSPACES)
def _put_workspace(call: Call) -> Answer:
    id_, asked = call.canonical_id(), call.body.get("properties") or {}
    known = call.find(id_)
    kept = ("description", "friendlyName", "applicationGroupReferences", "publicNetworkAccess")
    properties = {key: asked[key] for key in kept if key in asked}
    body = _body(call, WORKSPACES, id_, properties, known)
    call.world.save(Resource(id_, WORKSPACES, body))
    return Answer(200 if known else 201, body)


def _delete(call: Call) -> Answer:
    known = call.find(call.path.path)
    if known is None:
        return Answer(204)
    call.world.remove(known.id)
    return Answer(200)


route("DELETE", APPLICATION_GROUPS)(_delete)
route("DELETE", WORKSPACES)(_delete)
