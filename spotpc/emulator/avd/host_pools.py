"""Host pools. Source: Azure/azure-rest-api-specs, desktopvirtualization 2024-04-03, HostPools."""

from __future__ import annotations

from uuid import uuid4

from ..failures.avd import POOL_HAS_HOSTS
from ..router import Call, ResourceType, action, declare, route
from ..wire import Answer
from ..world import Json, Resource, World
from . import registration
from .protocol import APPLICATION_GROUPS, HOST_POOLS, SESSION_HOSTS, is_true, listing, refused

_NEEDED = ("hostPoolType", "loadBalancerType", "preferredAppGroupType")
_CHANGEABLE = frozenset(
    {
        "friendlyName",
        "description",
        "customRdpProperty",
        "maxSessionLimit",
        "personalDesktopAssignmentType",
        "loadBalancerType",
        "ring",
        "validationEnvironment",
        "vmTemplate",
        "ssoadfsAuthority",
        "ssoClientId",
        "ssoClientSecretKeyVaultPath",
        "ssoSecretType",
        "preferredAppGroupType",
        "startVMOnConnect",
        "publicNetworkAccess",
        "agentUpdate",
    }
)
_DEFAULTS: Json = {
    "maxSessionLimit": 999_999,
    "validationEnvironment": False,
    "startVMOnConnect": False,
    "publicNetworkAccess": "Enabled",
}


def _view(call: Call, pool: Resource) -> Json:
    references = _application_groups(call.world, pool)
    return {
        **pool.body,
        "properties": {**pool.properties, "applicationGroupReferences": references},
    }


declare(ResourceType(HOST_POOLS, view=_view, names=r"[A-Za-z0-9@.\-_ ]{3,64}"))


def _application_groups(world: World, pool: Resource) -> list[str]:
    return [
        group.id
        for group in world.each(APPLICATION_GROUPS)
        if group.properties["hostPoolArmPath"].lower() == pool.id.lower()
    ]


def _written(call: Call, pool: Resource) -> Json:
    """Only the answer to a write carries the registration token."""
    body = _view(call, pool)
    info = registration.shown(pool)
    if info:
        body["properties"]["registrationInfo"] = info
    return body


@route("GET", HOST_POOLS, item=False)
def _list(call: Call) -> Answer:
    scope = f"/subscriptions/{call.path.subscription}"
    if call.path.resource_group:
        scope = call.resource_group().id
    return listing(call, [_view(call, pool) for pool in call.world.each(HOST_POOLS, scope)])


@route("PUT", HOST_POOLS)
def _put(call: Call) -> Answer:
    pool_id, asked = call.canonical_id(), call.body.get("properties") or {}
    _check(call, asked)
    known = call.find(pool_id)
    object_id = known.properties["objectId"] if known else str(uuid4())
    kept = {key: value for key, value in asked.items() if key in _CHANGEABLE}
    properties = {
        **_DEFAULTS,
        "hostPoolType": asked["hostPoolType"],
        **kept,
        "objectId": object_id,
        "cloudPcResource": False,
    }
    body: Json = {
        "id": pool_id,
        "name": call.path.name,
        "type": HOST_POOLS,
        "location": call.body["location"],
        "tags": call.body.get("tags") or {},
        "properties": properties,
    }
    pool = Resource(pool_id, HOST_POOLS, body, known.inner if known else {})
    registration.apply(call.world, pool, asked.get("registrationInfo"))
    return Answer(200 if known else 201, _written(call, pool))


def _check(call: Call, asked: Json) -> None:
    missing = [name for name in _NEEDED if not asked.get(name)]
    if not call.body.get("location"):
        missing.append("location")
    if missing:
        raise refused(400, f"Required property is missing: {', '.join(missing)}")  # believed
    registration.check(call.world, asked.get("registrationInfo"))


@route("PATCH", HOST_POOLS)
def _patch(call: Call) -> Answer:
    pool, asked = call.resource, call.body.get("properties") or {}
    registration.check(call.world, asked.get("registrationInfo"))
    pool.properties.update({key: asked[key] for key in _CHANGEABLE & asked.keys()})
    if "tags" in call.body:
        pool.body["tags"] = call.body["tags"]
    registration.apply(call.world, pool, asked.get("registrationInfo"))
    return Answer(200, _written(call, pool))


@route("DELETE", HOST_POOLS)
def _delete(call: Call) -> Answer:
    """With hosts inside it needs `force`. Source: Learn, Remove-AzWvdHostPool: -Force, "Force flag
    to delete sessionHost"; status and text believed."""
    pool = call.find(call.path.owner_id)
    if pool is None:
        return Answer(204)
    if any(call.world.each(SESSION_HOSTS, pool.id)) and not is_true(call.asked("force")):
        raise refused(409, POOL_HAS_HOSTS)
    call.world.remove(pool.id)
    return Answer(200)


@action(HOST_POOLS, "retrieveRegistrationToken")
def _retrieve(call: Call) -> Answer:
    """Without a token: an answer without one (believed)."""
    return Answer(200, registration.shown(call.resource) or {"registrationTokenOperation": "None"})


@action(HOST_POOLS, "listRegistrationTokens")
def _tokens(call: Call) -> Answer:
    known = call.resource.inner.get("registration")
    return Answer(200, {"value": [known] if known else []})
