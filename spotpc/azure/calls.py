"""How every call to Azure is made: never wait, never sleep, translate every failure.

A write is sent and not waited for: its poller is dropped (`polling=False`; a poller's `status()`
says "succeeded" at once and means nothing). The caller observes the resource with a GET later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from spotpc.azure.errors import NotFound, translated

Model = TypeVar("Model")
Value = TypeVar("Value")


def found(read: Callable[[], Value], operation: str, **facts: str) -> Value | None:
    """The value read, or None where the resource is not there.

    ARM answers 404 also for a missing resource group or subscription: those raise, because they
    say nothing about the resource (`errors` tells them apart).
    """
    try:
        with translated(operation, **facts):
            return read()
    except NotFound:
        return None


def listed(
    read: Callable[[], Iterable[Model]],
    convert: Callable[[Model], Value],
    operation: str,
    **facts: str,
) -> tuple[Value, ...]:
    """Every item of every page. The SDK follows `nextLink` while iterating, so it may fail late."""
    with translated(operation, **facts):
        return tuple(convert(model) for model in read())


def started(begin: Callable[[dict[str, Any]], object], operation: str, **facts: str) -> str | None:
    """Send a write; return the URL that tells how it went, where Azure gives one.

    The URL is for `Operations.get`, which knows why a write failed later. It is no secret, but
    it carries a signature: keep it in the job, not in a log.
    """
    urls: list[str] = []

    def note(response: Any) -> None:
        urls.append(response.http_response.headers.get("Azure-AsyncOperation") or "")

    with translated(operation, **facts):
        begin({"polling": False, "raw_response_hook": note})
    return (urls[0] if urls else "") or None


def removed(begin: Callable[[dict[str, Any]], object], operation: str, **facts: str) -> str | None:
    """As `started`, for a DELETE: what is already gone (404, 204) counts as done."""
    try:
        return started(begin, operation, **facts)
    except NotFound:
        return None
