"""Every failure the emulator knows by name, met by the product's own calls on its true surface:
the answer, the long-running operation, or the instance view."""

from __future__ import annotations

import pytest

from spotpc.azure.catalogue import ENTRIES, UNKNOWN
from spotpc.azure.errors import AzureError, Decision
from spotpc.emulator.failures import NAMED

from . import stage
from .stage import Stage

# What the product never asks Azure for, so that it never meets these.
NOT_ASKED = {
    "CannotDeleteResource": "the product deletes neither galleries nor definitions",
    "OperationNotAllowed.imageInUse": "managed images: TrustedLaunch VMs cannot become one",
    "OperationNotAllowed.notGeneralized": "managed images",
    "OperationNotAllowed.trustedLaunch": "managed images",
    "OperationNotAllowed.capture": "capture: the gallery captures",
    "Conflict.runCommand": "action run commands: the product uses managed ones",
}

# Where the first operation a failure strikes is not the one in which the product minds it.
MINDED = {
    "ResourceNotFound": "list hosts",  # a VM that is not there is simply not there
    "Conflict.graph": "reprovision",  # reading conflicts with nothing
    "PreconditionFailed": "reprovision",
}


def struck(name: str) -> str | None:
    failure = NAMED[name]
    return MINDED.get(name) or stage.struck_by(failure.method, failure.path)


def ours(error: AzureError) -> bool:
    """Whether the product knows what it is and says so in whole sentences."""
    entry = next((each for each in ENTRIES if each.code == error.code), UNKNOWN)
    told = error.sentence + error.remedy
    return entry is not UNKNOWN and entry.decision == error.decision and not set(told) & set("{}")


def test_only_what_is_never_asked_is_left_out() -> None:
    assert {name for name in NAMED if struck(name) is None} == set(NOT_ASKED)


@pytest.mark.parametrize("name", [name for name in NAMED if name not in NOT_ASKED])
def test_a_named_failure_ends_in_our_catalogue(name: str, azure: Stage) -> None:
    operation = struck(name)
    assert operation is not None
    error = stage.met(azure, operation, {"failure": name})
    assert ours(error), (error.code, error.sentence, error.azure_code, error.azure_message)


# --- negative controls ------------------------------------------------------------------------


def test_a_failure_nobody_has_seen_is_not_ours(azure: Stage) -> None:
    body = {"error": {"code": "NeverSeenBefore", "message": "The moon is full."}}
    fault = {"method": "PUT", "path": stage.pattern("/networkInterfaces/x"), "status": 409}
    error = stage.met(azure, "create NIC", {**fault, "body": body})
    assert not ours(error)
    assert error.decision is Decision.RETRY


@pytest.mark.parametrize(
    ("fault", "operation", "why"),
    [
        ({"failure": "SubnetIsFull"}, "create VM", "never met"),
        ({"delaySeconds": 0.001}, "create NIC", "went well"),
        ({"delaySeconds": 0.001}, "reprovision", "went well"),
        ({"failure": "deviceImage.sourceImageInvalid"}, "reprovision", "never met"),
    ],
)
def test_a_call_that_meets_no_failure_is_noticed(
    fault: dict[str, object], operation: str, why: str, azure: Stage
) -> None:
    with pytest.raises(AssertionError, match=why):
        stage.met(azure, operation, fault)
