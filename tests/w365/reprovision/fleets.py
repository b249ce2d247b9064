"""Short words for small fleets, and what a plan does to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from w365.reprovision import actions as act
from w365.reprovision.planner import plan
from w365.reprovision.state import Desired, Observed, Pc

from .simulator import NEW, OLD, START
from .simulator import desired as desired

NOW = START + timedelta(hours=1)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def pc(name: str, ring: int = 1, **changes: object) -> Pc:
    made = Pc(
        id=name, name=name, user=f"user of {name}", ring=ring,
        device_id=f"old {name}", old_device_id=f"old {name}", image_name=OLD, old_image=OLD,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def asked(name: str, minutes: float, ring: int = 1, **changes: object) -> Pc:
    """We asked so long ago; Windows 365 is at work."""
    return pc(name, ring, **{"attempt": 1, "asked_at": ago(minutes), "status": "provisioning",
                             **changes})  # fmt: skip


def anew(name: str, ring: int = 1, **changes: object) -> Pc:
    """Made anew with the pinned image, but not recorded so."""
    there = {"status": "provisioned", "device_id": f"new {name}", "image_name": NEW}
    return asked(name, 40, ring, **{**there, **changes})


def done(name: str, minutes: float, ring: int = 1, **changes: object) -> Pc:
    return anew(name, ring, **{"finished_at": ago(minutes), **changes})


def seen(*pcs: Pc, **changes: object) -> Observed:
    policy = Observed(pcs, policy_image_id=f"id of {NEW}", policy_image_name=NEW)
    return replace(policy, **changes)  # type: ignore[arg-type]


def planned(wanted: Desired, *pcs: Pc, **changes: object) -> act.Plan:
    return plan(wanted, seen(*pcs, **changes), NOW)


def does(found: act.Plan) -> list[str]:
    return [f"{type(each).__name__} {getattr(each, 'pc', '')}".strip() for each in found.actions]


def stands(found: act.Plan) -> dict[str, str]:
    return {each.id: each.phase.value for each in found.pcs}
