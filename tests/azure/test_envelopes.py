"""Every shape an error comes in, down to the innermost cause."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotpc.azure.envelopes import Cause, innermost

ARM = {"error": {"code": "SkuNotAvailable", "message": "no room", "target": "size", "details": []}}
JOIN = [
    {"code": "ComponentStatus/JoinDomain/failed/1", "level": "Error", "message": "Error code 1355"},
    {"code": "ComponentStatus/Later/failed/1", "level": "Error", "message": "gave up"},
    {"code": "ComponentStatus/StdOut/succeeded", "level": "Info", "message": "fine"},
]


def deployment(inner: dict[str, Any], levels: int) -> dict[str, Any]:
    """A deployment error: each level carries the next as JSON text in a detail's message."""
    for _ in range(levels):
        text = json.dumps(inner, indent=2).replace("\n", "\r\n")
        inner = {
            "status": "Failed",
            "error": {
                "code": "DeploymentFailed",
                "message": "At least one resource deployment operation failed.",
                "details": [{"code": "Conflict", "message": text}],
            },
        }
    return inner


ENVELOPES = {
    "ARM": (ARM, Cause("SkuNotAvailable", "no room")),
    "ARM as text": (json.dumps(ARM), Cause("SkuNotAvailable", "no room")),
    "ARM as bytes with other key case": (
        b'{"Error": {"Code": "SkuNotAvailable", "Message": "no room"}}',
        Cause("SkuNotAvailable", "no room"),
    ),
    "throttling without an outer error; its counters are no cause": (
        {
            "code": "OperationNotAllowed",
            "message": "too many requests",
            "details": [
                {
                    "code": "TooManyRequests",
                    "target": "HighCostGet30Min",
                    "message": '{"operationGroup":"HighCostGet30Min","allowedRequestCount":800}',
                }
            ],
        },
        Cause("OperationNotAllowed", "too many requests"),
    ),
    "operation Failed": (
        {"status": "Failed", "error": {"code": "AllocationFailed", "message": "full"}, "name": "x"},
        Cause("AllocationFailed", "full"),
    ),
    "operation Canceled": (
        {"status": "Canceled", "error": {"code": "OperationPreempted", "message": "newer"}},
        Cause("OperationPreempted", "newer"),
    ),
    "deployment, one level": (deployment(ARM, 1), Cause("SkuNotAvailable", "no room")),
    "deployment, three levels": (deployment(ARM, 3), Cause("SkuNotAvailable", "no room")),
    "a specific code keeps its place above a general one": (
        {
            "error": {
                "code": "MarketplacePurchaseEligibilityFailed",
                "message": "See inner errors.",
                "details": [{"code": "BadRequest", "message": "Offer is private."}],
            }
        },
        Cause("MarketplacePurchaseEligibilityFailed", "See inner errors. Offer is private."),
    ),
    "so does it above a conflict": (
        {"code": "ScopeLocked", "message": "m", "details": [{"code": "Conflict", "message": "n"}]},
        Cause("ScopeLocked", "m n"),
    ),
    "AVD": (
        {"error": {"code": "404", "message": "ActivityId: 0f-1 Error: User session ID not found"}},
        Cause("404", "User session ID not found"),
    ),
    "AVD with JSON in its text": (
        {
            "error": {
                "code": "400",
                "message": "ActivityId: 0f-1 Error: HostPoolUpdateClientException ex: invalid. "
                '{"Warnings":null,"Errors":[{"FaultCode":"ParameterNull","FaultText":"no user"}]}',
            }
        },
        Cause("ParameterNull", "no user"),
    ),
    "token endpoint": (
        {"error": "invalid_client", "error_description": "AADSTS7000222: expired. Trace ID: 1"},
        Cause("AADSTS7000222", "AADSTS7000222: expired. Trace ID: 1"),
    ),
    "token endpoint without a number": (
        {"error": "temporarily_unavailable", "error_description": "later"},
        Cause("temporarily_unavailable", "later"),
    ),
    "Graph": (
        {
            "error": {
                "code": "itemNotFound",
                "message": "gone",
                "innerError": {"date": "2026-11-22", "request-id": "1"},
            }
        },
        Cause("itemNotFound", "gone"),
    ),
    "Graph with a number inside": (
        {"error": {"code": "TooManyRequests", "message": "m", "innerError": {"code": "429"}}},
        Cause("TooManyRequests", "m"),
    ),
    "Graph with a nearer code inside": (
        {"error": {"code": "BadRequest", "message": "m", "innererror": {"code": "nameTaken"}}},
        Cause("nameTaken", "m"),
    ),
    "Intune: JSON in the message": (
        {
            "error": {
                "code": "Forbidden",
                "message": '{\r\n "_version": 3,\r\n "Message": "not authorized" }',
            }
        },
        Cause("Forbidden", "not authorized"),
    ),
    "OData 3": (
        {"odata.error": {"code": "Request_BadRequest", "message": {"lang": "en", "value": "dup"}}},
        Cause("Request_BadRequest", "dup"),
    ),
    "extension substatuses": (
        JOIN,
        Cause("ComponentStatus/JoinDomain/failed/1", "Error code 1355\ngave up"),
    ),
    "instance view of a VM": (
        {
            "instanceView": {
                "extensions": [
                    {"name": "fine", "statuses": [{"code": "x", "level": "Info", "message": "ok"}]},
                    {"name": "join", "substatuses": JOIN},
                ]
            }
        },
        Cause("ComponentStatus/JoinDomain/failed/1", "Error code 1355\ngave up"),
    ),
    "run command, failed under a green state": (
        {
            "properties": {
                "provisioningState": "Succeeded",
                "instanceView": {"executionState": "Failed", "exitCode": 1, "error": "boom"},
            }
        },
        Cause("RunCommand.Failed", "boom"),
    ),
    "run command, well": (
        {"instanceView": {"executionState": "Succeeded", "exitCode": 0, "error": ""}},
        Cause("", ""),
    ),
    "updater fault": (
        {"faultCode": "ImageDiskTypeIncompatible", "faultText": "no"},
        Cause("ImageDiskTypeIncompatible", "no"),
    ),
    "health checks": (
        [
            {"healthCheckName": "DomainJoinedCheck", "healthCheckResult": "HealthCheckSucceeded"},
            {
                "healthCheckName": "DomainTrustCheck",
                "healthCheckResult": "HealthCheckFailed",
                "additionalFailureDetails": {"message": "trust lost", "errorCode": -1},
            },
        ],
        Cause("DomainTrustCheck", "trust lost"),
    ),
    "device image": (
        {"status": "failed", "errorCode": "sourceImageInvalid"},
        Cause("deviceImage.sourceImageInvalid", ""),
    ),
    "Cloud PC": (
        {"status": "failed", "statusDetails": {"code": "internalServerError", "message": "m"}},
        Cause("cloudPC.internalServerError", "m"),
    ),
    "plain text": (
        "Too many requests on source 'x'.",
        Cause("", "Too many requests on source 'x'."),
    ),
    "a sign-in error as text": (
        "Authentication failed: AADSTS90002: Tenant not found.",
        Cause("AADSTS90002", "Authentication failed: AADSTS90002: Tenant not found."),
    ),
    "a page of a proxy": ("<html>Bad Gateway</html>", Cause("", "<html>Bad Gateway</html>")),
    "nothing": ("", Cause("", "")),
    "null": (None, Cause("", "")),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_the_innermost_cause_is_found(name: str) -> None:
    body, cause = ENVELOPES[name]
    assert innermost(body) == cause


def test_a_body_nested_to_do_harm_is_read_without_harm() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert isinstance(innermost(deep), Cause)
    body: Any = {"error": {"code": "Deep", "message": "m"}}
    for _ in range(500):
        body = {"error": body}
    assert isinstance(innermost(body), Cause)


KEYS = st.sampled_from(
    [
        "error",
        "code",
        "message",
        "details",
        "innererror",
        "innerError",
        "status",
        "statuses",
        "substatuses",
        "level",
        "errors",
        "faultCode",
        "properties",
        "instanceView",
        "extensions",
        "executionState",
        "error_description",
        "statusDetails",
        "errorCode",
        "odata.error",
        "healthCheckName",
        "healthCheckResult",
        "additionalFailureDetails",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ['{"error": {"code": "A"}}', "Failed", "Error", "[[1]]", "{", "ActivityId: 1 Error: "]
    )
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner),
    max_leaves=25,
)


@given(BODIES)
def test_no_json_makes_it_raise(body: object) -> None:
    for form in (body, json.dumps(body), json.dumps(body).encode()):
        cause = innermost(form)
        assert isinstance(cause.code, str)
        assert isinstance(cause.message, str)


@given(st.text() | st.binary())
def test_no_text_makes_it_raise(body: str | bytes) -> None:
    assert isinstance(innermost(body), Cause)
