"""Where the server hands over: paths below `/v1.0` and `/beta` are Graph's."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from ..router import Call
from ..wire import Answer
from . import auth
from .routing import VERSIONS, GraphCall, GraphError, route_of


def version_of(path: str) -> str:
    """`v1.0` or `beta`; empty for a path that isn't Graph's."""
    first = path.lstrip("/").partition("/")[0].lower()
    return first if first in VERSIONS else ""


def answer(call: Call, path: str, headers: Mapping[str, str], *, readable: bool) -> Answer:
    """`path` as sent; `readable` is False where the body isn't JSON."""
    try:
        return _dispatch(call, path, headers, readable)
    except GraphError as error:
        common = common_headers(headers)
        refusal = error.answer(common["request-id"], common["client-request-id"])
        refusal.headers = {**common, **refusal.headers}
        return refusal


def _dispatch(call: Call, path: str, headers: Mapping[str, str], readable: bool) -> Answer:
    version = version_of(path)
    below = path.lstrip("/").partition("/")[2].rstrip("/")
    told = GraphCall(
        call.world, call.method, version, call.base_url, f"/{below}", {}, call.query, call.body
    )
    told.headers = headers
    told.claims = auth.claims_of(call.world, headers.get("authorization", ""))
    auth.require_user_agent(told)
    route = route_of(told)
    auth.require(told, route.needs)
    if not readable:
        raise GraphError(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and"
            " payload is of valid JSON format.",
        )
    return route.handler(told)


def common_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of every answer to a request with these headers.

    Source: microsoft-graph-docs, concepts/errors.md and best-practices-concept.md.
    """
    request_id = str(uuid4())
    return {
        "Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;"
        "IEEE754Compatible=false;charset=utf-8",
        "Cache-Control": "no-cache",
        "Strict-Transport-Security": "max-age=31536000",
        "request-id": request_id,
        "client-request-id": headers.get("client-request-id") or request_id,
    }
