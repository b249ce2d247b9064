"""Checks a JSON body against the installed SDK's own model classes: names and types.

The SDK is generated from Microsoft's specification, so a property it does not know is one Azure
does not have. Required-ness is not checked: the models do not know it. It reads a private
attribute of the SDK, which the negative controls of the tests would show to be gone.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints


def complaints(model: type, body: Any, path: str = "") -> list[str]:
    """What in `body` the model does not allow; empty if all is well."""
    return list(_model(model, body, path or model.__name__))


def _model(model: type, body: Any, path: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{path}: {type(body).__name__} is not {model.__name__}"
        return
    fields = _fields(model)
    for key, value in body.items():
        if key not in fields:
            yield f"{path}/{key}: not in {model.__name__}"
        elif value is not None:
            yield from _value(fields[key], value, f"{path}/{key}")


def _fields(model: type) -> dict[str, Any]:
    """The type of every property, by its name on the wire."""
    model({})  # the map below is filled when a model is first made
    module = __import__(model.__module__, fromlist=["_models"])
    package = __import__(model.__module__.rpartition(".")[0], fromlist=["_models"])
    names = {**vars(module), "_models": package}
    hints = get_type_hints(model, names, {"_models": package})
    known = model._attr_to_rest_field  # type: ignore[attr-defined]
    return {field._rest_name: hints.get(name, Any) for name, field in known.items()}


def _value(hint: Any, value: Any, path: str) -> Iterator[str]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return
    if origin in (Union, types.UnionType):
        choices = _closed([each for each in arguments if each is not type(None)])
        found = [list(_value(choice, value, path)) for choice in choices]
        if all(found):
            yield from found[0]
    elif origin in (list, dict):
        yield from _container(origin, arguments[-1], value, path)
    elif _is_model(hint):
        yield from _model(hint, value, path)
    else:
        yield from _scalar(hint, value, path)


def _closed(choices: list[Any]) -> list[Any]:
    """The SDK leaves every enumeration open (`str | Enum`). A short one is taken at its word; a
    long one, such as the VM sizes, lags behind Azure."""
    short = [each for each in choices if isinstance(each, type) and issubclass(each, Enum)]
    return [each for each in short if len(each) < 40] or choices


def _container(kind: Any, hint: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{path}: {type(value).__name__} is not {kind.__name__}"
        return
    pairs: Any = value.items() if kind is dict else enumerate(value)
    for key, each in pairs:
        yield from _value(hint, each, f"{path}/{key}")


def _is_model(hint: Any) -> bool:
    return isinstance(hint, type) and any(base.__name__ == "Model" for base in hint.__mro__)


def _scalar(hint: Any, value: Any, path: str) -> Iterator[str]:
    if hint is datetime:
        try:
            datetime.fromisoformat(str(value))
        except ValueError:
            yield f"{path}: {value!r} is not a time"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        # Azure's enumerations are open, but what we say ourselves must be known to the SDK.
        known = {str(member.value).lower() for member in hint}
        if str(value).lower() not in known:
            yield f"{path}: {value!r} is not one of {hint.__name__}"
    elif hint is float and isinstance(value, int) and not isinstance(value, bool):
        return
    elif isinstance(hint, type) and (type(value) is not hint):
        yield f"{path}: {type(value).__name__} is not {hint.__name__}"
