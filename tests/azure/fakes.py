"""Made-up answers in the SDKs' own exceptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from azure.core import exceptions as sdk
from azure.core.rest import HttpRequest

from spotpc.azure.errors import AzureError, translated

VM = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-1"


class FakeResponse:
    """As much of an HTTP response as the SDK's exceptions look at."""

    def __init__(
        self,
        status: int,
        body: object = "",
        headers: Mapping[str, str] | None = None,
        url: str = VM,
    ) -> None:
        self.status_code = status
        self.reason = "Reason"
        self.headers = dict(headers or {})
        self.request = HttpRequest("GET", url)
        self._text = body if isinstance(body, str) else json.dumps(body)

    def text(self) -> str:
        return self._text


def arm(code: str, message: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def http(
    status: int,
    body: object = "",
    *,
    kind: type[sdk.HttpResponseError] = sdk.HttpResponseError,
    headers: Mapping[str, str] | None = None,
    url: str = VM,
) -> sdk.HttpResponseError:
    response: Any = FakeResponse(status, body, headers, url)
    return kind(response=response)


def raised(error: BaseException, operation: str = "", **facts: str) -> AzureError:
    with pytest.raises(AzureError) as caught, translated(operation, **facts):
        raise error
    assert caught.value.__cause__ is error or isinstance(error, AzureError)
    return caught.value
