"""Control plane of the directory: who and what there is in a tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..control import control, refuse, section
from ..wire import Answer
from ..world import Json, World
from . import objects, people
from .routing import documents_of


@control("POST", "directory")
def _add(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """Adds what isn't there yet and answers the ids, by name. `{"tenant": id, "users": [upn…],
    "groups": [{"name", "members": [upn or group…]}], "skus": [{"partNumber", "enabled"}],
    "mailboxes": [address…], "domains": [{"name", "username", "password"}]}`. A subscription that
    is there gets the new number of licences."""
    tenant = str(body.get("tenant") or "").lower()
    if not tenant:
        return refuse(400, "tenant is missing")
    answer: Json = {
        "users": {upn: _user(world, tenant, upn) for upn in body.get("users") or ()},
        "groups": {x["name"]: _group(world, tenant, x) for x in body.get("groups") or ()},
        "skus": {x["partNumber"]: _sku(world, tenant, x) for x in body.get("skus") or ()},
        "mailboxes": {x: _mailbox(world, tenant, x) for x in body.get("mailboxes") or ()},
        "domains": {x["name"]: _domain(world, tenant, x) for x in body.get("domains") or ()},
    }
    world.emit("directory-changed", tenant=tenant)
    return Answer(200, answer)


@control("DELETE", "directory")
def _remove(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """`{"tenant", "users": [upn…], "groups": [name…], "licences": [upn…]}`: the users and groups
    are deleted; those under `licences` lose their Windows 365 licence."""
    tenant = str(body.get("tenant") or "").lower()
    for upn in body.get("licences") or ():
        _lose_licence(world, tenant, upn)
    for upn in body.get("users") or ():
        found = people.find_user(world, tenant, upn)
        if found is not None:
            documents_of(world, tenant, "users").remove(found["body"]["id"])
    for name in body.get("groups") or ():
        group = people.find_group(world, tenant, name)
        if group is not None:
            documents_of(world, tenant, "groups").remove(group["body"]["id"])
    world.emit("directory-changed", tenant=tenant)
    return Answer(200, {})


def _user(world: World, tenant: str, upn: str) -> str:
    return str(people.ensure_user(world, tenant, upn)["body"]["id"])


def _group(world: World, tenant: str, asked: Json) -> str:
    """A member with an `@` is a user, any other a group of that name; both are made if missing."""
    group = people.ensure_group(world, tenant, asked["name"])
    for member in asked.get("members") or ():
        ensure = people.ensure_user if "@" in member else people.ensure_group
        found = str(ensure(world, tenant, member)["body"]["id"])
        if found not in group["inner"]["members"]:
            group["inner"]["members"].append(found)
    documents_of(world, tenant, "groups").save(group["body"]["id"], group)
    return str(group["body"]["id"])


def _sku(world: World, tenant: str, asked: Json) -> str:
    body = objects.sku(tenant, asked["partNumber"], int(asked.get("enabled") or 0))
    documents_of(world, tenant, "subscribedSkus").save(body["id"], {"body": body, "inner": {}})
    return str(body["id"])


def _mailbox(world: World, tenant: str, address: str) -> str:
    user = people.ensure_user(world, tenant, address)
    user["inner"]["mailbox"] = True
    user["body"]["mail"] = address
    documents_of(world, tenant, "users").save(user["body"]["id"], user)
    return str(user["body"]["id"])


def _domain(world: World, tenant: str, asked: Json) -> str:
    """An Active Directory a connection can join; who joins with other credentials is refused."""
    known = {"username": asked.get("username", ""), "password": asked.get("password", "")}
    value = {"body": {"id": asked["name"].lower()}, "inner": known}
    documents_of(world, tenant, "domains").save(asked["name"].lower(), value)
    return str(asked["name"].lower())


def _lose_licence(world: World, tenant: str, upn: str) -> None:
    user = people.find_user(world, tenant, upn)
    sku = user and people.cloud_pc_licence(world, tenant, user["body"]["id"])
    if user and sku:
        people.unassign(world, tenant, user["body"]["id"], sku)


@section("graph")
def _objects(world: World) -> list[Json]:
    """Everything Graph knows, of every kind and tenant."""
    found = []
    for name in world.kinds("graph/"):
        _, tenant, kind = name.split("/", 2)
        for key, value in world.documents(name).items():
            inner = _without_secrets(value["inner"])
            told = {"tenant": tenant, "kind": kind, "id": key}
            found.append({**told, "body": value["body"], "inner": inner})
    return found


def _without_secrets(inner: Any) -> Any:
    """Of a password only whether there is one: `passwordSet`."""
    if isinstance(inner, list):
        return [_without_secrets(each) for each in inner]
    if not isinstance(inner, dict):
        return inner
    secret = [key for key in inner if key.lower().endswith("password")]
    kept = {key: _without_secrets(each) for key, each in inner.items() if key not in secret}
    if secret:
        kept["passwordSet"] = any(inner[key] for key in secret)
    return kept
