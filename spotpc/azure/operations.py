"""Why a write that Azure accepted failed in the end."""

from __future__ import annotations

from typing import Any

from azure.core.rest import HttpRequest
from azure.mgmt.compute import ComputeManagementClient

from spotpc.azure import convert
from spotpc.azure.calls import found
from spotpc.azure.types import Failure, Operation, Provisioning

_RUNNING = Operation(Provisioning.RUNNING)


class Operations:
    """Reads the URLs that the writes of this package return."""

    def __init__(self, client: ComputeManagementClient) -> None:
        self._client = client

    def get(self, url: str) -> Operation | None:
        """The state of one write; None once Azure has forgotten it (it keeps them for some days).

        Azure answers HTTP 200 also for a failed operation: state and error are in the body.
        """
        return found(lambda: self._read(url), "read operation")

    def _read(self, url: str) -> Operation:
        response = self._client.send_request(HttpRequest("GET", url))
        response.raise_for_status()
        return _operation(response.json() if response.content else {})


def _operation(body: dict[str, Any]) -> Operation:
    """A body without a status is what a `Location` URL answers while it runs: nothing."""
    if not body.get("status"):
        return _RUNNING
    error = body.get("error") or {}
    failure = Failure(error.get("code") or "", error.get("message") or "") if error else None
    return Operation(convert.provisioning(body["status"]), failure)
