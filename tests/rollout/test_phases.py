"""What the page calls the state of a host."""

from __future__ import annotations

import pytest

from spotgroups.rollout.actions import HostPhase, Phase
from spotgroups.rollout.state import Build, Health, Host, Method

from .pools import building, drained, new, old, planned, told
from .sim_hosts import desired

IMMEDIATE = desired(Method.IMMEDIATE, 2)
READY = (new("new-1", 0), new("new-2", 1))


def phase_of(host: Host, *others: Host) -> HostPhase:
    plan = planned(IMMEDIATE, host, *others, *READY)
    return next(p for p in plan.hosts if p.name == host.name)


PHASES = {
    "Serving": old("x"),
    "Not healthy": old("x", health=Health.UNHEALTHY),
    "In drain mode": old("x", draining=True),
    "Draining": drained("x"),
    "Waiting for 3 users": drained("x", 3),
    "Warned (sign-out 20:03)": told(drained("x", 1), 2),
    "Signing out": told(drained("x", 1), 6),
    "Removing": drained("x", record_exists=False, removing=True),
    "Removed": drained("x", record_exists=False, vm_exists=False),
    "Not in the pool": old("x", record_exists=False),
    "Building VM": building("x", 2),
    "Joining": building("x", 2, Build.JOINING),
    "Registering": building("x", 2, Build.REGISTERING),
    "Ready": new("x", 2),
    "Failed": building("x", 2, Build.FAILED, vm_exists=True),
}


@pytest.mark.parametrize("label", list(PHASES))
def test_the_page_calls_it(label: str) -> None:
    assert phase_of(PHASES[label]).label == label


def test_hosts_to_come_are_listed_too() -> None:
    found = planned(IMMEDIATE, old("sh-1")).hosts
    assert [(p.name, p.phase) for p in found if p.new] == [
        ("new-1", Phase.PLANNED),
        ("new-2", Phase.PLANNED),
    ]
