"""Trouble on demand: faults on single requests, and behaviours of the world.

A fault is matched by method and path and used up after `times` requests. One named after a known
failure (`failures.NAMED`) appears where that failure really does: as the immediate answer, as the
end of the long-running operation, or in the instance view.
A behaviour holds until it is cleared.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from . import failures
from .failures import Surface
from .wire import Answer
from .world import Json, World

if TYPE_CHECKING:
    from .router import Call

BEHAVIOURS = (
    "hosts-never-register",
    "hosts-unhealthy",
    "sysprep-fails",
    "vm-create-fails",
    "slow-vm",
    "replication-stuck",
    "reprovision-fails",
    "reprovision-stuck",
    "health-check-fails",
    "image-fails",
)
# What a behaviour may say besides whom it strikes: how the failure it makes is called.
TOLD = ("code", "message", "errorCode", "errorType", "warning")

# The type segment of a path → the word used in `match`.
_WORDS = {
    "virtualmachines": "vm",
    "networkinterfaces": "nic",
    "disks": "disk",
    "snapshots": "snapshot",
    "galleries": "gallery",
    "images": "image",
    "versions": "version",
    "extensions": "extension",
    "runcommands": "runCommand",
    "hostpools": "hostPool",
    "sessionhosts": "sessionHost",
}


@dataclass
class Fault:
    """A fault on the answer itself, already counted as used."""

    value: Json

    @property
    def delay(self) -> float:
        return float(self.value.get("delaySeconds") or 0)

    @property
    def after(self) -> bool:
        """True: the request is carried out, and only its answer is replaced or dropped."""
        return bool(self.value.get("after"))

    @property
    def answer(self) -> Answer | None:
        """None for a fault that only delays."""
        if self.value.get("drop"):
            return Answer(0, dropped=True)
        if not self.value.get("status"):
            return None
        headers = {key: str(text) for key, text in (self.value.get("headers") or {}).items()}
        return Answer(int(self.value["status"]), self.value.get("body"), headers)


def named(body: Json) -> list[Json]:
    """What `{"failure": name, …}` stands for; KeyError if no failure has that name.

    The caller's own `method`, `path`, `match` and `times` go before the failure's.
    """
    own = {key: value for key, value in body.items() if value is not None}
    return [{**asdict(failure), **own} for failure in failures.expand(str(body["failure"]))]


def take(call: Call) -> Fault | None:
    """The first fault on the answer itself that fits this request."""
    found = _first(call, {Surface.RESPONSE})
    return Fault(found) if found else None


def doom(call: Call) -> Json | None:
    """The named failure, if any, with which the operation this request starts shall end."""
    return _first(call, {Surface.OPERATION, Surface.INSTANCE_VIEW})


def behaves(world: World, kind: str, **facts: str) -> bool:
    """Whether a behaviour of that kind holds for these facts (`vm`, `hostPool`, `version`, …)."""
    return behaviour(world, kind, **facts) is not None


def behaviour(world: World, kind: str, **facts: str) -> Json | None:
    """The first behaviour of that kind that holds for these facts, with what it was `TOLD`."""
    return next(iter(behaviours(world, kind, **facts)), None)


def behaviours(world: World, kind: str, **facts: str) -> list[Json]:
    """All of that kind that hold for these facts."""
    return [
        value
        for value in world.documents("behaviours").values()
        if value["kind"] == kind and _matches(value.get("match") or {}, facts)
    ]


def _first(call: Call, surfaces: set[Surface]) -> Json | None:
    for key, value in call.world.documents("faults").items():
        if value.get("surface", Surface.RESPONSE) in surfaces and _fits(value, call):
            _use(call.world, key, value)
            told: Json = _filled(value, _told(call)) if value.get("failure") else value
            return told
    return None


def _told(call: Call) -> dict[str, str]:
    """What a request can tell a named failure's text."""
    known = call.world.find(call.path.owner_id)
    facts = {
        **_facts(call),
        "sub": call.path.subscription,
        "rg": call.path.resource_group,
        "guid": str(uuid4()),
        "time": call.world.timestamp,
    }
    facts["location"] = facts["location"] or (known.location if known else "")
    if "extension" in facts:
        facts["ext"] = facts["extension"]
    return facts


def _filled(value: Any, told: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda word: told.get(word[1]) or word[0], value)
    if isinstance(value, list):
        return [_filled(item, told) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, told) for key, item in value.items()}
    return value


def _fits(value: Json, call: Call) -> bool:
    wanted, path = value.get("method"), value.get("path")
    if wanted and not re.fullmatch(wanted, call.method, re.IGNORECASE):
        return False
    if path and not re.search(path, call.path.path, re.IGNORECASE):
        return False
    return _matches(value.get("match") or {}, _facts(call))


def _facts(call: Call) -> dict[str, str]:
    pairs = zip(call.path.types, call.path.names, strict=False)
    facts = {_WORDS.get(kind.lower(), kind): name for kind, name in pairs}
    hardware = (call.body.get("properties") or {}).get("hardwareProfile") or {}
    return {
        **facts,
        "path": call.path.path,
        "location": str(call.body.get("location") or ""),
        "size": str(hardware.get("vmSize") or ""),
        "resourceGroup": call.path.resource_group,
        "subscription": call.path.subscription,
    }


def _matches(match: Json, facts: dict[str, str]) -> bool:
    """`vm` and `path` are regular expressions, everything else is compared without case."""
    for key, wanted in match.items():
        found = facts.get(key, "")
        if key in ("vm", "path"):
            if not re.search(str(wanted), found, re.IGNORECASE):
                return False
        elif found.lower() != str(wanted).lower():
            return False
    return True


def _use(world: World, key: str, value: Json) -> None:
    left = int(value.get("times") or 1) - 1
    if left > 0:
        world.documents("faults").save(key, {**value, "times": left})
    else:
        world.documents("faults").remove(key)
