"""A small judge of what is sent and answered as Microsoft Graph.

It asks of a body: only properties its type has, primitive types, members of enumerations, null only
where it is allowed. It never asks for a property: $select leaves out what it likes. Open types are
closed here: what the metadata doesn't name, the emulator doesn't say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from .graph_metadata import Metadata, Property, is_many, item_of

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UNKNOWN = "unknownFutureValue"


def complaints(known: Metadata, kind: str, body: Any, *, all_members: bool = False) -> list[str]:
    """What of `body` a `kind` (`Collection(cloudPC)`, `cloudPC`, "" for nothing) does not allow.

    `all_members`: the request preferred `include-unknown-enum-members`; without, the members after
    `unknownFutureValue` must not be said.
    """
    if not kind:
        return [] if body is None else ["a body where there is none"]
    judge = _Judge(known, all_members)
    if not is_many(kind):
        return list(judge.value(Property(kind), body, ""))
    if not isinstance(body, dict) or not isinstance(body.get("value"), list):
        return ["a list without a value"]
    strangers = [key for key in body if key != "value" and not key.startswith("@odata.")]
    wrong = [f"/{key}: beside the list" for key in strangers]
    return [*wrong, *judge.value(Property(kind), body["value"], "")]


class _Judge:
    def __init__(self, known: Metadata, all_members: bool) -> None:
        self._known, self._all_members = known, all_members

    def value(self, wanted: Property, value: Any, path: str) -> Iterator[str]:
        kind = wanted.kind
        if value is None:
            if not wanted.nullable:
                yield f"{path}: null is not allowed"
        elif is_many(kind):
            if not isinstance(value, list):
                yield f"{path}: {value!r} is not a list"
                return
            for at, each in enumerate(value):
                yield from self.value(Property(item_of(kind)), each, f"{path}/{at}")
        elif kind in self._known.enums:
            yield from self._member(kind, value, path)
        elif kind in self._known.types:
            yield from self._structure(kind, value, path)
        elif not _PRIMITIVES.get(kind, _anything)(value):
            yield f"{path}: {value!r} is not {kind}"

    def _structure(self, kind: str, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is not an object"
            return
        named = str(value.get("@odata.type") or "").lstrip("#").removeprefix("microsoft.graph.")
        if named and not self._known.derives(named, kind):
            yield f"{path}: {named} is no {kind}"
            return
        for key, each in value.items():
            if "@odata." in key:
                continue
            found = self._known.property(named or kind, key)
            if found is None:
                yield f"{path}/{key}: no property of {named or kind}"
            else:
                yield from self.value(found, each, f"{path}/{key}")

    def _member(self, kind: str, value: Any, path: str) -> Iterator[str]:
        members = self._known.enums[kind]
        if _UNKNOWN in members and not self._all_members:
            members = members[: members.index(_UNKNOWN) + 1]
        if value not in members:
            yield f"{path}: {value!r} is not a member of {kind}"


def _anything(value: Any) -> bool:
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def _is_date(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value).isoformat() == value)
    except (TypeError, ValueError):
        return False


_PRIMITIVES: dict[str, Callable[[Any], bool]] = {
    "Edm.String": _is_text,
    "Edm.Binary": _is_text,
    "Edm.Boolean": lambda value: isinstance(value, bool),
    "Edm.Byte": _is_whole,
    "Edm.Int16": _is_whole,
    "Edm.Int32": _is_whole,
    "Edm.Int64": _is_whole,
    "Edm.Decimal": _is_number,
    "Edm.Double": _is_number,
    "Edm.Single": _is_number,
    "Edm.Date": _is_date,
    "Edm.DateTimeOffset": _is_instant,
    "Edm.Duration": lambda value: re.match(r"-?P", str(value)) is not None,
    "Edm.Guid": lambda value: _GUID.fullmatch(str(value)) is not None,
}
