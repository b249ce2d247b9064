"""What Cancel does: go back where nothing was cut over yet, else keep what serves.

Before cut-over the old hosts serve alone again and the new ones go. After it began, the new hosts
stay; an old host still there stays drained, unless the pool would be short of seats without it.
Nobody is warned or signed out any more. A new host with users stays: the next update replaces it.
"""

from __future__ import annotations

from collections.abc import Iterator

from .actions import Action, Undrain, Wait, count
from .pool import Pool
from .removal import reassert_drain, take_out
from .state import Host
from .victims import rank

Said = Iterator[Action | Wait]


def keep_drained(pool: Pool) -> Said:
    yield from reassert_drain([*removing(pool), *unwanted(pool)])


def finish_removals(pool: Pool) -> Said:
    for host in removing(pool):
        yield from take_out(pool, host, "Its removal had begun before Cancel.")


def give_back_old(pool: Pool) -> Said:
    """Undrain old hosts: all of them before cut-over, later only up to the floor."""
    seats = pool.seats
    for host in sorted(returnable(pool), key=lambda h: rank(pool, h)):
        short = seats < pool.desired.floor_seats and pool.sound(host)
        if pool.observed.cut_over_at is None or short:
            yield Undrain(host=host.name, reason="Cancelled; it serves again.")
            seats += pool.desired.session_limit if pool.sound(host) else 0


def keep_new_in_use(pool: Pool) -> Said:
    """A new host that stays must take users, also if we had begun to empty it."""
    for host in pool.live:
        if host.ours and host.drained_at and pool.sound(host) and host not in unwanted(pool):
            yield Undrain(host=host.name, reason="Cancelled; it stays in service.")


def remove_unwanted_new(pool: Pool) -> Said:
    for host in unwanted(pool):
        yield from take_out(pool, host, "Cancelled.")


RULES = (keep_drained, finish_removals, give_back_old, keep_new_in_use, remove_unwanted_new)


def removing(pool: Pool) -> list[Host]:
    return [h for h in pool.hosts if h.removing]


def returnable(pool: Pool) -> list[Host]:
    return [h for h in pool.given_up if not h.removing and not h.draining_before_us]


def unwanted(pool: Pool) -> list[Host]:
    """New hosts of ours that go: unused ones before cut-over, later those that never served."""
    ours = [h for h in pool.hosts if h.ours and not h.removing and not h.sessions]
    if pool.observed.cut_over_at:
        return [h for h in ours if not pool.sound(h)]
    return affordable(pool, ours)


def affordable(pool: Pool, hosts: list[Host]) -> list[Host]:
    """Those whose seats the pool can spare, should old hosts have died meanwhile."""
    chosen: list[Host] = []
    for host in hosts:
        if not pool.accepts(host) or pool.bears_loss_of([*chosen, host]):
            chosen.append(host)
    return chosen


def left_behind(pool: Pool) -> tuple[str, ...]:
    """One sentence for each host that is not as it was before."""
    kept = [h for h in pool.hosts if h.ours]
    return (
        *(
            f"{h.name} stays in drain mode with {count(len(h.sessions), 'user')}."
            for h in pool.given_up
        ),
        *(
            f"{h.name} stays with {count(len(h.sessions), 'user')} on {pool.desired.version_name}."
            for h in kept
        ),
    )
