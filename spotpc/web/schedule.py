"""Wall clock and zones: from what an admin types to one instant, or to a sentence why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Resolved:
    """`at` is in UTC. `note` is for the admin, empty where the time was plain."""

    at: datetime
    note: str = ""


@dataclass(frozen=True)
class Refused:
    """`code` is one of: no_zone, unknown_zone, past, too_far, skipped."""

    code: str
    sentence: str


def resolve(day: date, clock: time, zone: str, now: datetime) -> Resolved | Refused:
    """The instant of a local date and time in an IANA zone such as `Europe/Berlin`.

    A time that a clock change skips does not exist and is refused; of one that happens twice the
    first is taken, and the note says so.
    """
    if not zone:
        return Refused("no_zone", "Choose the time zone this date and time is in.")
    if zone not in zones():
        return Refused("unknown_zone", f"There is no time zone called {zone[:60]!r}.")
    # Days far away are refused first: arithmetic at the ends of the calendar would overflow.
    if day > (now + FURTHEST).date() + timedelta(days=1):
        return too_far()
    if day < now.date() - timedelta(days=2):
        return past(f"{day}")
    local = datetime.combine(day, clock.replace(tzinfo=None, fold=0), ZoneInfo(zone))
    return skipped(local) or in_range(local, now) or Resolved(local.astimezone(UTC), twice(local))


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones())


def in_range(local: datetime, now: datetime) -> Refused | None:
    if local.astimezone(UTC) <= now:
        return past(f"{local:%Y-%m-%d %H:%M} ({zone_name(local)})")
    return too_far() if local.astimezone(UTC) > now + FURTHEST else None


def past(told: str) -> Refused:
    return Refused("past", f"{told} is in the past.")


def too_far() -> Refused:
    return Refused("too_far", "Choose a time within the next year.")


def skipped(local: datetime) -> Refused | None:
    """In the hour a clock change skips, going to UTC and back gives another time."""
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    if back.replace(tzinfo=None) == local.replace(tzinfo=None):
        return None
    change = transition_near(local)
    before = (change - timedelta(microseconds=1)).astimezone(local.tzinfo)
    begins = (before + timedelta(microseconds=1)).replace(tzinfo=None)
    ends = change.astimezone(local.tzinfo)
    gap = f"in {zone_name(local)} the clock goes from {begins:%H:%M} straight to {ends:%H:%M}"
    return Refused(
        "skipped",
        f"{local:%H:%M} on {local:%Y-%m-%d} does not exist: {gap}; "
        f"the next valid time is {ends:%Y-%m-%d %H:%M}.",
    )


def transition_near(local: datetime) -> datetime:
    """The clock change, in UTC, whose gap holds `local`.

    In a gap, fold 0 reads with the offset before the change and so lands after it; fold 1 reads
    with the one after it and lands before (PEP 495).
    """
    low = local.replace(fold=1).astimezone(UTC)
    high = local.replace(fold=0).astimezone(UTC)
    after = high.astimezone(local.tzinfo).utcoffset()
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == after:
            high = middle
        else:
            low = middle
    return high


def twice(local: datetime) -> str:
    second = local.replace(fold=1)
    if local.utcoffset() == second.utcoffset():
        return ""
    first = f"the first one, {local:%Z} (UTC{offset(local)}), is taken"
    return f"{local:%H:%M} happens twice on {local:%Y-%m-%d} in {zone_name(local)}; {first}."


def offset(local: datetime) -> str:
    digits = f"{local:%z}"
    return f"{digits[:3]}:{digits[3:5]}"


def zone_name(local: datetime) -> str:
    return str(local.tzinfo)


def in_zone(moment: datetime | None, zone: str) -> str:
    """The moment in another zone's words; empty where the viewer's zone shows the same."""
    if moment is None:
        return ""
    there = moment.astimezone(ZoneInfo(zone))
    if there.utcoffset() == timezone.localtime(moment).utcoffset():
        return ""
    return f"{there:%-d %b, %H:%M %Z}"
