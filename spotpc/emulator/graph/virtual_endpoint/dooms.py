"""Named failures that show only later: in a device image, a Cloud PC, or a health check."""

from __future__ import annotations

from ... import faults, ids
from ...router import Call
from ...world import Json
from ..routing import GraphCall


def doom(call: GraphCall) -> Json | None:
    """How a named failure wants what this request begins to end: `{"code", "message"}`."""
    path = ids.parse(f"/{call.version}{call.path}")
    found = faults.doom(Call(call.world, call.method, call.base_url, path, call.query, call.body))
    error: Json | None = found["error"] if found else None
    return error
