"""Whole runs as logs that a reviewer reads as a diff: golden/*.txt.

`SPOTPC_GOLDEN=write` writes them anew. The order in which Cloud PCs are listed must not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from w365.reprovision import actions as act
from w365.reprovision.state import Desired
from w365.reprovision.tally import tally

from .rules import Judge
from .simulator import START, Shown, SimPc, World, desired

GOLDEN = Path(__file__).parent / "golden"
PASSES_AT_MOST = 400
STEP = timedelta(minutes=5)

Script = Callable[[Judge, int], None]  # called before each pass with the minutes since START


def quiet(judge: Judge, minute: int) -> None:
    pass


def second_one_fails_once(judge: Judge, minute: int) -> None:
    """In the second ring; its second attempt succeeds."""
    if minute == 0:
        judge.world.fates = ["ok", "fails"]


def bad_image(judge: Judge, minute: int) -> None:
    """The pilot fails for good; an administrator mends the image and tries again at 15:00."""
    world = judge.world
    world.fates = ["for good"] if minute < 120 else []
    if minute == 120:
        judge.go_on(retry=True)


def policy_edited(judge: Judge, minute: int) -> None:
    """After the pilot somebody changes the policy, so the run is cancelled."""
    if minute == 60:
        judge.world.policy_image = "Office 2.0.0"
    if minute == 200:
        judge.world.desired = replace(judge.world.desired, cancelled=True)


HOUR = timedelta(hours=1)
TOLD = {"message": True, "notice": HOUR}
CASES: dict[str, tuple[Desired, Script]] = {
    "good-run": (desired(ring_pause=2 * HOUR, **TOLD), second_one_fails_once),
    "bad-image-then-again": (desired(failure_budget=0), bad_image),
    "policy-edited-then-cancelled": (desired(ring_pause=HOUR), policy_edited),
}


def fleet() -> list[SimPc]:
    rings = {"ann": 1, "bob": 2, "cem": 2, "dora": 3}
    pcs = [SimPc(f"PC-{user}", ring, user) for user, ring in rings.items()]
    pcs.append(SimPc("PC-eve", 1, "eve", excluded=True))
    pcs.append(SimPc("PC-fay", 3, "fay", real=Shown(status="inGracePeriod")))
    return pcs


def played(name: str, seed: int) -> str:
    wanted, script = CASES[name]
    world = World(wanted, fleet(), seed)
    world.lags = (0,)
    judge = Judge(world)
    lines: list[str] = []
    said = ""
    for _ in range(PASSES_AT_MOST):
        minute = (world.now - START) // timedelta(minutes=1)
        script(judge, minute)
        plan = judge.run_pass()
        acts, wait = told(plan)
        lines += [f"{minute:>4} min  {line}" for line in acts]
        if wait and wait != said:
            lines.append(f"{minute:>4} min  waits: {wait}")
        said = wait
        if plan.done:
            return "\n".join([*lines, *ending(plan)]) + "\n"
        world.advance(STEP)
    raise AssertionError(f"no end after {PASSES_AT_MOST} passes: {plan.waits}")


def told(plan: act.Plan) -> tuple[list[str], str]:
    return [one_line(action) for action in plan.actions], plan.waiting_for


def one_line(action: act.Action) -> str:
    match action:
        case act.Tell():
            what = f"{action.user}: not before {action.wipe_at:%H:%M}"
        case act.Reprovision():
            what = f"{action.pc}, attempt {action.attempt}"
        case _:
            what = getattr(action, "pc", "")
    return f"{type(action).__name__} {what}".strip() + f" - {action.reason}"


def ending(plan: act.Plan) -> list[str]:
    stands = [f"{each.id}: {each.phase} {each.note}".rstrip() for each in plan.pcs]
    return [
        f"outcome: {plan.outcome}. {tally(each.phase for each in plan.pcs).sentence}",
        *sorted(stands),
    ]


@pytest.mark.parametrize("name", list(CASES))
def test_the_whole_run_goes_as_its_golden_log_says(name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    log = played(name, seed=1)
    if os.environ.get("SPOTPC_GOLDEN") == "write":
        path.write_text(log)
    assert log == path.read_text()


@pytest.mark.parametrize("name", list(CASES))
def test_the_order_in_which_cloud_pcs_are_listed_does_not_matter(name: str) -> None:
    assert {played(name, seed) for seed in range(5)} == {played(name, seed=1)}


def test_no_golden_log_is_without_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
