"""Control plane of the users: they sign on and off, disconnect, and read what they were told."""

from __future__ import annotations

from collections.abc import Mapping

from . import ids
from .avd import agents, journal, routing, sessions
from .avd.protocol import HOST_POOLS, SESSION_HOSTS, USER_SESSIONS
from .control import control, refuse, section
from .wire import Answer
from .world import Json, Resource, World


@control("POST", "logon")
def _logon(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """`{"hostPool": name or id, "user": upn}`: the broker's choice, or 409 with its reason."""
    user, asked = body.get("user"), body.get("hostPool")
    if not isinstance(user, str) or not user or not isinstance(asked, str):
        return refuse(400, "hostPool and user are needed")
    pools = [pool for pool in world.each(HOST_POOLS) if _named(pool, asked)]
    if len(pools) != 1:
        return refuse(409, f"{len(pools)} host pools are named {asked}")
    choice = routing.place(
        _pool(pools[0]), _hosts(world, pools[0]), _sessions(world, pools[0]), user
    )
    if isinstance(choice, routing.Refusal):
        return refuse(409, choice.reason)
    return _seated(world, pools[0], choice, user)


def _seated(world: World, pool: Resource, choice: routing.Placement, user: str) -> Answer:
    host = world.find(f"{pool.id}/sessionHosts/{choice.host}")
    if host is None:
        return refuse(409, f"{choice.host} is gone")
    if choice.assigns:
        host.properties["assignedUser"] = user
    kept = choice.session_id and world.find(f"{host.id}/userSessions/{choice.session_id}")
    session = kept or sessions.begin(world, host, user)
    sessions.turn(world, session, sessions.ACTIVE)
    return Answer(200, {"sessionHost": host.name, "sessionId": session.name})


def _named(pool: Resource, asked: str) -> bool:
    return ids.same(asked, pool.id if asked.startswith("/") else pool.name)


def _pool(pool: Resource) -> routing.Pool:
    told = pool.properties
    return routing.Pool(
        name=pool.name,
        personal=told["hostPoolType"] == "Personal",
        depth_first=told["loadBalancerType"] == "DepthFirst",
        session_limit=told["maxSessionLimit"],
        assigns_itself=told.get("personalDesktopAssignmentType", "Automatic") == "Automatic",
    )


def _hosts(world: World, pool: Resource) -> list[routing.Host]:
    sessions_of = agents.sessions_by_host(world, pool.id)
    return [
        routing.Host(
            name=host.name,
            status=agents.status(world, host),
            allow_new_session=host.properties["allowNewSession"],
            sessions=sessions_of[host.id.lower()],
            assigned_user=host.properties.get("assignedUser"),
        )
        for host in world.each(SESSION_HOSTS, pool.id)
    ]


def _sessions(world: World, pool: Resource) -> list[routing.Session]:
    return [
        routing.Session(
            host=ids.name_of(ids.parent_of(session.id)),
            session_id=session.name,
            user=session.properties["userPrincipalName"],
        )
        for session in world.each(USER_SESSIONS, pool.id)
    ]


@control("POST", "logoff")
def _logoff(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """The user signs off everywhere."""
    mine = sessions.of_user(world, str(body.get("user") or ""))
    for session in mine:
        world.remove(session.id)
    return _done(mine, body)


@control("POST", "disconnect")
def _disconnect(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """The user closes the window; the session stays."""
    mine = sessions.of_user(world, str(body.get("user") or ""))
    for session in mine:
        sessions.turn(world, session, sessions.DISCONNECTED)
    return _done(mine, body)


def _done(mine: list[Resource], body: Json) -> Answer:
    if not mine:
        return refuse(404, f"{body.get('user')} has no session")
    return Answer(200, {"sessions": len(mine)})


@control("GET", "messages")
def _messages(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    return Answer(200, {"messages": journal.entries(world, "messages")})


@section("signouts")
def _signouts(world: World) -> list[Json]:
    return journal.entries(world, "signouts")


@section("sessions")
def _all_sessions(world: World) -> list[Json]:
    return [_told(session) for session in world.each(USER_SESSIONS)]


def _told(session: Resource) -> Json:
    host = ids.parent_of(session.id)
    return {
        "id": session.id,
        "user": session.properties["userPrincipalName"],
        "hostPool": ids.name_of(ids.parent_of(host)),
        "sessionHost": ids.name_of(host),
        "sessionId": session.name,
        "state": session.properties["sessionState"],
        "createTime": session.properties["createTime"],
    }
