"""How many may fail, how many may exist, how many seats stay open."""

from __future__ import annotations

from spotgroups.rollout.actions import Outcome, Plan
from spotgroups.rollout.state import Build, Failure, Floor, Host, Method, default_surge, floor_seats

from .pools import building, does, new, old, planned
from .sim_hosts import desired


def failed(slot: int, permanent: bool = False) -> Host:
    why = Failure("quota", "No quota is left.", permanent)
    return building(f"new-{slot + 1}", slot, Build.FAILED, failure=why)


def halted(*hosts: Host, attempts: dict[int, int], **changes: object) -> Plan:
    wanted = desired(Method.IMMEDIATE, 2, **changes)
    return planned(wanted, old("sh-1"), *hosts, attempts=attempts)


def test_one_failure_within_the_budget_is_tried_again() -> None:
    assert "BuildHost 1" in does(halted(new("new-1"), attempts={0: 1, 1: 1}))


def test_more_failures_than_the_budget_stop_and_ask() -> None:
    found = halted(attempts={0: 1, 1: 1})
    assert found.outcome is Outcome.HALTED
    assert not found.actions
    assert "2 new hosts failed where 1 may" in found.waiting_for
    assert "the old hosts keep serving" in found.waiting_for


def test_a_failure_that_trying_cannot_cure_stops_at_once() -> None:
    found = halted(new("new-1"), failed(1, permanent=True), attempts={0: 1, 1: 1})
    still = halted(
        new("new-1"),
        building("new-2", 1, Build.FAILED, vm_exists=True, failure=Failure("q", "No.", True)),
        attempts={0: 1, 1: 1},
    )
    assert found.outcome is Outcome.RUNNING, "nothing of it is left: it may be tried again"
    assert still.outcome is Outcome.HALTED


def test_a_slot_is_tried_only_so_often() -> None:
    found = halted(new("new-1"), attempts={0: 1, 1: 3}, failure_budget=9)
    assert found.outcome is Outcome.HALTED
    assert "new-2 was tried 3 times" in found.waiting_for


def test_after_a_failure_no_more_builds_run_than_may_fail() -> None:
    wanted = desired(Method.IMMEDIATE, 4, failure_budget=2)
    builds = [b for b in does(planned(wanted, old("sh-1"), attempts={0: 1})) if "Build" in b]
    assert len(builds) == 2


def test_what_stays_open_is_the_start_or_the_demand_or_what_is_wanted() -> None:
    assert floor_seats(Floor.START, 20, 3, 2, 40) == 20
    assert floor_seats(Floor.DEMAND, 20, 3, 2, 40) == 5
    assert floor_seats(Floor.DEMAND, 20, 30, 2, 40) == 20
    assert floor_seats(Floor.START, 20, 3, 2, 10) == 10


def test_all_new_hosts_beside_all_old_ones_unless_nobody_is_in_a_hurry() -> None:
    assert default_surge(Method.OPPORTUNISTIC, 4, 4) == 1
    assert default_surge(Method.IMMEDIATE, 4, 6) == 6
