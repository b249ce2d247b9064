"""Microsoft Graph's v1.0 metadata (CSDL): its types, and which of them a path is about."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

_NS = "{http://docs.oasis-open.org/odata/ns/edm}"


class NotInMetadata(Exception):
    """v1.0 has no such path."""


@dataclass(frozen=True)
class Property:
    kind: str
    nullable: bool = True


@dataclass
class Type:
    base: str
    properties: dict[str, Property] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)


@dataclass
class Metadata:
    """Of the namespace `microsoft.graph`; types by their short names."""

    types: dict[str, Type] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    operations: dict[tuple[str, str], str] = field(default_factory=dict)  # "" returns nothing

    def chain(self, name: str) -> Iterator[Type]:
        while name in self.types:
            yield self.types[name]
            name = self.types[name].base

    def property(self, name: str, key: str) -> Property | None:
        """A property of a type or of its bases; an expanded link counts as one."""
        for kind in self.chain(name):
            if key in kind.properties:
                return kind.properties[key]
            if key in kind.links:
                return Property(kind.links[key])
        return None

    def derives(self, name: str, base: str) -> bool:
        while name and name != base:
            name = self.types[name].base if name in self.types else ""
        return bool(name)

    def answered(self, method: str, path: str) -> str:
        """The type a request of `path` (below the version) is answered with; "" for none.

        NotInMetadata: v1.0 has no such path.
        """
        kind, _ = self._walk(path)
        return item_of(kind) if method == "POST" and is_many(kind) else kind

    def asked(self, path: str) -> str:
        """The type of what is sent there: an operation's parameters, or the object itself."""
        kind, operation = self._walk(path)
        return operation or item_of(kind)

    def _walk(self, path: str) -> tuple[str, str]:
        """What is at the end of a path, and the operation's own type if it is one."""
        head, *rest = [unquote(each) for each in path.strip("/").split("/")]
        if head not in self.sets:
            raise NotInMetadata(head)
        kind, operation = self.sets[head], ""
        for segment in rest:
            name = segment.removeprefix("microsoft.graph.")
            operation = _operation_type(kind, name) if (kind, name) in self.operations else ""
            kind = self._step(kind, segment)
        return kind, operation

    def _step(self, kind: str, segment: str) -> str:
        name = segment.removeprefix("microsoft.graph.")
        if (kind, name) in self.operations:
            return self.operations[kind, name]
        if name != segment and name in self.types:  # a cast
            return f"Collection({name})" if is_many(kind) else name
        if is_many(kind) and item_of(kind) in self.types:
            return item_of(kind)  # the segment is a key
        found = None if is_many(kind) else self.property(kind, segment)
        if found is None:
            raise NotInMetadata(segment)
        return found.kind


# -- reading ------------------------------------------------------------------------------------


@functools.cache
def load(file: Path) -> Metadata:
    found = Metadata()
    for schema in ElementTree.parse(file).iter(f"{_NS}Schema"):
        if schema.get("Namespace") == "microsoft.graph":
            for element in schema:
                _READERS.get(element.tag.removeprefix(_NS), _ignored)(found, element)
    return found


def _short(name: str) -> str:
    """`Collection(graph.user)` → `Collection(user)`; other namespaces keep theirs."""
    return re.sub(r"\b(?:microsoft\.graph|graph|self)\.(\w+)(?=\)|$)", r"\1", name)


def _structure(found: Metadata, element: ElementTree.Element) -> None:
    kind = Type(_short(element.get("BaseType", "")))
    for each in element.iter(f"{_NS}Property"):
        nullable = each.get("Nullable") != "false"
        kind.properties[each.attrib["Name"]] = Property(_short(each.attrib["Type"]), nullable)
    for each in element.iter(f"{_NS}NavigationProperty"):
        kind.links[each.attrib["Name"]] = _short(each.attrib["Type"])
    found.types[element.attrib["Name"]] = kind


def _enumeration(found: Metadata, element: ElementTree.Element) -> None:
    members = [each.attrib["Name"] for each in element.iter(f"{_NS}Member")]
    found.enums[element.attrib["Name"]] = members


def _container(found: Metadata, element: ElementTree.Element) -> None:
    for each in element.iter(f"{_NS}EntitySet"):
        found.sets[each.attrib["Name"]] = f"Collection({_short(each.attrib['EntityType'])})"
    for each in element.iter(f"{_NS}Singleton"):
        found.sets[each.attrib["Name"]] = _short(each.attrib["Type"])


def _operation(found: Metadata, element: ElementTree.Element) -> None:
    """An operation bound to a type; its parameters are kept as a type of its own."""
    parameters = element.findall(f"{_NS}Parameter")
    if not parameters:
        return
    bound = parameters[0]
    answer = element.find(f"{_NS}ReturnType")
    kind, name = _short(bound.attrib["Type"]), element.attrib["Name"]
    found.operations[kind, name] = "" if answer is None else _short(answer.attrib["Type"])
    taken = found.types.setdefault(_operation_type(kind, name), Type(""))
    for each in parameters[1:]:
        taken.properties[each.attrib["Name"]] = Property(_short(each.attrib["Type"]))


def _operation_type(kind: str, name: str) -> str:
    return f"{kind}.{name}()"


def _ignored(found: Metadata, element: ElementTree.Element) -> None:
    """Annotations and terms."""


_READERS: dict[str, Callable[[Metadata, ElementTree.Element], None]] = {
    "EntityType": _structure,
    "ComplexType": _structure,
    "EnumType": _enumeration,
    "EntityContainer": _container,
    "Action": _operation,
    "Function": _operation,
}


def is_many(kind: str) -> bool:
    return kind.startswith("Collection(")


def item_of(kind: str) -> str:
    return kind.removeprefix("Collection(").removesuffix(")")
