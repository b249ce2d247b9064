"""What a named failure is, and what its text says where a request cannot say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

_PLACEHOLDER = re.compile(r"\{([A-Za-z]\w*)\}")


class Surface(StrEnum):
    """Where the caller meets the failure."""

    RESPONSE = "response"  # the request itself is refused: `status`, `headers`, `body`
    OPERATION = "operation"  # accepted; the operation URL later ends with `error`
    INSTANCE_VIEW = "instanceView"  # `body` is merged into it; the operation ends with `error`
    ENTRA = "token"  # as response, of the token endpoint, in Entra's envelope


@dataclass(frozen=True)
class Failure:
    """One way in which Azure fails, in Azure's own words.

    `method` and `path` are regexes: the requests it strikes where the caller names none. `seen`
    tells how sure the text is: literal (read word for word), documented, or believed. `error` is
    how a long-running operation ends: `{"code", "message", …}`, None where it ends well; `state`
    is its status then, Failed or Canceled.
    """

    name: str
    surface: Surface
    method: str
    path: str
    source: str
    seen: str = "literal"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    error: Mapping[str, Any] | None = None
    state: str = "Failed"

    def settled(self) -> Failure:
        """The failure with every placeholder filled that the request it strikes can't fill."""
        told = _ALWAYS_TOLD | {
            word for kind, word in _TOLD_BY_PATH.items() if kind in self.path.lower()
        }
        values = {word: value for word, value in _DEFAULTS.items() if word not in told}
        return replace(
            self,
            surface=Surface.RESPONSE if self.surface is Surface.ENTRA else self.surface,
            headers=_fill(self.headers, values),
            body=_fill(self.body, values),
            error=_fill(self.error, values),
        )


def _fill(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), node)
    if isinstance(node, Mapping):
        return {key: _fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(item, values) for item in node]
    return node


# What a request tells (`faults.facts_of`): these always, the others if its path has the segment.
_ALWAYS_TOLD = {"sub", "rg", "guid", "time"}
_TOLD_BY_PATH = {
    "virtualmachines": "vm",
    "extensions": "ext",
    "networkinterfaces": "nic",
    "disks": "disk",
    "images": "image",
    "galleries": "gallery",
    "versions": "version",
}

_COMPUTE = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute"
_NOBODY = "00000000-0000-0000-0000-000000000000"

# Invented: nothing here is Azure's. The numbers are a subscription with 10 cores, 8 of them used.
_DEFAULTS = {
    "vm": "vm-1",
    "ext": "extension-1",
    "nic": "nic-1",
    "disk": "disk-1",
    "vnet": "vnet-1",
    "subnet": "default",
    "gallery": "gallery1",
    "image": "image-1",
    "version": "1.0.0",
    "action": "Microsoft.Compute/virtualMachines/write",
    "scope": "/subscriptions/{sub}/resourceGroups/{rg}",
    "namespace": "Microsoft.DesktopVirtualization",
    "source": f"{_COMPUTE}/virtualMachines/vm-1",
    "name": "resource-1",
    "resource": "Microsoft.Compute/virtualMachines/vm-1",
    "zones": "1",
    "limit": "10",
    "usage": "8",
    "required": "4",
    "min": "12",
    "op": "Update VM",
    "verb": "read",
    "domain": "corp.example",
    "ou": "",
    "user": "join@corp.example",
    "appId": _NOBODY,
    "objectId": _NOBODY,
    "tenant": _NOBODY,
    "publisher": "Microsoft.Compute",
    "type": "CustomScriptExtension",
    "handlerVersion": "1.0",
    "offer": "windows-11",
    "sku": "win11-24h2-avd",
    "package": "Microsoft.WindowsTerminal_1.0.0.0_x64__8wekyb3d8bbwe",
}
