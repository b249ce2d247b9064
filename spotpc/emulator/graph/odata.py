"""OData answers: one object, and lists with $filter, $select, $orderby, $top, $count and pages."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from ..wire import Answer
from ..world import Json
from .filters import matching
from .routing import GraphCall, GraphError, segments_of

LARGEST_PAGE = 999


def one(
    call: GraphCall,
    value: Json,
    entity: str,
    *,
    status: int = 200,
    hidden: tuple[str, ...] = (),
) -> Answer:
    """One object. `entity` is its type in the metadata (`cloudPC`), named in refusals; `hidden`
    are properties that are there only when $select names them."""
    chosen = _selected(call, [value], entity)
    shown = _shown(value, _kept(call, chosen), hidden)
    return Answer(status, {"@odata.context": _context(call, chosen, "/$entity"), **shown})


def listed(
    call: GraphCall,
    values: list[Json],
    entity: str,
    *,
    hidden: tuple[str, ...] = (),
    context: str = "",
) -> Answer:
    """A list of such objects, as the query asks for it. `context` names the set in
    `@odata.context` where the path doesn't."""
    chosen = _selected(call, values, entity)
    found = matching(call.asked("$filter"), values)
    order, reverse = _order(call, values, entity)
    found.sort(key=lambda each: _key(each, order), reverse=reverse)
    size = _size(call)
    rest = _after_token(call, found, order, reverse)
    body: Json = {"@odata.context": _context(call, chosen, path=context)}
    if call.asked("$count").lower() == "true":
        body["@odata.count"] = len(found)
    if len(rest) > size:
        body["@odata.nextLink"] = _next(call, _key(rest[size - 1], order))
    kept = _kept(call, chosen)
    body["value"] = [_shown(each, kept, hidden) for each in rest[:size]]
    return Answer(200, body)


def _kept(call: GraphCall, chosen: list[str]) -> list[str]:
    """With $select, what $expand brings is kept too (OData 4.01, 5.1.3 and 5.1.4)."""
    expanded = re.findall(r"(\w+)(?:\([^)]*\))?", call.asked("$expand"))
    return [*chosen, *expanded] if chosen else []


def _shown(value: Json, chosen: list[str], hidden: tuple[str, ...]) -> Json:
    if not chosen:
        return {key: each for key, each in value.items() if key not in hidden}
    wanted = {name.lower() for name in chosen}
    return {
        key: each for key, each in value.items() if key.lower() in wanted or key.startswith("@")
    }


def _selected(call: GraphCall, values: list[Json], entity: str) -> list[str]:
    """The names of $select. What no object has is refused; of an empty list we can't tell."""
    chosen = [name.strip() for name in call.asked("$select").split(",") if name.strip()]
    for name in chosen:
        _check_property(name, values, entity)
    return chosen


def _check_property(name: str, values: list[Json], entity: str) -> None:
    """Wording as in public logs of v1.0 (`wellKnownName` of a mailFolder, which only beta has)."""
    if values and not any(name.lower() == key.lower() for each in values for key in each):
        raise GraphError(
            400,
            "BadRequest",
            "Parsing OData Select and Expand failed: Could not find a property named"
            f" '{name}' on type 'microsoft.graph.{entity}'.",
        )


def _context(call: GraphCall, chosen: list[str], tail: str = "", path: str = "") -> str:
    """`…/$metadata#deviceManagement/virtualEndpoint/cloudPCs(id,displayName)/$entity`.

    Believed: keys on the way are left out; Graph writes them as `groups('id')`.
    """
    keys = set(call.params.values())
    path = path or "/".join(each for each in segments_of(call.path) if each not in keys)
    names = f"({','.join(chosen)})" if chosen else ""
    return f"{call.base_url}/{call.version}/$metadata#{path}{names}{tail}"


def _order(call: GraphCall, values: list[Json], entity: str) -> tuple[str, bool]:
    asked = call.asked("$orderby").split()
    if not asked:
        return "", False
    _check_property(asked[0], values, entity)
    return asked[0], asked[1:] == ["desc"]


def _key(value: Json, order: str) -> list[Any]:
    """Sorts by the property, then by id, so that a page's last key says where the next begins."""
    first = next((each for key, each in value.items() if order and key.lower() == order.lower()), 0)
    return [str(first or "").lower(), str(value.get("id", "")).lower()]


def _size(call: GraphCall) -> int:
    """The page: $top, or the emulator's page size without.

    Source: github.com/microsoftgraph/microsoft-graph-docs/issues/4372 (999 and 100); the refusal
    is literal, as the plugin steampipe-plugin-azuread quotes it.
    """
    asked = call.asked("$top")
    if not asked:
        return call.world.page_size
    if not asked.isdecimal() or not 1 <= int(asked) <= LARGEST_PAGE:
        raise GraphError(
            400,
            "Request_UnsupportedQuery",
            f"Invalid page size specified: '{asked}'. Must be between 1 and {LARGEST_PAGE}"
            " inclusive.",
        )
    return int(asked)


def _after_token(call: GraphCall, found: list[Json], order: str, reverse: bool) -> list[Json]:
    """The token is the last key shown: an object removed between two pages hides no other."""
    token = call.asked("$skiptoken")
    if not token:
        return found
    try:
        last = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise GraphError(400, "BadRequest", "Invalid skip token.") from None
    if reverse:
        return [each for each in found if _key(each, order) < last]
    return [each for each in found if _key(each, order) > last]


def _next(call: GraphCall, key: list[Any]) -> str:
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    kept = {k: v for k, v in call.query.items() if k.lower().lstrip("$") != "skiptoken"}
    return f"{call.url}?{urlencode({**kept, '$skiptoken': token}, quote_via=quote)}"
