"""What a run will do, told before anything happens: the last step of the wizard.

Estimates, not promises: it assumes that a Cloud PC takes what one usually takes, and none fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from .actions import count, lasting
from .fleet import Fleet
from .judge import doing, left_out
from .state import FAILED, REPROVISIONABLE, Desired, Observed, Pc

# Believed: "half an hour to an hour" is what users tell.
USUAL = timedelta(minutes=60)

LOST = (
    "Everything on the Cloud PC's own disk: files, settings and apps that its user put there. What "
    "is in OneDrive or on a file share stays.",
    "Whatever is unsaved: its user is signed out without a further question.",
    "The Cloud PC's name as a device: it comes back as another device in Intune and Entra ID.",
    "The way back: the old disk is not kept anywhere.",
)


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. Times after the first ring's begin are estimates (`about`)."""

    when: datetime
    what: str
    who: str = ""
    about: bool = False


@dataclass(frozen=True)
class Line:
    """A Cloud PC. `note`: why it is left out, or has to be waited for."""

    id: str
    name: str
    user: str
    image: str
    note: str = ""


@dataclass(frozen=True)
class Ring:
    number: int
    title: str
    pcs: tuple[Line, ...]
    tell_at: datetime | None  # when its users are told, at the earliest
    begins_at: datetime
    about: bool

    @property
    def users(self) -> int:
        return len({line.user for line in self.pcs if line.user})


@dataclass(frozen=True)
class Preview:
    rings: tuple[Ring, ...]
    left_out: tuple[Line, ...]
    timeline: tuple[Entry, ...]
    ends_at: datetime  # about
    lost: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(len(ring.pcs) for ring in self.rings)

    @property
    def users(self) -> int:
        return len({line.user for ring in self.rings for line in ring.pcs if line.user})


def preview(
    desired: Desired, observed: Observed, now: datetime, usual: timedelta = USUAL
) -> Preview:
    fleet = Fleet(desired, observed, now)
    rings = tuple(_rings(fleet, usual))
    ends_at = rings[-1].begins_at + usual if rings else now
    return Preview(
        rings=rings,
        left_out=tuple(_line(pc, left_out(desired, pc).note) for pc in fleet.pcs if pc.excluded),
        timeline=tuple(_timeline(desired, rings, ends_at)),
        ends_at=ends_at,
        lost=LOST,
        notes=tuple(_notes(desired, fleet)),
    )


def _rings(fleet: Fleet, usual: timedelta) -> Iterator[Ring]:
    """Users are told in good time, but no ring before the one before it is done."""
    desired = fleet.desired
    notice = desired.notice if desired.message else timedelta(0)
    free_from, begin = fleet.now, max(desired.starts_at, fleet.now + notice)
    for number in sorted({pc.ring for pc in fleet.included}):
        pcs = [pc for pc in fleet.included if pc.ring == number]
        yield Ring(
            number=number,
            title=f"Ring {number}",
            pcs=tuple(_line(pc, _trouble(pc)) for pc in pcs),
            tell_at=max(free_from, begin - notice) if desired.message else None,
            begins_at=begin,
            about=free_from > fleet.now,
        )
        free_from = begin + usual
        begin = free_from + max(desired.ring_pause, notice)


def _line(pc: Pc, note: str) -> Line:
    return Line(pc.id, pc.name, pc.user, pc.image_name, note)


def _trouble(pc: Pc) -> str:
    if pc.status == FAILED:
        return "It is failed now; nobody can use it."
    return "" if pc.status in REPROVISIONABLE else f"It is {doing(pc)} now."


def _timeline(desired: Desired, rings: tuple[Ring, ...], ends_at: datetime) -> Iterator[Entry]:
    for ring in rings:
        users = count(ring.users, "user")
        if ring.tell_at and ring.users:
            yield Entry(
                ring.tell_at, f"{users} of ring {ring.number} told by e-mail.", users, ring.about
            )
        what = f"Ring {ring.number} begins: {count(len(ring.pcs), 'Cloud PC')} wiped and made anew."
        yield Entry(ring.begins_at, what, f"{users} without a Cloud PC meanwhile.", ring.about)
    if rings:
        yield Entry(ends_at, f"All run {desired.image_name}.", "", about=True)


def _notes(desired: Desired, fleet: Fleet) -> Iterator[str]:
    if len({pc.ring for pc in fleet.included}) > 1:
        after = f", {lasting(desired.ring_pause)} later" if desired.ring_pause else ""
        yield (
            f"A ring begins when the one before is done{after}, and at most "
            f"{count(desired.failure_budget, 'Cloud PC')} failed; otherwise it stops and asks you."
        )
    same = [pc for pc in fleet.pcs if pc.old_image == desired.image_name]
    if same:
        yield (
            f"{count(len(same), 'Cloud PC')} with an image named {desired.image_name} already; "
            "Windows 365 does not tell of which version."
        )
    if desired.message and any(not pc.user for pc in fleet.included):
        yield "Cloud PCs without a user get no message."
    if not desired.message:
        yield "Nobody is told. Users lose their session without a warning."
