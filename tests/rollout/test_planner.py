"""One decision each; the rules over whole histories are in `test_rules.py`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spotgroups.rollout.actions import Outcome, Warn
from spotgroups.rollout.state import Build, Health, Host, Method, SessionState

from .pools import LONG_AGO, NOW, building, does, drained, new, old, planned, told
from .sim_hosts import OLD, desired

IMMEDIATE = desired(Method.IMMEDIATE, 2)
OPPORTUNISTIC = desired(Method.OPPORTUNISTIC, 2)
HOUR = timedelta(hours=1)
SCHEDULED = desired(Method.SCHEDULED, 2, cut_over_at=NOW + HOUR)
READY = (new("new-1", 0), new("new-2", 1))

STANDING = (
    new("new-1", 0, draining=True, drained_at=LONG_AGO),
    new("new-2", 1, draining=True, drained_at=LONG_AGO),
)

WHAT_IT_DOES = {
    "scheduled keeps new hosts closed until its time": (
        SCHEDULED,
        [old("sh-1"), old("sh-2"), *READY],
        ["Drain new-1", "Drain new-2"],
    ),
    "scheduled leaves new hosts closed before its time": (
        SCHEDULED,
        [old("sh-1"), old("sh-2"), *STANDING],
        [],
    ),
    "scheduled opens its new hosts first when its time has come": (
        desired(Method.SCHEDULED, 2, cut_over_at=NOW),
        [old("sh-1"), old("sh-2"), *STANDING],
        ["Undrain new-1", "Undrain new-2"],
    ),
    "scheduled opens its new hosts early when seats run short": (
        SCHEDULED,
        [old("sh-1", health=Health.UNHEALTHY), old("sh-2"), *STANDING],
        ["Undrain new-1", "Undrain new-2"],
    ),
    "scheduled keeps new hosts open while seats are short": (
        SCHEDULED,
        [old("sh-1", health=Health.UNHEALTHY), old("sh-2"), *READY],
        [],
    ),
    "immediate builds all new hosts at once": (
        IMMEDIATE,
        [old("sh-1"), old("sh-2")],
        ["BuildHost 0", "BuildHost 1"],
    ),
    "opportunistic builds within the surge": (
        OPPORTUNISTIC,
        [old("sh-1"), old("sh-2")],
        ["BuildHost 0"],
    ),
    "a host on the target version is not rebuilt": (
        IMMEDIATE,
        [old("sh-1"), new("sh-2", None)],
        ["BuildHost 0"],
    ),
    "a host of unknown version is old": (
        IMMEDIATE,
        [old("sh-1", version=None), *READY],
        ["BeginCutOver", "Drain sh-1"],
    ),
    "immediate drains no old host while one new host is missing": (
        IMMEDIATE,
        [old("sh-1"), old("sh-2"), new("new-1"), building("new-2", 1, Build.JOINING)],
        [],
    ),
    "immediate drains all old hosts together": (
        IMMEDIATE,
        [old("sh-1", 2), old("sh-2"), *READY],
        ["BeginCutOver", "Drain sh-2", "Drain sh-1"],
    ),
    "opportunistic drains one old host for one new one": (
        OPPORTUNISTIC,
        [old("sh-1", 2), old("sh-2", 1), new("new-1")],
        ["BeginCutOver", "Drain sh-2"],
    ),
    "opportunistic does not touch a drained host with a disconnected user": (
        OPPORTUNISTIC,
        [drained("sh-1", 1), *READY],
        [],
    ),
    "users of a drained host are warned": (
        IMMEDIATE,
        [drained("sh-1", 2), *READY],
        ["Warn sh-1", "Warn sh-1"],
    ),
    "nobody is warned while a new host is not healthy": (
        IMMEDIATE,
        [drained("sh-1", 2), new("new-1"), new("new-2", 1, health=Health.UNHEALTHY)],
        [],
    ),
    "a user is signed out when the warning time is over": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 5), *READY],
        ["SignOut sh-1"],
    ),
    "a user is not signed out a moment before": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 4.99), *READY],
        [],
    ),
    "nobody is signed out of a host that takes users again": (
        IMMEDIATE,
        [told(drained("sh-1", 1, draining=False), 5), *READY],
        ["Drain sh-1"],
    ),
    "a warning that is long past is given anew": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 60), *READY],
        ["Warn sh-1"],
    ),
    "who was disconnected when warned, and came back, is warned anew": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 5, warning_seen=False), *READY],
        ["Warn sh-1"],
    ),
    "who stays disconnected is signed out like the others": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 5, warning_seen=False, state=SessionState.DISCONNECTED), *READY],
        ["SignOut sh-1"],
    ),
    "a sign-out just asked for is not asked for again": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 5, sign_out_asked_at=NOW - timedelta(seconds=10)), *READY],
        [],
    ),
    "an empty drained host loses its record first": (
        IMMEDIATE,
        [drained("sh-1"), *READY],
        ["RemoveRecord sh-1"],
    ),
    "then its VM": (
        IMMEDIATE,
        [drained("sh-1", record_exists=False, removing=True), *READY],
        ["RemoveVm sh-1"],
    ),
    "then what is left": (
        IMMEDIATE,
        [drained("sh-1", record_exists=False, vm_exists=False, leftovers=("nic",)), *READY],
        ["RemoveLeftovers sh-1"],
    ),
    "a delete that runs is waited for": (
        IMMEDIATE,
        [drained("sh-1", record_exists=False, removing=True, busy=True), *READY],
        [],
    ),
    "a host drained a moment ago is not removed yet": (
        IMMEDIATE,
        [drained("sh-1", drained_at=NOW - timedelta(seconds=59)), *READY],
        [],
    ),
    "a pending session keeps its host": (
        OPPORTUNISTIC,
        [told(drained("sh-1", 1), 0, state=SessionState.PENDING), *READY],
        [],
    ),
    "an unhealthy old host is drained first": (
        OPPORTUNISTIC,
        [old("sh-1"), old("sh-2", 1, health=Health.UNHEALTHY), *READY],
        ["BeginCutOver", "Drain sh-2", "Drain sh-1"],
    ),
    "a dead empty old host that takes the last place is drained below the floor": (
        desired(Method.OPPORTUNISTIC, 3),
        [old("a", 1), old("b", heartbeat=LONG_AGO), old("c", heartbeat=LONG_AGO), new("new-1")],
        ["BeginCutOver", "Drain b"],
    ),
    "a failed build is removed and its old hosts left alone": (
        IMMEDIATE,
        [old("sh-1"), new("new-1"), building("new-2", 1, Build.FAILED, vm_exists=True)],
        ["RemoveVm new-2"],
    ),
    "a host that registered but never became healthy is drained before it goes": (
        IMMEDIATE,
        [old("sh-1"), new("new-1", heartbeat=None, unready_since=LONG_AGO), new("new-2", 1)],
        ["Drain new-1"],
    ),
    "a new host with users is not discarded for being unhealthy": (
        IMMEDIATE,
        [old("sh-1"), new("new-1", 0, 1, heartbeat=None, unready_since=LONG_AGO), new("new-2", 1)],
        [],
    ),
    "a new host on the wrong version counts for nothing": (
        IMMEDIATE,
        [old("sh-1"), new("new-1", version=OLD), new("new-2", 1)],
        ["Drain new-1"],
    ),
    "a new host that recovers takes users again": (
        IMMEDIATE,
        [old("sh-1"), new("new-1", draining=True, drained_at=LONG_AGO), new("new-2", 1)],
        ["Undrain new-1"],
    ),
    "a new host an admin drained is waited for, not undrained": (
        IMMEDIATE,
        [old("sh-1"), new("new-1", draining=True), new("new-2", 1)],
        [],
    ),
    "scheduled builds nothing before its lead": (SCHEDULED, [old("sh-1"), old("sh-2")], []),
    "scheduled does not cut over before the time": (SCHEDULED, [old("sh-1"), *READY], []),
    "scheduled cuts over at the time": (
        desired(Method.SCHEDULED, 2, cut_over_at=NOW),
        [old("sh-1"), *READY],
        ["BeginCutOver", "Drain sh-1"],
    ),
    "scheduled cuts over late rather than without its new hosts": (
        desired(Method.SCHEDULED, 2, cut_over_at=NOW - HOUR),
        [old("sh-1"), new("new-1"), building("new-2", 1)],
        [],
    ),
    "an old host without a record is nobody's to remove": (
        IMMEDIATE,
        [old("sh-1", record_exists=False), *READY],
        [],
    ),
    "paused keeps drain up and does nothing else": (
        desired(Method.IMMEDIATE, 2, paused=True),
        [told(drained("sh-1", 1, draining=False), 9), old("sh-2"), *READY],
        ["Drain sh-1"],
    ),
    "paused ends a removal that was begun": (
        desired(Method.IMMEDIATE, 2, paused=True),
        [drained("sh-1", record_exists=False, removing=True), old("sh-2"), *READY],
        ["RemoveVm sh-1"],
    ),
}


@pytest.mark.parametrize("case", list(WHAT_IT_DOES))
def test_what_it_does(case: str) -> None:
    wanted, hosts, expected = WHAT_IT_DOES[case]
    found = planned(wanted, *hosts)
    assert does(found) == expected
    assert found.actions or found.waiting_for or found.done


WHAT_IT_SAYS = {
    "where the builds are": (
        IMMEDIATE,
        [old("sh-1"), building("new-1", 0, Build.JOINING), building("new-2", 1)],
        "Waits for 2 new hosts: new-1 (Joining), new-2 (Building VM).",
    ),
    "who still keeps a host": (
        OPPORTUNISTIC,
        [drained("sh-1", 2), drained("sh-2", 1), new("new-1"), new("new-2", 1)],
        "Waits for 3 users to sign out: sh-1 (2), sh-2 (1).",
    ),
    "when users are signed out": (
        IMMEDIATE,
        [told(drained("sh-1", 1), 2), *READY],
        "1 user warned on sh-1 (1); sign-out from 2030-03-04 20:03 UTC.",
    ),
    "when it will build": (
        SCHEDULED,
        [old("sh-1")],
        "Builds 2 new hosts at 2030-03-04 20:30 UTC.",
    ),
    "that a cut-over is late": (
        desired(Method.SCHEDULED, 2, cut_over_at=NOW - HOUR),
        [old("sh-1"), new("new-1")],
        "The cut-over of 2030-03-04 19:00 UTC is late: 1 of 2 new hosts available.",
    ),
    "why old hosts stay in service": (
        desired(Method.OPPORTUNISTIC, 2),
        [drained("sh-1", 1), old("sh-2"), new("new-1")],
        "Waits for 1 user to sign out: sh-1 (1).",
    ),
}


@pytest.mark.parametrize("case", list(WHAT_IT_SAYS))
def test_what_it_says(case: str) -> None:
    wanted, hosts, sentence = WHAT_IT_SAYS[case]
    assert sentence in [wait.sentence for wait in planned(wanted, *hosts).waits]


def test_the_sign_out_time_is_the_whole_warning_from_now() -> None:
    warning = planned(IMMEDIATE, drained("sh-1", 1), *READY).actions[0]
    assert isinstance(warning, Warn)
    assert warning.sign_out_at == NOW + timedelta(minutes=5)


def test_without_warning_time_the_message_still_comes_first() -> None:
    wanted = desired(Method.IMMEDIATE, 2, warning=timedelta(0))
    assert does(planned(wanted, drained("sh-1", 1), *READY)) == ["Warn sh-1"]
    assert does(planned(wanted, told(drained("sh-1", 1), 0), *READY)) == ["SignOut sh-1"]


def test_an_unreadable_azure_is_not_touched() -> None:
    found = planned(IMMEDIATE, drained("sh-1"), *READY, readable=False, unreadable_reason="503")
    assert not found.actions
    assert "503" in found.waiting_for


def test_it_succeeds_when_every_host_was_seen_on_the_version() -> None:
    assert planned(IMMEDIATE, *READY).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    "host",
    [old("sh-1"), drained("sh-1", record_exists=False, vm_exists=False, leftovers=("nic",))],
    ids=["an old host", "a network card"],
)
def test_it_does_not_succeed_while_there_is_still(host: Host) -> None:
    assert planned(IMMEDIATE, host, *READY).outcome is Outcome.RUNNING
