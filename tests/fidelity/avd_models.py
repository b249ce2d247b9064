"""Checks a JSON body against the AVD SDK's models, which are of the older generator's kind.

They keep a map of attribute → place on the wire (`properties.allowNewSession`) and type, as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any

from azure.mgmt.desktopvirtualization import models

Tree = dict[str, "str | Tree"]

_PLAIN = {"str": str, "int": int, "bool": bool, "float": float, "object": object}


def complaints(model: type, body: Any, path: str = "") -> list[str]:
    """What in `body` the model does not allow; empty if all is well."""
    return list(_object(_tree(model), body, path or model.__name__))


def _tree(model: type) -> Tree:
    """The type of every property, nested as it is on the wire."""
    tree: Tree = {}
    known: dict[str, dict[str, str]] = model._attribute_map  # type: ignore[attr-defined]
    for place in known.values():
        *outer, last = re.split(r"(?<!\\)\.", place["key"])
        branch: Any = tree
        for key in outer:
            branch = branch.setdefault(key, {})
        branch[last] = place["type"]
    return tree


def _object(tree: Tree, body: Any, path: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{path}: {type(body).__name__} is not an object"
        return
    for key, value in body.items():
        kind = tree.get(key)
        if kind is None:
            yield f"{path}/{key}: not in the model"
        elif isinstance(kind, dict):
            yield from _object(kind, value, f"{path}/{key}")
        elif value is not None:
            yield from _value(kind, value, f"{path}/{key}")


def _value(kind: str, value: Any, path: str) -> Iterator[str]:
    if kind.startswith(("[", "{")):
        yield from _container(kind, value, path)
    elif kind == "iso-8601":
        yield from _time(value, path)
    elif kind in _PLAIN:
        if not isinstance(value, _PLAIN[kind]) or isinstance(value, bool) > (kind == "bool"):
            yield f"{path}: {type(value).__name__} is not {kind}"
    else:
        yield from _named(getattr(models, kind), value, path)


def _container(kind: str, value: Any, path: str) -> Iterator[str]:
    wanted = list if kind.startswith("[") else dict
    if not isinstance(value, wanted):
        yield f"{path}: {type(value).__name__} is not {wanted.__name__}"
        return
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _value(kind[1:-1], each, f"{path}/{key}")


def _time(value: Any, path: str) -> Iterator[str]:
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        yield f"{path}: {value!r} is not a time"


def _named(kind: type, value: Any, path: str) -> Iterator[str]:
    if not issubclass(kind, Enum):
        yield from _object(_tree(kind), value, path)
    elif value not in {str(member.value) for member in kind}:
        yield f"{path}: {value!r} is not one of {kind.__name__}"
