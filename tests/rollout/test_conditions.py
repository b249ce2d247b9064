"""Conditions are independent truths, and Unknown is one of the answers."""

from __future__ import annotations

import pytest

from spotgroups.rollout.actions import Plan
from spotgroups.rollout.conditions import TYPES
from spotgroups.rollout.state import Method

from .pools import NOW, drained, new, old, planned, told
from .sim_hosts import desired

WANTED = desired(Method.IMMEDIATE, 2)
READY = (new("new-1"), new("new-2", 1))


def reasons(plan: Plan) -> dict[str, tuple[str, str]]:
    return {c.type: (c.status.value, c.reason) for c in plan.conditions}


CASES: dict[str, tuple[Plan, dict[str, tuple[str, str]]]] = {
    "at the start": (
        planned(WANTED, old("sh-1"), old("sh-2")),
        {
            "Available": ("True", "EnoughSeats"),
            "NewHostsReady": ("False", "Building"),
            "CutOver": ("False", "WaitingForNewHosts"),
            "Draining": ("False", "NoneDraining"),
            "HostsUpToDate": ("False", "OldHostsLeft"),
            "Paused": ("False", "NotPaused"),
        },
    ),
    "before a scheduled time": (
        planned(desired(Method.SCHEDULED, 2, cut_over_at=NOW.replace(hour=23)), old("sh-1")),
        {"CutOver": ("False", "WaitingForTime")},
    ),
    "after cut-over": (
        planned(WANTED, told(drained("sh-1", 1), 1), *READY, cut_over_at=NOW),
        {
            "CutOver": ("True", "Begun"),
            "Draining": ("True", "OldHostsDraining"),
            "UsersWarned": ("True", "AllWarned"),
            "NewHostsReady": ("True", "AllReady"),
        },
    ),
    "with a user still to be warned": (
        planned(WANTED, drained("sh-1", 1), *READY),
        {"UsersWarned": ("False", "SomeToWarn")},
    ),
    "below the floor": (
        planned(WANTED, old("sh-1"), old("sh-2", heartbeat=None)),
        {"Available": ("False", "BelowFloor")},
    ),
    "when too many builds failed": (
        planned(WANTED, old("sh-1"), attempts={0: 2}),
        {"NewHostsReady": ("False", "BuildsFailed"), "Paused": ("True", "TooManyFailures")},
    ),
    "paused and draining at once": (
        planned(desired(Method.IMMEDIATE, 2, paused=True), drained("sh-1", 1), *READY),
        {"Paused": ("True", "ByAdministrator"), "Draining": ("True", "OldHostsDraining")},
    ),
    "at the end": (planned(WANTED, *READY), {"HostsUpToDate": ("True", "AllOnVersion")}),
}


@pytest.mark.parametrize("case", list(CASES))
def test_conditions(case: str) -> None:
    plan, expected = CASES[case]
    found = reasons(plan)
    assert {kind: found[kind] for kind in expected} == expected


def test_every_condition_is_there_in_every_plan_with_a_sentence() -> None:
    for plan, _ in CASES.values():
        assert [c.type for c in plan.conditions] == list(TYPES)
        assert all(c.message.endswith(".") and c.reason for c in plan.conditions)


def test_what_cannot_be_seen_is_unknown() -> None:
    found = reasons(planned(WANTED, readable=False))
    assert found.pop("Paused") == ("False", "NotPaused")
    assert set(found.values()) == {("Unknown", "AzureUnreadable")}
