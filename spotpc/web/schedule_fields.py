"""Fields for one moment: a date and a time of day in a zone, as an admin types them.

class MethodForm(forms.Form):
    date = date_field("the switch")
    time = time_field("the switch")
    zone = zone_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer_zones(self, site.time_zone, admin.time_zone)

    def clean(self):
        moment = resolved(self)        # None where it said beside a field what is wrong
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from spotpc.web.schedule import Refused, Resolved, resolve, zones


def date_field(of: str) -> forms.DateField:
    """`of`: what happens then, with its article."""
    return forms.DateField(
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": f"Give the date of {of}.",
            "invalid": "Give the date as year, month, day: 2026-11-30.",
        },
    )


def time_field(of: str) -> forms.TimeField:
    return forms.TimeField(
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "required": f"Give the time of {of}.",
            "invalid": "Give the time as hours and minutes: 22:30.",
        },
    )


def zone_field() -> forms.CharField:
    return forms.CharField(
        label="Time zone",
        widget=forms.Select,
        error_messages={"required": "Choose the time zone this date and time is in."},
    )


def offer_zones(form: forms.Form, *likely: str) -> None:
    """All zones, the likely ones at the top; the first of them is chosen."""
    zone, day = form.fields["zone"], form.fields["date"]
    zone.initial = likely[0]
    zone.widget.choices = zone_choices(*likely)
    day.widget.attrs["min"] = f"{_today(likely[0])}"


def resolved(form: forms.Form) -> Resolved | None:
    """The moment of the cleaned fields. Where there is none, a field of the form says why."""
    day, clock, zone = (form.cleaned_data.get(name) for name in ("date", "time", "zone"))
    if day is None or clock is None or zone is None:
        return None
    answer = resolve(day, clock, zone, timezone.now())
    if isinstance(answer, Refused):
        form.add_error(_place_of(answer.code, day, zone), answer.sentence)
        return None
    return answer


def _place_of(code: str, day: date, zone: str) -> str:
    """The field to correct."""
    if code == "past":
        return "time" if day == datetime.now(ZoneInfo(zone)).date() else "date"
    return {"unknown_zone": "zone", "skipped": "time"}.get(code, "date")


def zone_choices(*likely: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Likely ones first, then all by continent."""
    first = list(dict.fromkeys(zone for zone in (*likely, "UTC") if zone in zones()))
    rest = [zone for zone in zones() if "/" in zone and zone not in first]
    named = sorted(zone for zone in rest if not zone.startswith("Etc/"))
    continents = groupby(named, key=lambda zone: zone.split("/", 1)[0])
    return [
        ("Likely", [(zone, zone) for zone in first]),
        *(
            (name, [(zone, zone) for zone in each if zone not in first])
            for name, each in continents
        ),
    ]


def _today(zone: str) -> date:
    here = ZoneInfo(zone) if zone in zones() else None
    # A day of leeway: the zone can still be changed on the page.
    return datetime.now(here).date() - timedelta(days=1)
