"""Which session host a user lands on: the connection broker's choice, over plain values.

Source: Microsoft Learn, "Host pool load-balancing algorithms in Azure Virtual Desktop" and
"Drain session hosts for maintenance"; how ties are broken is believed (by name).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Learn, "Azure Virtual Desktop session host statuses and health checks": a failed check that is
# not fatal (NeedsAssistance) keeps a host in the rotation.
CONNECTABLE = frozenset({"Available", "NeedsAssistance"})


@dataclass(frozen=True)
class Pool:
    name: str
    personal: bool = False
    depth_first: bool = False
    session_limit: int = 999_999
    assigns_itself: bool = True  # personal pools: Automatic, else Direct


@dataclass(frozen=True)
class Host:
    name: str
    status: str = "Available"
    allow_new_session: bool = True
    sessions: int = 0
    assigned_user: str | None = None

    @property
    def connectable(self) -> bool:
        return self.status in CONNECTABLE


@dataclass(frozen=True)
class Session:
    host: str
    session_id: str
    user: str


@dataclass(frozen=True)
class Placement:
    """`session_id` is set when the user comes back to a session that was kept."""

    host: str
    session_id: str | None = None
    assigns: bool = False


@dataclass(frozen=True)
class Refusal:
    reason: str


def place(
    pool: Pool, hosts: Sequence[Host], sessions: Sequence[Session], user: str
) -> Placement | Refusal:
    """A kept session wins, even on a draining host; else a personal desktop or a balanced seat."""
    kept = _kept(hosts, sessions, user)
    if kept is not None:
        return Placement(kept.host, kept.session_id)
    return _personal(pool, hosts, user) if pool.personal else _pooled(pool, hosts)


def _kept(hosts: Sequence[Host], sessions: Sequence[Session], user: str) -> Session | None:
    """A session on a host that went down can't be reached; the user is placed anew (believed)."""
    reachable = {host.name.lower() for host in hosts if host.connectable}
    mine = (found for found in sessions if found.user.lower() == user.lower())
    return next((found for found in mine if found.host.lower() in reachable), None)


def _pooled(pool: Pool, hosts: Sequence[Host]) -> Placement | Refusal:
    open_ = [
        host
        for host in hosts
        if host.connectable and host.allow_new_session and host.sessions < pool.session_limit
    ]
    if not open_:
        return Refusal(_nobody(pool, hosts))
    sign = -1 if pool.depth_first else 1
    return Placement(min(open_, key=lambda host: (sign * host.sessions, host.name.lower())).name)


def _nobody(pool: Pool, hosts: Sequence[Host]) -> str:
    """The broker's sentence, then what is true of these hosts. Source of the sentence:
    https://github.com/MicrosoftDocs/azure-docs/issues/30001 (classic wording)."""
    full = sum(h.connectable and h.sessions >= pool.session_limit for h in hosts)
    draining = sum(h.connectable and not h.allow_new_session for h in hosts)
    down = sum(not h.connectable for h in hosts)
    return (
        f"Could not find any SessionHost available in specified pool = {pool.name}, due to either:"
        " sessions are not allowed, no healthy host (RDAgent did not report health information),"
        " session limit reached on all SessionHosts in the pool or the pool is empty."
        f" Hosts: {len(hosts)}, draining: {draining}, not healthy: {down}, full: {full}."
    )


def _personal(pool: Pool, hosts: Sequence[Host], user: str) -> Placement | Refusal:
    mine = next((h for h in hosts if (h.assigned_user or "").lower() == user.lower()), None)
    if mine is not None:
        return _assigned(mine, user)
    if not pool.assigns_itself:
        return Refusal(f"{user} has no personal desktop assigned in {pool.name}.")
    free = [h for h in hosts if h.connectable and h.allow_new_session and not h.assigned_user]
    if not free:
        return Refusal(_nobody(pool, hosts))
    return Placement(min(free, key=lambda host: host.name.lower()).name, assigns=True)


def _assigned(host: Host, user: str) -> Placement | Refusal:
    if not host.connectable:
        return Refusal(f"{host.name}, the personal desktop of {user}, is {host.status}.")
    if not host.allow_new_session:
        return Refusal(f"{host.name}, the personal desktop of {user}, allows no new session.")
    return Placement(host.name)
