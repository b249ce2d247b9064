"""The page of one update: everything its live part shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.urls import reverse
from django.utils.safestring import SafeString

from images.progress import about
from spotgroups.models import SpotGroupUpdate
from spotgroups.progress import (
    ConditionLine,
    Headline,
    HostLine,
    UserLine,
    condition_lines,
    headline,
    host_lines,
    progress,
    users_on_old_hosts,
)
from spotgroups.rollout.actions import Phase, count
from spotgroups.services import is_stopped
from spotpc.jobs.models import Job, JobEvent
from spotpc.jobs.services import jobs_of, too_late
from spotpc.web.times import local_times
from tenants.access import NOT_ALLOWED

Outcome = SpotGroupUpdate.Outcome
Method = SpotGroupUpdate.Method
EVENTS_SHOWN = 100


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


@dataclass(frozen=True)
class UpdatePage:
    """Everything that the live part of an update's page shows."""

    update: SpotGroupUpdate  # with its hosts prefetched
    may_change: bool
    now: datetime

    @cached_property
    def job(self) -> Job | None:
        return jobs_of(self.update).first()

    @property
    def live(self) -> bool:
        return not self.update.outcome

    @property
    def cancelling(self) -> bool:
        return self.live and self.job is not None and self.job.cancel_requested_at is not None

    @property
    def headline(self) -> Headline:
        return headline(self.update, self.cancelling)

    @property
    def waiting_for(self) -> SafeString:
        """One sentence. Trouble with Azure is the job's to tell, so its word comes first."""
        if not self.live:
            return SafeString("")
        told = self.job.waiting_for if self.job else ""
        return local_times(told or self.update.waiting_for or "The next look at Azure is due.")

    @property
    def progress(self) -> tuple[int, int]:
        return progress(self.update)

    @property
    def sides(self) -> list[tuple[str, str, list[HostLine]]]:
        old, new = host_lines(self.update)
        before = self.update.from_image_name
        return [
            ("old", f"Old hosts{f', {before}' if before else ''}", old),
            ("new", f"New hosts, {self.update.image_name}", new),
        ]

    @cached_property
    def users(self) -> list[UserLine]:
        return users_on_old_hosts(self.update) if self.live else []

    @property
    def conditions(self) -> list[ConditionLine]:
        return condition_lines(self.update)

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
        return (self.update.finished_at or self.now) - self.update.created_at

    @cached_property
    def usual(self) -> str:
        """In words; empty where this tenant has no such update behind it."""
        usual = usual_duration(self.update)
        return about(usual.total_seconds()) if usual else ""

    @property
    def summary(self) -> list[str]:
        return summary(self.update)

    @property
    def buttons(self) -> list[Button]:
        return list(_buttons(self)) if self.live else []


def usual_duration(update: SpotGroupUpdate) -> timedelta | None:
    """How long this tenant's updates of this method took; a scheduled one from its time on."""
    done = SpotGroupUpdate.objects.filter(
        tenant_id=update.tenant_id, method=update.method, outcome=Outcome.SUCCEEDED
    )
    took = [
        each.finished_at - (each.scheduled_at or each.created_at)
        for each in done.order_by("-finished_at")[:10]
        if each.finished_at
    ]
    # Of an even number the lower one of the two in the middle: a time that really happened.
    return sorted(took)[(len(took) - 1) // 2] if took else None


def summary(update: SpotGroupUpdate) -> list[str]:
    """What came of it, for an update that has ended."""
    hosts = list(update.hosts.all())
    new = [host for host in hosts if host.new]
    standing = [host for host in new if host.phase == Phase.READY]
    lines = [f"{count(len(standing), 'new host')} on {update.image_name}."]
    if gone := [host for host in hosts if not host.new and host.removed_at]:
        lines.append(f"{count(len(gone), 'old host')} removed, with VM, network card and disk.")
    if failed := [host for host in new if host.error_text]:
        lines.append(f"{count(len(failed), 'new host')} could not be built and went again.")
    warned, signed_out = _people(update)
    if update.method != Method.OPPORTUNISTIC:
        lines.append(f"{count(warned, 'user')} warned, {signed_out} signed out.")
    return lines


def _people(update: SpotGroupUpdate) -> tuple[int, int]:
    rows = list(update.warnings.values_list("user", "sign_out_asked_at"))
    return len({user for user, _ in rows}), len({user for user, at in rows if at})


def _buttons(page: UpdatePage) -> Iterable[Button]:
    update, at = page.update, [page.update.tenant_id, page.update.pk]
    refused = "" if page.may_change else NOT_ALLOWED
    busy = refused or ("It is being cancelled already." if page.cancelling else "")
    if is_stopped(update):
        again = reverse("spot-group-update-try-again", args=at)
        yield Button("try-again", "Try again", "refresh", again, busy, primary=True)
    if update.paused:
        resume = reverse("spot-group-update-resume", args=at)
        yield Button("resume", "Resume", "play", resume, busy, primary=True)
    else:
        pause = reverse("spot-group-update-pause", args=at)
        yield Button("pause", "Pause", "stop", pause, busy)
    late = too_late(page.job) if page.job else "It has ended."
    cancel = reverse("spot-group-update-cancel", args=at)
    yield Button("cancel", "Cancel", "close", cancel, busy or late, posts=False)
