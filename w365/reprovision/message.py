"""What users read before their Cloud PC is wiped."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

SUBJECT = "Your Cloud PC will be rebuilt"


def default_message() -> str:
    """Unless an admin writes something else. When it happens is added to any text."""
    return (
        "Your Cloud PC will be made anew with an updated version of Windows and its apps.\n\n"
        "Everything on its own disk will be deleted. Please save your files to OneDrive or to your "
        "network drive, and sign out before the time below. Afterwards sign in as always; your "
        "Cloud PC may be called by another name."
    )


def body(text: str, wipe_at: datetime, zone: str, device: str) -> str:
    """The whole mail. The time is in the zone of the run: nobody knows that of the reader."""
    there = wipe_at.astimezone(ZoneInfo(zone))
    when = f"{there:%A}, {there.day} {there:%B %Y}, {there:%H:%M} ({zone})"
    return f"{text.strip()}\n\nNot before: {when}\nCloud PC: {device}\n"
