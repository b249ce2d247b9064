"""What the planner answers: actions with reasons, waits, phases and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do in Azure now. All are idempotent: asking twice does no harm."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class BuildHost(Action):
    slot: int
    attempt: int


@dataclass(frozen=True, kw_only=True)
class BeginCutOver(Action):
    """Nothing in Azure: record `Observed.cut_over_at`, before the Drain actions that follow it."""


@dataclass(frozen=True, kw_only=True)
class Drain(Action):
    """Refuse new sessions; then record `drained_at` = now, at every repetition too.

    `already` is true where the host was in drain mode before us: record `draining_before_us`.
    """

    host: str
    already: bool = False


@dataclass(frozen=True, kw_only=True)
class Undrain(Action):
    """Allow new sessions and forget `drained_at`."""

    host: str


@dataclass(frozen=True, kw_only=True)
class Warn(Action):
    """Send the message, then record `warned_at` and whether the session was connected.

    A message that Azure refuses because nobody is connected counts as given, unseen.
    """

    host: str
    session: str
    user: str
    sign_out_at: datetime


@dataclass(frozen=True, kw_only=True)
class SignOut(Action):
    host: str
    session: str
    user: str


@dataclass(frozen=True, kw_only=True)
class RemoveRecord(Action):
    """Record `removing`, then delete the session-host record, without force."""

    host: str


@dataclass(frozen=True, kw_only=True)
class RemoveVm(Action):
    """Record `removing`, stop a build that may still run, delete the VM with its NIC and disk."""

    host: str


@dataclass(frozen=True, kw_only=True)
class RemoveLeftovers(Action):
    host: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Wait:
    """Why nothing more is done, in one sentence; `until` where a known time ends it."""

    sentence: str
    until: datetime | None = None


class Phase(StrEnum):
    """Where one host stands, in the words of the page."""

    SERVING = "Serving"
    DRAINING = "Draining"
    WAITING_FOR_USERS = "Waiting for users"
    WARNED = "Warned"
    SIGNING_OUT = "Signing out"
    REMOVING = "Removing"
    REMOVED = "Removed"
    PLANNED = "Planned"
    BUILDING_VM = "Building VM"
    JOINING = "Joining"
    REGISTERING = "Registering"
    STANDING_BY = "Standing by"
    READY = "Ready"
    UNHEALTHY = "Not healthy"
    DRAINED = "In drain mode"
    FAILED = "Failed"
    STRAY = "Not in the pool"


@dataclass(frozen=True)
class HostPhase:
    name: str
    new: bool
    phase: Phase
    slot: int | None = None
    users: int = 0
    sign_out_at: datetime | None = None
    note: str = ""

    @property
    def label(self) -> str:
        """The phase with its number or time; the time is UTC, pages show `sign_out_at` instead."""
        if self.phase is Phase.WAITING_FOR_USERS:
            return f"Waiting for {count(self.users, 'user')}"
        if self.phase is Phase.WARNED and self.sign_out_at:
            return f"Warned (sign-out {self.sign_out_at:%H:%M})"
        return self.phase.value


class Status(StrEnum):
    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Condition:
    """One independent truth about the rollout. Whoever stores it keeps since when it holds."""

    type: str
    status: Status
    reason: str
    message: str


class Outcome(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"  # by an admin
    HALTED = "halted"  # too many new hosts failed: an admin must try again or cancel
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Plan:
    """One pass. While `outcome` is not final there is an action or a wait."""

    outcome: Outcome
    actions: tuple[Action, ...]
    waits: tuple[Wait, ...]
    hosts: tuple[HostPhase, ...]
    conditions: tuple[Condition, ...]
    left: tuple[str, ...] = ()  # what stays behind when a final outcome is reached, with why

    @property
    def done(self) -> bool:
        return self.outcome in (Outcome.SUCCEEDED, Outcome.CANCELLED)

    @property
    def waiting_for(self) -> str:
        return self.waits[0].sentence if self.waits else ""


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def names(found: list[str], at_most: int = 5) -> str:
    """The first few by name, the rest by number: a sentence must stay one."""
    shown = ", ".join(found[:at_most])
    return f"{shown} and {len(found) - at_most} more" if len(found) > at_most else shown


def clock(at: datetime) -> str:
    """A time inside a sentence. Where a page can show the viewer's zone it uses `Wait.until`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
