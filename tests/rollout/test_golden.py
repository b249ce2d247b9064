"""Whole rollouts as logs that a reviewer reads as a diff: tests/rollout/golden/*.txt.

`SPOTPC_GOLDEN=write` writes them anew. The order in which hosts are seen must not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from spotgroups.rollout import actions as act
from spotgroups.rollout.state import Desired, Method

from .histories import try_again
from .rules import Judge
from .sim_hosts import OLD, START, SimHost, SimSession, desired
from .simulator import World

GOLDEN = Path(__file__).parent / "golden"
PASSES_AT_MOST = 300
STEP = timedelta(seconds=60)

Script = Callable[[World, int], None]  # called before each pass with the minutes gone by


def quiet(world: World, minute: int) -> None:
    pass


def users_leave(world: World, minute: int) -> None:
    """From half an hour on, one user goes home every ten minutes."""
    if minute >= 30 and minute % 10 == 0:
        for host, session in world.users()[:1]:
            host.sessions.remove(session)


def bad_image(world: World, minute: int) -> None:
    world.fates = ["unhealthy"] * 4


def one_bad_build(world: World, minute: int) -> None:
    if minute == 0:
        world.fates = ["ok", "vm-fails"]


def asked_again_after_quota(world: World, minute: int) -> None:
    if minute == 0:
        world.fates = ["no-quota", "no-quota"]
    if minute == 20:
        world.fates = []
        try_again(world)


def cancelled_at(when: int) -> Script:
    def script(world: World, minute: int) -> None:
        if minute == when:
            world.desired = replace(world.desired, cancelled=True)

    return script


def late_user(world: World, minute: int) -> None:
    """Drain comes off for a moment after the warning, and somebody slips in."""
    if minute == 17:
        world.hosts[0].draining = False
        world.hosts[0].sessions.append(SimSession(99, "late"))


HOUR = START + timedelta(hours=1)
CASES: dict[str, tuple[Desired, int, Script]] = {
    "opportunistic": (desired(Method.OPPORTUNISTIC, 3), 3, users_leave),
    "immediate": (desired(Method.IMMEDIATE, 2), 3, quiet),
    "immediate-in-waves": (desired(Method.IMMEDIATE, 3, surge=1), 3, quiet),
    "immediate-late-user": (desired(Method.IMMEDIATE, 2), 3, late_user),
    "immediate-one-bad-build": (desired(Method.IMMEDIATE, 2), 1, one_bad_build),
    "immediate-bad-image": (desired(Method.IMMEDIATE, 2), 3, bad_image),
    "immediate-no-quota-then-again": (desired(Method.IMMEDIATE, 2), 1, asked_again_after_quota),
    "immediate-cancelled-while-building": (desired(Method.IMMEDIATE, 2), 3, cancelled_at(5)),
    "immediate-cancelled-after-cut-over": (desired(Method.IMMEDIATE, 2), 3, cancelled_at(16)),
    "scheduled": (desired(Method.SCHEDULED, 2, cut_over_at=HOUR), 3, quiet),
    "scheduled-late-builds": (desired(Method.SCHEDULED, 2, cut_over_at=HOUR), 1, one_bad_build),
}


def played(name: str, seed: int) -> str:
    wanted, users, script = CASES[name]
    old = [SimHost(f"old-{n + 1}", OLD) for n in range(wanted.hosts_wanted)]
    world = World(replace(wanted, idle_confirm=timedelta(seconds=90)), old, seed)
    world.leave_leftovers = name == "immediate"
    for number in range(users):
        world.log_on(f"user-{number + 1}")
    judge = Judge(world)
    lines: list[str] = []
    said = ""
    for minute in range(PASSES_AT_MOST):
        script(world, minute)
        plan = judge.run_pass()
        for line in told(plan):
            if line != said or not line.startswith("waits"):
                lines.append(f"{minute:>3} min  {line}")
            said = line if line.startswith("waits") else said
        if plan.done or (plan.outcome is act.Outcome.HALTED and minute > 90):
            return "\n".join([*lines, *ending(plan, world)]) + "\n"
        world.advance(STEP)
    raise AssertionError(f"no end after {PASSES_AT_MOST} passes: {plan.waits}")


def told(plan: act.Plan) -> list[str]:
    acts = sorted(one_line(action) for action in plan.actions)
    return [*acts, f"waits: {plan.waiting_for}"] if plan.waiting_for else acts


def one_line(action: act.Action) -> str:
    match action:
        case act.BuildHost():
            what = f"slot {action.slot}, attempt {action.attempt}"
        case act.Warn():
            what = f"{action.user} on {action.host}: sign-out {action.sign_out_at:%H:%M}"
        case act.SignOut():
            what = f"{action.user} on {action.host}"
        case act.BeginCutOver():
            what = ""
        case _:
            what = getattr(action, "host", "")
    return f"{type(action).__name__} {what}".strip() + f" - {action.reason}"


def ending(plan: act.Plan, world: World) -> list[str]:
    hosts = [f"{h.name} {h.version} {len(h.sessions)} users" for h in world.hosts if h.present]
    out = ", ".join(sorted(world.signed_out)) or "nobody"
    return [
        f"outcome: {plan.outcome}",
        *(f"hosts: {host}" for host in sorted(hosts)),
        f"signed out: {out}",
        *(f"left: {sentence}" for sentence in plan.left),
    ]


@pytest.mark.parametrize("name", list(CASES))
def test_the_whole_rollout_goes_as_its_golden_log_says(name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    log = played(name, seed=1)
    if os.environ.get("SPOTPC_GOLDEN") == "write":
        path.write_text(log)
    assert log == path.read_text()


@pytest.mark.parametrize("name", list(CASES))
def test_the_order_in_which_hosts_are_seen_does_not_matter(name: str) -> None:
    assert {played(name, seed) for seed in range(5)} == {played(name, seed=1)}


def test_no_golden_log_is_without_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
