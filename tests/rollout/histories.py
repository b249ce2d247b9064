"""Random histories: a pool, a wish, and what users, admins and Azure do meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from spotgroups.rollout.actions import Outcome
from spotgroups.rollout.state import Method, SessionState

from .rules import BrokenRuleError, Judge
from .sim_hosts import NEW, OLD, START, SimHost, desired
from .simulator import World

FATES = ("vm-fails", "no-quota", "never-registers", "unhealthy", "wrong-version")
GAPS = (5, 5, 30, 90, 300, 1200)  # seconds between passes
PASSES_AT_MOST = 600


@dataclass(frozen=True)
class History:
    method: Method
    hosts: tuple[str | None, ...]  # the version each host of the pool starts with
    wanted: int
    surge: int
    floor: int
    warning_minutes: int
    users: int
    events: tuple[tuple[str, int, int], ...]  # kind, which host or user, seconds until the pass

    @staticmethod
    def any(seed: int) -> History:
        """One of a fixed endless list, for checks that need no shrinking."""
        draw = random.Random(seed)
        wanted = draw.randint(1, 4)
        hosts = [draw.choice((OLD, OLD, OLD, None, NEW)) for _ in range(draw.randint(1, 4))]
        kinds = list(EVENTS) if seed % 3 else HARMLESS
        return History(
            method=draw.choice(list(Method)),
            hosts=tuple(hosts),
            wanted=wanted,
            surge=draw.randint(1, 4),
            floor=draw.randint(0, 2 * min(wanted, len(hosts))),
            warning_minutes=draw.choice((0, 5, 60)),
            users=draw.randint(0, 6),
            events=tuple(
                (draw.choice(kinds), draw.randint(0, 7), draw.choice(GAPS))
                for _ in range(draw.randint(0, 60))
            ),
        )

    @property
    def harmless(self) -> bool:
        """Only users and refused calls: no host of the pool loses its seats by others."""
        return all(kind in HARMLESS for kind, _, _ in self.events)

    def world(self) -> World:
        wanted = desired(
            self.method,
            self.wanted,
            surge=self.surge,
            floor_seats=self.floor,
            warning=timedelta(minutes=self.warning_minutes),
            cut_over_at=START + timedelta(hours=1) if self.method is Method.SCHEDULED else None,
        )
        hosts = [SimHost(f"sh-{n}", version) for n, version in enumerate(self.hosts, 1)]
        world = World(wanted, hosts, seed=len(self.events))
        world.leave_leftovers = self.users % 2 == 1
        for number in range(self.users):
            world.log_on(f"user{number}")
        return world


def play(history: History) -> tuple[Judge, Outcome]:
    """The history, then quiet: nothing fails any more. Then it must come to its end.

    Opportunistic needs its users to go home for that, and so does a pool that must shrink before
    a new host has room; otherwise Immediate and Scheduled do not.
    """
    world = history.world()
    judge = Judge(world)
    for kind, which, gap in history.events:
        EVENTS[kind](world, which)
        judge.run_pass()
        if history.harmless:
            judge.keeps_its_seats()
        world.advance(timedelta(seconds=gap))
    quieten(world)
    for _ in range(PASSES_AT_MOST):
        plan = judge.run_pass()
        if plan.outcome is Outcome.SUCCEEDED:
            judge.ends_well()
        if plan.done:
            return judge, plan.outcome
        if plan.outcome is Outcome.HALTED:
            try_again(world)
        world.advance(timedelta(seconds=120))
    raise BrokenRuleError(9, f"no end after {PASSES_AT_MOST} quiet passes: {plan.waits}")


def quieten(world: World) -> None:
    world.readable, world.refusing, world.fates = True, False, []
    world.desired = replace(world.desired, paused=False)
    cramped = sum(h.takes_a_place for h in world.hosts) >= world.desired.ceiling
    for host in world.hosts:
        host.healthy, host.heartbeat_stopped_at = True, None
        if not world.desired.forces or cramped or host.fate != "ok":
            host.sessions, host.in_flight = [], []
        if host.drained_at is None:
            host.draining = False
        if not host.record and host.slot is None and not (host.removing or host.drained_at):
            host.vm = False  # somebody deletes by hand what the page lists as not in the pool


def try_again(world: World) -> None:
    """What the page's button does."""
    wanted = world.desired
    budget = sum(world.attempts.values()) + 1
    world.desired = replace(wanted, failure_budget=budget, build_attempts=budget)
    for host in world.hosts:
        if host.failure:
            host.failure = replace(host.failure, permanent=False)


