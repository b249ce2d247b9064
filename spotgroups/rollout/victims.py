"""Which old hosts are given up next."""

from __future__ import annotations

from .pool import Pool
from .state import Host


def rank(pool: Pool, host: Host) -> tuple[bool, int, str]:
    """Not serving anyway, then idle, then fewest users, then by name."""
    return pool.accepts(host), len(host.sessions), host.name


def next_victims(pool: Pool) -> list[Host]:
    """As many as the swap allows and the floor bears, best first."""
    chosen: list[Host] = []
    for host in sorted(pool.serving, key=lambda h: rank(pool, h)):
        if len(chosen) < pool.swaps and pool.bears_loss_of([*chosen, host]):
            chosen.append(host)
    return chosen or deadlock_breaker(pool)


def deadlock_breaker(pool: Pool) -> list[Host]:
    """One dead, empty old host, when nothing else can move.

    A host that is not healthy offers no seats, so below the floor it is normally kept: it may
    recover. But once it takes the last place a new host could have, it only stands in the way.
    """
    about_to_go = any(not h.sessions for h in pool.given_up)
    stuck = pool.missing and pool.room <= 0 and not (about_to_go or pool.building or pool.failed)
    if not stuck or pool.bears_loss_of([]) or not pool.on_time:
        return []
    dead = [h for h in pool.serving if not pool.sound(h) and not h.sessions]
    return sorted(dead, key=lambda h: h.name)[:1]
