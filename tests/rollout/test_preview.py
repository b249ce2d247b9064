"""The plan an admin reads before anything runs."""

from __future__ import annotations

from datetime import timedelta

from spotgroups.rollout.preview import preview
from spotgroups.rollout.state import Method, SessionState

from .pools import NOW, new, old, seen, told
from .sim_hosts import desired

POOL = seen(old("sh-1", 2), told(old("sh-2", 1), 0, state=SessionState.DISCONNECTED))
IMMEDIATE = preview(desired(Method.IMMEDIATE, 2), POOL, NOW)


def whens(shown: object) -> list[object]:
    return [entry.when for entry in shown.timeline]  # type: ignore[attr-defined]


def test_it_names_hosts_and_users() -> None:
    assert IMMEDIATE.hosts_to_build == ("new-1", "new-2")
    assert IMMEDIATE.hosts_to_remove == ("sh-1", "sh-2")
    users = [(u.user, u.host, u.state) for u in IMMEDIATE.users_signed_in]
    assert users == [
        ("sh-1-user0", "sh-1", "active"),
        ("sh-1-user1", "sh-1", "active"),
        ("sh-2-user0", "sh-2", "disconnected"),
    ]


def test_it_asks_for_room_for_all_new_hosts_beside_the_old() -> None:
    assert (IMMEDIATE.most_hosts, IMMEDIATE.hosts_to_add) == (4, 2)


def test_immediate_cuts_over_after_the_builds_and_signs_out_after_the_warning() -> None:
    ready = NOW + timedelta(minutes=30)
    assert whens(IMMEDIATE)[:4] == [NOW, ready, ready, ready + timedelta(minutes=5)]
    assert any("3 users" in entry.who for entry in IMMEDIATE.timeline)


def test_scheduled_builds_before_and_cuts_over_at_the_time() -> None:
    at = NOW + timedelta(hours=2)
    shown = preview(desired(Method.SCHEDULED, 2, cut_over_at=at), POOL, NOW)
    begin = at - timedelta(minutes=30)
    assert whens(shown)[:4] == [begin, at, at, at + timedelta(minutes=5)]
    assert "stand by" in shown.timeline[1].what
    assert not any("late" in note for note in shown.notes)


def test_scheduled_says_when_it_cannot_make_the_time() -> None:
    at = NOW + timedelta(minutes=10)
    shown = preview(desired(Method.SCHEDULED, 2, cut_over_at=at), POOL, NOW)
    assert any("late" in note for note in shown.notes)
    assert NOW + timedelta(minutes=30) in whens(shown)


def test_opportunistic_promises_no_times_to_users() -> None:
    shown = preview(desired(Method.OPPORTUNISTIC, 2), POOL, NOW)
    assert whens(shown)[-2:] == [None, None]
    assert "2 waves because the surge is 1: 1 built at a time." in shown.notes
    assert shown.most_hosts == 3


def test_waves_of_a_forced_method_warn_of_repeated_sign_outs() -> None:
    shown = preview(desired(Method.IMMEDIATE, 2, surge=1), POOL, NOW)
    assert any("more than once" in note for note in shown.notes)


def test_notes_name_what_an_admin_might_not_expect() -> None:
    hosts = [new("sh-0", None), old("sh-1", version=None), old("sh-2", heartbeat=None)]
    shown = preview(desired(Method.IMMEDIATE, 3), seen(*hosts, old("x", record_exists=False)), NOW)
    notes = " ".join(shown.notes)
    for expected in ("sh-0 run", "version of sh-1", "Not healthy now", "left alone: x"):
        assert expected in notes
    assert shown.hosts_kept == ("sh-0",)


def test_a_pool_that_is_up_to_date_has_nothing_to_do() -> None:
    shown = preview(desired(Method.IMMEDIATE, 1), seen(new("sh-0", None)), NOW)
    assert [e.what for e in shown.timeline] == ["Nothing to do: every host runs Desk 1.1.0."]
    assert shown.hosts_to_build == ()
