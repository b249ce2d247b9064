"""The reprovisioning planner: (desired, observed, now) in, actions with reasons out.

It is called again and again with everything observed anew, and remembers nothing. Each rule below
is one sentence of the contract. It looks at the same `Fleet` as the others and yields actions, or
the sentence why it waits. `plan` runs the chain that fits, top to bottom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from .actions import (
    Action,
    BroughtOver,
    GiveUp,
    Halt,
    Outcome,
    Phase,
    Plan,
    Reprovision,
    Tell,
    Wait,
    clock,
    count,
    names,
)
from .fleet import Fleet
from .judge import doing
from .state import Desired, Observed, Pc

Said = Iterator[Action | Wait]
Rule = Callable[[Fleet], Said]

# A pass must stay short, and Graph throttles who asks for much at once. The next pass goes on.
AT_ONCE = 20


def plan(desired: Desired, observed: Observed, now: datetime) -> Plan:
    fleet = Fleet(desired, observed, now)
    outcome, rules = outcome_and_rules(fleet)
    said = [word for rule in rules for word in rule(fleet)]
    return Plan(
        outcome=outcome,
        actions=tuple(word for word in said if isinstance(word, Action)),
        waits=tuple(word for word in said if isinstance(word, Wait)),
        pcs=fleet.phases,
    )


def outcome_and_rules(fleet: Fleet) -> tuple[Outcome, tuple[Rule, ...]]:
    desired = fleet.desired
    if not fleet.observed.readable:
        return Outcome.PAUSED if desired.paused else Outcome.RUNNING, (say_unreadable,)
    if fleet.settled and not fleet.over_budget:
        return succeeded(fleet), (settle,)
    if desired.cancelled:
        outcome = Outcome.RUNNING if fleet.under_way else Outcome.CANCELLED
        return outcome, (settle, wait_for_windows_365)
    if desired.paused:
        return Outcome.PAUSED, (settle, say_paused)
    if fleet.observed.halted or fleet.halt_reason:
        return Outcome.HALTED, (settle, halt, say_halted)
    return Outcome.RUNNING, GOING_ON


def succeeded(fleet: Fleet) -> Outcome:
    """Observed on each, never because a job ended; with none brought over it is no success."""
    if fleet.having(Phase.DONE):
        return Outcome.SUCCEEDED
    return Outcome.CANCELLED if fleet.desired.cancelled else Outcome.FAILED


# The rules


def say_unreadable(fleet: Fleet) -> Said:
    """What cannot be seen is not touched."""
    why = fleet.observed.unreadable_reason.rstrip(".") or "no answer"
    yield Wait(f"Windows 365 could not be read ({why}); nothing is changed until it can.")


def settle(fleet: Fleet) -> Said:
    """What was observed is recorded, in every state."""
    for pc in fleet.having(Phase.DONE):
        if pc.finished_at is None or pc.error:
            yield BroughtOver(pc=pc.id, reason=f"It runs {fleet.desired.image_name}.")
    for pc in fleet.having(Phase.FAILED):
        failure = fleet.verdict(pc).failure
        if pc.error is None and failure:
            yield GiveUp(pc=pc.id, failure=failure, reason=failure.sentence)


def say_paused(fleet: Fleet) -> Said:
    """A pause stops before the next Cloud PC; what Windows 365 has begun, it brings to an end."""
    begun = count(len(fleet.under_way), "Cloud PC") if fleet.under_way else ""
    rest = f"; {begun} under way will be brought to an end" if begun else ""
    yield Wait(f"Paused by an administrator{rest}.")


def halt(fleet: Fleet) -> Said:
    """A bad image costs some Cloud PCs, never all: stop and ask."""
    if not fleet.observed.halted:
        yield Halt(reason=fleet.halt_reason)


def say_halted(fleet: Fleet) -> Said:
    reason = fleet.observed.halted or fleet.halt_reason
    yield Wait(f"Stopped: {reason}; nothing more is reprovisioned until an administrator acts.")


def wait_for_windows_365(fleet: Fleet) -> Said:
    """What was begun is observed to its end."""
    if fleet.under_way:
        number = count(len(fleet.under_way), "Cloud PC")
        yield Wait(f"Windows 365 is reprovisioning {number}: {named(fleet.under_way)}.")


def wait_until_ready(fleet: Fleet) -> Said:
    """A Cloud PC that Windows 365 works on is left alone until that is over."""
    busy = [pc for pc in fleet.having(Phase.NOT_READY) if pc.ring == fleet.ring]
    if busy:
        told = names([f"{pc.name} ({doing(pc)})" for pc in busy])
        yield Wait(f"Waits until Windows 365 is done with {told}.")


def tell_users(fleet: Fleet) -> Said:
    """Each user is told in time, but not before it is sure that the ring's turn comes."""
    untold = [pc for pc in fleet.candidates if fleet.judge.wipe_from(pc) is None]
    turn = fleet.turn_at
    if turn is None or not untold:
        return
    tell_at = turn - fleet.desired.notice
    if fleet.now < tell_at:
        users = count(len({pc.user for pc in untold}), "user")
        begins = f"Ring {fleet.ring} begins at {clock(turn)}"
        yield Wait(f"{begins}; its {users} will be told at {clock(tell_at)}.", tell_at)
        return
    for pc in untold[:AT_ONCE]:
        wipe_at = max(turn, fleet.now + fleet.desired.notice)
        yield Tell(
            pc=pc.id, user=pc.user, wipe_at=wipe_at, reason=f"The turn of ring {fleet.ring} comes."
        )


def reprovision(fleet: Fleet) -> Said:
    """Only in its turn, and when its user was told and has had the time promised."""
    turn = fleet.turn_at
    if turn is None or fleet.now < turn:
        return
    due = [pc for pc in fleet.candidates if is_due(fleet, pc)]
    for pc in due[:AT_ONCE]:
        why = fleet.verdict(pc).note or f"It is the turn of ring {fleet.ring}."
        yield Reprovision(pc=pc.id, attempt=pc.attempt + 1, reason=why)


def wait_for_the_turn(fleet: Fleet) -> Said:
    turn = fleet.turn_at
    if turn is not None and fleet.now < turn:
        yield Wait(f"Ring {fleet.ring} begins at {clock(turn)}.", turn)


def wait_for_the_notice(fleet: Fleet) -> Said:
    times = [at for pc in fleet.candidates if (at := fleet.judge.wipe_from(pc))]
    later = [at for at in times if at > fleet.now]
    if later and fleet.turn_at is not None and fleet.now >= fleet.turn_at:
        users = count(len(later), "user")
        yield Wait(f"{users} told; reprovisioning begins at {clock(min(later))}.", min(later))


GOING_ON: tuple[Rule, ...] = (
    settle,
    reprovision,
    tell_users,
    wait_for_windows_365,
    wait_until_ready,
    wait_for_the_notice,
    wait_for_the_turn,
)


# Small words


def is_due(fleet: Fleet, pc: Pc) -> bool:
    wipe_from = fleet.judge.wipe_from(pc)
    return wipe_from is not None and fleet.now >= wipe_from


def named(pcs: list[Pc]) -> str:
    return names([pc.name for pc in pcs])