# Events: (world, which) -> None


def pick(world: World, which: int) -> SimHost | None:
    there = [h for h in world.hosts if h.record]
    return there[which % len(there)] if there else None


def on_host(change: Callable[[World, SimHost], None]) -> Callable[[World, int], None]:
    def event(world: World, which: int) -> None:
        if host := pick(world, which):
            change(world, host)

    return event


def on_session(state: SessionState | None) -> Callable[[World, int], None]:
    def event(world: World, which: int) -> None:
        if users := world.users():
            host, session = users[which % len(users)]
            if state:
                session.state = state
            else:
                host.sessions.remove(session)

    return event


def dies(world: World, host: SimHost) -> None:
    host.healthy = False


def heals(world: World, host: SimHost) -> None:
    host.healthy, host.heartbeat_stopped_at = host.fate != "unhealthy", None


def heart_stops(world: World, host: SimHost) -> None:
    host.heartbeat_stopped_at = host.heartbeat_stopped_at or world.now - timedelta(minutes=8)


def drain_comes_off(world: World, host: SimHost) -> None:
    host.draining, host.drain_began = False, None


def admin_drains(world: World, host: SimHost) -> None:
    if host.drained_at is None:
        world.drain(host)


def admin_deletes(world: World, host: SimHost) -> None:
    host.record = host.vm = False
    host.sessions, host.in_flight = [], []


def record_vanishes(world: World, host: SimHost) -> None:
    host.record = False
    host.sessions, host.in_flight = [], []


def toggle_pause(world: World, which: int) -> None:
    world.desired = replace(world.desired, paused=not world.desired.paused)


def cancel(world: World, which: int) -> None:
    if which == 0:  # seldom, so that most histories run on
        world.desired = replace(world.desired, cancelled=True)


def toggle_readable(world: World, which: int) -> None:
    world.readable = not world.readable


def toggle_refusing(world: World, which: int) -> None:
    world.refusing = not world.refusing


EVENTS: dict[str, Callable[[World, int], object]] = {
    "nothing": lambda world, which: None,
    "still nothing": lambda world, which: None,
    "log on": lambda world, which: world.log_on(f"guest{which}"),
    "log on, slowly": lambda world, which: world.log_on(f"slow{which}", in_flight=True),
    "log off": on_session(None),
    "disconnect": on_session(SessionState.DISCONNECTED),
    "reconnect": on_session(SessionState.ACTIVE),
    "pending": on_session(SessionState.PENDING),
    "host dies": on_host(dies),
    "host heals": on_host(heals),
    "heart stops": on_host(heart_stops),
    "drain comes off": on_host(drain_comes_off),
    "admin drains": on_host(admin_drains),
    "admin deletes": on_host(admin_deletes),
    "record vanishes": on_host(record_vanishes),
    "next build fails": lambda world, which: world.fates.append(FATES[which % len(FATES)]),
    "pause or resume": toggle_pause,
    "cancel": cancel,
    "Azure unreadable or back": toggle_readable,
    "Azure refuses or not": toggle_refusing,
}

HARMLESS = [
    "nothing",
    "log on",
    "log on, slowly",
    "log off",
    "disconnect",
    "reconnect",
    "pending",
    "drain comes off",
    "next build fails",
    "pause or resume",
    "cancel",
    "Azure unreadable or back",
    "Azure refuses or not",
]
