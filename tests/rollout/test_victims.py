"""Which old host is given up next."""

from __future__ import annotations

import pytest

from spotgroups.rollout.pool import Pool
from spotgroups.rollout.state import Desired, Health, Host, Method
from spotgroups.rollout.victims import next_victims

from .pools import LONG_AGO, NOW, drained, new, old, seen
from .sim_hosts import desired

LOOSE = desired(Method.OPPORTUNISTIC, 4, floor_seats=0)
KEEP_TWO = desired(Method.OPPORTUNISTIC, 4, floor_seats=4)
ILL = Health.UNHEALTHY

CASES: dict[str, tuple[Desired, list[Host], list[str]]] = {
    "the one that is not healthy goes first": (LOOSE, [old("a"), old("b", health=ILL)], ["b", "a"]),
    "one with a stale heartbeat is not healthy": (
        LOOSE,
        [old("a"), old("b", 2, heartbeat=LONG_AGO)],
        ["b", "a"],
    ),
    "one an admin drained serves nobody new": (
        LOOSE,
        [old("a"), old("b", 1, draining=True)],
        ["b", "a"],
    ),
    "an idle one goes before one with users": (LOOSE, [old("a", 1), old("b")], ["b", "a"]),
    "the fewest users go first": (LOOSE, [old("a", 3), old("b", 1), old("c", 2)], ["b", "c", "a"]),
    "equals go by name": (LOOSE, [old("b"), old("a")], ["a", "b"]),
    "one already given up is no victim": (LOOSE, [drained("a"), old("b")], ["b"]),
    "the floor keeps the rest": (KEEP_TWO, [old("a", 1), old("b"), old("c")], ["b", "c"]),
    "an unhealthy one costs no seats": (
        KEEP_TWO,
        [old("a"), old("b", health=ILL), old("c")],
        ["b", "a"],
    ),
    "below the floor not even an unhealthy one goes": (
        desired(Method.OPPORTUNISTIC, 4, floor_seats=8),
        [old("a"), old("b", health=ILL)],
        [],
    ),
    "forced methods give up as many as are replaced": (
        desired(Method.IMMEDIATE, 3, surge=1, floor_seats=0),
        [old("a"), old("b"), old("c")],
        ["a"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(CASES))
def test_victims(case: str) -> None:
    wanted, hosts, expected = CASES[case]
    pool = Pool(wanted, seen(*hosts, new("new-1")), NOW)
    assert [h.name for h in next_victims(pool)] == expected


def test_without_a_new_host_there_is_no_victim() -> None:
    assert next_victims(Pool(LOOSE, seen(old("a"), old("b")), NOW)) == []


def test_a_pool_larger_than_allowed_may_shrink_before_a_new_host_comes() -> None:
    wanted = desired(Method.OPPORTUNISTIC, 1, floor_seats=2)
    hosts = [old("a"), old("b"), old("c")]
    assert [h.name for h in next_victims(Pool(wanted, seen(*hosts), NOW))] == ["a", "b"]
