"""The page of one run that brings Cloud PCs over: everything its live part shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.urls import reverse
from django.utils.safestring import SafeString

from spotpc.jobs.models import Job, JobEvent
from spotpc.jobs.services import jobs_of, too_late
from spotpc.web.times import local_times
from tenants.access import NOT_ALLOWED
from w365.models import Reprovisioning
from w365.reprovision.actions import Phase
from w365.reprovision.progress import (
    Headline,
    PcLine,
    RingLine,
    headline,
    left_out_lines,
    ring_lines,
    summary,
    tally_of,
)
from w365.reprovision.tally import Tally
from w365.words import counted

EVENTS_SHOWN = 100
CANCELLING = "It is being cancelled already."


@dataclass(frozen=True)
class EventLine:
    at: datetime
    level: str
    text: SafeString


@dataclass(frozen=True)
class Button:
    name: str
    label: str
    icon: str
    url: str
    because: str = ""  # why it cannot be done now
    posts: bool = True  # acts at once; otherwise a page asks first
    primary: bool = False
    failed: str = ""  # what becomes of the failed ones: retry or leave


@dataclass(frozen=True)
class RunPage:
    run: Reprovisioning  # with its Cloud PCs prefetched
    may_change: bool
    now: datetime

    @cached_property
    def job(self) -> Job | None:
        return jobs_of(self.run).first()

    @property
    def live(self) -> bool:
        return not self.run.outcome

    @property
    def cancelling(self) -> bool:
        return self.live and self.job is not None and self.job.cancel_requested_at is not None

    @property
    def headline(self) -> Headline:
        return headline(self.run, self.now, self.cancelling)

    @property
    def waiting_for(self) -> SafeString:
        """One sentence. Trouble with Graph is the job's to tell, so its word comes first."""
        told = self.job.waiting_for if self.job else ""
        return local_times(told or self.run.waiting_for or "The next look at Windows 365 is due.")

    @property
    def halted(self) -> SafeString:
        return local_times(self.run.halted) if self.live else SafeString("")

    @cached_property
    def tally(self) -> Tally:
        return tally_of(self.run)

    @cached_property
    def rings(self) -> list[RingLine]:
        return ring_lines(self.run)

    @property
    def left_out(self) -> list[PcLine]:
        return left_out_lines(self.run)

    @cached_property
    def failed(self) -> list[PcLine]:
        """Those nobody has said yet to go on without."""
        lines = (line for ring in self.rings for line in ring.pcs)
        return [line for line in lines if line.phase == Phase.FAILED and not line.forgiven]

    @cached_property
    def _events(self) -> list[JobEvent]:
        if self.job is None:
            return []
        return list(self.job.events.order_by("-at", "-id")[: EVENTS_SHOWN + 1])

    @property
    def events(self) -> list[EventLine]:
        shown = self._events[:EVENTS_SHOWN]
        return [EventLine(each.at, each.level, local_times(each.text)) for each in shown]

    @property
    def more_events(self) -> bool:
        return len(self._events) > EVENTS_SHOWN

    @property
    def elapsed(self) -> timedelta:
        """From when it could begin, if it did."""
        until = self.run.finished_at or self.now
        return until - min(max(self.run.created_at, self.run.starts_at), until)

    @property
    def pause(self) -> timedelta:
        return timedelta(minutes=self.run.ring_pause_minutes)

    @property
    def summary(self) -> list[str]:
        return summary(self.run)

    @property
    def next_steps(self) -> list[str]:
        return [] if self.live else list(_next_steps(self.tally))

    @property
    def again_url(self) -> str:
        """The wizard, where it has ended and somebody is not brought over."""
        policy, rest = self.run.policy, self.tally.total - self.tally.done
        if self.live or policy is None or not rest or not self.may_change:
            return ""
        return reverse("w365-policy-reprovision", args=[self.run.tenant_id, policy.pk])

    @property
    def buttons(self) -> list[Button]:
        return list(_buttons(self)) if self.live else []


def _next_steps(found: Tally) -> Iterable[str]:
    if found.failed:
        yield (
            "Correct what stands beside each failed Cloud PC, then bring it over again. Until then "
            "its user may be without one."
        )
    if found.skipped:
        yield (
            f"{counted(found.skipped, 'Cloud PC')} could not be touched; bring "
            f"{'it' if found.skipped == 1 else 'them'} over when Windows 365 is done with it."
        )
    if found.left:
        yield "Those left as before keep their image until they are brought over."
    if not (found.failed or found.skipped or found.left):
        yield "Nothing is left to do."


def _buttons(page: RunPage) -> Iterable[Button]:
    run, at = page.run, [page.run.tenant_id, page.run.pk]
    refused = "" if page.may_change else NOT_ALLOWED
    busy = refused or (CANCELLING if page.cancelling else "")
    if run.halted:
        yield from _go_on(reverse("w365-reprovisioning-try-again", args=at), busy, page.failed)
    if run.paused:
        resume = reverse("w365-reprovisioning-resume", args=at)
        yield Button("resume", "Resume", "play", resume, busy, primary=True)
    else:
        pause = reverse("w365-reprovisioning-pause", args=at)
        yield Button("pause", "Pause", "stop", pause, busy)
    late = too_late(page.job) if page.job else "It has ended."
    cancel = reverse("w365-reprovisioning-cancel", args=at)
    yield Button("cancel", "Cancel", "close", cancel, busy or late, posts=False)


def _go_on(url: str, because: str, failed: list[PcLine]) -> Iterable[Button]:
    """It stopped by itself: with the failed ones once more, or without them."""
    yield Button("try-again", "Try again", "refresh", url, because, primary=True, failed="retry")
    if failed:
        yield Button("go-on", "Go on without them", "play", url, because, failed="leave")
