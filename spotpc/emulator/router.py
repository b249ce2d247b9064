"""From an ARM request to the function that answers it.

A provider registers with three words:

    api_versions("Microsoft.Compute", "2026-04-01", …)    # what it accepts
    declare(ResourceType("Microsoft.Compute/disks"))       # GET one and every list, for free
    @route("PUT", "Microsoft.Compute/disks")               # everything else: def f(call) -> Answer

A path that ends in a type, with `item=False`, is a collection (GET) or an action (POST
`…/virtualMachines/{name}/start` is the type path `Microsoft.Compute/virtualMachines/start`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import ids
from .ids import ArmPath
from .wire import Answer, ArmError, page
from .world import Json, Resource, World


@dataclass
class Call:
    """One request, parsed. `query` keys are as sent; use `asked` to look one up."""

    world: World
    method: str
    base_url: str
    path: ArmPath
    query: Mapping[str, str]
    body: Json
    claims: Mapping[str, Any] = field(default_factory=dict)

    def asked(self, name: str) -> str:
        """A query value, by its name in any case; empty when absent."""
        return next((v for k, v in self.query.items() if k.lower() == name.lower()), "")

    @property
    def api_version(self) -> str:
        return self.asked("api-version")

    def expands(self, what: str) -> bool:
        return what.lower() in self.asked("$expand").lower().split(",")

    @property
    def resource(self) -> Resource:
        """The resource the path names (of an action: the one acted on), or Azure's 404."""
        return self.world.find(self.path.owner_id) or self._not_found()

    def find(self, resource_id: str) -> Resource | None:
        return self.world.find(resource_id)

    def resource_group(self) -> Resource:
        group = self.world.find(ids.group_id(self.path.subscription, self.path.resource_group))
        if group is None:
            raise group_not_found(self.path.resource_group)
        return group

    def require_group(self) -> Resource:
        """The resource group, which must not be on its way out."""
        group = self.resource_group()
        # Source: errors of azure-docs, "resource group … is in deprovisioning state".
        if group.properties.get("provisioningState") == "Deleting":
            raise ArmError(
                409,
                "ResourceGroupBeingDeleted",
                f"The resource group '{group.name}' is in deprovisioning state and cannot perform"
                " this operation.",
            )
        return group

    def require_parent(self) -> Resource:
        """The resource (or group) that must exist before a PUT of this path."""
        group = self.require_group()
        if len(self.path.names) < 2:
            return group
        parent = self.world.find(self.path.parent_id)
        if parent is None:
            raise self._parent_not_found()
        return parent

    def canonical_id(self) -> str:
        """The id as Azure would return it: types and parents spelled as they were created."""
        declared = TYPES[self.path.type_path.lower()].name.split("/")
        parent = self.require_parent()
        if len(self.path.names) < 2:
            return f"{parent.id}/providers/{declared[0]}/{declared[1]}/{self.path.name}"
        return f"{parent.id}/{declared[-1]}/{self.path.name}"

    def _not_found(self) -> Resource:
        self.resource_group()
        owner = ids.parse(self.path.owner_id)
        if len(owner.names) > 1 and self.world.find(owner.parent_id) is None:
            raise self._parent_not_found()
        names = "/".join(owner.names)
        raise ArmError(
            404,
            "ResourceNotFound",
            f"The Resource '{owner.type_path}/{names}' under resource group"
            f" '{owner.resource_group}' was not found. For more details please go to"
            " https://aka.ms/ARMResourceNotFoundFix",
        )

    def _parent_not_found(self) -> ArmError:
        """Source: learn.microsoft.com, "Troubleshoot shared images in an Azure Compute Gallery"."""
        parent = "/".join(ids.parse(self.path.parent_id).names)
        return ArmError(
            404,
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource. Parent resource"
            f" '{parent}' not found.",
        )


Handler = Callable[[Call], Answer]
View = Callable[[Call, Resource], Json]


def _plain(call: Call, resource: Resource) -> Json:
    return resource.body


