"""Microsoft Graph: Windows 365 and the directory. The SDK is loaded with the first call.

Values and words: `spotpc.azure.graph_types`. Errors, as everywhere: `spotpc.azure.errors`. Nothing
is retried here and nothing sleeps: the job engine comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from spotpc.azure.types import Cloud

if TYPE_CHECKING:
    import httpx
    from azure.core.credentials import TokenCredential

    from spotpc.azure.graph.client import Client
    from spotpc.azure.graph.directory import Directory
    from spotpc.azure.graph.windows365 import Windows365


def _keep() -> None:
    """For a credential that nobody else holds."""


class Graph:
    """One tenant's Graph. Making it costs nothing; tenants without Windows 365 never pay."""

    def __init__(
        self,
        cloud: Cloud,
        credential: TokenCredential,
        forget_token: Callable[[], None] = _keep,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._cloud, self._credential = cloud, credential
        self._forget_token, self._transport = forget_token, transport

    @cached_property
    def windows365(self) -> Windows365:
        from spotpc.azure.graph.windows365 import Windows365

        return Windows365(self._client)

    @cached_property
    def directory(self) -> Directory:
        from spotpc.azure.graph.directory import Directory

        return Directory(self._client)

    @cached_property
    def _client(self) -> Client:
        from spotpc.azure.graph.client import Client

        return Client(self._cloud, self._credential, self._forget_token, self._transport)
