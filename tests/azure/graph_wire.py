"""The real msgraph-sdk over a wire of our own: what it sends is kept, what it gets is given."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from spotpc.azure import clouds
from spotpc.azure.graph import Graph
from spotpc.azure.types import Cloud

from .replay import Answer, FixedToken

HOST = "https://graph.microsoft.com"
ENDPOINT = "/v1.0/deviceManagement/virtualEndpoint"


@dataclass(frozen=True)
class Asked:
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: Any

    @property
    def path(self) -> str:
        return self.url.path

    @property
    def query(self) -> dict[str, str]:
        return dict(self.url.params)


@dataclass
class Wire:
    """`answer` may be one answer, or a function of what is asked."""

    answer: Answer | Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    forgotten: int = 0  # how often a refused token was given up

    def graph(self, cloud: Cloud = clouds.PUBLIC) -> Graph:
        return Graph(cloud, FixedToken(), self._forget, httpx.MockTransport(self._handle))

    def _forget(self) -> None:
        self.forgotten += 1

    def _handle(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        asked = Asked(request.method, request.url, request.headers, body)
        self.asked.append(asked)
        answer = self.answer if isinstance(self.answer, Answer) else self.answer(asked)
        content = answer.body if isinstance(answer.body, bytes) else _bytes(answer.body)
        headers = {"Content-Type": "application/json", **answer.headers}
        return httpx.Response(answer.status, content=content, headers=headers)


def _bytes(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def values(*items: Any) -> Answer:
    return Answer(body={"value": list(items)})


def refused(status: int, code: str, message: str, **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": message}}, told)
