"""From what an admin types to one instant, or to a sentence why not."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotpc.web.schedule import Refused, Resolved, resolve

NOW = datetime(2030, 3, 4, 20, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN, now: datetime = NOW) -> Resolved | Refused:
    local = datetime.fromisoformat(text)
    return resolve(local.date(), local.time(), zone, now)


def refused(text: str, zone: str = BERLIN) -> Refused:
    found = at(text, zone)
    assert isinstance(found, Refused), found
    return found


def test_a_plain_local_time_becomes_utc() -> None:
    assert at("2030-03-05 02:30") == Resolved(datetime(2030, 3, 5, 1, 30, tzinfo=UTC))
    assert at("2030-07-05 02:30") == Resolved(datetime(2030, 7, 5, 0, 30, tzinfo=UTC))


def test_the_hour_a_clock_change_skips_is_refused_with_the_next_valid_time() -> None:
    found = refused("2030-03-31 02:30")
    assert found.code == "skipped"
    assert "from 02:00 straight to 03:00" in found.sentence
    assert "next valid time is 2030-03-31 03:00" in found.sentence


@pytest.mark.parametrize("edge", ["2030-03-31 01:59:59", "2030-03-31 03:00"])
def test_the_edges_of_the_skipped_hour_exist(edge: str) -> None:
    assert isinstance(at(edge), Resolved)


@pytest.mark.parametrize("edge", ["2030-03-31 02:00", "2030-03-31 02:59:59"])
def test_the_skipped_hour_is_whole(edge: str) -> None:
    assert refused(edge).code == "skipped"


def test_a_gap_of_half_an_hour_is_named_rightly() -> None:
    found = refused("2030-10-06 02:10", "Australia/Lord_Howe")
    assert "from 02:00 straight to 02:30" in found.sentence


def test_of_a_time_that_happens_twice_the_first_is_taken_and_said() -> None:
    found = at("2030-10-27 02:30")
    assert isinstance(found, Resolved)
    assert found.at == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    assert "happens twice" in found.note
    assert "CEST (UTC+02:00)" in found.note


@pytest.mark.parametrize("text", ["2030-03-04 20:59", "2030-03-04 21:00", "1970-01-01 00:00"])
def test_the_past_is_refused(text: str) -> None:
    assert refused(text).code == "past"


def test_more_than_a_year_ahead_is_refused() -> None:
    assert refused("2031-03-06 00:00").code == "too_far"
    assert isinstance(at("2031-03-05 00:00"), Resolved)


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_the_calendar_are_refused(day: date, zone: str) -> None:
    assert isinstance(resolve(day, time(12), zone, NOW), Refused)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "\0"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    assert refused("2030-03-05 02:30", zone).code == "unknown_zone"


def test_no_zone_is_refused() -> None:
    assert refused("2030-03-05 02:30", "").code == "no_zone"


ZONES = ["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca"]


@given(st.dates(date(2030, 3, 6), date(2031, 3, 3)), st.times(), st.sampled_from(ZONES))
def test_what_is_resolved_reads_back_as_it_was_typed(day: date, clock: time, zone: str) -> None:
    found = resolve(day, clock, zone, NOW)
    if isinstance(found, Resolved):
        back = found.at.astimezone(ZoneInfo(zone))
        assert (back.date(), back.time()) == (day, clock)
    else:
        assert found.code == "skipped"
