"""A tiny host pool: hosts, users, failures and a clock. It applies plans as Azure would.

It knows nothing of the planner's reasoning; `rules.py` judges what it did.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import singledispatchmethod

from spotgroups.rollout import actions as act
from spotgroups.rollout.planner import plan
from spotgroups.rollout.pool import Pool
from spotgroups.rollout.state import (
    Build,
    Desired,
    Failure,
    Health,
    Host,
    Observed,
    Session,
    SessionState,
)

from .sim_hosts import DELETING, IN_FLIGHT, NEW, OLD, STAGES, START, STILL, SimHost, SimSession


class World:
    def __init__(self, wanted: Desired, hosts: list[SimHost], seed: int = 0) -> None:
        self.desired = wanted
        self.hosts = hosts
        self.now = START
        self.random = random.Random(seed)
        self.readable = True
        self.refusing = False  # Azure refuses about a third of our calls
        self.fates: list[str] = []
        self.attempts: dict[int, int] = {}
        self.cut_over_at: datetime | None = None
        self.signed_out: list[str] = []
        self.messages: list[tuple[datetime, int, str]] = []
        self.uids = 0
        self.leave_leftovers = False  # deleting a VM leaves its NIC behind

    def host(self, name: str) -> SimHost:
        return next(h for h in reversed(self.hosts) if h.name == name and h.present)

    # What the planner sees

    def observe(self) -> Observed:
        seen = [self.seen(h) for h in self.hosts]
        self.random.shuffle(seen)
        return Observed(
            hosts=tuple(seen),
            attempts=dict(self.attempts),
            cut_over_at=self.cut_over_at,
            readable=self.readable,
            unreadable_reason="" if self.readable else "503 from Azure",
        )

    def seen(self, host: SimHost) -> Host:
        return Host(
            name=host.name,
            version=host.version,
            health=Health.HEALTHY if host.healthy and host.vm else Health.UNHEALTHY,
            heartbeat=(host.heartbeat_stopped_at or self.now) if host.record else None,
            draining=host.draining,
            sessions=tuple(self.seen_session(s) for s in host.sessions),
            record_exists=host.record,
            vm_exists=host.vm,
            leftovers=host.leftovers,
            busy=host.gone_at is not None,
            slot=host.slot,
            build=host.build,
            failure=host.failure,
            unready_since=host.unready_since,
            drained_at=host.drained_at,
            draining_before_us=host.draining_before_us,
            removing=host.removing,
        )

    def seen_session(self, session: SimSession) -> Session:
        return Session(
            id=str(session.uid),
            user=session.user,
            state=session.state,
            warned_at=session.warned_at,
            warning_seen=session.warning_seen,
            sign_out_asked_at=session.asked_at,
        )

    # One pass

    def plan(self) -> act.Plan:
        observed = self.observe()
        self.note_readiness(observed)
        return plan(self.desired, observed, self.now)

    def note_readiness(self, observed: Observed) -> None:
        """The fact `unready_since`, as whoever applies plans records it."""
        pool = Pool(self.desired, observed, self.now)
        for host in self.hosts:
            if host.slot is not None and observed.readable:
                ready = pool.sound(self.seen(host))
                host.unready_since = None if ready else host.unready_since or self.now

    def refused(self) -> bool:
        return self.refusing and self.random.random() < 0.35

    @singledispatchmethod
    def apply(self, action: act.Action) -> None:
        raise TypeError(action)

    @apply.register
    def _(self, action: act.BuildHost) -> None:
        self.attempts[action.slot] = action.attempt
        suffix = "" if action.attempt == 1 else f"-{action.attempt}"
        self.hosts.append(
            SimHost(
                name=self.desired.name_of(action.slot) + suffix,
                version=None,
                record=False,
                vm=False,
                slot=action.slot,
                built_from=self.now,
                build=Build.VM,
                fate=self.fates.pop(0) if self.fates else "ok",
                unready_since=self.now,
            )
        )

    @apply.register
    def _(self, action: act.BeginCutOver) -> None:
        self.cut_over_at = self.now

    @apply.register
    def _(self, action: act.Drain) -> None:
        host = self.host(action.host)
        self.drain(host)
        host.draining_before_us = host.draining_before_us or action.already
        host.drained_at = self.now

    @apply.register
    def _(self, action: act.Undrain) -> None:
        host = self.host(action.host)
        host.draining, host.drained_at, host.drain_began = False, None, None

    @apply.register
    def _(self, action: act.Warn) -> None:
        session = self.session(action.host, action.session)
        session.warned_at = self.now
        session.warning_seen = session.state is SessionState.ACTIVE
        self.messages.append((self.now, session.uid, session.user))

    @apply.register
    def _(self, action: act.SignOut) -> None:
        session = self.session(action.host, action.session)
        self.host(action.host).sessions.remove(session)
        self.signed_out.append(session.user)

    @apply.register
    def _(self, action: act.RemoveRecord) -> None:
        host = self.host(action.host)
        host.removing, host.record = True, False

    @apply.register
    def _(self, action: act.RemoveVm) -> None:
        host = self.host(action.host)
        host.removing = True
        host.gone_at = self.now + DELETING if host.vm else None
        if host.build not in STILL:
            host.build = Build.FAILED

    @apply.register
    def _(self, action: act.RemoveLeftovers) -> None:
        self.host(action.host).leftovers = ()

    def session(self, host: str, uid: str) -> SimSession:
        return next(s for s in self.host(host).sessions if str(s.uid) == uid)

    def drain(self, host: SimHost) -> None:
        if not host.draining:
            host.draining, host.drain_began = True, self.now

    # Time

    def advance(self, by: timedelta) -> None:
        self.now += by
        for host in self.hosts:
            self.finish_delete(host)
            self.progress_build(host)
            landed = [s for at, s in host.in_flight if self.now >= at]
            host.sessions += landed
            host.in_flight = [(at, s) for at, s in host.in_flight if self.now < at]

    def finish_delete(self, host: SimHost) -> None:
        if host.gone_at and self.now >= host.gone_at:
            host.vm, host.gone_at = False, None
            host.leftovers = (f"{host.name}-nic",) if self.leave_leftovers else ()

    def progress_build(self, host: SimHost) -> None:
        if host.built_from is None or host.build in STILL:
            return
        since = self.now - host.built_from
        for stage, lasts in STAGES:
            if since < lasts:
                self.enter(host, stage)
                return
            since -= lasts
        self.finish_build(host)

    def enter(self, host: SimHost, stage: Build) -> None:
        host.build = stage
        if stage is not Build.VM and not host.vm:
            host.vm = True
            if host.fate in ("vm-fails", "no-quota"):
                why = Failure(host.fate, "Azure could not make the VM.", host.fate == "no-quota")
                host.build, host.failure = Build.FAILED, why

    def finish_build(self, host: SimHost) -> None:
        self.enter(host, Build.REGISTERING)
        if host.build is Build.FAILED or host.fate == "never-registers":
            return
        host.build, host.record = Build.DONE, True
        host.healthy = host.fate != "unhealthy"
        host.version = OLD if host.fate == "wrong-version" else NEW

    # Users

    def log_on(self, user: str, in_flight: bool = False) -> SimHost | None:
        """Breadth-first, as the broker does; None if no host has a seat."""
        open_hosts = [h for h in self.hosts if h.serves(self.now) and self.load(h) < 2]
        if not open_hosts:
            return None
        host = min(open_hosts, key=lambda h: (self.load(h), h.name))
        self.uids += 1
        session = SimSession(self.uids, user)
        if in_flight:
            host.in_flight.append((self.now + IN_FLIGHT, session))
        else:
            host.sessions.append(session)
        return host

    def load(self, host: SimHost) -> int:
        return len(host.sessions) + len(host.in_flight)

    def users(self) -> list[tuple[SimHost, SimSession]]:
        return [(h, s) for h in self.hosts for s in h.sessions]
