"""CSV files: nothing in them may run in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest

from spotpc.web.csv import csv_response, harmless


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_is_never_a_formula(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")


def test_numbers_and_plain_text_stay_as_they_are() -> None:
    assert harmless(-3) == -3
    assert harmless("host-1") == "host-1"
    assert harmless(None) == ""


def test_times_are_utc() -> None:
    there = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert there.astimezone(UTC).hour == 23
    assert harmless(there) == "2026-11-21T23:30:00Z"


def test_the_file_streams_and_reads_back() -> None:
    rows = [["Name", "Note"], ["a;b", 'say "hi",\nplease'], ["=1+1", "é"]]
    response = csv_response("hosts", rows)
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="hosts.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    back = list(csv.reader(io.StringIO(text)))
    assert back == [rows[0], rows[1], ["'=1+1", "é"]]
