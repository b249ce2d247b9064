"""User sessions. Source: Azure/azure-rest-api-specs, desktopvirtualization 2024-04-03."""

from __future__ import annotations

import re
from uuid import uuid4

from .. import ids
from ..failures.avd import SESSION_NOT_FOUND
from ..router import Call, ResourceType, action, declare, route
from ..wire import Answer
from ..world import Resource, World
from . import agents, journal
from .protocol import HOST_POOLS, USER_SESSIONS, instant, is_true, listing, refused

ACTIVE, DISCONNECTED = "Active", "Disconnected"

declare(ResourceType(USER_SESSIONS))


# -- what users do ------------------------------------------------------------------------------


def begin(world: World, host: Resource, user: str) -> Resource:
    number = int(host.inner.get("lastSession", 1)) + 1  # Windows keeps 0 and 1 for itself
    host.inner["lastSession"] = number
    world.save(host)
    name, _, domain = user.partition("@")
    session_id = f"{host.id}/userSessions/{number}"
    body = {
        "id": session_id,
        "name": f"{host.body['name']}/{number}",
        "type": USER_SESSIONS,
        "properties": {
            "objectId": str(uuid4()),
            "userPrincipalName": user,
            "applicationType": "Desktop",
            "sessionState": ACTIVE,
            "activeDirectoryUserName": f"{domain.partition('.')[0].upper()}\\{name}",
            "createTime": instant(world.now),
        },
    }
    return world.save(Resource(session_id, USER_SESSIONS, body))


def turn(world: World, session: Resource, state: str) -> None:
    session.properties["sessionState"] = state
    world.save(session)


def of_user(world: World, user: str, under: str = "") -> list[Resource]:
    return [
        session
        for session in world.each(USER_SESSIONS, under)
        if session.properties["userPrincipalName"].lower() == user.lower()
    ]


# -- what administrators do ---------------------------------------------------------------------


def _session(call: Call) -> Resource:
    """Source: https://github.com/Azure/RDS-Templates/issues/540. A session left over on a host
    that is down is listed, but nothing can be done to it: the same 404, RDS-Templates issue 273."""
    session = call.find(call.path.owner_id)
    host = call.find(ids.parent_of(call.path.owner_id))
    if session is None or host is None or (call.method != "GET" and not agents.is_up(host)):
        raise refused(404, SESSION_NOT_FOUND)
    return session


@route("GET", USER_SESSIONS, item=False)
def _list(call: Call) -> Answer:
    sessions = call.world.each(USER_SESSIONS, call.resource.id)
    return listing(call, [session.body for session in sessions])


@route("GET", f"{HOST_POOLS}/userSessions", item=False)
def _list_of_pool(call: Call) -> Answer:
    """`$filter` is "userPrincipalName eq '…' and state eq '…'", both or one of them."""
    wanted = {k.lower(): v for k, v in re.findall(r"(\w+) eq '([^']*)'", call.asked("$filter"))}
    sessions = call.world.each(USER_SESSIONS, call.resource.id)
    return listing(call, [each.body for each in sessions if _fits(each, wanted)])


def _fits(session: Resource, wanted: dict[str, str]) -> bool:
    found = session.properties
    facts = {"userprincipalname": found["userPrincipalName"], "state": found["sessionState"]}
    facts["sessionstate"] = found["sessionState"]
    return all(facts.get(key, "").lower() == value.lower() for key, value in wanted.items())


@route("GET", USER_SESSIONS)
def _get(call: Call) -> Answer:
    return Answer(200, _session(call).body)


@route("DELETE", USER_SESSIONS)
def _sign_out(call: Call) -> Answer:
    session = _session(call)
    forced = is_true(call.asked("force"))
    journal.signed_out(call.world, session, via="session-delete", forced=forced)
    call.world.remove(session.id)
    return Answer(200)


@action(USER_SESSIONS, "disconnect")
def _disconnect(call: Call) -> Answer:
    turn(call.world, _session(call), DISCONNECTED)
    return Answer(200)


@action(USER_SESSIONS, "sendMessage")
def _send_message(call: Call) -> Answer:
    title, text = call.body.get("messageTitle"), call.body.get("messageBody")
    session = _session(call)
    if not isinstance(title, str) or not isinstance(text, str):
        raise refused(400, "messageTitle and messageBody are required")  # believed
    journal.told(call.world, session, title, text)
    return Answer(200)
