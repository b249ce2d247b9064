"""Cancel: back where nothing was cut over, else keep what serves."""

from __future__ import annotations

import pytest

from spotgroups.rollout.actions import Outcome
from spotgroups.rollout.state import Build, Host, Method

from .pools import LONG_AGO, NOW, building, does, drained, new, old, planned, told
from .sim_hosts import desired

CANCELLED = desired(Method.IMMEDIATE, 2, cancelled=True)
EMPTIED = new("new-1", draining=True, drained_at=LONG_AGO)
IN_USE = new("new-1", 0, 1, draining=True, drained_at=LONG_AGO)
NEW_HOSTS = (new("new-1"), new("new-2", 1))
OLD_HOSTS = (old("sh-1", 1), old("sh-2"))

BEFORE: dict[str, tuple[list[Host], list[str]]] = {
    "a build that runs is stopped": (
        [*OLD_HOSTS, building("new-1", 0, Build.JOINING, vm_exists=True)],
        ["RemoveVm new-1"],
    ),
    "a VM just asked for is looked for first": ([*OLD_HOSTS, building("new-1", 0)], []),
    "an unused new host is drained": ([*OLD_HOSTS, new("new-1")], ["Drain new-1"]),
    "and goes when it is still empty": ([*OLD_HOSTS, EMPTIED], ["RemoveRecord new-1"]),
    "a new host somebody just signed on to takes users again": (
        [*OLD_HOSTS, IN_USE],
        ["Undrain new-1"],
    ),
    "an old host we drained serves again": ([drained("sh-1"), old("sh-2")], ["Undrain sh-1"]),
    "an old host an admin had drained stays so": (
        [drained("sh-1", draining_before_us=True), old("sh-2"), old("sh-3")],
        [],
    ),
    "the new host stays where the old ones died": (
        [old("sh-1"), old("sh-2", heartbeat=None), new("new-1")],
        [],
    ),
}  # fmt: skip

AFTER: dict[str, tuple[list[Host], list[str]]] = {
    "a drained old host is not needed": ([drained("sh-1", 2), *NEW_HOSTS], []),
    "a drained old host comes back where seats are short": (
        [drained("sh-1", 2), drained("sh-2", 1), new("new-1")],
        ["Undrain sh-2"],
    ),
    "users warned are not signed out any more": (
        [told(drained("sh-1", 2), 9), *NEW_HOSTS],
        [],
    ),
    "an empty old host is not removed any more": ([drained("sh-1"), *NEW_HOSTS], []),
    "a removal that was begun goes on": (
        [drained("sh-1", record_exists=False, removing=True), *NEW_HOSTS],
        ["RemoveVm sh-1"],
    ),
    "a new host that never became ready goes": (
        [old("sh-1"), new("new-1"), building("new-2", 1, Build.FAILED, vm_exists=True)],
        ["RemoveVm new-2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(BEFORE))
def test_before_cut_over(case: str) -> None:
    hosts, expected = BEFORE[case]
    assert does(planned(CANCELLED, *hosts)) == expected


@pytest.mark.parametrize("case", list(AFTER))
def test_after_cut_over_began(case: str) -> None:
    hosts, expected = AFTER[case]
    assert does(planned(CANCELLED, *hosts, cut_over_at=NOW)) == expected


def test_it_is_cancelled_when_nothing_is_left_to_do() -> None:
    assert planned(CANCELLED, *OLD_HOSTS).outcome is Outcome.CANCELLED
    assert planned(CANCELLED, *OLD_HOSTS, new("new-1")).outcome is Outcome.RUNNING


def test_what_stays_is_listed_with_why() -> None:
    found = planned(CANCELLED, drained("sh-1", 2), new("new-1"), new("new-2", 1), cut_over_at=NOW)
    assert found.left == (
        "sh-1 stays in drain mode with 2 users.",
        "new-1 stays with 0 users on Desk 1.1.0.",
        "new-2 stays with 0 users on Desk 1.1.0.",
    )


def test_an_update_that_has_succeeded_is_not_cancelled_any_more() -> None:
    assert planned(CANCELLED, new("new-1"), new("new-2", 1)).outcome is Outcome.SUCCEEDED
