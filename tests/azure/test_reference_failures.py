"""Every failure of the reference list, through the envelope parser and the catalogue.

The list is not part of the project: AZURE_REFERENCE names its folder.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from spotpc.azure.catalogue import UNKNOWN, Decision, Match, recognise
from spotpc.azure.envelopes import Cause, innermost

SAID = {
    "CLEANUP": Decision.CLEANUP_THEN_RETRY,
    **{decision.name: decision for decision in Decision},
}

# Position in the list -> what the product reports, where the list describes something observed
# rather than words of Azure, or several failures in one line.
OBSERVED: dict[int, list[Cause]] = {
    95: [Cause("script-failed", "")],
    122: [Cause("replicating", "")],
    125: [Cause("replicas-protected", "")],
    126: [Cause("version-in-use", "")],
    131: [Cause("registration-missing", "")],
    135: [Cause("sessions-stale", "")],
    136: [Cause("vm-gone", "")],
    137: [Cause("orphan-vm", "")],
    138: [Cause("drain-undone", "")],
    139: [Cause("host-full", "")],
    146: [
        Cause("HostpoolHasNoSessionHosts", ""),
        Cause("VmSkuNotAvailableInRegion", ""),
        Cause("VmSkuNotAvailableInRegionDueToRestriction", ""),
        Cause("AvailabilityZoneNotAvailable", ""),
        Cause("ComputeSkuIncompatibleWithImageHyperVGeneration", ""),
        Cause("ImageDiskTypeIncompatible", ""),
        Cause("VnetLocationIncompatible", ""),
    ],
    148: [Cause("host-upgrading", "")],
    162: [Cause("old-agent-in-image", "")],
    166: [Cause("", f"Failed to join domain='d'. Error code {n}") for n in (5, 8557, 1332)],
    178: [Cause("graph-no-user-agent", "")],
    194: [Cause("w365-image-pending", "")],
}

# Position -> (our decision, why it is not the first word of the list's advice).
DIFFERS: dict[int, tuple[Decision, str]] = {
    60: (Decision.RECONCILE, "same text as 168: the extension's substatuses know the reason"),
    76: (
        Decision.PAUSE,
        "whether a role is ten minutes old is not in the answer; resuming is easy",
    ),
    84: (Decision.RECONCILE, "SUCCESS only after a delete; see test_gone_after_a_delete"),
    85: (Decision.RECONCILE, "same answer as 84: only the caller knows when it wrote"),
    133: (Decision.RECONCILE, "SUCCESS only after a delete; see test_gone_after_a_delete"),
    139: (Decision.WAIT, "the advice names no decision: a full host is waited for"),
    148: (Decision.WAIT, "the advice starts with a state; Upgrading is the one that waits"),
    149: (Decision.FAIL, "the advice says 'Fatal'"),
    162: (Decision.FAIL, "the advice is to seal anew, which only an admin can start"),
    168: (Decision.RECONCILE, "the advice is to read the substatuses"),
    174: (Decision.SUCCESS, "the advice is not to fail: AVD works without Intune"),
    178: (Decision.FAIL, "the advice is to send the header, which the SDK does"),
    180: (Decision.RECONCILE, "SUCCESS only after a delete; see test_gone_after_a_delete"),
    192: (Decision.FAIL, "the advice is an order of work, else FAIL"),
}


def reference() -> list[dict[str, Any]]:
    folder = os.environ.get("AZURE_REFERENCE")
    if not folder:
        return []
    found: list[dict[str, Any]] = json.loads(
        Path(folder, "errors.json").read_text(encoding="utf-8")
    )
    return found


REFERENCE = reference()
with_reference = pytest.mark.skipif(
    not REFERENCE, reason="AZURE_REFERENCE does not name the folder with errors.json"
)


def causes(at: int) -> list[Cause]:
    return OBSERVED.get(at) or [innermost(REFERENCE[at]["body"])]


def matches(at: int, operation: str = "") -> list[tuple[Cause, Match]]:
    status = REFERENCE[at]["http_status"]
    return [
        (cause, recognise(cause.code, status, cause.message, operation)) for cause in causes(at)
    ]


@with_reference
def test_the_reference_is_whole() -> None:
    assert len(REFERENCE) == 213


each_failure = pytest.mark.parametrize("at", range(len(REFERENCE)))


@with_reference
@each_failure
def test_a_real_failure_ends_in_its_decision(at: int) -> None:
    advice = REFERENCE[at]["action"]
    first = re.match(r"[A-Z_]+(?![a-z])", advice)
    said = SAID.get(first[0]) if first else None
    wanted = DIFFERS[at][0] if at in DIFFERS else said
    for cause, match in matches(at):
        assert match.entry is not UNKNOWN, cause
        assert match.entry.decision == wanted, (cause, match.entry.code, advice)


@with_reference
@pytest.mark.parametrize("at", sorted(DIFFERS))
def test_a_difference_is_one(at: int) -> None:
    first = re.match(r"[A-Z_]+(?![a-z])", REFERENCE[at]["action"])
    assert not first or SAID.get(first[0]) != DIFFERS[at][0]


@with_reference
@each_failure
def test_a_real_failure_is_told_in_our_own_words(at: int) -> None:
    entry = REFERENCE[at]
    for cause, match in matches(at):
        words = {"azure_code": cause.code, "azure_message": cause.message, **match.groups}
        for ours, theirs in zip(
            match.entry.render(words), (entry["sentence"], entry["remedy"]), strict=True
        ):
            assert not set(ours) & set("{}"), ours
            likeness = difflib.SequenceMatcher(None, ours.casefold(), theirs.casefold()).ratio()
            assert likeness < 0.75, (ours, theirs)


@with_reference
@each_failure
def test_what_nobody_has_seen_is_marked_as_believed(at: int) -> None:
    if not REFERENCE[at]["verified"].startswith("unverified"):
        return
    for cause, match in matches(at):
        assert match.point is None or match.point.believed, (cause, match.entry.code)


@with_reference
@pytest.mark.parametrize("at", [84, 85, 132, 133, 180])
def test_gone_after_a_delete(at: int) -> None:
    for _, match in matches(at, "delete it"):
        assert match.entry.decision == Decision.SUCCESS
        assert match.entry.missing


@with_reference
@each_failure
def test_other_words_or_another_status_are_another_failure(at: int) -> None:
    """The negative control: a point that was needed for a match is not met by something else."""
    status = REFERENCE[at]["http_status"]
    for cause, match in matches(at):
        if match.point is None:
            continue
        if match.point.text is not None:
            changed = recognise(cause.code, status, "quite another story")
            assert changed.point is not match.point
        if match.point.codes:
            assert recognise("Other", status, cause.message).point is not match.point
        if match.point.statuses:
            assert recognise(cause.code, 418, cause.message).point is not match.point
