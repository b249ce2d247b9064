"""The control plane: `/emulator/…`, JSON, no token, loopback only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from . import faults
from .wire import Answer
from .world import Json, Resource, World

Control = Callable[[World, Json, Mapping[str, str]], Answer]

CONTROLS: dict[tuple[str, str], Control] = {}
SECTIONS: dict[str, Callable[[World], list[Json]]] = {}


def control(method: str, name: str) -> Callable[[Control], Control]:
    """Registers `handler(world, body, query)` for `{method} /emulator/{name}`."""

    def register(handler: Control) -> Control:
        CONTROLS[method, name] = handler
        return handler

    return register


def section(name: str) -> Callable[..., Any]:
    """Adds a list to `GET /emulator/state`: `handler(world) -> list`."""

    def register(handler: Callable[[World], list[Json]]) -> Callable[[World], list[Json]]:
        SECTIONS[name] = handler
        return handler

    return register


def refuse(status: int, reason: str) -> Answer:
    return Answer(status, {"error": reason})


def handle(world: World, method: str, name: str, body: Json, query: Mapping[str, str]) -> Answer:
    handler = CONTROLS.get((method, name.strip("/")))
    if handler is None:
        known = ", ".join(sorted(f"{m} /emulator/{n}" for m, n in CONTROLS))
        return refuse(404, f"There is: {known}")
    return handler(world, body, query)


@control("GET", "state")
def _state(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    answer: Json = {"speed": world.speed, "resources": [_shown(each) for each in world.each()]}
    answer.update({name: make(world) for name, make in SECTIONS.items()})
    return Answer(200, answer)


def _shown(resource: Resource) -> Json:
    return {**resource.body, "id": resource.id, "type": resource.type, "emulator": resource.inner}


@control("GET", "requests")
def _requests(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    return Answer(200, {"requests": world.journal(int(query.get("since") or 0))})


@control("POST", "speed")
def _speed(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    speed = body.get("speed")
    if not isinstance(speed, int | float) or isinstance(speed, bool) or speed <= 0:
        return refuse(400, "speed must be a number above 0")
    world.change_speed(float(speed))
    return Answer(200, {"speed": world.speed})


@control("POST", "faults")
def _add_fault(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    wrong = _wrong_fault(body)
    if wrong:
        return refuse(400, wrong)
    try:
        added = faults.named(body) if body.get("failure") else [body]
    except KeyError as unknown:
        return refuse(400, f"there is no failure named {unknown}")
    for value in added:
        world.documents("faults").save(str(uuid4()), value)
    return Answer(200, {"faults": world.documents("faults").values()})


def _wrong_fault(body: Json) -> str:
    match = body.get("match") or {}
    patterns = (body.get("method"), body.get("path"), match.get("vm"), match.get("path"))
    try:
        for pattern in patterns:
            re.compile(str(pattern or ""))
    except re.error as error:
        return f"not a regular expression: {error}"
    if not any(body.get(key) for key in ("status", "drop", "delaySeconds", "failure")):
        return "a fault needs one of status, drop, delaySeconds, failure"
    return ""


@control("DELETE", "faults")
def _clear_faults(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    world.documents("faults").clear()
    return Answer(200, {"faults": []})


@control("GET", "faults")
def _faults(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    return Answer(200, {"faults": world.documents("faults").values()})


@control("POST", "behaviours")
def _add_behaviour(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    if body.get("kind") not in faults.BEHAVIOURS:
        return refuse(400, f"kind must be one of {', '.join(faults.BEHAVIOURS)}")
    given = {**(body.get("match") or {}), **body}
    match = {key: each for key, each in (body.get("match") or {}).items() if key not in faults.TOLD}
    told = {key: given[key] for key in faults.TOLD if key in given}
    value = {"kind": body["kind"], "match": match, **told}
    world.documents("behaviours").save(str(uuid4()), value)
    world.emit("behaviours-changed")
    return Answer(200, {"behaviours": world.documents("behaviours").values()})


@control("DELETE", "behaviours")
def _clear_behaviours(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """Clears all, or those of the given `kind`."""
    kind = body.get("kind") or query.get("kind")
    for key, value in world.documents("behaviours").items():
        if kind in (None, value["kind"]):
            world.documents("behaviours").remove(key)
    world.emit("behaviours-changed")
    return Answer(200, {"behaviours": world.documents("behaviours").values()})


@control("GET", "behaviours")
def _behaviours(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    return Answer(200, {"behaviours": world.documents("behaviours").values()})


@control("POST", "apps")
def _app(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """Registers an app: from now on its secret is checked. Unregistered ones pass with any.

    `roles` are the permissions in Graph an admin consented to; they are in tokens issued from now
    on. Without, the app has every one.
    """
    if not body.get("clientId"):
        return refuse(400, "clientId is missing")
    value = {
        "secret": body.get("secret", ""),
        "expired": bool(body.get("expired")),
        "roles": body.get("roles"),
    }
    world.documents("apps").save(str(body["clientId"]).lower(), value)
    told = {key: value[key] for key in ("expired", "roles") if value[key] is not None}
    return Answer(200, {"clientId": body["clientId"], **told})


@control("POST", "subscriptions")
def _subscription(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """Ties a subscription to a tenant: from now on tokens of another tenant are refused."""
    if not body.get("subscription") or not body.get("tenant"):
        return refuse(400, "subscription and tenant are needed")
    value = {"tenant": str(body["tenant"]), "name": str(body.get("name") or "")}
    world.documents("subscriptions").save(str(body["subscription"]).lower(), value)
    return Answer(200, {"subscription": body["subscription"], **value})


@control("POST", "quota")
def _quota(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """`family` is a usage name such as `cores` or `standardDSv5Family`."""
    if any(body.get(key) is None for key in ("subscription", "location", "family", "limit")):
        return refuse(400, "subscription, location, family and limit are needed")
    parts = (str(body[part]).replace(" ", "") for part in ("subscription", "location", "family"))
    key = "/".join(parts).lower()
    world.documents("quota").save(key, {"limit": int(body["limit"])})
    return Answer(200, body)