@dataclass(frozen=True)
class ResourceType:
    """`view` makes one resource's body for a GET, `listed` for an element of a list.

    `names` is what the last name must match when the resource is created.
    """

    name: str
    view: View = _plain
    listed: View | None = None
    names: str = r"[A-Za-z0-9_][A-Za-z0-9_.()-]{0,79}"


TYPES: dict[str, ResourceType] = {}
ROUTES: dict[tuple[str, str, bool], Handler] = {}
API_VERSIONS: dict[str, frozenset[str]] = {}


def declare(kind: ResourceType) -> ResourceType:
    TYPES[kind.name.lower()] = kind
    return kind


def api_versions(namespace: str, *versions: str) -> None:
    API_VERSIONS[namespace.lower()] = frozenset(versions)


def route(method: str, type_path: str, *, item: bool = True) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ROUTES[method, type_path.lower(), item] = handler
        return handler

    return register


def action(type_path: str, name: str) -> Callable[[Handler], Handler]:
    """POST `…/{resource}/{name}`."""
    return route("POST", f"{type_path}/{name}", item=False)


def dispatch(call: Call) -> Answer:
    _check_api_version(call)
    key = call.path.type_path.lower()
    handler = ROUTES.get((call.method, key, call.path.item))
    if handler is None and call.method == "GET" and key in TYPES:
        handler = _get_one if call.path.item else _get_list
    if handler is None:
        raise _no_route(call)
    if call.method == "PUT" and key in TYPES:
        _check_name(call, TYPES[key])
    return handler(call)


def get_body(call: Call, resource: Resource) -> Json:
    """The body a GET of this resource would answer now."""
    return TYPES[resource.type.lower()].view(call, resource)


def _get_one(call: Call) -> Answer:
    return Answer(200, get_body(call, call.resource))


def _get_list(call: Call) -> Answer:
    """Lists of a parent or a resource group need it to exist; of a subscription, never."""
    kind = TYPES[call.path.type_path.lower()]
    scope = f"/subscriptions/{call.path.subscription}"
    if call.path.names:
        scope = call.resource.id
    elif call.path.resource_group:
        scope = call.resource_group().id
    show = kind.listed or kind.view
    found = [show(call, resource) for resource in call.world.each(kind.name, scope)]
    return paged(call, found)


def paged(call: Call, values: list[Json]) -> Answer:
    url = call.base_url + call.path.path
    size = call.world.page_size
    return Answer(200, page(values, url=url, query=call.query, size=size))


def _check_api_version(call: Call) -> None:
    if not call.api_version:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    accepted = API_VERSIONS.get(call.path.namespace.lower())
    if accepted is not None and call.api_version not in accepted:
        raise ArmError(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{call.api_version}' is invalid. The supported versions are"
            f" '{','.join(sorted(accepted, reverse=True))}'.",
        )


def _check_name(call: Call, kind: ResourceType) -> None:
    if call.path.item and not re.fullmatch(kind.names, call.path.name):
        raise ArmError(
            400,
            "InvalidResourceName",
            f"Resource name {call.path.name} is invalid. The name can be up to 80 characters long."
            " It must begin with a word character, and it must end with a word character or with"
            " '_'. The name may contain word characters or '.', '-', '_'.",
        )


def _no_route(call: Call) -> ArmError:
    key = call.path.type_path.lower()
    known = key in TYPES or any(at == key for _, at, _ in ROUTES)
    if known:
        return ArmError(
            405, "MethodNotAllowed", f"The HTTP method '{call.method}' is not supported here."
        )
    if not call.path.namespace or call.path.namespace.lower() not in API_VERSIONS:
        return ArmError(
            404,
            "InvalidResourceNamespace",
            f"The resource namespace '{call.path.namespace}' is invalid.",
        )
    return ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{'/'.join(call.path.types)}' could not be found in the namespace"
        f" '{call.path.namespace}' for api version '{call.api_version}'.",
    )


def group_not_found(name: str) -> ArmError:
    """Source: https://github.com/Azure/azure-powershell/issues/9911"""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
