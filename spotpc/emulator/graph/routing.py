"""From a Graph request to the function that answers it, and what Graph says when none does.

`@graph(method, template, needs=…)` registers `def f(call) -> Answer`. Templates are below the
version: `/groups/{id}`. Segments are compared without case, `graph.user` is `microsoft.graph.user`,
and `devices('x')` is `devices/x`, as in Graph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ..wire import Answer
from ..world import Documents, Json, World

VERSIONS = ("v1.0", "beta")


class GraphError(Exception):
    """An immediate refusal: `{"error": {"code", "message", "innerError": {…}}}`."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})

    def answer(self, request_id: str, client_request_id: str) -> Answer:
        """Source: microsoft-graph-docs, concepts/errors.md; keys as seen on the wire."""
        inner = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        error = {"code": self.code, "message": self.message, "innerError": inner}
        return Answer(self.status, {"error": error}, dict(self.headers))


@dataclass
class GraphCall:
    """One request. `path` is below the version, `params` what the template's braces caught."""

    world: World
    method: str
    version: str
    base_url: str
    path: str
    params: dict[str, str]
    query: Mapping[str, str]
    body: Json
    claims: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # looked up without case

    @property
    def tenant(self) -> str:
        return str(self.claims["tid"]).lower()

    @property
    def url(self) -> str:
        return f"{self.base_url}/{self.version}{self.path}"

    @property
    def beta(self) -> bool:
        return self.version == "beta"

    @property
    def advanced(self) -> bool:
        """`ConsistencyLevel: eventual`, without which the directory refuses advanced queries."""
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    def asked(self, name: str) -> str:
        """A query option, by its name in any case and with or without its `$`; empty if absent."""
        wanted = name.lower().lstrip("$")
        return next((v for k, v in self.query.items() if k.lower().lstrip("$") == wanted), "")

    def expands(self, what: str) -> bool:
        words = re.split(r"[,(]", self.asked("$expand").lower())
        return what.lower() in [word.strip() for word in words]

    def prefers(self, what: str) -> bool:
        """Whether the header `Prefer` names it: `include-unknown-enum-members`."""
        words = self.headers.get("prefer", "").lower().split(",")
        return what.lower() in [word.strip() for word in words]

    def documents(self, kind: str) -> Documents:
        return documents_of(self.world, self.tenant, kind)

    def find(self, kind: str, object_id: str) -> Json:
        """The document `{"body", "inner"}`, or the 404 of the family the path belongs to."""
        found = self.documents(kind).get(object_id.lower())
        if found is None:
            raise missing(self, object_id)
        return found


def documents_of(world: World, tenant: str, kind: str) -> Documents:
    """Objects of one kind in one tenant. Key: the object's id in lower case. Value:
    `{"body": what a GET answers, "inner": what Graph never shows}`."""
    return world.documents(f"graph/{tenant.lower()}/{kind}")


def missing(call: GraphCall, object_id: str) -> GraphError:
    """Directory: literal, github.com/microsoftgraph/microsoft-graph-docs/issues/6059. Windows 365:
    the code is documented (concepts/errors.md), its text believed. Intune: believed.
    """
    family = call.path.lower()
    if family.startswith("/devicemanagement/virtualendpoint"):
        return GraphError(404, "itemNotFound", f"The resource '{object_id}' could not be found.")
    if family.startswith("/devicemanagement"):
        return GraphError(404, "ResourceNotFound", f"Resource '{object_id}' could not be found.")
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{object_id}' does not exist or one of its queried reference-property objects"
        " are not present.",
    )


Handler = Callable[[GraphCall], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    template: tuple[str, ...]
    needs: tuple[str, ...]
    versions: tuple[str, ...]
    handler: Handler

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """What the braces caught; None if this is another path."""
        if len(segments) != len(self.template):
            return None
        caught = {}
        for wanted, found in zip(self.template, segments, strict=True):
            if wanted.startswith("{"):
                caught[wanted.strip("{}")] = found
            elif wanted.lower() != found.lower():
                return None
        return caught


ROUTES: list[Route] = []


def graph(
    method: str,
    template: str,
    *,
    needs: tuple[str, ...],
    versions: tuple[str, ...] = VERSIONS,
) -> Callable[[Handler], Handler]:
    """Registers a handler; the token must carry one of the application roles `needs`."""

    def register(handler: Handler) -> Handler:
        path = tuple(segments_of(template))
        ROUTES.append(Route(method, path, needs, versions, handler))
        return handler

    return register


def segments_of(path: str) -> list[str]:
    """Of `/Devices('x')/graph.user`: `Devices`, `x`, `microsoft.graph.user`."""
    found: list[str] = []
    for raw in path.split("/"):
        segment = unquote(raw)
        keyed = re.fullmatch(r"([\w.]+)\('([^']*)'\)", segment)
        found += [keyed[1], keyed[2]] if keyed else [segment]
    return [re.sub(r"^graph\.", "microsoft.graph.", each) for each in found if each]


def route_of(call: GraphCall) -> Route:
    """The route, its parameters put into the call; or Graph's refusal of the path."""
    segments = segments_of(call.path)
    found = [(each, each.match(segments)) for each in ROUTES]
    fitting = [(each, caught) for each, caught in found if caught is not None]
    # A template that says more of the path wins: `/devices/delta` before `/devices/{id}`.
    fitting.sort(key=lambda pair: len(pair[1]))
    for route, caught in fitting:
        if route.method == call.method and call.version in route.versions:
            call.params = caught
            return route
    raise _no_route(call, segments, [route for route, _ in fitting])


def _no_route(call: GraphCall, segments: list[str], others: list[Route]) -> GraphError:
    """Of an unknown segment: literal, github.com/microsoftgraph/microsoft-graph-docs/issues/21782.
    Of what only another version has: code and text are Intune's own (seen in public logs), that
    the status is 404 is believed. Of another method: believed.
    """
    if any(route.method == call.method for route in others):
        return GraphError(
            404,
            "No method match route template",
            "No OData route exists that match template ~/singleton/navigation/key/action with http"
            f" verb {call.method} for request {call.url}.",
        )
    if any(call.version in route.versions for route in others):
        return GraphError(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    strangers = [each for at, each in enumerate(segments) if not _known(segments[: at + 1])]
    name = (strangers or segments[-1:] or [""])[0]
    return GraphError(400, "BadRequest", f"Resource not found for the segment '{name}'.")


def _known(start: list[str]) -> bool:
    """Whether any path of ours begins like this."""
    return any(
        Route("", each.template[: len(start)], (), (), each.handler).match(start) is not None
        for each in ROUTES
    )
