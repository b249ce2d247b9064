"""The real SDK over a wire of our own: what it sends is kept, what it gets is given.

Only the socket is replaced: URLs, bodies, paging and errors are the SDK's.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, build
from spotpc.azure.types import Connection, Credential

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
CONNECTION = Connection(clouds.PUBLIC, Credential("tenant", "client", "secret"), SUBSCRIPTION)


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    method: str
    url: str
    body: Any

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.url).query).items()}


class Wire(BaseAdapter):
    def __init__(self, answer: Callable[[Sent], Answer]) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self._answer = answer

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        body = request.body
        assert body is None or isinstance(body, str | bytes)
        sent = Sent(request.method or "", request.url or "", json.loads(body) if body else None)
        self.sent.append(sent)
        return _response(request, self._answer(sent))

    def close(self) -> None:
        pass


class FixedToken:
    """A credential for a wire that asks for none."""

    def get_token(self, *scopes: str, **how: Any) -> AccessToken:
        return AccessToken("a-token", 4_000_000_000)

    def get_token_info(self, *scopes: str, **how: Any) -> AccessTokenInfo:
        return AccessTokenInfo("a-token", 4_000_000_000)


def wired(answer: Callable[[Sent], Answer] | Answer) -> tuple[Azure, Wire]:
    """The facade over a wire that gives this answer, or the one this function chooses."""
    fixed = answer
    wire = Wire((lambda sent: fixed) if isinstance(fixed, Answer) else fixed)
    session = requests.Session()
    session.mount("https://", wire)
    transport = RequestsTransport(session=session, session_owner=False)
    return build(CONNECTION, FixedToken(), transport), wire


def page(*items: Any) -> Answer:
    return Answer(body={"value": list(items)})


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    headers.update(answer.headers)
    response = requests.Response()
    response.status_code = answer.status
    response.url = request.url or ""
    response.request = request
    response.headers.update(headers)
    response.raw = HTTPResponse(
        body=io.BytesIO(content), headers=headers, status=answer.status, preload_content=False
    )
    return response
