"""Short ways to write a failure down; every envelope of Azure's is spelled once, here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .model import Failure, Surface

VM = r"/virtualMachines/[^/]+$"
VM_OR_ACTION = (
    r"/virtualMachines/[^/]+(/(start|restart|deallocate|powerOff|generalize|runCommand))?$"
)
START = r"/virtualMachines/[^/]+/(start|restart)$"
GENERALIZE = r"/virtualMachines/[^/]+/generalize$"
EXTENSION = r"/virtualMachines/[^/]+/extensions/[^/]+$"
RUN_COMMAND = r"/virtualMachines/[^/]+/runCommands/[^/]+$"
NIC = r"/networkInterfaces/[^/]+$"
DISK = r"/disks/[^/]+$"
IMAGE = r"Microsoft\.Compute/images/[^/]+$"
DEFINITION = r"/galleries/[^/]+/images/[^/]+$"
VERSION = r"/galleries/[^/]+/images/[^/]+/versions/[^/]+$"
HOST_POOL = r"/hostPools/[^/]+$"
SESSION_HOST = r"/sessionHosts/[^/]+$"
USER_SESSION = r"/userSessions/[^/]+(/(sendMessage|disconnect))?$"
ANY_ARM = r"^/subscriptions/"
ENTRA_ENDPOINT = r"/oauth2/v2\.0/token$"


def code_of(name: str) -> str:
    """The Azure code inside a name: what comes before the suffix that tells meanings apart."""
    return name.partition(".")[0]


def response(
    name: str,
    status: int,
    message: str,
    *,
    method: str = "PUT",
    path: str = VM,
    source: str,
    seen: str = "literal",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Failure:
    """ARM refuses at once: `{"error": {"code", "message", …more}}`."""
    body = {"error": {"code": code_of(name), "message": message, **more}}
    return Failure(
        name, Surface.RESPONSE, method, path, source, seen, status, headers or {}, body=body
    )


def operation(
    name: str,
    message: str,
    *,
    method: str = "PUT",
    path: str = VM,
    source: str,
    seen: str = "literal",
    state: str = "Failed",
    **more: Any,
) -> Failure:
    """Accepted, then the operation URL answers HTTP 200 with `status` Failed or Canceled."""
    error = {"code": code_of(name), "message": message, **more}
    return Failure(name, Surface.OPERATION, method, path, source, seen, state=state, error=error)


def avd(
    name: str,
    status: int,
    text: str,
    *,
    method: str,
    path: str,
    source: str,
    seen: str = "literal",
    headers: Mapping[str, str] | None = None,
) -> Failure:
    """The AVD provider's envelope: the code is the HTTP number as text, the cause is prose."""
    body = avd_body(status, text)
    return Failure(
        name, Surface.RESPONSE, method, path, source, seen, status, headers or {}, body=body
    )


def avd_body(status: int, text: str, activity: str = "{guid}") -> dict[str, Any]:
    return {"error": {"code": str(status), "message": f"ActivityId: {activity} Error: {text}"}}


def entra(
    name: str, status: int, error: str, text: str, *, source: str, seen: str = "literal"
) -> Failure:
    """The token endpoint's envelope; `name` is the AADSTS code."""
    number = int(name.removeprefix("AADSTS"))
    body = {
        "error": error,
        "error_description": f"{name}: {text}"
        " Trace ID: {guid} Correlation ID: {guid} Timestamp: {time}",
        "error_codes": [number],
        "timestamp": "{time}",
        "trace_id": "{guid}",
        "correlation_id": "{guid}",
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return Failure(name, Surface.ENTRA, "POST", ENTRA_ENDPOINT, source, seen, status, body=body)


def table(*failures: Failure) -> dict[str, Failure]:
    """Failures by name; a name used twice is a mistake in the table."""
    named = {failure.name: failure for failure in failures}
    if len(named) != len(failures):
        raise ValueError("two failures share a name")
    return named
