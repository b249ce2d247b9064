"""Random histories: rings of Cloud PCs, a wish, and what happens meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from w365.reprovision.actions import Outcome
from w365.reprovision.state import REPROVISIONABLE

from .rules import BrokenRuleError, Judge
from .simulator import NEW, OLD, OTHER, Shown, SimPc, World, desired

FATES = ("fails", "for good", "slow", "stuck", "warns", "fails")
ANSWERS = ("refused", "lost", "unknown")
GAPS = (1, 1, 10, 20, 60, 240)  # minutes between passes
PASSES_AT_MOST = 400
NOTICES = (None, 0, 60, 180)  # minutes; None: nobody is written to
PAUSES = (0, 0, 45, 600)


@dataclass(frozen=True)
class History:
    pcs: tuple[tuple[int, str], ...]  # ring, and how it starts
    notice: int | None
    pause: int
    budget: int
    attempts: int
    events: tuple[tuple[str, int, int], ...]  # kind, which Cloud PC, minutes until the pass

    @staticmethod
    def any(seed: int) -> History:
        """One of a fixed endless list, for checks that need no shrinking."""
        draw = random.Random(seed)
        kinds = list(EVENTS) if seed % 3 else PLAIN
        return History(
            pcs=tuple(
                (draw.randint(1, 3), draw.choice(BEGINNINGS)) for _ in range(draw.randint(1, 6))
            ),
            notice=draw.choice(NOTICES),
            pause=draw.choice(PAUSES),
            budget=draw.randint(0, 2),
            attempts=draw.randint(1, 3),
            events=tuple(
                (draw.choice(kinds), draw.randint(0, 7), draw.choice(GAPS))
                for _ in range(draw.randint(0, 50))
            ),
        )

    def world(self) -> World:
        wanted = desired(
            message=self.notice is not None,
            notice=timedelta(minutes=self.notice or 0),
            ring_pause=timedelta(minutes=self.pause),
            failure_budget=self.budget,
            attempts=self.attempts,
        )
        pcs = [beginning(n, ring, how) for n, (ring, how) in enumerate(self.pcs, 1)]
        return World(wanted, pcs, seed=len(self.events))


BEGINNINGS = ("plain", "plain", "plain", "left out", "same name", "failed", "resizing", "no user")


def beginning(number: int, ring: int, how: str) -> SimPc:
    status = how if how in ("failed", "resizing") else "provisioned"
    return SimPc(
        id=f"pc-{number}",
        ring=ring,
        user="" if how == "no user" else f"user{number}",
        excluded=how == "left out",
        real=Shown(status=status, image=NEW if how == "same name" else OLD),
    )


def play(history: History) -> tuple[Judge, Outcome]:
    """The history, then quiet: nothing fails any more. Then it must come to its end."""
    world = history.world()
    judge = Judge(world)
    for kind, which, gap in history.events:
        EVENTS[kind](judge, which)
        plan = judge.run_pass()
        if plan.done:
            return judge, plan.outcome
        world.advance(timedelta(minutes=gap))
    quieten(world)
    for number in range(PASSES_AT_MOST):
        plan = judge.run_pass()
        if plan.done:
            return judge, plan.outcome
        if plan.outcome is Outcome.HALTED:
            judge.go_on(retry=number < PASSES_AT_MOST // 2)
            if not world.policy_exists:
                world.desired = replace(world.desired, cancelled=True)
        world.advance(timedelta(minutes=15))
    raise BrokenRuleError(9, f"no end after {PASSES_AT_MOST} quiet passes: {plan.waits}")


def quieten(world: World) -> None:
    world.readable, world.fates, world.answers = True, [], []
    world.policy_image = NEW
    world.desired = replace(world.desired, paused=False)
    for pc in world.pcs:
        if pc.real.status == "resizing":
            pc.real.status = "provisioned"


# Events: (judge, which) -> None


def on_pc(change: Callable[[World, SimPc], None]) -> Callable[[Judge, int], None]:
    def event(judge: Judge, which: int) -> None:
        pcs = judge.world.pcs
        change(judge.world, pcs[which % len(pcs)])

    return event


def vanishes(world: World, pc: SimPc) -> None:
    pc.real.listed = False


def loses_licence(world: World, pc: SimPc) -> None:
    pc.real.status, pc.ends_at = "inGracePeriod", None


def regains_licence(world: World, pc: SimPc) -> None:
    if pc.real.status == "inGracePeriod":
        pc.real.status = "provisioned"


def is_resized(world: World, pc: SimPc) -> None:
    if pc.real.status == "provisioned":
        pc.real.status = "resizing"


def was_resized(world: World, pc: SimPc) -> None:
    if pc.real.status == "resizing":
        pc.real.status = "provisioned"


def by_hand(world: World, pc: SimPc) -> None:
    if pc.real.status in REPROVISIONABLE:
        world.begin(pc, ours=False)


def toggle_pause(judge: Judge, which: int) -> None:
    world = judge.world
    world.desired = replace(world.desired, paused=not world.desired.paused)


def cancel(judge: Judge, which: int) -> None:
    if which == 0:  # seldom, so that most histories run on
        judge.world.desired = replace(judge.world.desired, cancelled=True)


def edit_policy(judge: Judge, which: int) -> None:
    judge.world.policy_image = OTHER if which % 2 else NEW


def delete_policy(judge: Judge, which: int) -> None:
    if which == 0:
        judge.world.policy_exists = False


def toggle_readable(judge: Judge, which: int) -> None:
    judge.world.readable = not judge.world.readable


def go_on(judge: Judge, which: int) -> None:
    if judge.must_ask:
        judge.go_on(retry=bool(which % 2))


EVENTS: dict[str, Callable[[Judge, int], None]] = {
    "nothing": lambda judge, which: None,
    "still nothing": lambda judge, which: None,
    "for long": lambda judge, which: judge.world.advance(timedelta(minutes=30)),
    "next one's fate": lambda judge, which: judge.world.fates.append(FATES[which % len(FATES)]),
    "next answer": lambda judge, which: judge.world.answers.append(ANSWERS[which % len(ANSWERS)]),
    "vanishes": on_pc(vanishes),
    "loses licence": on_pc(loses_licence),
    "regains licence": on_pc(regains_licence),
    "is resized": on_pc(is_resized),
    "was resized": on_pc(was_resized),
    "reprovisioned by hand": on_pc(by_hand),
    "pause or resume": toggle_pause,
    "cancel": cancel,
    "policy edited or back": edit_policy,
    "policy deleted": delete_policy,
    "Graph unreadable or back": toggle_readable,
    "admin goes on": go_on,
}

PLAIN = ["nothing", "still nothing", "for long", "next one's fate", "next answer", "admin goes on"]
