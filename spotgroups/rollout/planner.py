"""The rollout planner: (desired, observed, now) in, actions with reasons out.

It is called every few seconds with everything observed anew, and remembers nothing. Each rule
below is one sentence of the contract. It looks at the same `Pool` as the others and yields
actions, or the sentence why it waits. `plan` runs the chain that fits, top to bottom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from . import cancel, conditions, phases
from .actions import (
    Action,
    BeginCutOver,
    BuildHost,
    Drain,
    Outcome,
    Plan,
    SignOut,
    Undrain,
    Wait,
    Warn,
    clock,
    count,
    names,
)
from .pool import Pool
from .removal import reassert_drain, take_out
from .state import Desired, Host, Method, Observed
from .victims import next_victims

Said = Iterator[Action | Wait]
Rule = Callable[[Pool], Said]


def plan(desired: Desired, observed: Observed, now: datetime) -> Plan:
    pool = Pool(desired, observed, now)
    outcome, rules = outcome_and_rules(pool)
    said = [word for rule in rules for word in rule(pool)]
    actions = tuple(word for word in said if isinstance(word, Action))
    waits = tuple(word for word in said if isinstance(word, Wait))
    if desired.cancelled and outcome is Outcome.RUNNING and not said:
        outcome = Outcome.CANCELLED
    return Plan(
        outcome=outcome,
        actions=actions,
        waits=waits,
        hosts=phases.phases(pool),
        conditions=conditions.conditions(pool, outcome),
        left=cancel.left_behind(pool) if outcome is Outcome.CANCELLED else phases.strays(pool),
    )


def outcome_and_rules(pool: Pool) -> tuple[Outcome, tuple[Rule, ...]]:
    desired = pool.desired
    if not pool.observed.readable:
        return Outcome.PAUSED if desired.paused else Outcome.RUNNING, (say_unreadable,)
    if succeeded(pool):
        return Outcome.SUCCEEDED, ()
    if desired.cancelled:
        return Outcome.RUNNING, cancel.RULES
    if desired.paused:
        return Outcome.PAUSED, (say_paused, *HOLDING)
    if pool.halt_reason:
        return Outcome.HALTED, (say_halted, *HOLDING)
    return Outcome.RUNNING, ROLLING


def succeeded(pool: Pool) -> bool:
    """Observed on every host, never because a job ended."""
    leaving = pool.old or pool.failed or pool.leaving
    return not leaving and len(pool.available) >= pool.desired.hosts_wanted


# The rules


def say_unreadable(pool: Pool) -> Said:
    """What cannot be seen is not touched."""
    why = pool.observed.unreadable_reason or "no answer"
    yield Wait(f"Azure could not be read ({why}); nothing is changed until it can.")


def say_paused(pool: Pool) -> Said:
    """A pause stops at the next step; no user is warned or signed out meanwhile."""
    yield Wait("Paused by an administrator; Resume goes on where it stopped.")


def say_halted(pool: Pool) -> Said:
    """A bad image or quota costs some new hosts, never the pool: stop and ask."""
    untouched = "" if pool.observed.cut_over_at else "; the old hosts keep serving"
    yield Wait(f"Stopped: {pool.halt_reason}{untouched}; try again, or cancel the update.")


def keep_drained(pool: Pool) -> Said:
    """No new user reaches a host that was given up, in any pass."""
    yield from reassert_drain([*pool.given_up, *pool.leaving, *(h for h, _ in pool.failed)])


def build_missing(pool: Pool) -> Said:
    """New hosts are built as early as the method, and as many as the surge, allows."""
    begin = pool.desired.build_from
    if begin and pool.now < begin and pool.missing:
        yield Wait(f"Builds {count(pool.missing, 'new host')} at {clock(begin)}.", begin)
        return
    for slot in pool.buildable:
        attempt = pool.attempt(slot)
        why = "Needed for the new version." if attempt == 1 else "The one before failed."
        yield BuildHost(slot=slot, attempt=attempt, reason=why)


def wait_for_new(pool: Pool) -> Said:
    """A new host counts only once it is healthy, fresh and on the pinned version."""
    late = [f"{h.name} ({phases.phase(pool, h).value})" for h in unavailable(pool)]
    if late:
        yield Wait(f"Waits for {count(len(late), 'new host')}: {names(late)}.")


def stand_by(pool: Pool) -> Said:
    """Before the scheduled time nobody lands on the new version, unless seats run short."""
    opening = pool.desired.cut_over_at
    early = [h for h in pool.available if h.ours]
    if opening is None or pool.on_time or not pool.serving or not pool.bears_loss_of(early):
        return
    for host in early:
        yield Drain(host=host.name, reason=f"It opens at {clock(opening)}.")


def open_new(pool: Pool) -> Said:
    """New hosts that stood by, or are healthy again after all, take users."""
    if pool.standing_by and pool.old_hosts_suffice:
        return
    for host in pool.live:
        if host.ours and host.drained_at and pool.sound(host):
            yield Undrain(host=host.name, reason="It is ready to serve.")


def discard_failed(pool: Pool) -> Said:
    """One failed host must not block the rest: it goes, and its slot is tried again."""
    for host, failure in pool.failed:
        yield from take_out(pool, host, failure.sentence)


def finish_discards(pool: Pool) -> Said:
    """What was begun to be removed is removed to the end."""
    for host in pool.leaving:
        yield from take_out(pool, host, "Its removal has begun.")


def warn_users(pool: Pool) -> Said:
    """Whoever is still on a drained host is told, and gets the whole warning time."""
    if not pool.desired.forces or not pool.new_hosts_serve:
        return
    sign_out_at = pool.now + pool.desired.warning
    for host in drained(pool):
        for session in host.sessions:
            if not pool.warned(session):
                yield Warn(
                    host=host.name,
                    session=session.id,
                    user=session.user,
                    sign_out_at=sign_out_at,
                    reason=f"{host.name} is being replaced.",
                )


def sign_out_users(pool: Pool) -> Said:
    """Nobody is signed out before the warning time is over and new hosts are available."""
    if not pool.desired.forces:
        return
    due = [(h, s) for h in drained(pool) for s in h.sessions if pool.due(s)]
    if due and not pool.new_hosts_serve:
        yield Wait("Nobody is signed out until enough new hosts are available again.")
        return
    for host, session in due:
        if not pool.asked(session):
            yield SignOut(
                host=host.name,
                session=session.id,
                user=session.user,
                reason=f"Warned {ago(pool.now, session.warned_at)} ago.",
            )


def wait_for_users(pool: Pool) -> Said:
    """A host with a session, active or disconnected, is not removed."""
    busy = [h for h in pool.given_up if h.sessions]
    if not busy:
        return
    users = count(sum(len(h.sessions) for h in busy), "user")
    on = names([f"{h.name} ({len(h.sessions)})" for h in busy])
    times = [at for h in busy if (at := phases.sign_out_at(pool, h))]
    if pool.desired.forces and times:
        yield Wait(f"{users} warned on {on}; sign-out from {clock(min(times))}.", min(times))
    else:
        yield Wait(f"Waits for {users} to sign out: {on}.")


def remove_empty(pool: Pool) -> Said:
    """An old host goes when it is drained and empty, and still so after a second look."""
    for host in pool.given_up:
        yield from take_out(pool, host, "Drained and empty.")


def give_up_old(pool: Pool) -> Said:
    """Old hosts are drained once new ones carry the load, within the floor."""
    victims = next_victims(pool)
    if victims and pool.observed.cut_over_at is None:
        ready = count(len(pool.available), "new host")
        yield BeginCutOver(reason=f"{ready} available; new users land there from now on.")
    for host in victims:
        why = "New hosts take over." if pool.sound(host) else "It is not healthy."
        yield Drain(host=host.name, already=host.draining, reason=why)
    if pool.serving and not victims:
        yield from why_still_serving(pool)


def why_still_serving(pool: Pool) -> Said:
    desired = pool.desired
    standing = len(pool.available) + len(pool.standing_by)
    ready = f"{standing} of {count(desired.hosts_wanted, 'new host')} available"
    if not pool.on_time and desired.cut_over_at:
        yield Wait(f"Cut-over at {clock(desired.cut_over_at)}; {ready}.", desired.cut_over_at)
    elif desired.method is Method.SCHEDULED and not pool.swaps and desired.cut_over_at:
        yield Wait(f"The cut-over of {clock(desired.cut_over_at)} is late: {ready}.")
    elif not pool.swaps:
        yield Wait(f"Cut-over waits for the new hosts: {ready}.")
    else:
        seats = f"{pool.seats} seats are open and {desired.floor_seats} must stay open"
        kept = names([h.name for h in pool.serving])
        yield Wait(f"Keeps {kept} in service: {seats}.")


def wait_for_room(pool: Pool) -> Said:
    """Never more hosts than wanted plus the surge, whatever state they are in."""
    if pool.missing and pool.room <= 0:
        most = f"at most {pool.desired.ceiling} may exist"
        strays = names([h.name for h in pool.strays])
        by_hand = f"; {strays} must be removed by hand" if strays else ""
        yield Wait(f"The next new host is built when another is gone: {most}{by_hand}.")


def finish_removals(pool: Pool) -> Said:
    """Half a host is worse than none: what was begun to be removed is removed to the end."""
    for host in [*pool.given_up, *pool.leaving]:
        if host.removing:
            yield from take_out(pool, host, "Its removal has begun.")


ROLLING: tuple[Rule, ...] = (
    keep_drained,
    build_missing,
    wait_for_new,
    stand_by,
    open_new,
    discard_failed,
    finish_discards,
    # What was given up comes to its end before more is given up.
    warn_users,
    sign_out_users,
    wait_for_users,
    remove_empty,
    give_up_old,
    wait_for_room,
)
HOLDING: tuple[Rule, ...] = (keep_drained, finish_removals)


# Small words


def unavailable(pool: Pool) -> list[Host]:
    return [h for h in pool.live if not pool.accepts(h) and h not in pool.standing_by]


def drained(pool: Pool) -> list[Host]:
    """Given up, and seen to be drained: a user told to sign out must not land there again."""
    return [h for h in pool.given_up if h.draining and h.drained_at]


def ago(now: datetime, then: datetime | None) -> str:
    minutes = (now - (then or now)) // timedelta(minutes=1)
    return count(minutes, "minute")
