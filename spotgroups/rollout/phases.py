"""Where each host stands, for the table on the update's page."""

from __future__ import annotations

from datetime import datetime

from .actions import HostPhase, Phase
from .pool import Pool
from .state import Build, Host

BUILD_PHASES = {
    Build.VM: Phase.BUILDING_VM,
    Build.JOINING: Phase.JOINING,
    Build.REGISTERING: Phase.REGISTERING,
}


def phases(pool: Pool) -> tuple[HostPhase, ...]:
    """Old hosts first, then new ones, then those still to be built."""
    return (*(host_phase(pool, h) for h in pool.seen), *planned(pool))


def planned(pool: Pool) -> list[HostPhase]:
    occupied = {h.slot for h in pool.hosts}
    return [
        HostPhase(name=pool.desired.name_of(slot), new=True, phase=Phase.PLANNED, slot=slot)
        for slot in pool.slots
        if slot not in occupied
    ]


def host_phase(pool: Pool, host: Host) -> HostPhase:
    failure = pool.failure_of(host)
    return HostPhase(
        name=host.name,
        new=pool.is_new(host),
        phase=phase(pool, host),
        slot=host.slot,
        users=len(host.sessions),
        sign_out_at=sign_out_at(pool, host),
        note=failure.sentence if failure else "",
    )


def phase(pool: Pool, host: Host) -> Phase:
    if not host.present:
        return Phase.REMOVED
    if pool.stray(host):
        return Phase.STRAY
    if host.removing:
        return Phase.REMOVING
    return new_phase(pool, host) if pool.is_new(host) else old_phase(pool, host)


def new_phase(pool: Pool, host: Host) -> Phase:
    if pool.failure_of(host):
        return Phase.FAILED
    if host.building:
        return BUILD_PHASES[host.build]
    if not pool.sound(host):
        return Phase.UNHEALTHY
    if host in pool.standing_by:
        return Phase.STANDING_BY
    return Phase.READY if pool.accepts(host) else Phase.DRAINED


def old_phase(pool: Pool, host: Host) -> Phase:
    if host.drained_at is None:
        return Phase.SERVING if pool.accepts(host) else idle_phase(host)
    if not host.sessions:
        return Phase.DRAINING
    if not pool.desired.forces or not all(pool.warned(s) for s in host.sessions):
        return Phase.WAITING_FOR_USERS
    due = any(pool.due(s) for s in host.sessions)
    return Phase.SIGNING_OUT if due and pool.new_hosts_serve else Phase.WARNED


def idle_phase(host: Host) -> Phase:
    return Phase.DRAINED if host.draining else Phase.UNHEALTHY


def sign_out_at(pool: Pool, host: Host) -> datetime | None:
    """When the first of its users is signed out, if one was warned."""
    times = [s.warned_at for s in host.sessions if s.warned_at and pool.warned(s)]
    return min(times) + pool.desired.warning if pool.desired.forces and times else None


def strays(pool: Pool) -> tuple[str, ...]:
    why = "has no session-host record, so its users cannot be seen; it is left alone"
    return tuple(f"{h.name} {why}." for h in pool.strays)
