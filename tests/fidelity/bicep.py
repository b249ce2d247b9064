"""Microsoft's published resource types (`types.json` of bicep) as JSON Schema, and a small judge.

The judge knows the few words of JSON Schema that the converter writes, and compares `const` and
`enum` of a resource's `type` without regard to case, as Azure does. Two things the types leave
open are closed here: enumerations of fewer than 40 words (`literal | string`), and objects that
do not say what further properties they have.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

CLOSED = 40  # words; a longer list, such as the VM sizes, lags behind Azure
REQUIRED, READ_ONLY, WRITE_ONLY = 1, 2, 4  # flags of a property
# Bicep's own view of a resource: of these, only `type` and the like are ever in a body.
ADDRESS = ("id", "name", "type", "apiVersion")


class Types:
    """One types.json."""

    def __init__(self, file: Path) -> None:
        self._types: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        self._schemas: dict[str, Schema] = {}
        self._readers = {
            "StringType": self._string,
            "StringLiteralType": self._literal,
            "IntegerType": self._integer,
            "BooleanType": self._boolean,
            "AnyType": self._any,
            "ArrayType": self._array,
            "UnionType": self._union,
            "ObjectType": self._object,
            "DiscriminatedObjectType": self._any,  # none in a resource the product uses
        }

    def resources(self) -> dict[str, Schema]:
        """Schema of every resource type, by its name in small letters."""
        return {
            each["name"].partition("@")[0].lower(): self.of(each["body"]["$ref"])
            for each in self._types
            if each["$type"] == "ResourceType"
        }

    def actions(self) -> dict[str, tuple[Schema | None, Schema]]:
        """Schemas of input (None: none) and output of every action, by `type/action`."""
        return {
            f"{each['resourceType']}/{each['name']}".lower(): (
                self.of(each["input"]["$ref"]) if "input" in each else None,
                self.of(each["output"]["$ref"]),
            )
            for each in self._types
            if each["$type"] == "ResourceFunctionType"
        }

    def of(self, ref: str) -> Schema:
        """The schema of `#/12`; types refer to each other in circles, so each is made once."""
        if ref not in self._schemas:
            self._schemas[ref] = schema = {}
            kind = self._types[int(ref.rpartition("/")[2])]
            schema.update(self._readers[kind["$type"]](kind))
        return self._schemas[ref]

    def _string(self, kind: Schema) -> Schema:
        """Patterns are left out: they are another dialect's, and of names the URL carries."""
        return {"type": "string", "sensitive": kind.get("sensitive", False)}

    def _literal(self, kind: Schema) -> Schema:
        return {"const": kind["value"]}

    def _integer(self, kind: Schema) -> Schema:
        """Bicep calls every number an integer; the SDK's models know better."""
        limits = {"minimum": kind.get("minValue"), "maximum": kind.get("maxValue")}
        return {"type": "number", **{key: at for key, at in limits.items() if at is not None}}

    def _boolean(self, kind: Schema) -> Schema:
        return {"type": "boolean"}

    def _any(self, kind: Schema) -> Schema:
        return {}

    def _array(self, kind: Schema) -> Schema:
        return {"type": "array", "items": self.of(kind["itemType"]["$ref"])}

    def _union(self, kind: Schema) -> Schema:
        choices = [self.of(each["$ref"]) for each in kind["elements"]]
        words = [each["const"] for each in choices if "const" in each]
        if words and (len(words) < CLOSED or len(words) == len(choices)):
            return {"enum": words}
        return {"anyOf": choices}

    def _object(self, kind: Schema) -> Schema:
        flags = {name: each["flags"] for name, each in kind["properties"].items()}
        schema: Schema = {
            "type": "object",
            "properties": {
                name: self.of(each["type"]["$ref"]) for name, each in kind["properties"].items()
            },
            "required": [name for name, each in flags.items() if each & REQUIRED],
            "readOnly": [name for name, each in flags.items() if each & READ_ONLY],
            "writeOnly": [name for name, each in flags.items() if each & WRITE_ONLY],
        }
        if "additionalProperties" in kind:
            schema["more"] = self.of(kind["additionalProperties"]["$ref"])
        return schema


@functools.cache
def load(folder: Path) -> tuple[dict[str, Schema], dict[str, tuple[Schema | None, Schema]]]:
    """Resources and actions of every types.json in a folder."""
    resources: dict[str, Schema] = {}
    actions: dict[str, tuple[Schema | None, Schema]] = {}
    for file in sorted(folder.glob("*.types.json")):
        types = Types(file)
        resources.update(types.resources())
        actions.update(types.actions())
    return resources, actions


# --- the judge ------------------------------------------------------------------------------


def complaints(schema: Schema, body: Any, *, request: bool) -> list[str]:
    """What in a body the schema does not allow. A request carries neither what only Azure may say
    nor what its URL says; an answer carries no secret."""
    return list(_judge(schema, body, "", request))


def _judge(schema: Schema, body: Any, path: str, request: bool) -> Iterator[str]:
    if "anyOf" in schema:
        found = [list(_judge(each, body, path, request)) for each in schema["anyOf"]]
        yield from min(found, key=len)
        return
    allowed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if allowed is not None and not _is_one_of(body, allowed, path):
        yield f"{path}: {body!r} is not one of {allowed}"
    if "type" in schema:
        kind = schema["type"]
        if not _IS[kind](body):
            yield f"{path}: {body!r} is not of type {kind}"
        elif kind in _INSIDE:
            yield from _INSIDE[kind](schema, body, path, request)


def _is_one_of(body: Any, allowed: list[str], path: str) -> bool:
    if path == "/type" and isinstance(body, str):
        return body.lower() in {each.lower() for each in allowed}
    return body in allowed


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_IS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _in_string(schema: Schema, body: str, path: str, request: bool) -> Iterator[str]:
    if schema.get("sensitive") and not request:
        yield f"{path}: a secret in an answer"


def _in_number(schema: Schema, body: float, path: str, request: bool) -> Iterator[str]:
    if not schema.get("minimum", body) <= body <= schema.get("maximum", body):
        yield f"{path}: {body} is out of range"


def _in_array(schema: Schema, body: list[Any], path: str, request: bool) -> Iterator[str]:
    for at, item in enumerate(body):
        yield from _judge(schema["items"], item, f"{path}/{at}", request)


def _in_object(schema: Schema, body: Schema, path: str, request: bool) -> Iterator[str]:
    address = ADDRESS if not path else ()
    for name in schema["required"]:
        if name not in body and not (name in address and request):
            yield f"{path}: {name} is missing"
    forbidden = schema["readOnly"] if request else schema["writeOnly"]
    for name, value in body.items():
        inside = schema["properties"].get(name, schema.get("more"))
        if inside is None:
            yield f"{path}/{name}: no such property"
        elif name in forbidden:
            yield f"{path}/{name}: not in {'a request' if request else 'an answer'}"
        else:
            yield from _judge(inside, value, f"{path}/{name}", request)


_INSIDE: dict[str, Callable[[Schema, Any, str, bool], Iterator[str]]] = {
    "string": _in_string,
    "number": _in_number,
    "array": _in_array,
    "object": _in_object,
}
