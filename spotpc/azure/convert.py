"""Small conversions that every resource needs. Unknown words of Azure never make them fail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from spotpc.azure.types import Provisioning

_PROVISIONING = {
    "succeeded": Provisioning.SUCCEEDED,
    "failed": Provisioning.FAILED,
    "canceled": Provisioning.FAILED,
    "cancelled": Provisioning.FAILED,
    "deleting": Provisioning.DELETING,
}


def text(value: object) -> str:
    """A word of Azure: the SDK gives an enum member where it knows it, else the bare string."""
    if isinstance(value, Enum):
        value = value.value
    return "" if value is None else str(value)


def provisioning(value: object) -> Provisioning:
    """No state at all means succeeded (ARM resource provider contract); unknown means running."""
    word = text(value).casefold()
    return _PROVISIONING.get(word, Provisioning.RUNNING) if word else Provisioning.SUCCEEDED


def utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_from_text(value: str | None) -> datetime | None:
    """For the times that the SDK leaves as text. None if it is not a time."""
    try:
        return utc(datetime.fromisoformat(value)) if value else None
    except ValueError:
        return None


def tags(value: Mapping[str, str] | None) -> dict[str, str]:
    """A copy, so that no SDK object leaves."""
    return dict(value or {})


def copy(value: Mapping[str, object]) -> dict[str, object]:
    """A plain dict for a request body: the SDK serialises nothing else."""
    return {key: copy(item) if isinstance(item, Mapping) else item for key, item in value.items()}
