"""Finds the innermost cause in whatever shape Azure, Entra ID or Graph wrapped it.

No two services agree on an error body, and a deployment wraps the real reason as JSON text in a
message, several levels deep. Only the innermost code and text say what happened. Nothing here
raises: a body that makes no sense is its own text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

# Azure nests three levels; the limit only protects against a body made to hurt.
_DEEPEST: Final = 12

# Codes that say nothing by themselves. A cause under one of these replaces it; a cause that is
# one of these only adds its text to the code around it.
_WRAPPERS: Final = frozenset(
    {
        "badrequest",
        "conflict",
        "deploymentfailed",
        "invalidtemplatedeployment",
        "resourcedeploymentfailure",
    }
)
_AADSTS: Final = re.compile(r"AADSTS\d+")
# believed: the head that Azure PowerShell prints of AVD's answers.
_AVD_HEAD: Final = re.compile(r"^\s*ActivityId:\s*\S+\s+Error:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Cause:
    """Azure's own words for what happened. `code` is empty where the body names none."""

    code: str
    message: str


def innermost(body: object) -> Cause:
    """The cause in a body: text, bytes, or JSON already read."""
    return _cause(body, 0)


def _cause(body: object, depth: int) -> Cause:
    if isinstance(body, bytes | bytearray):
        body = bytes(body).decode("utf-8", "replace")
    if isinstance(body, str):
        read = _json_in(body)
        return _of_text(body) if read is None or depth > _DEEPEST else _cause(read, depth)
    if depth > _DEEPEST:
        return Cause("", "")
    if isinstance(body, dict):
        return _of_object(_folded(body), depth + 1)
    if isinstance(body, list):
        return _of_statuses(body, depth + 1)
    return Cause("", "" if body is None else _text(str(body)))


def _of_text(body: str) -> Cause:
    """azure-identity hands on Entra's number only in its text."""
    number = _AADSTS.search(body)
    return Cause(number[0] if number else "", _text(body))


def _of_object(body: dict[str, Any], depth: int) -> Cause:
    for reader in _READERS:
        if (cause := reader(body, depth)) is not None:
            return cause
    return _of_error(body, depth)


def _of_error(body: dict[str, Any], depth: int) -> Cause:
    """`{code, message, details, innerError}`: ARM and Graph inside `error`, throttling without."""
    inside = _message(body.get("message"), depth)
    cause = _nearer(Cause(_text(body.get("code")), ""), inside)
    for part in _parts(body):
        if not _is_note(part):
            return _nearer(cause, _cause(part, depth))
    return cause


def _message(message: object, depth: int) -> Cause:
    """The message's own text, or the cause that is written into it as JSON."""
    if isinstance(message, dict):  # OData 3 has {"lang", "value"}, a health check {"message"}
        fields = _folded(message)
        return Cause("", _text(fields.get("value") or fields.get("message")))
    text = _AVD_HEAD.sub("", _text(message))
    read = _json_in(text)
    if isinstance(read, dict) and depth <= _DEEPEST:
        inside = _cause(read, depth)
        if inside.code or inside.message:
            return inside
    return Cause("", text)


def _parts(body: dict[str, Any]) -> Iterator[object]:
    """What lies further inside, in Azure's order."""
    details = body.get("details")
    yield from details if isinstance(details, list) else ()
    yield body.get("innererror")


def _is_note(part: object) -> bool:
    """True for a part that only comments on the error around it: Compute's throttling details
    (the message is the counters as JSON) and Graph's request ids."""
    if not isinstance(part, dict):
        return True
    fields = _folded(part)
    code, message = _text(fields.get("code")), _text(fields.get("message"))
    if not (code or message or fields.get("innererror")) or code.isdigit():
        return True
    read = _json_in(message)
    return isinstance(read, dict) and "operationgroup" in _folded(read)


def _nearer(outer: Cause, inner: Cause) -> Cause:
    if not inner.code:
        return Cause(outer.code, inner.message or outer.message)
    if not outer.code or outer.code.casefold() in _WRAPPERS:
        return Cause(inner.code, inner.message or outer.message)
    if inner.code.casefold() in _WRAPPERS:
        return Cause(outer.code, " ".join(filter(None, (outer.message, inner.message))))
    return Cause(inner.code, inner.message or outer.message)


# --- one reader per envelope; each answers None where it is not its own ---------------------


