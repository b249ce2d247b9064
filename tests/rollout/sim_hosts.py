"""The things of a simulated pool: hosts and sessions, with what really is and what was recorded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from spotgroups.rollout.state import Build, Desired, Failure, Method, SessionState

START = datetime(2030, 3, 4, 20, 0, tzinfo=UTC)
OLD, NEW = "1.0.0", "1.1.0"
# How long each stage of a build lasts.
STAGES = (
    (Build.VM, timedelta(minutes=8)),
    (Build.JOINING, timedelta(minutes=2)),
    (Build.REGISTERING, timedelta(minutes=4)),
)
DELETING = timedelta(minutes=2)
IN_FLIGHT = timedelta(seconds=20)  # a log-on the broker has sent to a host, not yet a session


def desired(method: Method = Method.IMMEDIATE, hosts: int = 2, **changes: object) -> Desired:
    wanted = Desired(
        method=method,
        version=NEW,
        version_name=f"Desk {NEW}",
        hosts_wanted=hosts,
        surge=1 if method is Method.OPPORTUNISTIC else hosts,
        floor_seats=hosts * 2,
        session_limit=2,
        build_lead=timedelta(minutes=30),
        new_names=tuple(f"new-{n + 1}" for n in range(hosts)),
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


@dataclass(eq=False)
class SimSession:
    uid: int
    user: str
    state: SessionState = SessionState.ACTIVE
    warned_at: datetime | None = None
    warning_seen: bool = True
    asked_at: datetime | None = None


@dataclass(eq=False)
class SimHost:
    name: str
    version: str | None
    healthy: bool = True
    heartbeat_stopped_at: datetime | None = None
    draining: bool = False
    drain_began: datetime | None = None
    sessions: list[SimSession] = field(default_factory=list)
    in_flight: list[tuple[datetime, SimSession]] = field(default_factory=list)
    record: bool = True
    vm: bool = True
    leftovers: tuple[str, ...] = ()
    gone_at: datetime | None = None  # a delete of its VM runs until then
    slot: int | None = None
    built_from: datetime | None = None
    fate: str = "ok"
    build: Build = Build.DONE
    failure: Failure | None = None
    unready_since: datetime | None = None
    drained_at: datetime | None = None
    draining_before_us: bool = False
    removing: bool = False

    @property
    def takes_a_place(self) -> bool:
        running = self.slot is not None and not self.removing and self.build not in STILL
        return self.record or self.vm or running

    @property
    def present(self) -> bool:
        return self.takes_a_place or bool(self.leftovers)

    def serves(self, now: datetime) -> bool:
        """Whether the broker would send a user here."""
        fresh = self.heartbeat_stopped_at is None or now - self.heartbeat_stopped_at <= MAX_AGE
        return self.record and self.vm and self.healthy and fresh and not self.draining


STILL = (Build.DONE, Build.FAILED)
MAX_AGE = timedelta(minutes=10)
