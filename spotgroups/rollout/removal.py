"""The one way out for every host: drain, look again, then record, VM, leftovers."""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action, Drain, RemoveLeftovers, RemoveRecord, RemoveVm, Wait, count
from .pool import Pool
from .state import Host


def take_out(pool: Pool, host: Host, reason: str) -> Iterator[Action | Wait]:
    """The next step of its removal, if it may be taken.

    The record goes first: the other way round leaves a ghost that the pool still counts.
    """
    if not pool.emptied(host):
        yield from empty(pool, host, reason)
    elif too_early(pool, host):
        yield Wait(f"Waits to see what Azure made of {host.name} before removing it.")
    elif host.busy:
        yield Wait(f"Waits for Azure to delete {host.name}.")
    elif host.record_exists:
        yield RemoveRecord(host=host.name, reason=reason)
    elif host.vm_exists or host.building:
        yield RemoveVm(host=host.name, reason=reason)
    elif host.leftovers:
        yield RemoveLeftovers(host=host.name, names=host.leftovers, reason=reason)


def too_early(pool: Pool, host: Host) -> bool:
    """A VM asked for a moment ago may not be listed yet; "gone" would be believed too soon."""
    begun = host.unready_since if host.building and not host.vm_exists else None
    return begun is not None and pool.now - begun < pool.desired.idle_confirm


def reassert_drain(hosts: list[Host]) -> Iterator[Action | Wait]:
    """Agents that update themselves, and admins, turn drain mode off; here it comes back."""
    for host in hosts:
        if host.drained_at and host.record_exists and not host.draining:
            yield Drain(host=host.name, reason="Its drain mode came off; set again.")


def empty(pool: Pool, host: Host, reason: str) -> Iterator[Action | Wait]:
    """Drain it and wait. The users of old hosts are for other rules; nobody signs out the rest."""
    if host.drained_at is None:
        yield Drain(host=host.name, already=host.draining, reason=reason)
    elif host.draining and not host.sessions:
        again = host.drained_at + pool.desired.idle_confirm
        why = "a log-on may be in flight"
        yield Wait(f"{host.name} is empty; looks once more before removing it: {why}.", again)
    elif host.ours and host.sessions:
        users = count(len(host.sessions), "user")
        yield Wait(f"{host.name} goes when its {users} signed out.")
