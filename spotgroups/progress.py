"""How an update stands, from rows, in the words of its page. A constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from spotgroups.models import SpotGroupUpdate, UpdateHost, UserSession
from spotgroups.rollout.actions import Phase, Status, count
from spotgroups.services import is_stopped
from spotpc.web.times import local_times

Outcome = SpotGroupUpdate.Outcome


def running_updates(tenant_id: int) -> dict[int, SpotGroupUpdate]:
    """By Spot Group, with their hosts. Two queries."""
    rows = SpotGroupUpdate.objects.filter(tenant_id=tenant_id, outcome="")
    return {each.spot_group_id: each for each in rows.prefetch_related("hosts")}


# How an update stands


@dataclass(frozen=True)
class Headline:
    tone: str
    label: str
    when: datetime | None = None  # belongs to the label: "Scheduled for …"


ENDED = {
    Outcome.SUCCEEDED: Headline("ok", "Updated"),
    Outcome.FAILED: Headline("bad", "Failed"),
    Outcome.CANCELLED: Headline("idle", "Cancelled"),
}


def headline(update: SpotGroupUpdate, cancelling: bool = False) -> Headline:
    """In a word or two. Reads `update.hosts`, which may be prefetched."""
    if update.outcome:
        return ENDED[Outcome(update.outcome)]
    if cancelling:
        return Headline("warn", "Cancelling")
    if is_stopped(update):
        return Headline("bad", "Stopped: needs you")
    if update.paused:
        return Headline("warn", "Paused")
    hosts = list(update.hosts.all())
    if update.scheduled_at and not any(host.new for host in hosts):
        return Headline("info", "Scheduled for", update.scheduled_at)
    phases = {host.phase for host in hosts}
    if phases & USERS_ACT and not phases & WE_ACT:
        return Headline("warn", "Waiting for users")
    return Headline("busy", "Updating")


USERS_ACT = {Phase.WAITING_FOR_USERS, Phase.WARNED}
WE_ACT = {Phase.BUILDING_VM, Phase.JOINING, Phase.REGISTERING, Phase.REMOVING, Phase.SIGNING_OUT}


def progress(update: SpotGroupUpdate) -> tuple[int, int]:
    """Hosts that run the new version and are ready, of how many. Observed, never assumed."""
    ready = sum(host.phase == Phase.READY for host in update.hosts.all())
    return min(ready, update.hosts_wanted), update.hosts_wanted


# The hosts of an update

PHASE_TONES = {
    Phase.SERVING: "ok",
    Phase.DRAINING: "warn",
    Phase.WAITING_FOR_USERS: "warn",
    Phase.WARNED: "warn",
    Phase.SIGNING_OUT: "warn",
    Phase.REMOVING: "busy",
    Phase.BUILDING_VM: "busy",
    Phase.JOINING: "busy",
    Phase.REGISTERING: "busy",
    Phase.READY: "ok",
    Phase.UNHEALTHY: "bad",
    Phase.FAILED: "bad",
    Phase.STRAY: "warn",
}


@dataclass(frozen=True)
class HostLine:
    name: str
    side: str  # old or new
    image: str
    phase: str
    tone: str
    sessions: int = 0
    sign_out_at: datetime | None = None
    note: str = ""

    @property
    def label(self) -> str:
        if self.phase == Phase.WAITING_FOR_USERS:
            return f"Waiting for {count(self.sessions, 'user')}"
        return self.phase


def host_lines(update: SpotGroupUpdate) -> tuple[list[HostLine], list[HostLine]]:
    """Old hosts and new ones, with those still to be built."""
    lines = [_host_line(update, row) for row in update.hosts.all()]
    old = [line for line in lines if line.side == "old"]
    new = [line for line in lines if line.side == "new"]
    new.sort(key=lambda line: line.phase in (Phase.FAILED, *LEAVING))
    if not update.outcome:
        standing = [line for line in new if line.phase not in (Phase.FAILED, *LEAVING)]
        missing = max(0, update.hosts_wanted - len(standing))
        new += [_planned(update, len(standing) + number) for number in range(1, missing + 1)]
    return old, new


LEAVING = (Phase.REMOVING, Phase.REMOVED)


def _host_line(update: SpotGroupUpdate, row: UpdateHost) -> HostLine:
    kept = not row.new and row.image_name == update.image_name
    note = row.note or row.error_text
    if kept and not note:
        note = "Ran this version before, and stays."
    return HostLine(
        name=row.name.split(".", 1)[0],
        side="new" if row.new or kept else "old",
        image=row.image_name or "unknown",
        phase=row.phase,
        tone=PHASE_TONES.get(Phase(row.phase), "idle"),
        sessions=row.sessions,
        sign_out_at=row.sign_out_at if row.phase in (Phase.WARNED, Phase.SIGNING_OUT) else None,
        note=note,
    )


def _planned(update: SpotGroupUpdate, number: int) -> HostLine:
    return HostLine(f"New host {number}", "new", update.image_name, Phase.PLANNED, "idle")


# Its users and conditions


@dataclass(frozen=True)
class UserLine:
    user: str
    host: str
    state: str
    warned_at: datetime | None
    sign_out_at: datetime | None


def users_on_old_hosts(update: SpotGroupUpdate) -> list[UserLine]:
    old = [row.name for row in update.hosts.all() if not row.new and row.removed_at is None
           and row.image_name != update.image_name]  # fmt: skip
    warned = {
        (each.host, each.session_id, each.user): each.warned_at
        for each in update.warnings.order_by("warned_at")
    }
    sessions = UserSession.objects.filter(
        host__spot_group_id=update.spot_group_id, host__name__in=old
    ).select_related("host")
    warning = timedelta(minutes=update.warning_minutes)
    return [
        UserLine(each.user, each.host.short_name, each.state, at, at and at + warning)
        for each in sessions
        for at in [warned.get((each.host.name, each.session_id, each.user))]
    ]


CONDITIONS = {
    "Available": "Enough seats for new log-ons",
    "NewHostsReady": "New hosts are ready",
    "CutOver": "Cut-over has begun",
    "Draining": "Old hosts take no new log-ons",
    "UsersWarned": "Users on old hosts are warned",
    "HostsUpToDate": "Every host is up to date",
    "Paused": "Paused or stopped",
}


@dataclass(frozen=True)
class ConditionLine:
    words: str
    status: str
    tone: str
    message: SafeString
    since: datetime


def condition_lines(update: SpotGroupUpdate) -> list[ConditionLine]:
    return [
        ConditionLine(
            CONDITIONS.get(each["type"], each["type"]),
            each["status"],
            _condition_tone(each["type"], each["status"]),
            local_times(each["message"]),
            datetime.fromisoformat(each["since"]),
        )
        for each in update.conditions
    ]


def _condition_tone(kind: str, status: str) -> str:
    """ "False" is no bad news where it only means "not yet"."""
    if status == Status.UNKNOWN:
        return "warn"
    if kind == "Paused":
        return "warn" if status == Status.TRUE else "idle"
    if status == Status.TRUE:
        return "ok"
    return "bad" if kind == "Available" else "idle"
