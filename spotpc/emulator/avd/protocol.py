"""How this provider speaks: its own error envelope, lists with its own paging, its own instants.

Sources: errors as Az PowerShell prints them (`[400] : ActivityId: … Error: …`); the query
parameters of Azure/azure-rest-api-specs, desktopvirtualization 2024-04-03.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from ..router import Call
from ..wire import Answer, ArmError
from ..world import Json

HOST_POOLS = "Microsoft.DesktopVirtualization/hostPools"
SESSION_HOSTS = f"{HOST_POOLS}/sessionHosts"
USER_SESSIONS = f"{SESSION_HOSTS}/userSessions"
APPLICATION_GROUPS = "Microsoft.DesktopVirtualization/applicationGroups"
WORKSPACES = "Microsoft.DesktopVirtualization/workspaces"


def refused(status: int, text: str) -> ArmError:
    """The code is the HTTP number as text; the cause is in the prose."""
    return ArmError(status, str(status), f"ActivityId: {uuid4()} Error: {text}")


def instant(moment: float) -> str:
    """ISO 8601 with seven decimals and a Z, as this provider writes times."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def moment_of(text: Any) -> float | None:
    """The instant a client wrote; None of anything else. Without a zone it is UTC (believed)."""
    try:
        parsed = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def is_true(text: str) -> bool:
    return text.lower() == "true"


def listing(call: Call, values: list[Json]) -> Answer:
    """One page, by id; `pageSize`, `isDescending` and `initialSkip` are honoured.

    The token is the last id shown, so that what vanishes between two pages hides nothing else.
    """
    descending = is_true(call.asked("isDescending"))
    ordered = sorted(values, key=_key, reverse=descending)
    token = call.asked("$skiptoken")
    if token:
        last = base64.urlsafe_b64decode(token).decode()
        rest = [v for v in ordered if (_key(v) < last if descending else _key(v) > last)]
    else:
        rest = ordered[_number(call, "initialSkip") or 0 :]
    size = min(_number(call, "pageSize") or call.world.page_size, call.world.page_size)
    body: Json = {"value": rest[:size]}
    if len(rest) > size:
        body["nextLink"] = _next(call, _key(rest[size - 1]))
    return Answer(200, body)


def _key(value: Json) -> str:
    return str(value["id"]).lower()


def _number(call: Call, name: str) -> int | None:
    text = call.asked(name)
    if not text:
        return None
    if not text.isdecimal():
        raise refused(400, f"The value '{text}' is not valid for {name}.")  # believed
    return int(text)


def _next(call: Call, last: str) -> str:
    kept = {k: v for k, v in call.query.items() if k.lower() not in ("$skiptoken", "initialskip")}
    token = base64.urlsafe_b64encode(last.encode()).decode()
    query = urlencode({**kept, "$skiptoken": token}, quote_via=quote)
    return f"{call.base_url}{quote(call.path.path)}?{query}"
