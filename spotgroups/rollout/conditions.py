"""The state of a rollout as independent truths, computed from facts in every pass.

One status could not say "healthy, and rolling out, and paused". Unknown is a real answer.
"""

from __future__ import annotations

from .actions import Condition, Outcome, Status, clock, count
from .pool import Pool
from .state import Host

TYPES = (
    "Available",
    "NewHostsReady",
    "CutOver",
    "Draining",
    "UsersWarned",
    "HostsUpToDate",
    "Paused",
)


def conditions(pool: Pool, outcome: Outcome) -> tuple[Condition, ...]:
    if not pool.observed.readable:
        seen = tuple(
            Condition(kind, Status.UNKNOWN, "AzureUnreadable", "Azure could not be read.")
            for kind in TYPES
            if kind != "Paused"
        )
        return (*seen, paused(pool, outcome))
    return (
        available(pool),
        new_hosts_ready(pool),
        cut_over(pool),
        draining(pool),
        users_warned(pool),
        hosts_up_to_date(pool),
        paused(pool, outcome),
    )


def truth(kind: str, holds: bool, yes: str, no: str, message: str) -> Condition:
    return Condition(kind, Status.TRUE if holds else Status.FALSE, yes if holds else no, message)


def available(pool: Pool) -> Condition:
    enough = pool.seats >= pool.desired.floor_seats
    message = f"{pool.seats} seats are open; {pool.desired.floor_seats} must be."
    return truth("Available", enough, "EnoughSeats", "BelowFloor", message)


def new_hosts_ready(pool: Pool) -> Condition:
    wanted = pool.desired.hosts_wanted
    ready = len(pool.available) + len(pool.standing_by)
    failed = f", {pool.failures} failed" if pool.failures else ""
    message = f"{ready} of {count(wanted, 'new host')} available{failed}."
    no = "BuildsFailed" if pool.halt_reason else "Building"
    return truth("NewHostsReady", ready >= wanted, "AllReady", no, message)


def cut_over(pool: Pool) -> Condition:
    began, planned = pool.observed.cut_over_at, pool.desired.cut_over_at
    if began:
        return truth("CutOver", True, "Begun", "", f"Began at {clock(began)}.")
    if planned and pool.now < planned:
        message = f"Planned for {clock(planned)}."
        return truth("CutOver", False, "", "WaitingForTime", message)
    return truth("CutOver", False, "", "WaitingForNewHosts", "No old host is given up yet.")


def draining(pool: Pool) -> Condition:
    users = sum(len(h.sessions) for h in pool.given_up)
    hosts = count(len(pool.given_up), "old host")
    message = f"{hosts} in drain mode, with {count(users, 'user')}."
    return truth("Draining", bool(pool.given_up), "OldHostsDraining", "NoneDraining", message)


def users_warned(pool: Pool) -> Condition:
    if not pool.desired.forces:
        message = "This method signs nobody out."
        return truth("UsersWarned", False, "", "NotNeeded", message)
    sessions = [s for h in pool.given_up for s in h.sessions]
    warned = sum(pool.warned(s) for s in sessions)
    message = f"{warned} of {count(len(sessions), 'user')} on drained hosts warned."
    if not sessions:
        return truth("UsersWarned", False, "", "NobodyToWarn", message)
    return truth("UsersWarned", warned == len(sessions), "AllWarned", "SomeToWarn", message)


def hosts_up_to_date(pool: Pool) -> Condition:
    hosts = [h for h in pool.hosts if h.record_exists]
    right = sum(on_version(pool, h) for h in hosts)
    message = f"{right} of {count(len(hosts), 'host')} on {pool.desired.version_name}."
    whole = right == len(hosts) and right >= pool.desired.hosts_wanted
    return truth("HostsUpToDate", whole, "AllOnVersion", "OldHostsLeft", message)


def on_version(pool: Pool, host: Host) -> bool:
    return host.version == pool.desired.version


def paused(pool: Pool, outcome: Outcome) -> Condition:
    if outcome is Outcome.HALTED:
        return truth("Paused", True, "TooManyFailures", "", f"Stopped: {pool.halt_reason}.")
    by_admin = outcome is Outcome.PAUSED
    message = "Paused by an administrator." if by_admin else "Not paused."
    return truth("Paused", by_admin, "ByAdministrator", "NotPaused", message)
