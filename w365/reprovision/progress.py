"""How a run stands, from its rows, in the words of its page. Every function reads `run.pcs.all()`
only, which may be prefetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString

from spotpc.web.times import local_times
from w365.models import ReprovisionedPc, Reprovisioning
from w365.reprovision.actions import Phase, count, names
from w365.reprovision.tally import Tally, tally

Outcome = Reprovisioning.Outcome


# The whole


@dataclass(frozen=True)
class Headline:
    tone: str
    label: str
    when: datetime | None = None  # belongs to the label: "Scheduled for …"


def tally_of(run: Reprovisioning) -> Tally:
    return tally(row.phase for row in run.pcs.all())


def headline(run: Reprovisioning, now: datetime, cancelling: bool = False) -> Headline:
    """In a word or two."""
    if run.outcome:
        return _ended(run)
    if cancelling:
        return Headline("warn", "Cancelling")
    if run.halted:
        return Headline("bad", "Stopped: needs you")
    if run.paused:
        return Headline("warn", "Paused")
    if now < run.starts_at:
        return Headline("info", "Scheduled for", run.starts_at)
    return Headline("busy", "Bringing over")


def _ended(run: Reprovisioning) -> Headline:
    failed = tally_of(run).failed
    if run.outcome == Outcome.SUCCEEDED:
        return Headline("warn", f"Brought over, {failed} failed") if failed else BROUGHT_OVER
    tone = "bad" if run.outcome == Outcome.FAILED else "idle"
    return Headline(tone, Outcome(run.outcome).label)


BROUGHT_OVER = Headline("ok", Outcome.SUCCEEDED.label)


def budget(run: Reprovisioning) -> str:
    """How many failed, and how many may."""
    counted = [row for row in run.pcs.all() if row.error_code and not row.forgiven]
    may = f"it goes on with {run.failure_budget}"
    return f"{count(len(counted), 'Cloud PC')} failed; {may}" if counted else f"None failed; {may}"


# Its rings and Cloud PCs

PHASE_TONES = {
    Phase.TOLD: "info",
    Phase.NOT_READY: "warn",
    Phase.ASKED: "busy",
    Phase.REPROVISIONING: "busy",
    Phase.AGAIN: "warn",
    Phase.DONE: "ok",
    Phase.FAILED: "bad",
    Phase.SKIPPED: "warn",
}


@dataclass(frozen=True)
class PcLine:
    """One Cloud PC. `wiped_from`: its user was told; not before then."""

    user: str
    device: str
    new_device: str  # empty until it is brought over
    old_image: str
    phase: str
    tone: str
    note: SafeString
    attempt: int
    told_at: datetime | None
    wiped_from: datetime | None
    asked_at: datetime | None
    finished_at: datetime | None
    forgiven: bool


@dataclass(frozen=True)
class RingLine:
    number: int
    label: str  # in a word
    tone: str
    tally: Tally
    pcs: tuple[PcLine, ...]


def ring_lines(run: Reprovisioning) -> list[RingLine]:
    """Without those left out."""
    rows = [row for row in run.pcs.all() if not row.excluded]
    numbers = sorted({row.ring for row in rows})
    return [_ring_line(run, n, [row for row in rows if row.ring == n]) for n in numbers]


def left_out_lines(run: Reprovisioning) -> list[PcLine]:
    return [_pc_line(run, row) for row in run.pcs.all() if row.excluded]


def _ring_line(run: Reprovisioning, number: int, rows: Iterable[ReprovisionedPc]) -> RingLine:
    lines = tuple(_pc_line(run, row) for row in rows)
    found = tally(line.phase for line in lines)
    label, tone = _ring_state(found, any(line.told_at for line in lines))
    return RingLine(number, label, tone, found, lines)


def _ring_state(found: Tally, told: bool) -> tuple[str, str]:
    if found.left:
        return "Not brought over", "idle"
    if found.settled == found.total:
        return ("Done", "ok") if not found.failed else (f"Done, {found.failed} failed", "bad")
    if found.under_way or found.settled:
        return "Under way", "busy"
    return ("Users told", "info") if told else ("Waiting", "idle")


def _pc_line(run: Reprovisioning, row: ReprovisionedPc) -> PcLine:
    phase = row.phase or (Phase.EXCLUDED if row.excluded else Phase.PLANNED)
    told = row.noticed_at if phase in (Phase.TOLD, Phase.NOT_READY) else None
    notice = timedelta(minutes=run.notice_minutes)
    return PcLine(
        user=row.user,
        device=row.old_device or row.name,
        new_device=row.new_device,
        old_image=row.old_image,
        phase=phase,
        tone=PHASE_TONES.get(Phase(phase), "idle"),
        note=local_times(row.error_text or row.note),
        attempt=row.attempt,
        told_at=row.noticed_at,
        wiped_from=max(told + notice, run.starts_at) if told else None,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        forgiven=row.forgiven,
    )


# Before a cancel, and after the end


def cancel_sentences(run: Reprovisioning) -> list[str]:
    """What Cancel would do at this moment."""
    rows = [row for row in run.pcs.all() if not row.excluded]
    done = _named(rows, lambda phase: phase == Phase.DONE)
    begun = _named(rows, lambda phase: phase in (Phase.ASKED, Phase.REPROVISIONING))
    again = _named(rows, lambda phase: phase == Phase.AGAIN)
    rest = tally_of(run).waiting - len(again)
    lines = []
    if begun:
        lines.append(f"Wiped already, and brought to an end: {names(begun, 20)}.")
    if again:
        lines.append(f"Not tried again, and perhaps not usable: {names(again, 20)}.")
    if done:
        lines.append(f"Brought over, and staying so: {count(len(done), 'Cloud PC')}.")
    if rest:
        lines.append(f"Left as before: {count(rest, 'Cloud PC')}.")
    if any(row.phase == Phase.TOLD for row in rows):
        lines.append("Users who were told already are not told of the cancel.")
    return lines


def _named(rows: Iterable[ReprovisionedPc], wanted: Callable[[str], bool]) -> list[str]:
    return [row.old_device or row.name for row in rows if wanted(row.phase)]


def summary(run: Reprovisioning) -> list[str]:
    """What came of it, for a run that has ended."""
    rows = list(run.pcs.all())
    lines = [tally_of(run).sentence]
    if told := {row.user for row in rows if row.noticed_at}:
        lines.append(f"{count(len(told), 'user')} told by e-mail.")
    if twice := [row for row in rows if row.attempt > 1 and row.phase == Phase.DONE]:
        lines.append(f"{count(len(twice), 'Cloud PC')} needed a second attempt.")
    if excluded := sum(row.excluded for row in rows):
        lines.append(f"{count(excluded, 'Cloud PC')} left out.")
    return lines
