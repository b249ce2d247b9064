"""Negative controls: a planner with one rule broken is caught, and caught for that rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from w365.reprovision import fleet, judge, planner
from w365.reprovision.actions import SETTLED, UNDER_WAY, Outcome, Phase, Plan
from w365.reprovision.fleet import Fleet
from w365.reprovision.judge import Judge, Verdict
from w365.reprovision.state import REPROVISIONABLE, Desired, Pc

from . import rules
from .histories import History, play
from .rules import BrokenRuleError
from .simulator import START, World, desired

Patch = pytest.MonkeyPatch
NEVER = timedelta(days=999)


def caught(*broken_rules: int, saying: str = "", at_most: int = 2000) -> bool:
    """Whether the judge finds a history that breaks one of these rules, for this reason."""
    for seed in range(at_most):
        try:
            play(History.any(seed))
        except BrokenRuleError as broken:
            if broken.rule in broken_rules and saying in str(broken):
                return True
    return False


def without(patch: Patch, rule: str) -> None:
    dropped = getattr(planner, rule)
    patch.setattr(planner, "GOING_ON", tuple(r for r in planner.GOING_ON if r is not dropped))


def wanting(patch: Patch, **changes: object) -> None:
    """The planner believes that something else was asked for; the judge does not."""
    original = planner.plan

    def plan(wanted: Desired, *observed: object) -> Plan:
        return original(replace(wanted, **changes), *observed)  # type: ignore[arg-type]

    patch.setattr("tests.w365.reprovision.simulator.plan", plan)


def seeing(patch: Patch, method: str, **blind: object) -> None:
    """One look at a Cloud PC sees something else."""
    original = getattr(Judge, method)

    def look(self: Judge, pc: Pc, *rest: object) -> object:
        return original(self, replace(pc, **blind), *rest)  # type: ignore[arg-type]

    patch.setattr(Judge, method, look)


def test_an_unbroken_planner_is_not_caught() -> None:
    assert not caught(*range(10), at_most=300)


def test_rule_1_is_caught_when_the_start_is_not_awaited(monkeypatch: Patch) -> None:
    wanting(monkeypatch, starts_at=START - timedelta(days=1))
    assert caught(1, saying="before the start")


def test_rule_1_is_caught_when_nobody_is_told(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Judge, "must_tell", lambda self, pc: False)
    assert caught(1, saying="never told")


def test_rule_1_is_caught_when_the_notice_is_cut(monkeypatch: Patch) -> None:
    def wipe_from(self: Judge, pc: Pc) -> datetime | None:
        return pc.noticed_at if self.must_tell(pc) else self.now

    monkeypatch.setattr(Judge, "wipe_from", wipe_from)
    assert caught(1, saying="only")


def test_rule_1_is_caught_when_an_old_message_counts(monkeypatch: Patch) -> None:
    wanting(monkeypatch, notice_keeps=NEVER)
    assert caught(1, saying="ago")


def test_rule_2_is_caught_when_exclusions_are_overlooked(monkeypatch: Patch) -> None:
    seeing(monkeypatch, "verdict", excluded=False)
    assert caught(2, saying="left out")


def test_rule_3_is_caught_when_all_rings_go_at_once(monkeypatch: Patch) -> None:
    def candidates(self: Fleet) -> list[Pc]:
        waiting = self.having(Phase.PLANNED, Phase.TOLD, Phase.AGAIN)
        return [pc for pc in waiting if pc.listed and pc.status in REPROVISIONABLE]

    monkeypatch.setattr(Fleet, "candidates", property(candidates))
    assert caught(3, saying="of ring")


def test_rule_3_is_caught_when_a_ring_under_way_counts_as_settled(monkeypatch: Patch) -> None:
    monkeypatch.setattr(fleet, "SETTLED", SETTLED | UNDER_WAY)
    assert caught(3, saying="of ring")


def test_rule_3_is_caught_when_the_pause_is_left_out(monkeypatch: Patch) -> None:
    wanting(monkeypatch, ring_pause=timedelta(0))
    assert caught(3, saying="too soon")


def test_rule_4_is_caught_when_the_budget_is_not_asked(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Fleet, "over_budget", False)
    assert caught(4, saying="failed where")


def test_rule_4_is_caught_when_it_goes_on_by_itself(monkeypatch: Patch) -> None:
    original = planner.outcome_and_rules

    def forgetful(seen: Fleet) -> object:
        return original(replace(seen, observed=replace(seen.observed, halted="")))

    monkeypatch.setattr(planner, "outcome_and_rules", forgetful)
    assert caught(4, saying="before an administrator")


def test_rule_5_is_caught_when_a_pause_is_overlooked(monkeypatch: Patch) -> None:
    wanting(monkeypatch, paused=False)
    assert caught(5, saying="while paused")


def test_rule_5_is_caught_when_a_cancel_is_overlooked(monkeypatch: Patch) -> None:
    wanting(monkeypatch, cancelled=False)
    assert caught(5, saying="after cancel")


def test_rule_5_is_caught_when_cancel_leaves_some_under_way(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Fleet, "under_way", ())
    assert caught(5, saying="left under way")


def test_rule_6_is_caught_when_the_image_is_not_compared(monkeypatch: Patch) -> None:
    original = Fleet.halt_reason.func  # type: ignore[attr-defined]

    def halt_reason(self: Fleet) -> str:
        observed = replace(self.observed, policy_image_id=self.desired.image_id)
        return str(original(replace(self, observed=observed)))

    monkeypatch.setattr(Fleet, "halt_reason", property(halt_reason))
    assert caught(6, saying="would get")


def test_rule_6_is_caught_when_a_deleted_policy_is_overlooked(monkeypatch: Patch) -> None:
    original = Fleet.halt_reason.func  # type: ignore[attr-defined]

    def halt_reason(self: Fleet) -> str:
        there = replace(self.observed, policy_exists=True)
        return str(original(replace(self, observed=there)))

    monkeypatch.setattr(Fleet, "halt_reason", property(halt_reason))
    assert caught(6, saying="without its policy")


@pytest.mark.parametrize(
    "rule", ["wait_for_windows_365", "wait_until_ready", "wait_for_the_notice", "wait_for_the_turn"]
)
def test_rule_7_is_caught_when_a_wait_is_not_said(monkeypatch: Patch, rule: str) -> None:
    without(monkeypatch, rule)
    assert caught(7, saying="neither acts nor says")


def test_rule_8_is_caught_when_attempts_are_not_counted(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Judge, "_may_ask_again", lambda self, pc: True)
    assert caught(8, saying="times where")


@pytest.mark.parametrize("patience", ["begins_within", "believed_after"])
def test_rule_8_is_caught_when_old_lists_are_believed(monkeypatch: Patch, patience: str) -> None:
    wanting(monkeypatch, **{patience: timedelta(0)})
    assert caught(8)


@pytest.mark.parametrize("overlooked", ["device", "image", "status"])
def test_rule_8_is_caught_when_success_is_said_too_easily(
    monkeypatch: Patch, overlooked: str
) -> None:
    original = Judge.arrived

    def arrived(self: Judge, pc: Pc) -> bool:
        blind = {
            "device": {"old_device_id": "another"},
            "image": {"image_name": self.desired.image_name},
            "status": {"status": "provisioned"},
        }[overlooked]
        return original(self, replace(pc, **blind))  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "arrived", arrived)
    assert caught(8, saying="is not brought over")


def test_rule_8_is_caught_when_one_that_came_back_stays_failed(monkeypatch: Patch) -> None:
    def impatient(self: Judge, pc: Pc, at: datetime) -> Verdict:
        return judge.failed("impatient", "It is not done at once.")

    monkeypatch.setattr(Judge, "_asked", impatient)
    monkeypatch.setattr(Judge, "arrived", lambda self, pc: False)
    assert caught(8, saying="though it is there")


def test_a_run_that_never_ends_is_caught(monkeypatch: Patch) -> None:
    wanting(monkeypatch, timeout=NEVER)
    assert caught(9, saying="no end")


def test_acting_on_an_unreadable_graph_is_caught(monkeypatch: Patch) -> None:
    original = planner.outcome_and_rules

    def blind(seen: Fleet) -> tuple[Outcome, tuple[planner.Rule, ...]]:
        outcome, chain = original(seen)
        return outcome, chain if seen.observed.readable else planner.GOING_ON

    monkeypatch.setattr(planner, "outcome_and_rules", blind)
    assert caught(0, saying="could not be read")


def test_a_plan_without_words_is_no_plan() -> None:
    """The judge's own look at rule 7, without a planner."""
    with pytest.raises(BrokenRuleError, match="rule 7"):
        rules.Judge(World(desired(), [])).speaks(Plan(Outcome.RUNNING, (), (), ()))
