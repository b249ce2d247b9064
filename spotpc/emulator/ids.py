"""ARM paths and ids: one grammar, `type/name/type/name/…`, compared without regard to case."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True)
class ArmPath:
    """A parsed ARM path.

    `type_path` is the namespace and the type segments, such as
    `Microsoft.Compute/virtualMachines/extensions`; `names` are the segments between. A path that
    ends in a type (a collection, or an action of the resource before it) is not an `item`.
    """

    path: str
    subscription: str
    resource_group: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def type_path(self) -> str:
        return "/".join((self.namespace, *self.types) if self.namespace else self.types)

    @property
    def item(self) -> bool:
        return len(self.types) == len(self.names)

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def owner_id(self) -> str:
        """The id of the resource itself, or of the one before the last type segment."""
        return self.path if self.item else self.path.rpartition("/")[0]

    @property
    def parent_id(self) -> str:
        return parent_of(self.owner_id)


def parse(path: str) -> ArmPath:
    segments = [unquote(segment) for segment in path.split("/") if segment]
    lowered = [segment.lower() for segment in segments]
    scope, namespace, rest = segments, "", segments
    if "providers" in lowered:
        split = len(lowered) - 1 - lowered[::-1].index("providers")
        scope, rest = segments[:split], segments[split + 2 :]
        namespace = segments[split + 1] if split + 1 < len(segments) else ""
    return ArmPath(
        path="/" + "/".join(segments),
        subscription=_after(scope, "subscriptions"),
        resource_group=_after(scope, "resourcegroups"),
        namespace=namespace,
        types=tuple(rest[0::2]),
        names=tuple(rest[1::2]),
    )


def _after(segments: list[str], word: str) -> str:
    for here, following in itertools.pairwise(segments):
        if here.lower() == word:
            return following
    return ""


def parent_of(resource_id: str) -> str:
    """`…/galleries/g/images/i` → `…/galleries/g`; of a top-level resource, its resource group."""
    parent = resource_id.rsplit("/", 2)[0]
    head, _, last = parent.rpartition("/providers/")
    return head if head and "/" not in last else parent


def same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def name_of(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]


def group_id(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}"
