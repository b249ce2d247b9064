"""A tiny Windows 365: Cloud PCs, mail, a policy, a clock. It applies plans as Graph would.

It knows nothing of the planner's reasoning; `rules.py` judges what it did.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import singledispatchmethod

from w365.reprovision import actions as act
from w365.reprovision.planner import plan
from w365.reprovision.state import REPROVISIONABLE, Desired, Failure, Observed, Pc

START = datetime(2030, 3, 4, 18, 0, tzinfo=UTC)
OLD, NEW, OTHER = "Office 1.0.0", "Office 1.1.0", "Office 9.9.9"
TAKES = timedelta(minutes=40)
FAILS_AFTER = timedelta(minutes=25)
SLOW = timedelta(hours=3)


def desired(**changes: object) -> Desired:
    return replace(Desired(image_id=f"id of {NEW}", image_name=NEW, starts_at=START), **changes)  # type: ignore[arg-type]


@dataclass
class Shown:
    """What Graph's lists say of a Cloud PC."""

    listed: bool = True
    status: str = "provisioned"
    device: str = ""
    image: str = OLD
    failure: Failure | None = None


@dataclass(eq=False)
class SimPc:
    id: str
    ring: int
    user: str
    excluded: bool = False
    real: Shown = field(default_factory=Shown)
    stale: Shown | None = None  # what the lists still say, until `stale_until`
    stale_until: datetime = START
    # A reprovision under way: when it ends, and how.
    ends_at: datetime | None = None
    fate: str = "ok"
    ours: bool = False  # begun by us
    # What was recorded.
    old_device: str = ""
    old_image: str = OLD
    noticed_at: datetime | None = None
    attempt: int = 0
    asked_at: datetime | None = None
    finished_at: datetime | None = None
    error: Failure | None = None
    forgiven: bool = False


class World:
    def __init__(self, wanted: Desired, pcs: list[SimPc], seed: int = 0) -> None:
        self.desired = wanted
        self.pcs = pcs
        self.now = START - timedelta(hours=2)
        self.random = random.Random(seed)
        self.readable = True
        self.halted = ""
        self.policy_exists = True
        self.policy_image = NEW
        self.fates: list[str] = []
        self.answers: list[str] = []  # to the next requests: refused, lost, unknown
        self.mails: list[tuple[datetime, str]] = []
        self.lags: tuple[int, ...] = (0, 0, 2, 8)  # minutes until the lists show what began
        self.devices = 0
        for pc in pcs:
            pc.real.device = pc.old_device = self.new_device()
            pc.old_image = pc.real.image

    def new_device(self) -> str:
        self.devices += 1
        return f"device-{self.devices}"

    def pc(self, pc_id: str) -> SimPc:
        return next(pc for pc in self.pcs if pc.id == pc_id)

    # What the planner sees

    def plan(self) -> act.Plan:
        return plan(self.desired, self.observe(), self.now)

    def observe(self) -> Observed:
        pcs = [self.seen(pc) for pc in self.pcs]
        self.random.shuffle(pcs)
        return Observed(
            pcs=tuple(pcs),
            policy_exists=self.policy_exists,
            policy_image_id=f"id of {self.policy_image}",
            policy_image_name=self.policy_image,
            halted=self.halted,
            readable=self.readable,
            unreadable_reason="" if self.readable else "503 from Graph",
        )

    def shown(self, pc: SimPc) -> Shown:
        return pc.stale if pc.stale and self.now < pc.stale_until else pc.real

    def seen(self, pc: SimPc) -> Pc:
        shown = self.shown(pc)
        return Pc(
            id=pc.id,
            name=pc.id,
            user=pc.user,
            ring=pc.ring,
            excluded=pc.excluded,
            listed=shown.listed,
            status=shown.status,
            device_id=shown.device,
            image_name=shown.image,
            failure=shown.failure,
            old_device_id=pc.old_device,
            old_image=pc.old_image,
            noticed_at=pc.noticed_at,
            attempt=pc.attempt,
            asked_at=pc.asked_at,
            finished_at=pc.finished_at,
            error=pc.error,
            forgiven=pc.forgiven,
        )

    # One pass

    @singledispatchmethod
    def apply(self, action: act.Action) -> None:
        raise TypeError(action)

    @apply.register
    def _(self, action: act.Tell) -> None:
        self.mails.append((self.now, action.pc))
        self.pc(action.pc).noticed_at = self.now

    @apply.register
    def _(self, action: act.Reprovision) -> None:
        pc = self.pc(action.pc)
        answer = self.answers.pop(0) if self.answers else "ok"
        if answer == "refused":  # the record is taken back
            return
        pc.attempt, pc.asked_at, pc.old_device = action.attempt, self.now, self.shown(pc).device
        if answer != "lost":
            self.begin(pc, ours=True)

    def begin(self, pc: SimPc, ours: bool) -> None:
        """Unless the Cloud PC is provisioned or failed Graph answers 409, and nothing begins."""
        if not pc.real.listed or pc.real.status not in REPROVISIONABLE:
            return
        pc.stale = replace(pc.real)
        pc.stale_until = self.now + timedelta(minutes=self.random.choice(self.lags))
        pc.fate = self.fates.pop(0) if self.fates else "ok"
        takes = {"fails": FAILS_AFTER, "for good": FAILS_AFTER, "slow": SLOW}.get(pc.fate, TAKES)
        pc.ends_at, pc.ours = self.now + takes, ours
        pc.real = replace(pc.real, status="provisioning", failure=None)

    @apply.register
    def _(self, action: act.BroughtOver) -> None:
        pc = self.pc(action.pc)
        pc.finished_at, pc.error = pc.finished_at or self.now, None

    @apply.register
    def _(self, action: act.GiveUp) -> None:
        pc = self.pc(action.pc)
        pc.finished_at, pc.error = pc.finished_at or self.now, action.failure

    @apply.register
    def _(self, action: act.Halt) -> None:
        self.halted = action.reason

    # Time

    def advance(self, by: timedelta) -> None:
        self.now += by
        for pc in self.pcs:
            if pc.ends_at and self.now >= pc.ends_at and pc.fate != "stuck":
                self.end(pc)

    def end(self, pc: SimPc) -> None:
        pc.ends_at = None
        if not pc.real.listed:
            return
        if pc.fate in ("fails", "for good"):
            why = Failure(
                pc.fate, "Windows 365 could not provision it.", permanent=pc.fate == "for good"
            )
            pc.real = replace(pc.real, status="failed", failure=why)
            return
        status = "provisionedWithWarnings" if pc.fate == "warns" else "provisioned"
        image = self.policy_image
        pc.real = Shown(status=status, device=self.new_device(), image=image)

    # What an administrator does

    def go_on(self, *, retry: bool) -> None:
        """Try again, or go on without those that failed."""
        self.halted = ""
        for pc in self.pcs:
            if pc.error is None or pc.forgiven:
                continue
            if not retry:
                pc.forgiven = True
                continue
            late = pc.error.code == "reprovision-timeout"
            pc.asked_at = self.now if late else None
            pc.attempt, pc.finished_at, pc.error = 0, None, None
