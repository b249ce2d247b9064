"""What goes over the wire: answers, error envelopes, pages, and the headers ARM always sends."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

Json = dict[str, Any]


@dataclass
class Answer:
    """`body` None means an empty one. `dropped`: the connection is closed without an answer."""

    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    dropped: bool = False


class ArmError(Exception):
    """An immediate refusal: `{"error": {"code", "message", "target"?, "details"?}}`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: list[Json] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.target, self.details = target, details
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        error: Json = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        if self.details is not None:
            error["details"] = self.details
        return Answer(self.status, {"error": error}, dict(self.headers))


def common_headers(method: str, correlation: str | None) -> dict[str, str]:
    """Remaining calls are the full bucket: throttling is a fault somebody asks for, not a state.

    Source: learn.microsoft.com, "Understand how Azure Resource Manager throttles requests".
    """
    kind, bucket = {
        "GET": ("reads", 249),
        "HEAD": ("reads", 249),
        "DELETE": ("deletes", 199),
    }.get(method, ("writes", 199))
    request_id = str(uuid4())
    return {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "x-ms-request-id": request_id,
        "x-ms-correlation-request-id": correlation or request_id,
        "x-ms-routing-request-id": f"EMULATOR:{request_id}",
        f"x-ms-ratelimit-remaining-subscription-{kind}": str(bucket),
        f"x-ms-ratelimit-remaining-subscription-global-{kind}": str(bucket * 15),
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
    }


def page(values: Sequence[Json], *, url: str, query: Mapping[str, str], size: int) -> Json:
    """One page of `values`, with an absolute `nextLink` while there are more.

    The token is the last key shown, so that a resource removed between two pages hides no other.
    """
    keys = [str(value.get("id", "")).lower() or f"{at:09}" for at, value in enumerate(values)]
    token = next((v for k, v in query.items() if k.lower() == "$skiptoken"), "")
    last = base64.urlsafe_b64decode(token).decode() if token else ""
    rest = [at for at, key in enumerate(keys) if key > last]
    shown = rest[:size]
    body: Json = {"value": [values[at] for at in shown]}
    if len(rest) > size:
        skip = base64.urlsafe_b64encode(keys[shown[-1]].encode()).decode()
        kept = {k: v for k, v in query.items() if k.lower() != "$skiptoken"}
        body["nextLink"] = f"{url}?{urlencode({**kept, '$skiptoken': skip}, quote_via=quote)}"
    return body
