"""What an update will do, told before anything runs: the last step of the wizard.

Estimates, not promises: it assumes that builds take what they took before and nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .actions import count, names
from .pool import Pool
from .state import Desired, Host, Method, Observed


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `when` is None where it depends on users or on builds."""

    when: datetime | None
    what: str
    who: str = ""


@dataclass(frozen=True)
class SignedIn:
    user: str
    host: str
    state: str


@dataclass(frozen=True)
class Preview:
    hosts_to_build: tuple[str, ...]
    hosts_to_remove: tuple[str, ...]
    hosts_kept: tuple[str, ...]  # on the target version already
    users_signed_in: tuple[SignedIn, ...]  # on hosts to remove
    timeline: tuple[Entry, ...]
    notes: tuple[str, ...]
    waves: int
    most_hosts: int  # at one time: what quota and subnet must have room for

    @property
    def hosts_to_add(self) -> int:
        """VMs above today's number at the worst moment."""
        return max(0, self.most_hosts - len(self.hosts_to_remove) - len(self.hosts_kept))


def preview(desired: Desired, observed: Observed, now: datetime) -> Preview:
    pool = Pool(desired, observed, now)
    build = tuple(desired.name_of(slot) for slot in pool.slots)
    return Preview(
        hosts_to_build=build,
        hosts_to_remove=tuple(sorted(h.name for h in pool.old)),
        hosts_kept=tuple(sorted(h.name for h in pool.live)),
        users_signed_in=tuple(signed_in(pool)),
        timeline=tuple(timeline(pool)),
        notes=tuple(notes(pool)),
        waves=waves(pool),
        most_hosts=min(desired.ceiling, len(pool.hosts) + len(build)),
    )


def signed_in(pool: Pool) -> list[SignedIn]:
    found = [SignedIn(s.user, h.name, s.state.value) for h in pool.old for s in h.sessions]
    return sorted(found, key=lambda s: (s.user, s.host))


def waves(pool: Pool) -> int:
    """How often hosts are built before the last one stands; each wave fills what room there is."""
    room = max(1, pool.room)
    return -(-pool.missing // room)


def timeline(pool: Pool) -> Iterator[Entry]:
    if not pool.missing and not pool.old:
        yield Entry(pool.now, f"Nothing to do: every host runs {pool.desired.version_name}.")
        return
    yield from building(pool)
    yield from (forced(pool) if pool.desired.forces else opportunistic(pool))


def building(pool: Pool) -> Iterator[Entry]:
    first = min(pool.missing, max(0, pool.room))
    if not first:
        return
    begin = max(pool.now, pool.desired.build_from or pool.now)
    rest = pool.missing - first
    later = f", {count(rest, 'more host')} as old ones go" if rest else ""
    yield Entry(begin, f"{count(first, 'new host')} built{later}.", "Nobody notices.")
    ready = begin + pool.desired.build_lead
    if pool.desired.method is not Method.SCHEDULED:
        yield Entry(ready, "New hosts are available and take new log-ons, about this time.")
    elif pool.desired.cut_over_at and ready <= pool.desired.cut_over_at:
        what = "New hosts stand by in drain mode until the cut-over."
        yield Entry(ready, what, "Nobody notices.")


def opportunistic(pool: Pool) -> Iterator[Entry]:
    users = sum(len(h.sessions) for h in pool.old)
    yield Entry(
        None,
        "Old hosts are drained one after another, as new ones can take the load.",
        "New log-ons land on the new version; nobody is signed out.",
    )
    whom = f"{count(users, 'user')} signed in now" if users else "Nobody is signed in now."
    yield Entry(None, "Each old host is removed when its last user has signed out.", whom)


def forced(pool: Pool) -> Iterator[Entry]:
    desired = pool.desired
    at = cut_over(pool)
    users = sum(len(h.sessions) for h in pool.old)
    whom = count(users, "user") + " as of now"
    yield Entry(at, "Cut-over: old hosts take no new log-ons, users are told.", whom)
    yield Entry(at + desired.warning, "Users still on old hosts are signed out.", whom)
    gone = at + desired.warning + desired.idle_confirm
    yield Entry(gone, f"{count(len(pool.old), 'old host')} removed, once empty.")


def cut_over(pool: Pool) -> datetime:
    """As soon as the first wave can stand, but not before the time that was asked for."""
    lead = pool.desired.build_lead if pool.missing else timedelta(0)
    return max(pool.now + lead, pool.desired.cut_over_at or pool.now)


def notes(pool: Pool) -> Iterator[str]:
    desired = pool.desired
    if waves(pool) > 1:
        number = f"{waves(pool)} waves because the surge is {desired.surge}"
        again = ", and a user may be signed out more than once" if desired.forces else ""
        yield f"{number}: {max(1, pool.room)} built at a time{again}."
    if pool.cramped and pool.old:
        kept = f"at most {desired.ceiling} hosts may exist and {len(pool.hosts)} do"
        yield f"Nothing can be built until an old host is empty: {kept}."
    if desired.cut_over_at and desired.cut_over_at < pool.now + desired.build_lead and pool.missing:
        minutes = int(desired.build_lead.total_seconds() // 60)
        yield f"The cut-over will be late: building takes about {minutes} minutes."
    yield from host_notes(pool)


def host_notes(pool: Pool) -> Iterator[str]:
    if same := named(pool.live):
        yield f"{same} run {pool.desired.version_name} already and stay."
    if unknown := named([h for h in pool.old if h.version is None]):
        yield f"The version of {unknown} is not known; taken as old."
    if ill := named([h for h in pool.old if not pool.sound(h)]):
        yield f"Not healthy now, offering no seats: {ill}."
    if away := [h for h in pool.old for s in h.sessions if s.state.value == "disconnected"]:
        told = "are signed out too" if pool.desired.forces else "keep their host until they end"
        yield f"Disconnected sessions ({len(away)}) {told}."
    if pool.strays:
        yield f"Without a session-host record, left alone: {named(pool.strays)}."


def named(hosts: list[Host]) -> str:
    return names(sorted(h.name for h in hosts))
