"""Short words for small pools, and what a plan does to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from spotgroups.rollout import actions as act
from spotgroups.rollout.planner import plan
from spotgroups.rollout.state import Build, Desired, Host, Observed, Session

from .sim_hosts import NEW, OLD, START

NOW = START
LONG_AGO = START - timedelta(hours=3)


def old(name: str, users: int = 0, **changes: object) -> Host:
    sessions = tuple(Session(f"{n}", f"{name}-user{n}") for n in range(users))
    host = Host(name=name, version=OLD, heartbeat=NOW, sessions=sessions)
    return replace(host, **changes)  # type: ignore[arg-type]


def new(name: str, slot: int | None = 0, users: int = 0, **changes: object) -> Host:
    return replace(old(name, users), **{"version": NEW, "slot": slot, **changes})  # type: ignore[arg-type]


def drained(name: str, users: int = 0, **changes: object) -> Host:
    return old(name, users, **{"draining": True, "drained_at": LONG_AGO, **changes})


def building(name: str, slot: int, stage: Build = Build.VM, **changes: object) -> Host:
    bare = Host(name, None, record_exists=False, vm_exists=False, slot=slot, unready_since=NOW)
    return replace(bare, build=stage, **changes)  # type: ignore[arg-type]


def told(host: Host, minutes_ago: float, **changes: object) -> Host:
    at = NOW - timedelta(minutes=minutes_ago)
    warned = [replace(s, warned_at=at, **changes) for s in host.sessions]  # type: ignore[arg-type]
    return replace(host, sessions=tuple(warned))


def seen(*hosts: Host, **changes: object) -> Observed:
    attempts = {h.slot: 1 for h in hosts if h.slot is not None}
    return replace(Observed(hosts, attempts), **changes)  # type: ignore[arg-type]


def planned(wanted: Desired, *hosts: Host, **changes: object) -> act.Plan:
    return plan(wanted, seen(*hosts, **changes), NOW)


def does(found: act.Plan) -> list[str]:
    """`Drain sh-1` and the like, without reasons."""
    return [one(action) for action in found.actions]


def one(action: act.Action) -> str:
    what = action.slot if isinstance(action, act.BuildHost) else getattr(action, "host", "")
    return f"{type(action).__name__} {what}".strip()
