"""How Cloud PCs are put into rings: a chosen few first, then the rest by number or by share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What `Rings.size` counts. Of the rest, after the pilot."""

    NUMBER = "number"
    PERCENT = "percent"


@dataclass(frozen=True)
class Rings:
    """The pilot is hand-picked, or else the first so many; without either there is none.

    `size` 0: all of the rest at once.
    """

    pilots: tuple[str, ...] = ()  # ids of Cloud PCs
    pilot_count: int = 0
    size: int = 0
    by: By = By.NUMBER


@dataclass(frozen=True)
class Candidate:
    id: str
    user: str
    name: str


def rings_of(
    candidates: Sequence[Candidate], wanted: Rings, excluded: Collection[str] = ()
) -> tuple[tuple[str, ...], ...]:
    """Ids, ring by ring; none is empty. Who is excluded is in none, a pilot or not.

    In order of users, so that the same choice makes the same rings.
    """
    ordered = sorted(candidates, key=lambda one: (one.user, one.name, one.id))
    ids = [one.id for one in ordered if one.id not in excluded]
    picked = [each for each in ids if each in wanted.pilots]
    pilot = picked if wanted.pilots else ids[: wanted.pilot_count]
    rest = [each for each in ids if each not in pilot]
    return tuple(
        tuple(ring) for ring in [pilot, *_portions(rest, _size(len(rest), wanted))] if ring
    )


def _size(rest: int, wanted: Rings) -> int:
    """Of one ring. A share is rounded up, so 30 % of 4 are 2, and 100 % is one ring."""
    if not wanted.size:
        return rest
    if wanted.by is By.PERCENT:
        return -(-rest * min(wanted.size, 100) // 100)
    return wanted.size


def _portions(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), max(1, size))]
