"""Intune's devices. Source: learn.microsoft.com, "List managedDevices", "Delete managedDevice"."""

from __future__ import annotations

import re

from ..wire import Answer
from .odata import listed, one
from .routing import GraphCall, GraphError, graph

_WRITE = ("DeviceManagementManagedDevices.ReadWrite.All",)
_READ = ("DeviceManagementManagedDevices.Read.All", *_WRITE)


@graph("GET", "/deviceManagement/managedDevices", needs=_READ)
def _list(call: GraphCall) -> Answer:
    """Believed: Intune's own OData knows no `in`, unlike the directory's."""
    if re.search(r"\sin\s*\(", call.asked("$filter")):
        raise GraphError(400, "BadRequest", "Invalid filter clause")
    bodies = [each["body"] for each in call.documents("managedDevices").values()]
    return listed(call, bodies, "managedDevice")


@graph("GET", "/deviceManagement/managedDevices/{id}", needs=_READ)
def _get(call: GraphCall) -> Answer:
    return one(call, call.find("managedDevices", call.params["id"])["body"], "managedDevice")


@graph("DELETE", "/deviceManagement/managedDevices/{id}", needs=_WRITE)
def _delete(call: GraphCall) -> Answer:
    """Entra's device stays."""
    found = call.find("managedDevices", call.params["id"])
    call.documents("managedDevices").remove(found["body"]["id"])
    return Answer(204)
