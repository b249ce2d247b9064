"""The failure catalogue: what Azure's errors mean, in the product's own words.

Azure's codes are not unique and its HTTP statuses say little, so a failure is recognised by
innermost code, status and message text together, the most specific point first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from spotpc.azure.catalogue import (
    avd,
    compute,
    gallery,
    graph,
    guest,
    identity,
    images,
    join,
    network,
    refusals,
    throttling,
)
from spotpc.azure.catalogue.entry import Decision, Entry, Point

__all__ = ["ENTRIES", "UNKNOWN", "Decision", "Entry", "Match", "Point", "classify", "recognise"]

UNKNOWN: Final = Entry(
    code="unknown",
    decision=Decision.RETRY,
    sentence="Azure reported a failure Spot PC does not know[: {azure_code}][ ({azure_message})].",
    remedy="It is tried again up to five times by itself. If it stays, look for it in the activity "
    "log of the Azure portal and open a support request there.",
    after=30,
    tries=5,
)

ENTRIES: Final[tuple[Entry, ...]] = (
    *compute.ENTRIES,
    *images.ENTRIES,
    *gallery.ENTRIES,
    *guest.ENTRIES,
    *network.ENTRIES,
    *identity.ENTRIES,
    *throttling.ENTRIES,
    *avd.ENTRIES,
    *join.ENTRIES,
    *graph.ENTRIES,
    *refusals.ENTRIES,
    UNKNOWN,
)

_BY_OWN_CODE: Final = {entry.code: entry for entry in ENTRIES}
# sorted() is stable: of two equally specific points the one written first wins.
_POINTS: Final = sorted(
    ((point, entry) for entry in ENTRIES for point in entry.points),
    key=lambda pair: -pair[0].weight,
)


@dataclass(frozen=True)
class Match:
    entry: Entry
    point: Point | None = None  # None: found by the product's own code, or unknown
    groups: Mapping[str, str] = field(default_factory=dict)


def recognise(code: str, status: int | None, message: str, operation: str = "") -> Match:
    """The entry, the point that fitted, and what its text said."""
    if code in _BY_OWN_CODE:
        return Match(_BY_OWN_CODE[code])
    for point, entry in _POINTS:
        groups = point.match(code, status, message, operation)
        if groups is not None:
            return Match(entry, point, groups)
    return Match(UNKNOWN)


def classify(code: str, status: int | None, message: str, operation: str = "") -> Entry:
    """What a failure means. `code` and `message` are the innermost cause (`envelopes`), `status`
    the HTTP status of the answer or None, `operation` what was tried ("delete VM")."""
    return recognise(code, status, message, operation).entry
