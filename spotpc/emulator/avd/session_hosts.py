"""Session hosts. Source: Azure/azure-rest-api-specs, desktopvirtualization 2024-04-03."""

from __future__ import annotations

from collections import Counter

from ..failures.avd import HOST_HAS_SESSIONS, HOST_NOT_FOUND
from ..router import Call, ResourceType, declare, route
from ..wire import Answer
from ..world import Json, Resource, World
from . import agents, journal
from .protocol import SESSION_HOSTS, USER_SESSIONS, instant, is_true, listing, refused

_CHANGEABLE = ("allowNewSession", "assignedUser", "friendlyName")
# Of Learn's "Azure Virtual Desktop session host statuses and health checks".
_CHECKS = (
    "DomainJoinedCheck",
    "DomainTrustCheck",
    "SxSStackListenerCheck",
    "UrlsAccessibleCheck",
    "MonitoringAgentCheck",
)


def _view(call: Call, host: Resource) -> Json:
    return shown(call.world, host, agents.sessions_by_host(call.world, host.id))


declare(ResourceType(SESSION_HOSTS, view=_view, names=r"[^/]{1,255}"))


def shown(world: World, host: Resource, sessions: Counter[str]) -> Json:
    """The body of a GET: what was stored, and what only the moment tells."""
    properties = {
        **host.properties,
        "status": agents.status(world, host),
        "lastHeartBeat": instant(agents.last_beat(world, host)),
        "sessions": sessions[host.id.lower()],
        "sessionHostHealthCheckResults": _checks(world, host),
    }
    return {**host.body, "properties": properties}


def _checks(world: World, host: Resource) -> list[Json]:
    """A host that never reported has none (believed)."""
    if host.properties["updateState"] == "Initial":
        return []
    at = instant(agents.last_beat(world, host))
    failed = set() if agents.healthy(world, host) else {"DomainTrustCheck"}
    if not agents.joined(world, host):
        failed.add("DomainJoinedCheck")
    return [_check(name, name not in failed, at) for name in _CHECKS]


# That of the trust: a public log; that of the join is believed.
_FAILURES = {
    "DomainTrustCheck": "SessionHost unhealthy: VerifyDomainTrust failed",
    "DomainJoinedCheck": "SessionHost unhealthy: SessionHost is not joined to a domain",
}


def _check(name: str, good: bool, at: str) -> Json:
    message = "SessionHost healthy" if good else _FAILURES[name]
    return {
        "healthCheckName": name,
        "healthCheckResult": "HealthCheckSucceeded" if good else "HealthCheckFailed",
        "additionalFailureDetails": {
            "message": message,
            "errorCode": 0 if good else -2146233088,
            "lastHealthCheckDateTime": at,
        },
    }


def _host(call: Call) -> Resource:
    """The host named, or this provider's own 404 (believed); the pool must exist as elsewhere."""
    host = call.find(call.path.path)
    if host is None:
        call.require_parent()
        raise refused(404, HOST_NOT_FOUND)
    return host


@route("GET", SESSION_HOSTS, item=False)
def _list(call: Call) -> Answer:
    pool = call.resource
    sessions = agents.sessions_by_host(call.world, pool.id)
    hosts = call.world.each(SESSION_HOSTS, pool.id)
    return listing(call, [shown(call.world, host, sessions) for host in hosts])


@route("GET", SESSION_HOSTS)
def _get(call: Call) -> Answer:
    return Answer(200, _view(call, _host(call)))


@route("PATCH", SESSION_HOSTS)
def _patch(call: Call) -> Answer:
    host, asked = _host(call), call.body.get("properties") or {}
    if not isinstance(asked.get("allowNewSession", True), bool):
        raise refused(400, "allowNewSession must be a boolean")  # believed
    host.properties.update({key: asked[key] for key in _CHANGEABLE if key in asked})
    call.world.save(host)
    return Answer(200, _view(call, host))


@route("DELETE", SESSION_HOSTS)
def _delete(call: Call) -> Answer:
    """Only the record goes, never the VM. With sessions, also kept ones, it needs `force`: Learn,
    Remove-AzWvdSessionHost. 204 when there is none: the answers the specification lists."""
    host = call.find(call.path.path)
    if host is None:
        call.require_parent()
        return Answer(204)
    sessions = list(call.world.each(USER_SESSIONS, host.id))
    forced = is_true(call.asked("force"))
    if sessions and not forced:
        raise refused(409, HOST_HAS_SESSIONS)
    for session in sessions if agents.is_up(host) else ():
        journal.signed_out(call.world, session, via="host-delete", forced=forced)
    agents.cancel(call.world, host)
    call.world.remove(host.id)
    return Answer(200)
