"""The pool as the rules see it: who is old, new, failed or given up, and the one budget.

Nothing is decided here. Every number that two rules share is computed here once, so that they
cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count, islice

from .actions import count as plural
from .state import Build, Desired, Failure, Health, Host, Observed, Session, SessionState

# A user warned at noon must not be signed out without a word when a paused update goes on at two.
STALE_WARNING_MINUTES = 15
# Deleting a session takes Azure some seconds; ask again only when that clearly did not work.
ASK_AGAIN_SECONDS = 60


@dataclass(frozen=True)
class Pool:
    desired: Desired
    observed: Observed
    now: datetime

    # One host

    def is_new(self, host: Host) -> bool:
        return host.ours or host.version == self.desired.version

    def sound(self, host: Host) -> bool:
        """Healthy, fresh and finished; a host of ours also on the pinned version.

        Whoever applies plans keeps `Host.unready_since` by this.
        """
        return (
            host.record_exists
            and not host.removing
            and not host.busy
            and host.build is Build.DONE
            and host.health is Health.HEALTHY
            and host.heartbeat is not None
            and self.now - host.heartbeat <= self.desired.heartbeat_max_age
            and (host.version == self.desired.version or not host.ours)
        )

    def accepts(self, host: Host) -> bool:
        """Whether it offers seats. A host we drained offers none, even if its drain came off."""
        return self.sound(host) and not host.draining and host.drained_at is None

    def failure_of(self, host: Host) -> Failure | None:
        """Why a host of ours is discarded; being unwell is no reason while it has users."""
        if not host.ours or host.removing:
            return None
        if host.build is Build.FAILED:
            return host.failure or Failure("build_failed", f"{host.name} could not be built.")
        if host.version not in (None, self.desired.version):
            return Failure("wrong_version", f"{host.name} runs {host.version}.")
        since = None if host.sessions else host.unready_since
        if since and not self.sound(host) and self.now - since > self.desired.ready_timeout:
            minutes = int(self.desired.ready_timeout.total_seconds() // 60)
            return Failure("not_ready", f"{host.name} was not healthy for {minutes} minutes.")
        return None

    def stray(self, host: Host) -> bool:
        """A VM whose record somebody else removed: its users cannot be seen; left alone."""
        reachable = host.record_exists or host.ours or host.removing or host.drained_at
        return host.present and not reachable

    # Groups of hosts

    @cached_property
    def seen(self) -> list[Host]:
        """In one order, whatever order Azure lists them in: old ones, then new ones by slot."""
        hosts = self.observed.hosts
        return sorted(hosts, key=lambda h: (self.is_new(h), h.slot or 0, h.name))

    @cached_property
    def hosts(self) -> list[Host]:
        return [h for h in self.seen if h.present and not self.stray(h)]

    @cached_property
    def strays(self) -> list[Host]:
        return [h for h in self.seen if self.stray(h)]

    @cached_property
    def old(self) -> list[Host]:
        return [h for h in self.hosts if not self.is_new(h)]

    @cached_property
    def given_up(self) -> list[Host]:
        """Old hosts we drained: they get no new users any more, and go when they are empty."""
        return [h for h in self.old if h.drained_at or h.removing]

    @cached_property
    def serving(self) -> list[Host]:
        return [h for h in self.old if h not in self.given_up]

    @cached_property
    def failed(self) -> list[tuple[Host, Failure]]:
        return [(h, failure) for h in self.hosts if (failure := self.failure_of(h))]

    @cached_property
    def leaving(self) -> list[Host]:
        """New hosts on their way out."""
        return [h for h in self.hosts if self.is_new(h) and h.removing]

    @cached_property
    def live(self) -> list[Host]:
        """New hosts that are ready or may still become so."""
        failed = [h for h, _ in self.failed]
        gone = [*failed, *self.leaving]
        return [h for h in self.hosts if self.is_new(h) and h not in gone]

    @cached_property
    def available(self) -> list[Host]:
        return [h for h in self.live if self.accepts(h)]

    @cached_property
    def building(self) -> list[Host]:
        return [h for h in self.live if h.building]

    # The budget

    @cached_property
    def seats(self) -> int:
        """Seats on hosts that take new users now."""
        return self.desired.session_limit * sum(self.accepts(h) for h in self.hosts)

    def seats_without(self, hosts: list[Host]) -> int:
        return self.seats - self.desired.session_limit * sum(self.accepts(h) for h in hosts)

    def bears_loss_of(self, hosts: list[Host]) -> bool:
        return self.seats_without(hosts) >= self.desired.floor_seats

    @cached_property
    def room(self) -> int:
        """Hosts that may be added; whatever exists counts, failed ones too. Can be negative."""
        return self.desired.ceiling - sum(h.is_host for h in self.observed.hosts)

    @cached_property
    def missing(self) -> int:
        return max(0, self.desired.hosts_wanted - len(self.live))

    @cached_property
    def failures(self) -> int:
        """Builds begun that came to nothing: computed, so a host that recovers is forgiven."""
        return sum(self.observed.attempts.values()) - sum(h.ours for h in self.live)

    @cached_property
    def slots(self) -> list[int]:
        """The slots to fill. One whose failed host still exists waits for its removal."""
        taken = {h.slot for h in self.live}
        return list(islice((slot for slot in count() if slot not in taken), self.missing))

    @cached_property
    def buildable(self) -> list[int]:
        """Slots to build now. After a failure no more run at once than may still fail."""
        occupied = {h.slot for h in self.hosts}
        number = max(0, self.room)
        if self.failures:
            tolerated = self.desired.failure_budget - self.failures + 1
            number = min(number, max(0, tolerated - len(self.building)))
        return [slot for slot in self.slots if slot not in occupied][:number]

    @cached_property
    def halt_reason(self) -> str:
        """Why building stops and an admin is asked; empty while it goes on."""
        if not self.missing:
            return ""
        causes = [failure for _, failure in self.failed]
        told = f" ({causes[-1].sentence.rstrip('.')})" if causes else ""
        if any(failure.permanent for failure in causes):
            return f"the next try would fail in the same way{told}"
        if self.failures > self.desired.failure_budget:
            failed = plural(self.failures, "new host")
            return f"{failed} failed where {self.desired.failure_budget} may{told}"
        tried = [s for s in self.slots if self.attempt(s) > self.desired.build_attempts]
        if tried:
            name = self.desired.name_of(tried[0])
            return f"{name} was tried {plural(self.desired.build_attempts, 'time')}{told}"
        return ""

    def attempt(self, slot: int) -> int:
        return self.observed.attempts.get(slot, 0) + 1

    # Cut-over

    @cached_property
    def wave_complete(self) -> bool:
        """Every new host that can exist now is available: all, or as many as the surge allows."""
        growing = self.room > 0 or self.failed or self.leaving
        return len(self.available) == len(self.live) and not (self.missing and growing)

    @cached_property
    def cramped(self) -> bool:
        """No new host can come before an old one goes (the pool was larger than is wanted)."""
        return self.room <= 0 and not any(self.is_new(h) for h in self.hosts)

    @property
    def on_time(self) -> bool:
        return self.desired.cut_over_at is None or self.now >= self.desired.cut_over_at

    @cached_property
    def standing_by(self) -> list[Host]:
        """New hosts that are ready behind a closed door until the scheduled time."""
        if self.on_time:
            return []
        return [h for h in self.live if h.ours and h.drained_at and self.sound(h)]

    @cached_property
    def old_hosts_suffice(self) -> bool:
        """Whether users can wait for the scheduled time: somebody serves, and seats are enough."""
        return bool(self.serving) and self.seats >= self.desired.floor_seats

    @cached_property
    def swaps(self) -> int:
        """Old hosts that may be given up in one go. Forced: as many as new ones replace."""
        if not self.desired.forces:
            return len(self.serving) if self.available or self.cramped else 0
        if not self.on_time or not self.wave_complete:
            return 0
        return max(0, len(self.available) + len(self.serving) - self.desired.hosts_wanted)

    @cached_property
    def new_hosts_serve(self) -> bool:
        """New hosts stand in for all that was given up: the condition to warn and sign out."""
        needed = self.desired.hosts_wanted - len(self.serving)
        return len(self.available) >= max(1, needed)

    # Sessions

    def warned(self, session: Session) -> bool:
        """Whether a warning counts: recent, and seen by whoever is connected now."""
        if session.warned_at is None:
            return False
        late = self.now - session.warned_at - self.desired.warning
        seen = session.warning_seen or session.state is not SessionState.ACTIVE
        return seen and late.total_seconds() <= STALE_WARNING_MINUTES * 60

    def due(self, session: Session) -> bool:
        warned_at = session.warned_at
        return (
            warned_at is not None
            and self.warned(session)
            and self.now >= warned_at + self.desired.warning
        )

    def asked(self, session: Session) -> bool:
        at = session.sign_out_asked_at
        return at is not None and (self.now - at).total_seconds() < ASK_AGAIN_SECONDS

    def emptied(self, host: Host) -> bool:
        """Drained by us, without a session, and still so after the time a log-on may be in flight.

        A host without a record passes: nobody can reach it.
        """
        if not host.record_exists:
            return True
        confirmed = host.drained_at and self.now >= host.drained_at + self.desired.idle_confirm
        return host.draining and not host.sessions and bool(confirmed)
