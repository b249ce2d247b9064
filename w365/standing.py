"""How connections and device images stand, in words with a tone. Reads no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from w365.describe import Standing, health
from w365.eligible import device_warning
from w365.health import Meaning, by_urgency, meaning
from w365.models import DeviceImage, NetworkConnection

NOT_CREATED: Final = "Not created"
Status = DeviceImage.Status

IMAGE_TONES: Final = {
    Status.UPLOADING: "busy",
    Status.PENDING: "busy",
    Status.READY: "ok",
    Status.FAILED: "bad",
    Status.DELETING: "busy",
}
CHECK_WORDS: Final = {
    "passed": ("Passed", "ok"),
    "informational": ("Passed, with a remark", "ok"),
    "warning": ("Warning", "warn"),
    "failed": ("Failed", "bad"),
    "pending": ("Waiting", "busy"),
    "running": ("Running", "busy"),
}


def of_connection(connection: NetworkConnection, busy: bool, why: str = "") -> Standing:
    """`why`: what the last job on it failed with."""
    if connection.graph_id:
        return health(connection)
    return Standing("Being created", "busy") if busy else Standing(NOT_CREATED, "bad", why)


def of_image(image: DeviceImage, busy: bool, why: str = "") -> Standing:
    status = Status(image.status)
    if not image.graph_id and not busy:
        return Standing(NOT_CREATED, "bad", image.error_text or why)
    if status == Status.FAILED:
        return Standing(str(status.label), "bad", image.error_text)
    if status == Status.READY and (warning := device_warning(image)):
        return Standing(str(status.label), "warn", warning)
    return Standing(str(status.label), IMAGE_TONES[status])


@dataclass(frozen=True)
class Check:
    """One health check as a page shows it; `meaning` where it is not well."""

    name: str
    status: str
    tone: str
    error_type: str
    meaning: Meaning | None
    unknown: bool  # it is not well, and nobody here has heard of it
    detail: str  # Graph's own words, as the next one
    recommended_action: str
    finished_at: datetime | None


def checks_of(connection: NetworkConnection) -> list[Check]:
    """What has to be put right first."""
    rows = sorted(connection.checks, key=lambda row: by_urgency(row.get("status", "")))
    return [_check(row) for row in rows]


def _check(row: Mapping[str, Any]) -> Check:
    """`row`: one of the column `checks`."""
    state, error_type = row.get("status", ""), row.get("error_type", "")
    label, tone = CHECK_WORDS.get(state, (state or "Unknown", "idle"))
    unwell = state in ("failed", "warning")
    found = meaning(error_type) if unwell else None
    return Check(
        name=row.get("name", ""),
        status=label,
        tone=tone,
        error_type=error_type,
        meaning=found,
        unknown=unwell and found is None,
        detail=row.get("detail", ""),
        recommended_action=row.get("recommended_action", ""),
        finished_at=parse_datetime(row.get("finished_at") or ""),
    )
