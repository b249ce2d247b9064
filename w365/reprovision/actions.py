"""What the planner answers: actions with reasons, waits, and where each Cloud PC stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .state import Failure


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do now."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Tell(Action):
    """Write to the user; once the message is accepted, record `noticed_at`.

    A crash in between tells the user twice, which does no harm.
    """

    pc: str
    user: str
    wipe_at: datetime


@dataclass(frozen=True, kw_only=True)
class Reprovision(Action):
    """Record `attempt`, `asked_at` and the device it has now; then ask Graph.

    An answer that surely means that nothing was begun takes the record back.
    """

    pc: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class BroughtOver(Action):
    """Record that it is done, and its new device; forget an earlier failure."""

    pc: str


@dataclass(frozen=True, kw_only=True)
class GiveUp(Action):
    """Record that it failed, and why."""

    pc: str
    failure: Failure


@dataclass(frozen=True, kw_only=True)
class Halt(Action):
    """Record the reason as `halted`: nothing new until an admin goes on."""


@dataclass(frozen=True)
class Wait:
    """Why nothing more is done, in one sentence; `until` where a known time ends it."""

    sentence: str
    until: datetime | None = None


class Phase(StrEnum):
    """Where one Cloud PC stands, in the words of the page."""

    EXCLUDED = "Left out"
    PLANNED = "Planned"
    TOLD = "User told"
    NOT_READY = "Not ready"
    ASKED = "Asked"
    REPROVISIONING = "Reprovisioning"
    AGAIN = "To be tried again"
    DONE = "Brought over"
    FAILED = "Failed"
    SKIPPED = "Skipped"
    LEFT = "Left as it was"


SETTLED = frozenset({Phase.EXCLUDED, Phase.DONE, Phase.FAILED, Phase.SKIPPED})
UNDER_WAY = frozenset({Phase.ASKED, Phase.REPROVISIONING})


@dataclass(frozen=True)
class PcPhase:
    id: str
    phase: Phase
    note: str = ""


class Outcome(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"  # by an admin
    HALTED = "halted"  # by itself: an admin must go on or cancel
    SUCCEEDED = "succeeded"  # every one settled, failures within the budget
    FAILED = "failed"  # as before, but none was brought over
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Plan:
    """One pass. While `outcome` is not final there is an action or a wait."""

    outcome: Outcome
    actions: tuple[Action, ...]
    waits: tuple[Wait, ...]
    pcs: tuple[PcPhase, ...]

    @property
    def done(self) -> bool:
        return self.outcome in (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.CANCELLED)

    @property
    def waiting_for(self) -> str:
        return self.waits[0].sentence if self.waits else ""


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def lasting(span: timedelta) -> str:
    """In whole minutes, or hours where it is a number of them."""
    minutes = max(1, round(span.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    return count(minutes, "minute") if rest or hours < 2 else count(hours, "hour")


def names(found: list[str], at_most: int = 5) -> str:
    """The first few by name, the rest by number: a sentence must stay one."""
    shown = ", ".join(found[:at_most])
    return f"{shown} and {len(found) - at_most} more" if len(found) > at_most else shown


def clock(at: datetime) -> str:
    """A time inside a sentence. Pages show the viewer's zone instead."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
