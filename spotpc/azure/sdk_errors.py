"""Reads the SDKs' exceptions. Nothing else knows their shapes.

No SDK is imported with this module: only code that already failed in one pays for its import.
"""

from __future__ import annotations

import math
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from spotpc.azure.envelopes import Cause, innermost


@dataclass(frozen=True)
class Answer:
    """What came back, or why nothing did. A `code` of the product's own stands for the latter."""

    cause: Cause
    status: int | None = None
    after: float | None = None  # seconds Azure asked us to wait
    url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def read(error: Exception) -> Answer | None:
    """The answer inside an SDK's exception; None for any other exception, such as our own bugs."""
    from azure.core import exceptions as sdk

    if isinstance(error, sdk.ClientAuthenticationError):
        return _of_sign_in(error)
    if isinstance(error, sdk.HttpResponseError):
        return _of_response(error)
    if isinstance(error, sdk.AzureError | OSError) or _is_from("httpx", "TransportError", error):
        return _of_connection(error)
    if _is_from("kiota_abstractions.api_error", "APIError", error):
        return _of_graph(error)
    return None


def _is_from(module: str, name: str, error: Exception) -> bool:
    """isinstance, without importing a module that cannot have raised because nobody imported it."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(error, kind)


# A word in the text of requests, urllib3 or httpx -> what it means.
_REASONS: Final = (
    ("resol", "the name was not found"),
    ("getaddrinfo", "the name was not found"),
    ("timed out", "no answer in time"),
    ("refused", "refused"),
    ("reset", "broken off"),
    ("aborted", "broken off"),
)


def _of_connection(error: BaseException) -> Answer:
    """No answer at all: DNS, a dropped connection, a timeout, TLS. requests and urllib3 keep the
    true reason in their text at best, so the text decides."""
    texts = [str(each) for each in _chain(error)]
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in _chain(error)) or any(
        "CERTIFICATE_VERIFY_FAILED" in text for text in texts
    ):
        return Answer(Cause("tls-untrusted", texts[0]))
    if any("non-TLS protected" in text for text in texts):
        return Answer(Cause("endpoint-not-https", texts[0]))
    detail = next((why for word, why in _REASONS if any(word in text for text in texts)), "")
    return Answer(Cause("network", texts[0]), facts={"detail": detail})


def _of_sign_in(error: Any) -> Answer:
    """azure-identity wraps whatever went wrong, a broken connection too, in this one class."""
    from azure.core import exceptions as sdk
    from azure.identity import CredentialUnavailableError

    if isinstance(error, CredentialUnavailableError):
        return Answer(Cause("credential-unavailable", str(error)))
    inner = error.__cause__
    if error.response is None and isinstance(inner, sdk.HttpResponseError):
        return read(inner) or _of_response(error)
    if error.response is None and isinstance(inner, sdk.AzureError | OSError):
        return _of_connection(inner)
    return _of_response(error)


def _of_response(error: Any) -> Answer:
    """HttpResponseError. A failed long-running operation comes so too, with status 200."""
    from azure.core.exceptions import DecodeError, IncompleteReadError

    status, response = error.status_code, error.response
    if isinstance(error, IncompleteReadError):
        return Answer(Cause("network", str(error)), status)
    cause = innermost(_body(response)) if response is not None else Cause("", "")
    if not cause.code and error.error is not None:
        cause = innermost(_odata(error.error))
    if not cause.code and not cause.message:
        cause = innermost(error.message)
    if not cause.code and isinstance(error, DecodeError):
        cause = Cause("unreadable-answer", cause.message)
    elif not cause.code:
        cause = Cause(str(status or ""), cause.message)
    url = str(getattr(getattr(response, "request", None), "url", ""))
    return Answer(cause, status, delay(getattr(response, "headers", None) or {}), url)


def _body(response: Any) -> str:
    from azure.core.exceptions import ResponseNotReadError, StreamClosedError, StreamConsumedError

    try:
        return str(response.text())
    except (ResponseNotReadError, StreamClosedError, StreamConsumedError, UnicodeDecodeError):
        return ""


def _odata(error: Any) -> dict[str, Any]:
    """azure-core's ODataV4Format as the JSON it was read from."""
    details = [{"code": each.code, "message": each.message} for each in error.details or ()]
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "details": details,
            "innererror": error.innererror,
        }
    }


def _of_graph(error: Any) -> Answer:
    """msgraph-sdk's ODataError: it keeps no body, only the parts."""
    status = error.response_status_code
    main = getattr(error, "error", None)
    if main is None:
        cause = innermost(error.message or "")
    else:
        inner = getattr(main.inner_error, "additional_data", None)
        body = {"code": main.code, "message": main.message, "innererror": inner}
        cause = innermost({"error": body})
    cause = Cause(cause.code or str(status or ""), cause.message)
    return Answer(cause, status, delay(error.response_headers or {}))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "inner_exception", None)  # azure-core's own way of keeping it
        error = error.__cause__ or (inner if isinstance(inner, BaseException) else None)


# Header -> seconds in one of its units. The finer ones first: they say the same, more exactly.
_DELAYS: Final = (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0))


def delay(headers: Mapping[str, Any]) -> float | None:
    """Seconds Azure asks to wait, from whichever header says so; None where none does.

    Retry-After is a number (Graph sends fractions) or a date (RFC 9110).
    """
    folded = {str(name).casefold(): _first(value) for name, value in headers.items()}
    for name, unit in _DELAYS:
        if (seconds := _seconds(folded.get(name, ""))) is not None:
            return seconds * unit
    return None


def _first(value: Any) -> str:
    """kiota gives each header as a set of values."""
    if isinstance(value, list | tuple | set | frozenset):
        value = next(iter(value), "")
    return str(value).strip()


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return _until(value)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(value: str) -> float | None:
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def speaks_of_another(resource: str, url: str) -> bool:
    """True where a 404 is about another resource than the addressed one: its parent, mostly.

    `resource` is the last name Azure mentions. Where the address cannot be read, Azure means it.
    """
    parts = [part for part in urlsplit(url).path.split("/") if part]
    at = [index for index, part in enumerate(parts) if part.casefold() == "providers"]
    if not resource or not at:
        return False
    own = parts[at[-1] + 2 :]  # type, name, type, name, and for an action one more
    names = own[1::2]
    return bool(names) and resource.casefold() != names[-1].casefold()
