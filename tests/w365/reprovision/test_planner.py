"""What the planner decides and says in single situations. The rules at large: test_rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from w365.reprovision.actions import GiveUp, Halt, Outcome, Reprovision, Tell
from w365.reprovision.state import Failure, Pc

from .fleets import NOW, ago, anew, asked, desired, does, done, pc, planned, stands
from .simulator import NEW, OTHER, START

HOUR = timedelta(hours=1)
TOLD = {"message": True, "notice": HOUR}
BROKEN = Failure("cloudpc-internal", "Microsoft could not provision it.")


# Turns


def test_before_the_start_nothing_is_done() -> None:
    found = planned(desired(starts_at=NOW + HOUR), pc("a"), pc("b", 2))
    assert does(found) == []
    assert found.waiting_for == "Ring 1 begins at 2030-03-04 20:00 UTC."
    assert found.waits[0].until == NOW + HOUR


def test_the_first_ring_is_asked_for_at_once_and_the_second_is_not() -> None:
    found = planned(desired(), pc("b"), pc("a"), pc("c", 2))
    assert does(found) == ["Reprovision a", "Reprovision b"]
    assert [each.attempt for each in found.actions if isinstance(each, Reprovision)] == [1, 1]
    assert stands(found) == {"a": "Planned", "b": "Planned", "c": "Planned"}


def test_a_ring_waits_for_the_one_before() -> None:
    found = planned(desired(), asked("a", 10), done("b", 5), pc("c", 2))
    assert does(found) == []
    assert found.waiting_for == "Windows 365 is reprovisioning 1 Cloud PC: a."
    assert stands(found) == {"a": "Reprovisioning", "b": "Brought over", "c": "Planned"}


def test_a_ring_waits_for_the_pause_after_the_last_one() -> None:
    found = planned(desired(ring_pause=HOUR), done("a", 50), done("b", 20), pc("c", 2))
    assert found.waiting_for == "Ring 2 begins at 2030-03-04 19:40 UTC."
    later = planned(desired(ring_pause=HOUR), done("a", 90), done("b", 60), pc("c", 2))
    assert does(later) == ["Reprovision c"]


def test_what_is_seen_just_now_counts_at_once() -> None:
    found = planned(desired(), anew("a"), pc("b", 2))
    assert does(found) == ["BroughtOver a", "Reprovision b"]


def test_there_is_no_pause_after_a_ring_in_which_nothing_happened() -> None:
    skipped = pc("a", status="inGracePeriod")
    assert does(planned(desired(ring_pause=HOUR), skipped, pc("b", 2))) == ["Reprovision b"]


def test_few_are_asked_for_in_one_pass() -> None:
    many = [pc(f"pc-{n:02}") for n in range(45)]
    assert len(planned(desired(), *many).actions) == 20


# The message


def test_users_are_told_in_time_and_not_sooner() -> None:
    wanted = desired(starts_at=NOW + 3 * HOUR, **TOLD)
    found = planned(wanted, pc("a"), pc("b"))
    assert found.waiting_for == (
        "Ring 1 begins at 2030-03-04 22:00 UTC; its 2 users will be told at 2030-03-04 21:00 UTC."
    )
    assert found.waits[0].until == NOW + 2 * HOUR


def test_a_message_says_when_at_the_earliest() -> None:
    found = planned(desired(starts_at=NOW + HOUR / 2, **TOLD), pc("a"))
    [tell] = found.actions
    assert isinstance(tell, Tell)
    assert (tell.user, tell.wipe_at) == ("user of a", NOW + HOUR)
    found = planned(desired(starts_at=NOW + HOUR, **TOLD), pc("a"))
    [tell] = found.actions
    assert isinstance(tell, Tell)
    assert tell.wipe_at == NOW + HOUR


def test_a_user_has_the_time_that_was_promised() -> None:
    found = planned(desired(**TOLD), pc("a", noticed_at=ago(20)), pc("b", noticed_at=ago(60)))
    assert does(found) == ["Reprovision b"]
    assert found.waiting_for == "1 user told; reprovisioning begins at 2030-03-04 19:40 UTC."
    assert stands(found) == {"a": "User told", "b": "User told"}


def test_a_user_told_long_ago_is_told_again() -> None:
    assert does(planned(desired(**TOLD), pc("a", noticed_at=ago(121)))) == ["Tell a"]


def test_where_nothing_can_be_lost_an_old_message_will_do() -> None:
    gone = pc("a", noticed_at=ago(500), status="failed")
    assert does(planned(desired(**TOLD), gone)) == ["Reprovision a"]


def test_a_cloud_pc_without_a_user_needs_no_message() -> None:
    assert does(planned(desired(**TOLD), pc("a", user=""))) == ["Reprovision a"]


def test_the_next_ring_is_told_while_it_waits_for_the_pause() -> None:
    wanted = desired(ring_pause=2 * HOUR, **TOLD)
    assert does(planned(wanted, done("a", 30, noticed_at=ago(120)), pc("b", 2))) == []
    assert does(planned(wanted, done("a", 61, noticed_at=ago(120)), pc("b", 2))) == ["Tell b"]


def test_the_next_ring_is_not_told_before_the_one_before_is_done() -> None:
    found = planned(desired(**TOLD), asked("a", 30, noticed_at=ago(90)), pc("b", 2))
    assert does(found) == []


# What becomes of one


SETTLED = [
    (anew("a"), "Brought over"),
    (anew("a", status="provisionedWithWarnings"), "Brought over"),
    (anew("a", device_id="old a"), "To be tried again"),
    (anew("a", image_name=OTHER), "Failed"),
    (anew("a", status="provisioning"), "Reprovisioning"),
    (asked("a", 3, status="provisioned"), "Asked"),
    (asked("a", 3, status="failed"), "Asked"),
    (asked("a", 6, status="failed"), "To be tried again"),
    (asked("a", 6, status="failed", attempt=2), "Failed"),
    (asked("a", 6, status="failed", failure=replace(BROKEN, permanent=True)), "Failed"),
    (asked("a", 10, listed=False), "Asked"),
    (asked("a", 20, listed=False), "Failed"),
    (asked("a", 1, status="inGracePeriod"), "Failed"),
    (asked("a", 359, device_id=""), "Reprovisioning"),
    (asked("a", 361, device_id=""), "Failed"),
    (asked("a", 16, status="provisioned"), "To be tried again"),
    (asked("a", 16, status="provisioned", attempt=2), "Failed"),
    (asked("a", 16, status="provisioned", device_id=""), "Reprovisioning"),
    (pc("a", status="resizing"), "Not ready"),
    (pc("a", status="something new"), "Not ready"),
    (pc("a", status="deprovisioning"), "Skipped"),
    (pc("a", status="inGracePeriod"), "Skipped"),
    (pc("a", listed=False), "Failed"),
    (pc("a", status="failed"), "Planned"),
    (pc("a", excluded=True), "Left out"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "phase"), SETTLED)
def test_where_one_stands(one: Pc, phase: str) -> None:
    assert stands(planned(desired(failure_budget=9), one))["a"] == phase


def test_the_same_device_is_no_proof_however_green() -> None:
    there = anew("a", device_id="old a")
    found = planned(desired(attempts=1), there)
    [given_up] = [each for each in found.actions if isinstance(each, GiveUp)]
    assert given_up.failure.sentence == (
        "Windows 365 never began to reprovision it; it is as it was."
    )


def test_what_somebody_else_brought_over_is_not_wiped_again() -> None:
    by_hand = pc("a", device_id="other", image_name=NEW)
    found = planned(desired(), by_hand)
    assert does(found) == ["BroughtOver a"]
    assert found.outcome is Outcome.SUCCEEDED
    assert found.pcs[0].note == "Reprovisioned by somebody else meanwhile."


def test_of_the_same_name_only_our_own_request_proves_anything() -> None:
    by_hand = pc("a", device_id="other", image_name=NEW, old_image=NEW)
    assert does(planned(desired(), by_hand)) == ["Reprovision a"]
    ours = anew("a", old_image=NEW)
    assert does(planned(desired(), ours)) == ["BroughtOver a"]


def test_a_lost_request_is_made_once_more_and_its_user_is_told_again() -> None:
    lost = asked("a", 16, status="provisioned", noticed_at=ago(100))
    [again] = planned(desired(**TOLD), lost).actions
    assert isinstance(again, Reprovision)
    assert again.attempt == 2
    assert does(planned(desired(**TOLD), replace(lost, noticed_at=ago(130)))) == ["Tell a"]


def test_a_second_attempt_says_why() -> None:
    failed = asked("a", 30, status="failed", failure=BROKEN)
    [again] = planned(desired(), failed).actions
    assert (does(planned(desired(), failed)), again.reason) == (
        ["Reprovision a"],
        BROKEN.sentence,
    )


def test_one_that_came_back_after_all_is_forgiven() -> None:
    late = anew("a", finished_at=ago(5), error=Failure("reprovision-timeout", "It took long."))
    found = planned(desired(failure_budget=0), late)
    assert does(found) == ["BroughtOver a"]
    assert found.outcome is Outcome.SUCCEEDED


def test_one_that_is_busy_for_hours_is_skipped() -> None:
    wanted = desired(starts_at=NOW - 7 * HOUR)
    found = planned(wanted, pc("a", status="resizing"), done("b", 5))
    assert stands(found)["a"] == "Skipped"
    assert found.outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("timeout", "told"),
    [
        (6 * HOUR, "6 hours"),
        (HOUR, "60 minutes"),
        (HOUR * 1.5, "90 minutes"),
        (HOUR / 99, "1 minute"),
    ],
)
def test_a_reprovision_that_never_ends_has_failed(timeout: timedelta, told: str) -> None:
    [given_up] = planned(desired(timeout=timeout), asked("a", 361)).actions
    assert isinstance(given_up, GiveUp)
    assert given_up.failure.sentence == f"It was not done after {told}."


def test_what_is_waited_for_is_named() -> None:
    found = planned(desired(), pc("a", status="resizing"), pc("b", status="odd"))
    assert found.waiting_for == (
        "Waits until Windows 365 is done with a (being resized), b (in the state “odd”)."
    )


# Stops


def gave_up(name: str, ring: int = 1) -> Pc:
    return asked(name, 50, ring, status="failed", attempt=2, error=BROKEN, finished_at=ago(5))


def test_over_the_budget_it_stops_and_asks() -> None:
    found = planned(desired(), gave_up("a"), gave_up("b"), pc("c"), asked("d", 10))
    assert found.outcome is Outcome.HALTED
    assert does(found) == ["Halt"]
    assert found.waiting_for == (
        "Stopped: 2 Cloud PCs failed where 1 may (Microsoft could not provision it); nothing more "
        "is reprovisioned until an administrator acts."
    )


def test_it_stays_stopped_until_an_administrator_acts() -> None:
    found = planned(desired(), pc("a"), halted="somebody's mailbox is gone")
    assert (found.outcome, does(found)) == (Outcome.HALTED, [])
    assert "somebody's mailbox is gone" in found.waiting_for


def test_a_forgiven_failure_does_not_count() -> None:
    forgiven = [replace(gave_up(name), forgiven=True) for name in ("a", "b")]
    assert does(planned(desired(), *forgiven, pc("c", 2))) == ["Reprovision c"]


def test_the_policy_with_another_image_stops_it() -> None:
    found = planned(desired(), pc("a"), policy_image_id="other", policy_image_name=OTHER)
    [halt] = found.actions
    assert isinstance(halt, Halt)
    assert halt.reason == f"the policy's image is {OTHER} now instead of {NEW}"


def test_a_deleted_policy_stops_it() -> None:
    found = planned(desired(), pc("a"), policy_exists=False)
    assert found.waiting_for.startswith("Stopped: the provisioning policy was deleted;")


def test_ids_of_images_are_compared_without_case() -> None:
    assert does(planned(desired(), pc("a"), policy_image_id=f"ID of {NEW}")) == ["Reprovision a"]


def test_a_pause_lets_what_was_begun_come_to_its_end() -> None:
    found = planned(desired(paused=True), anew("a"), asked("b", 9), pc("c"))
    assert (found.outcome, does(found)) == (Outcome.PAUSED, ["BroughtOver a"])
    assert found.waiting_for == (
        "Paused by an administrator; 1 Cloud PC under way will be brought to an end."
    )


def test_a_cancel_waits_for_what_was_begun() -> None:
    found = planned(desired(cancelled=True), asked("a", 9), pc("b"))
    assert (found.outcome, does(found)) == (Outcome.RUNNING, [])
    assert found.waiting_for == "Windows 365 is reprovisioning 1 Cloud PC: a."
    found = planned(desired(cancelled=True), anew("a"), pc("b"))
    assert (found.outcome, does(found)) == (Outcome.CANCELLED, ["BroughtOver a"])
    assert stands(found) == {"a": "Brought over", "b": "Left as it was"}


def test_a_cancelled_run_tries_nothing_again() -> None:
    found = planned(desired(cancelled=True), asked("a", 9, status="failed", failure=BROKEN))
    assert (found.outcome, does(found)) == (Outcome.CANCELLED, ["GiveUp a"])


def test_an_unreadable_graph_is_waited_for() -> None:
    found = planned(desired(), readable=False, unreadable_reason="503 from Graph.")
    assert (found.outcome, does(found)) == (Outcome.RUNNING, [])
    assert found.waiting_for == (
        "Windows 365 could not be read (503 from Graph); nothing is changed until it can."
    )


# Ends


def test_it_is_done_when_each_one_is_settled() -> None:
    found = planned(desired(), done("a", 9), gave_up("b"), pc("c", status="inGracePeriod"))
    assert found.outcome is Outcome.SUCCEEDED


def test_with_nobody_brought_over_it_is_no_success() -> None:
    assert planned(desired(), gave_up("a")).outcome is Outcome.FAILED


def test_the_start_of_a_turn_is_never_before_the_start_of_the_run() -> None:
    wanted = desired(starts_at=START + 5 * HOUR)
    assert does(planned(wanted, done("a", 400), pc("b", 2))) == []
