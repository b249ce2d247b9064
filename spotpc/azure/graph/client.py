"""Calls of Microsoft Graph with msgraph-sdk: synchronous outside, asynchronous inside.

The SDK builds the requests, signs in and reads the errors; good answers are read as the JSON they
are. Its models would lose what we promise to keep: a word that this release's enumerations do not
know becomes None (Graph already answers region groups that v1.0's metadata lacks), one malformed
date fails the whole list, and the first answer loads a thousand modules.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
from azure.core.credentials import TokenCredential
from azure.core.exceptions import DecodeError
from kiota_abstractions.api_error import APIError
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_abstractions.serialization import ParsableFactory
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from kiota_http.middleware.options import RedirectHandlerOption, RetryHandlerOption
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_request_adapter import options as sdk_options
from msgraph.graph_service_client import GraphServiceClient
from msgraph_core import GraphClientFactory

from spotpc.azure.clouds import graph_scope
from spotpc.azure.connect import CONNECT_TIMEOUT, READ_TIMEOUT
from spotpc.azure.types import Cloud

Json = dict[str, Any]
Ask = Callable[[GraphServiceClient], RequestInformation]
Value = TypeVar("Value")

V1: Final = "v1.0"
# The SDK's own chain, less what would wait or wander: it sleeps before a retry, in the worker, and
# Graph redirects nothing that we ask for.
_OPTIONS: Final = {
    **sdk_options,
    RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False),
    RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
}
_ERRORS: Final[dict[str, type[ParsableFactory[Any]]]] = {"XXX": ODataError}
# Making a client rewrites the serialisers that all clients of the process share.
_making = threading.Lock()


class Client:
    """One tenant's Graph in one cloud. Thread-safe: nothing is kept between calls but the token.

    `forget_token` is called when Graph refuses the token: a permission granted meanwhile is only
    in a new one.
    """

    def __init__(
        self,
        cloud: Cloud,
        credential: TokenCredential,
        forget_token: Callable[[], None],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._cloud, self._credential = cloud, credential
        self._forget_token, self._transport = forget_token, transport

    def answer(self, ask: Ask, version: str = V1) -> Any:
        """What one request is answered: JSON, or None where there is no body."""

        async def work(session: _Session) -> Any:
            return await session.answer(ask(session.graph))

        return self._run(work, version)

    def items(self, ask: Ask, version: str = V1) -> list[Json]:
        """The items of every page of a list. Each page is asked for in the same way."""

        async def work(session: _Session) -> list[Json]:
            return await session.items(ask(session.graph))

        return self._run(work, version)

    def _run(self, work: Callable[[_Session], Awaitable[Value]], version: str) -> Value:
        """In a thread of its own: `asyncio.run` and `async_to_sync` both refuse a thread in which
        a loop runs already (browser tests have one), and the first takes the main thread's SIGINT.

        Who is interrupted meanwhile (Celery's time limit) does not wait for the answer.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="graph")
        try:
            return thread.submit(asyncio.run, self._with_session(work, version)).result()
        except APIError as error:
            if error.response_status_code in (401, 403):
                self._forget_token()
            raise
        finally:
            thread.shutdown(wait=False)

    async def _with_session(
        self, work: Callable[[_Session], Awaitable[Value]], version: str
    ) -> Value:
        """A fresh client each time: one that has served a loop fails in the next ("Event loop is
        closed")."""
        async with self._http() as http:
            client = GraphClientFactory.create_with_default_middleware(
                client=http, options=_OPTIONS
            )
            adapter = GraphRequestAdapter(self._sign_in(), client=client)
            adapter.base_url = f"{self._cloud.graph}/{version}"
            with _making:
                graph = GraphServiceClient(request_adapter=adapter)
            return await work(_Session(graph, adapter))

    def _http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._trust,
            timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
            # Windows 365 answers 403 without one (microsoft-graph-docs issue 19579); the SDK adds
            # its own name to ours.
            headers={"User-Agent": "spotpc"},
            event_hooks={"request": [self._only_this_cloud], "response": [_no_redirect]},
            transport=self._transport,
        )

    def _sign_in(self) -> AzureIdentityAuthenticationProvider:
        """Without continuous access evaluation: with it a token lives up to 28 hours, and knows of
        no permission granted meanwhile (learn.microsoft.com, "How to use CAE enabled APIs")."""
        return AzureIdentityAuthenticationProvider(
            self._credential,
            scopes=[graph_scope(self._cloud)],
            allowed_hosts=[urlsplit(self._cloud.graph).hostname or ""],  # compared without port
            is_cae_enabled=False,
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Kept, because reading the certificates takes longer than a call on loopback."""
        ca_file = self._cloud.ca_file
        return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context()

    async def _only_this_cloud(self, request: httpx.Request) -> None:
        """The next page is an address that an answer names, and the tenant's token goes along."""
        url, own = urlsplit(str(request.url)), urlsplit(self._cloud.graph)
        if (url.scheme, url.netloc.casefold()) != ("https", own.netloc.casefold()):
            raise ValueError(f"an answer of Graph leads to another host: {url.hostname}")


@dataclass(frozen=True)
class _Session:
    """One client, good for one loop."""

    graph: GraphServiceClient
    adapter: GraphRequestAdapter

    async def answer(self, request: RequestInformation) -> Any:
        raw = await self.adapter.send_primitive_async(request, "bytes", _ERRORS)
        return _read(raw) if isinstance(raw, bytes) else None

    async def items(self, request: RequestInformation) -> list[Json]:
        found: list[Json] = []
        first, seen = request, set[str]()
        while True:
            page = await self.answer(request)
            if not isinstance(page, dict) or not isinstance(page.get("value"), list):
                # Never "nothing": whoever reads a list may delete what is not in it.
                raise DecodeError("a list of Graph without its values")
            found += page["value"]
            link = page.get("@odata.nextLink") or ""
            if not link:
                return found
            if link in seen:
                raise DecodeError("pages of Graph that go round in a circle")
            seen.add(link)
            request = _at(link, first)


def _at(link: str, first: RequestInformation) -> RequestInformation:
    request = RequestInformation(Method.GET)
    request.url, request.headers = link, first.headers
    return request


def _read(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise DecodeError("an answer of Graph that is no JSON", error=error) from error


async def _no_redirect(response: httpx.Response) -> None:
    """The SDK takes a redirect it may not follow for an empty answer."""
    if response.is_redirect:
        raise APIError("redirected", response.status_code, dict(response.headers))
