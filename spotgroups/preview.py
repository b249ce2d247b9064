"""From synced rows to what the pure rollout code would see. Reads the database, never Azure.

The wizard's plan and the page before Cancel come from here, so both say what the worker would do
with what was last seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from spotgroups.desired import desired_of
from spotgroups.hosts import SERVING
from spotgroups.models import SessionHost, SpotGroupUpdate, UpdateHost, UserSession
from spotgroups.rollout import cancel
from spotgroups.rollout.actions import Undrain
from spotgroups.rollout.pool import Pool
from spotgroups.rollout.preview import Preview, preview
from spotgroups.rollout.state import Build, Health, Host, Observed, Session, SessionState
from spotpc.azure.names import folded

STATES = {"active": SessionState.ACTIVE, "disconnected": SessionState.DISCONNECTED}


def plan_of(draft: SpotGroupUpdate) -> Preview:
    """What this update, saved or not, would do from now on."""
    return preview(desired_of(draft), observed_of(draft), timezone.now())


@dataclass(frozen=True)
class Cancelling:
    """What Cancel would do now: hosts by name."""

    cut_over_at: datetime | None
    removed: tuple[str, ...]  # new hosts that go
    kept: tuple[str, ...]  # new hosts that stay
    serving: tuple[str, ...]  # old hosts that serve as before
    returned: tuple[str, ...]  # old hosts that leave drain mode
    drained: tuple[str, ...]  # old hosts that stay in it
    finished: tuple[str, ...]  # hosts whose removal has begun


def cancelling(update: SpotGroupUpdate) -> Cancelling:
    desired = replace(desired_of(update), cancelled=True)
    pool = Pool(desired, observed_of(update), timezone.now())
    leaving, removed = cancel.removing(pool), cancel.unwanted(pool)
    returned = [act.host for act in cancel.give_back_old(pool) if isinstance(act, Undrain)]
    gone = [*leaving, *removed]
    return Cancelling(
        cut_over_at=update.cut_over_at,
        removed=_names(removed),
        kept=_names(host for host in pool.hosts if host.ours and host not in gone),
        serving=_names(pool.serving),
        returned=tuple(name.split(".", 1)[0] for name in returned),
        drained=_names(
            host for host in pool.given_up if host.name not in returned and host not in gone
        ),
        finished=_names(leaving),
    )


def _names(hosts: Iterable[Host]) -> tuple[str, ...]:
    return tuple(host.name.split(".", 1)[0] for host in hosts)


def observed_of(update: SpotGroupUpdate) -> Observed:
    """Three queries; for an update that is not saved yet, two."""
    rows = list(update.hosts.filter(removed_at=None)) if update.pk else []
    known = {row.name.casefold(): row for row in rows}
    sessions = defaultdict(list)
    hosts = SessionHost.objects.filter(spot_group_id=update.spot_group_id)
    for each in UserSession.objects.filter(host__spot_group_id=update.spot_group_id):
        sessions[each.host_id].append(each)
    found: list[Host] = []
    for host in hosts.select_related("image_version"):
        row = known.pop(host.name.casefold(), None) or known.pop(host.short_name.casefold(), None)
        found.append(_seen(host, row, sessions[host.pk]))
    found += [_unseen(row) for row in known.values() if row.new or row.removing]
    every = update.hosts.filter(slot__isnull=False) if update.pk else ()
    attempts = Counter(row.slot for row in every if row.slot is not None)
    return Observed(tuple(found), dict(attempts), update.cut_over_at)


def _seen(host: SessionHost, row: UpdateHost | None, sessions: Iterable[UserSession]) -> Host:
    image = host.image_id or (host.image_version.azure_id if host.image_version else "")
    healthy = host.status in SERVING and host.power in ("running", "unknown", "")
    return Host(
        name=row.name if row else host.name,
        version=folded(image) if image else None,
        health=Health.HEALTHY if healthy else Health.UNHEALTHY,
        heartbeat=_heartbeat(host),
        draining=not host.allow_new_session,
        sessions=tuple(_session(each) for each in sessions),
        **_facts(row),
    )


def _heartbeat(host: SessionHost) -> datetime | None:
    """As old as it was when the host was seen: an old reading does not make a host ill."""
    if host.last_heartbeat is None:
        return None
    return timezone.now() - max(host.seen_at - host.last_heartbeat, timedelta(0))


def _unseen(row: UpdateHost) -> Host:
    """Under construction, or half removed: there is no session-host record (any more)."""
    return Host(name=row.name, version=None, record_exists=False, **_facts(row))


def _facts(row: UpdateHost | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "slot": row.slot,
        "build": Build(row.build) if row.build else Build.DONE,
        "unready_since": row.unready_since,
        "drained_at": row.drained_at,
        "draining_before_us": row.draining_before_us,
        "removing": row.removing,
    }


def _session(row: UserSession) -> Session:
    state = STATES.get(row.state.casefold(), SessionState.PENDING)
    return Session(id=row.session_id, user=row.user, state=state)
