"""{% load ui %}: statuses, times and icons, the same on every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# The words of Azure, of the job engine and of our own models, by what they mean to an admin.
TONES: Mapping[str, frozenset[str]] = {
    "ok": frozenset({"ok", "available", "active", "succeeded", "done", "true", "yes"}),
    "busy": frozenset(
        {"busy", "creating", "sealing", "validating", "deleting", "running", "cleaning"}
        | {"queued", "waiting", "upgrading", "building", "removing", "info"}
    ),
    "warn": frozenset(
        {"warn", "warning", "configuring", "pending", "draining", "needsassistance", "cancelled"}
        | {"limited", "unknown"}
    ),
    "bad": frozenset(
        {"bad", "error", "failed", "unavailable", "upgradefailed", "noheartbeat"}
        | {"notjoinedtodomain", "domaintrustrelationshiplost", "sxsstacklistenernotready"}
        | {"fslogixnothealthy", "false"}
    ),
}
STALE_AFTER = timedelta(minutes=10)


class Sync(Protocol):
    """What `freshness` reads: the times of a tenant's last and next reading of Azure."""

    requested_at: datetime | None
    finished_at: datetime | None
    error_text: str


def tone_of(value: str) -> str:
    word = re.sub(r"[^a-z]", "", value.lower())
    return next((tone for tone, words in TONES.items() if word in words), "idle")


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A drawing from static/img/icons.svg; it never speaks for itself, a word stands beside it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" {classes}" if classes else "",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def status(value: Any, label: str = "", tone: str = "") -> SafeString:
    """Icon, word and colour of a status; the tone is found by the value unless it is given."""
    text = str(value)
    tone = tone or tone_of(text)
    return format_html(
        '<span class="status {}">{}<span>{}</span></span>', tone, icon(tone), label or text
    )


def _local(moment: datetime) -> tuple[datetime, str, str]:
    utc = moment.astimezone(UTC)
    return timezone.localtime(moment), utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S} UTC"


@register.simple_tag
def when(moment: datetime | None, empty: str = "–") -> SafeString:
    """A moment in the viewer's zone, with UTC and the year on hover."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', empty)
    local, iso, utc = _local(moment)
    year = "" if local.year == timezone.localdate().year else f" {local.year}"
    words = f"{local.day} {local:%b}{year}, {local:%H:%M %Z}"
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, utc, words)


@register.simple_tag
def ago(moment: datetime | None, prefix: str = "as of", empty: str = "never") -> SafeString:
    """How fresh something is: "as of 14:02:11", with the date if that was not today."""
    if moment is None:
        return format_html("<span>{}</span>", empty)
    local, iso, utc = _local(moment)
    day = "" if local.date() == timezone.localdate() else f"{local.day} {local:%b %Y}, "
    words = f"{prefix} {day}{local:%H:%M:%S}".strip()
    return format_html('<time data-ago datetime="{}" title="{}">{}</time>', iso, utc, words)


@register.filter(name="duration")
def duration(seconds: float | timedelta | None) -> str:
    """Seconds in words: "48 s", "3 min 20 s", "1 h 05 min", "2 d 4 h"."""
    if seconds is None:
        return "–"
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    whole = max(0, round(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour} h"
    if hours:
        return f"{hours} h {minute:02} min"
    return f"{minutes} min {second:02} s" if minutes else f"{second} s"


register.simple_tag(duration, name="duration")


@register.inclusion_tag("inc/freshness.html")
def freshness(sync: Sync | None) -> dict[str, Any]:
    """When this was last read from Azure, and whether that is too long ago or failing."""
    read_at = sync.finished_at if sync else None
    asked_at = sync.requested_at if sync else None
    return {
        "sync": sync,
        "reading": bool(asked_at and (read_at is None or asked_at > read_at)),
        "stale": bool(read_at and timezone.now() - read_at > STALE_AFTER),
    }


@register.inclusion_tag("inc/copy.html")
def copy(text: Any, label: str = "Copy") -> dict[str, Any]:
    """Text with a button that copies it, where the browser can."""
    return {"text": str(text), "label": label}
