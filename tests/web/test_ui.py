"""Statuses, times and icons."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.template import engines
from django.utils import timezone

from spotpc.web.templatetags import ui

NOON = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "tone"),
    [
        ("Available", "ok"),
        ("NeedsAssistance", "warn"),
        ("NoHeartbeat", "bad"),
        ("Shutdown", "idle"),
        ("cleaning", "busy"),
        ("A word nobody foresaw", "idle"),
    ],
)
def test_a_status_is_icon_word_and_colour(value: str, tone: str) -> None:
    shown = ui.status(value)
    assert f'class="status {tone}"' in shown
    assert f"icons.svg#{tone}" in shown
    assert f"<span>{value}</span>" in shown


def test_a_status_escapes_its_word() -> None:
    assert "<b>" not in ui.status("<b>")


@time_machine.travel(NOON, tick=False)
def test_times_are_in_the_viewers_zone_with_utc_on_hover() -> None:
    with timezone.override(zoneinfo.ZoneInfo("America/New_York")):
        shown = ui.when(NOON)
        assert "22 Nov, 07:00 EST" in shown
        assert 'title="2026-11-22 12:00:05 UTC"' in shown
        assert "22 Nov 2025" in ui.when(NOON - timedelta(days=365))
        assert ">as of 07:00:05<" in ui.ago(NOON)
        assert "21 Nov, 07:00:05" in ui.ago(NOON - timedelta(days=1)).replace(" 2026", "")
    assert "–" in ui.when(None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 05 min"),
        (187200, "2 d 4 h"),
        (timedelta(minutes=2), "2 min 00 s"),
        (None, "–"),
    ],
)
def test_durations(seconds: Any, words: str) -> None:
    assert ui.duration(seconds) == words


def _freshness(**times: Any) -> str:
    sync = {"requested_at": None, "finished_at": None, "error_text": "", **times}
    template = engines["django"].from_string("{% load ui %}{% freshness sync %}")
    return template.render({"sync": SimpleNamespace(**sync)})


@time_machine.travel(NOON, tick=False)
def test_freshness_says_what_one_should_know() -> None:
    read = NOON - timedelta(minutes=2)
    assert "as of 11:58:05" in _freshness(finished_at=read)
    assert "Refreshing" in _freshness(finished_at=read, requested_at=NOON)
    assert "Refreshing" not in _freshness(finished_at=NOON, requested_at=read)
    assert "Old" in _freshness(finished_at=NOON - timedelta(minutes=11))
    assert "Last refresh failed" in _freshness(finished_at=read, error_text="expired")
    assert "Not read from Azure yet" in _freshness()


def test_every_icon_that_is_named_is_drawn() -> None:
    root = Path(settings.BASE_DIR)
    drawn = set(re.findall(r'id="([\w-]+)"', (root / "static/img/icons.svg").read_text()))
    pages = "".join(path.read_text() for path in (root / "templates").rglob("*.html"))
    named = set(re.findall(r'{% icon "([\w-]+)"', pages))
    named |= set(re.findall(r'disabled\.html" with [^%]*name="([\w-]+)"', pages))
    assert named | set(ui.TONES) | {"idle"} <= drawn
