"""What the planner is told: what is desired, and everything that was observed.

The planner remembers nothing. What must outlive a pass is a fact recorded by whoever applies its
actions, and comes back here; such fields are marked "fact". All times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Method(StrEnum):
    OPPORTUNISTIC = "opportunistic"
    IMMEDIATE = "immediate"
    SCHEDULED = "scheduled"


class Floor(StrEnum):
    """What the pool must offer at every moment of the rollout."""

    START = "start"  # the seats it had at the start
    DEMAND = "demand"  # the most sessions of the last day plus a spare, never more than the start


@dataclass(frozen=True)
class Desired:
    """What the admin asked for, and what past builds taught. Fixed but for the last four."""

    method: Method
    version: str  # pinned: compared with `Host.version`, never "latest"
    version_name: str  # as the admin knows it: "Front desk 1.0.3"
    hosts_wanted: int
    surge: int  # hosts above `hosts_wanted` at one time, at least 1
    floor_seats: int  # see `floor_seats()`
    session_limit: int  # seats of one host
    warning: timedelta = timedelta(minutes=5)  # 0 to 60 minutes
    cut_over_at: datetime | None = None  # Scheduled only
    build_lead: timedelta = timedelta(minutes=45)  # Scheduled: how long before that to build
    # A log-on may be in flight when drain is set; only after this long is "no session" believed.
    idle_confirm: timedelta = timedelta(seconds=60)
    # Azure may show Available for days over a dead agent, so the age of its heartbeat counts too.
    heartbeat_max_age: timedelta = timedelta(minutes=10)
    # A fresh agent updates itself first, which takes a little over half an hour; peers that gave
    # it less had to learn that.
    ready_timeout: timedelta = timedelta(minutes=60)
    new_names: tuple[str, ...] = ()  # by slot, for words only
    message: str = ""
    # An admin's "Try again" raises the first two.
    failure_budget: int = 1  # new hosts that may fail before the rollout stops and asks
    build_attempts: int = 3  # per slot
    paused: bool = False
    cancelled: bool = False

    @property
    def forces(self) -> bool:
        """Whether users of old hosts are warned and signed out."""
        return self.method is not Method.OPPORTUNISTIC

    @property
    def ceiling(self) -> int:
        return self.hosts_wanted + self.surge

    @property
    def build_from(self) -> datetime | None:
        """When building may begin; None is at once."""
        return self.cut_over_at - self.build_lead if self.cut_over_at else None

    def name_of(self, slot: int) -> str:
        return self.new_names[slot] if slot < len(self.new_names) else f"new host {slot + 1}"


def default_surge(method: Method, hosts_wanted: int, hosts_now: int) -> int:
    """All new hosts beside all old ones, but one at a time where nobody is in a hurry."""
    return 1 if method is Method.OPPORTUNISTIC else max(hosts_wanted, hosts_now, 1)


def floor_seats(
    policy: Floor, seats_at_start: int, most_sessions: int, spare: int, seats_wanted: int
) -> int:
    """The seats that must always be on offer. An admin who asks for a smaller pool gets one."""
    demand = most_sessions + spare if policy is Floor.DEMAND else seats_at_start
    return min(seats_at_start, demand, seats_wanted)


class SessionState(StrEnum):
    ACTIVE = "active"
    DISCONNECTED = "disconnected"
    PENDING = "pending"


@dataclass(frozen=True)
class Session:
    """One user's session. Windows reuses session ids, so facts belong to id, user and creation."""

    id: str
    user: str
    state: SessionState = SessionState.ACTIVE
    warned_at: datetime | None = None  # fact: when Azure took, or refused as unheard, our message
    warning_seen: bool = True  # fact: the session was connected at that time
    sign_out_asked_at: datetime | None = None  # fact: our latest request


class Health(StrEnum):
    HEALTHY = "healthy"  # AVD: Available, NeedsAssistance, Upgrading, UpgradeFailed
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


class Build(StrEnum):
    """How far the build of one of our hosts is (fact)."""

    VM = "vm"
    JOINING = "joining"
    REGISTERING = "registering"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Failure:
    code: str
    sentence: str
    permanent: bool = False  # trying again cannot help: quota, policy, permission


@dataclass(frozen=True)
class Host:
    """A session host of the pool, or one we build or remove (from the ledger, until it is gone)."""

    name: str
    version: str | None  # None: not known, taken as old
    health: Health = Health.HEALTHY
    heartbeat: datetime | None = None
    draining: bool = False  # AVD: allowNewSession is false
    sessions: tuple[Session, ...] = ()
    record_exists: bool = True  # the session-host record in AVD
    vm_exists: bool = True
    leftovers: tuple[str, ...] = ()  # NIC, disk and the like, by name
    busy: bool = False  # Azure is deleting a part of it right now
    slot: int | None = None  # fact: built by this update, in this place
    build: Build = Build.DONE
    failure: Failure | None = None
    # fact: since when it is not `sound`; of a new host from the start of its build, and anew from
    # the end of it
    unready_since: datetime | None = None
    drained_at: datetime | None = None  # fact: our latest Drain; None if we never did, or undid it
    draining_before_us: bool = False  # fact: an admin had drained it; cancel leaves it so
    removing: bool = False  # fact: we began to delete its record or VM; there is no way back

    @property
    def ours(self) -> bool:
        return self.slot is not None

    @property
    def building(self) -> bool:
        """Azure may be making it, though nothing shows yet."""
        return self.ours and not self.removing and self.build not in (Build.DONE, Build.FAILED)

    @property
    def is_host(self) -> bool:
        """Whether it takes a place in the pool or on the quota."""
        return self.record_exists or self.vm_exists or self.building

    @property
    def present(self) -> bool:
        return self.is_host or bool(self.leftovers)


@dataclass(frozen=True)
class Observed:
    hosts: tuple[Host, ...]
    # fact: builds begun per slot. A build is recorded, and its host listed, before Azure is called.
    attempts: Mapping[int, int] = field(default_factory=dict)
    cut_over_at: datetime | None = None  # fact: when BeginCutOver was applied
    readable: bool = True
    unreadable_reason: str = ""
