"""How tests look into a published example, and into what we made of it."""

from __future__ import annotations

from typing import Any


def at(body: Any, path: str) -> Any:
    for key in path.split("/"):
        body = body[int(key)] if isinstance(body, list) else (body or {}).get(key)
    return body


def attribute(value: Any, path: str) -> Any:
    for key in path.split("."):
        if value is not None:
            value = value[int(key)] if key.isdigit() else getattr(value, key)
    return value


def renamed(value: Any, key: str) -> Any:
    """A copy in which this key is misspelt everywhere."""
    if isinstance(value, list):
        return [renamed(one, key) for one in value]
    if not isinstance(value, dict):
        return value
    return {(f"{name}X" if name == key else name): renamed(one, key) for name, one in value.items()}
