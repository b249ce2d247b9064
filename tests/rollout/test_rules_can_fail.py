"""Negative controls: a planner with one rule broken is caught, and caught for that rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from spotgroups.rollout import cancel, planner, removal
from spotgroups.rollout.actions import Action, Outcome, Plan, RemoveVm, Wait
from spotgroups.rollout.pool import Pool
from spotgroups.rollout.state import Health, Host, Session

from .histories import History, play
from .rules import BrokenRuleError, Judge
from .sim_hosts import desired
from .simulator import World

Patch = pytest.MonkeyPatch


def first_broken(*rules: int, at_most: int = 2000) -> str:
    """What the judge says of the first history that breaks one of these rules, or nothing."""
    for seed in range(at_most):
        try:
            play(History.any(seed))
        except BrokenRuleError as broken:
            if broken.rule in rules:
                return str(broken)
    return ""


def nothing(pool: Pool) -> Iterator[Action | Wait]:
    return iter(())


def without(patch: Patch, rule: str) -> None:
    """The chains without one of their rules."""
    dropped = getattr(planner, rule)
    for name in ("ROLLING", "HOLDING"):
        chain = getattr(planner, name)
        patch.setattr(planner, name, tuple(r for r in chain if r is not dropped))


def test_an_unbroken_planner_is_not_caught() -> None:
    assert not first_broken(*range(10), at_most=200)


def test_rule_1_is_caught_when_the_floor_is_not_asked(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "bears_loss_of", lambda pool, hosts: True)
    assert "seats" in first_broken(1)


def test_rule_2_is_caught_when_the_warning_time_is_cut(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "due", lambda pool, session: pool.warned(session))
    assert "too little time" in first_broken(2)


def test_rule_2_is_caught_when_nobody_is_warned(monkeypatch: Patch) -> None:
    def due(pool: Pool, session: Session) -> bool:
        return True

    monkeypatch.setattr(Pool, "due", due)
    without(monkeypatch, "warn_users")
    assert "never warned" in first_broken(2)


def test_rule_2_is_caught_when_new_hosts_are_not_awaited(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "new_hosts_serve", True)
    assert "new hosts available" in first_broken(2)


def test_rule_2_is_caught_when_opportunistic_signs_out(monkeypatch: Patch) -> None:
    monkeypatch.setattr("spotgroups.rollout.state.Desired.forces", True)
    assert "Opportunistic" in first_broken(2)


def test_rule_3_is_caught_when_sessions_are_overlooked(monkeypatch: Patch) -> None:
    def emptied(pool: Pool, host: Host) -> bool:
        return host.draining or not host.record_exists

    monkeypatch.setattr(Pool, "emptied", emptied)
    assert "removed" in first_broken(3)


def test_rule_3_is_caught_when_a_log_on_in_flight_is_overlooked(monkeypatch: Patch) -> None:
    def emptied(pool: Pool, host: Host) -> bool:
        return not host.record_exists or (host.draining and not host.sessions)

    monkeypatch.setattr(Pool, "emptied", emptied)
    assert first_broken(3)


def test_rule_4_is_caught_when_drain_is_not_set_again(monkeypatch: Patch) -> None:
    without(monkeypatch, "keep_drained")
    assert "takes users after" in first_broken(4)


def test_rule_4_is_caught_when_the_time_is_not_awaited(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "on_time", True)
    assert "before the time" in first_broken(4)


def test_rule_5_is_caught_when_existing_hosts_are_not_counted(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "room", 4)
    assert "hosts exist" in first_broken(5)


@pytest.mark.parametrize("overlooked", ["heartbeat", "health", "version"])
def test_rule_6_is_caught_when_a_host_counts_too_easily(
    monkeypatch: Patch, overlooked: str
) -> None:
    """Then old hosts go (1, 6), users are signed out (2) or success is said (8) too early."""
    original = Pool.sound

    def sound(pool: Pool, host: Host) -> bool:
        blind = {
            "heartbeat": {"heartbeat": pool.now},
            "health": {"health": Health.HEALTHY},
            "version": {"version": pool.desired.version} if host.ours else {},
        }[overlooked]
        return original(pool, replace(host, **blind))  # type: ignore[arg-type]

    monkeypatch.setattr(Pool, "sound", sound)
    if overlooked == "version":  # looked at twice
        monkeypatch.setattr(Pool, "failure_of", lambda pool, host: None)
    assert first_broken(1, 2, 6, 8)


def test_rule_6_is_caught_when_drain_does_not_wait_for_a_new_host(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Pool, "swaps", 4)
    assert "before a new host" in first_broken(6)


def test_rule_7_is_caught_when_a_wait_is_not_said(monkeypatch: Patch) -> None:
    without(monkeypatch, "wait_for_users")
    assert "neither acts nor says" in first_broken(7)


def test_rule_8_is_caught_when_the_vm_goes_first(monkeypatch: Patch) -> None:
    def vm_first(pool: Pool, host: Host, reason: str) -> Iterator[Action | Wait]:
        if pool.emptied(host) and host.vm_exists and not host.busy:
            yield RemoveVm(host=host.name, reason=reason)
        else:
            yield from removal.empty(pool, host, reason)

    monkeypatch.setattr(planner, "take_out", vm_first)
    monkeypatch.setattr(cancel, "take_out", vm_first)
    assert "before its record" in first_broken(8)


def test_rule_8_is_caught_when_success_is_said_too_early(monkeypatch: Patch) -> None:
    def succeeded(pool: Pool) -> bool:
        return len(pool.available) >= pool.desired.hosts_wanted

    monkeypatch.setattr(planner, "succeeded", succeeded)
    assert "left behind" in first_broken(8)


def test_a_rollout_that_never_ends_is_caught(monkeypatch: Patch) -> None:
    without(monkeypatch, "discard_failed")
    assert first_broken(7, 9)


def test_acting_on_an_unreadable_azure_is_caught(monkeypatch: Patch) -> None:
    original = planner.outcome_and_rules

    def blind(pool: Pool) -> object:
        outcome, rules = original(pool)
        return outcome, rules if pool.observed.readable else planner.ROLLING

    monkeypatch.setattr(planner, "outcome_and_rules", blind)
    assert "could not be read" in first_broken(0)


def test_a_plan_without_words_is_no_plan() -> None:
    """The judge's own look at rule 7, without a planner."""
    judge = Judge(World(desired(), []))
    empty = Plan(Outcome.RUNNING, (), (), (), ())
    with pytest.raises(BrokenRuleError, match="rule 7"):
        judge.speaks(empty)