def _wrapped(body: dict[str, Any], depth: int) -> Cause | None:
    """ARM, Graph, and the operation URL's 200 with status Failed or Canceled."""
    for key in ("error", "odata.error"):
        if isinstance(body.get(key), dict | list):
            return _cause(body[key], depth)
    return None


def _token(body: dict[str, Any], depth: int) -> Cause | None:
    """Entra's token endpoint: the number in the text is the code, `error` is only its class."""
    if not isinstance(body.get("error"), str):
        return None
    text = _text(body.get("error_description"))
    number = _AADSTS.search(text)
    return Cause(number[0] if number else body["error"], text)


def _fault(body: dict[str, Any], depth: int) -> Cause | None:
    """AVD's own updater: one fault, or `{"Warnings", "Errors": [fault]}`."""
    faults = body.get("errors")
    if isinstance(faults, list) and faults:
        return _cause(faults[0], depth)
    if "faultcode" not in body:
        return None
    return Cause(_text(body["faultcode"]), _text(body.get("faulttext")))


def _view(body: dict[str, Any], depth: int) -> Cause | None:
    """An instance view: of a VM with its extensions, of one extension, or of a run command."""
    for key in ("properties", "instanceview"):
        if isinstance(body.get(key), dict):
            return _cause(body[key], depth)
    if isinstance(body.get("extensions"), list):
        return next(
            (cause for part in body["extensions"] if (cause := _cause(part, depth)).code), None
        )
    if isinstance(body.get("substatuses") or body.get("statuses"), list):
        statuses = (body.get("substatuses") or [], body.get("statuses") or [])
        return _of_statuses([one for many in statuses for one in _listed(many)], depth)
    if "executionstate" in body:
        return _of_run_command(body)
    return None


def _of_run_command(body: dict[str, Any]) -> Cause:
    state = _text(body["executionstate"])
    if state.casefold() not in ("failed", "timedout", "canceled"):
        return Cause("", "")
    texts = (_text(body.get(key)) for key in ("error", "executionmessage"))
    return Cause(f"RunCommand.{state}", next(filter(None, texts), ""))


def _windows_365(body: dict[str, Any], depth: int) -> Cause | None:
    """A failed device image or Cloud PC: the same enum member means another thing in each."""
    if _text(body.get("status")).casefold() != "failed":
        return None
    if code := _text(body.get("errorcode")):
        return Cause(f"deviceImage.{code}", "")
    if isinstance(details := body.get("statusdetails"), dict):
        inside = _folded(details)
        return Cause(f"cloudPC.{_text(inside.get('code'))}", _text(inside.get("message")))
    return None


def _health(body: dict[str, Any], depth: int) -> Cause | None:
    """One health check of a session host; a passed one is no cause."""
    if "healthcheckname" not in body:
        return None
    if _text(body.get("healthcheckresult")).casefold() != "healthcheckfailed":
        return Cause("", "")
    inside = _message(body.get("additionalfailuredetails"), depth)
    return Cause(_text(body["healthcheckname"]), inside.message)


_READERS: Final[tuple[Callable[[dict[str, Any], int], Cause | None], ...]] = (
    _view,
    _health,
    _token,
    _wrapped,
    _fault,
    _windows_365,
)


def _of_statuses(statuses: list[Any], depth: int) -> Cause:
    """Extension statuses: ARM says only that the extension failed, the error lines say why."""
    lines = [_folded(one) for one in statuses if isinstance(one, dict)]
    errors = [one for one in lines if _text(one.get("level")).casefold() == "error"]
    if errors:
        texts = [text for one in errors if (text := _text(one.get("message")))]
        return Cause(_text(errors[0].get("code")), "\n".join(texts))
    failed = (_of_object(one, depth) for one in lines if "level" not in one)
    whole = Cause("", json.dumps(statuses, default=str))
    return next((cause for cause in failed if cause.code), whole)


# --- small readers --------------------------------------------------------------------------


def _folded(body: dict[Any, Any]) -> dict[str, Any]:
    """Keys without regard to case: innerError, innererror and Message all occur."""
    return {str(key).casefold(): value for key, value in body.items()}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _json_in(text: str) -> Any:
    """The object or list that the text is, or that it ends with; else None."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if start < 0 or not text.rstrip().endswith(("}", "]")):
        return None
    try:
        read = json.loads(text[start:], strict=False)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict | list) else None
