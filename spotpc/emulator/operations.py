"""Long-running operations: started by a write, ended by an event, watched through two URLs.

The operation URL (`Azure-AsyncOperation`) always answers HTTP 200 and carries the outcome in its
body; the result URL (`Location`) answers 202 while it runs, then the result.
Source: learn.microsoft.com, "Track asynchronous Azure operations".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from . import faults
from .failures import Surface
from .router import Call, get_body, route
from .wire import Answer, ArmError
from .world import Json, Resource, World, event

Completion = Callable[..., Json | None]

COMPLETIONS: dict[str, Completion] = {}
ABORTS: dict[str, Callable[..., None]] = {}


class Failed(Exception):
    """Raised by a completion: the operation ends `Failed` with this error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class NotYet(Exception):
    """Raised by a completion: try again so many Azure seconds later."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds}")
        self.seconds = seconds


def completes(then: str) -> Callable[[Completion], Completion]:
    """Registers `handler(world, **args)`, called when the time is up. It returns the body of the
    result URL (None: empty), or raises `Failed` or `NotYet`."""

    def register(handler: Completion) -> Completion:
        COMPLETIONS[then] = handler
        return handler

    return register


def aborts(then: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers `handler(world, **args)`, called when the operation failed or was preempted."""

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        ABORTS[then] = handler
        return handler

    return register


def start(
    call: Call,
    target: Resource,
    *,
    then: str,
    seconds: float,
    state: str = "Updating",
    locks: Iterable[str] = (),
    holds: Iterable[str] | None = None,
    **args: Any,
) -> Json:
    """Starts an operation on `target`, saved with `provisioningState` = `state` until it ends.

    While it runs, `running_on` finds it under the target's id and every id in `locks`; `holds`
    replaces all of these. `args` are handed to the completion. Refuse what is busy before changing
    anything: this does not.
    """
    operation: Json = {
        "id": str(uuid4()),
        "namespace": call.path.namespace,
        "location": target.location or "global",
        "subscription": call.path.subscription,
        "target": target.id,
        "locks": [lock.lower() for lock in (holds or [target.id, *locks])],
        "then": then,
        "args": args,
        "status": "InProgress",
        "startTime": call.world.timestamp,
        "error": None,
        **_doomed(call),
    }
    if state:
        target.properties["provisioningState"] = state
    if operation.get("instanceView"):
        target.inner["comingView"] = operation["instanceView"]
    call.world.save(target)
    for lock in operation["locks"]:
        call.world.documents("locks").save(lock, {"operation": operation["id"]})
    call.world.documents("operations").save(operation["id"], operation)
    call.world.after(seconds, "operation-due", operation=operation["id"])
    return operation


def _doomed(call: Call) -> Json:
    """How a named failure wants this operation to end; kept with it, so a restart knows too."""
    failure = faults.doom(call)
    if failure is None:
        return {}
    view = failure["body"] if failure["surface"] == Surface.INSTANCE_VIEW else None
    return {"doom": failure["error"], "doomState": failure["state"], "instanceView": view}


def running_on(world: World, resource_id: str) -> Json | None:
    """The operation that holds this id now, if one does."""
    lock = world.documents("locks").get(resource_id.lower())
    return world.documents("operations").get(lock["operation"]) if lock else None


def preempt(world: World, resource_id: str) -> None:
    """Ends what runs on a resource as Azure does when a delete overtakes it.

    Source: https://github.com/Azure/azure-sdk-for-java/issues/1783
    """
    operation = running_on(world, resource_id)
    if operation is None:
        return
    world.cancel("operation-due", operation=operation["id"])
    message = "The operation has been preempted by a more recent operation."
    _end(world, operation, "Canceled", {"code": "OperationPreempted", "message": message})
    if operation["then"] in ABORTS:
        ABORTS[operation["then"]](world, **operation["args"])


@event("operation-due")
def _due(world: World, operation: str) -> None:
    record = world.documents("operations").get(operation)
    if record is None or record["status"] != "InProgress":
        return
    try:
        if record.get("doom"):
            raise Failed(record["doom"]["code"], record["doom"]["message"])
        record["result"] = COMPLETIONS[record["then"]](world, **record["args"])
    except NotYet as later:
        world.after(later.seconds, "operation-due", operation=operation)
        return
    except Failed as failure:
        error = record.get("doom") or {"code": failure.code, "message": failure.message}
        _end(world, record, record.get("doomState", "Failed"), error)
        if record["then"] in ABORTS:
            ABORTS[record["then"]](world, **record["args"])
        return
    _end(world, record, "Succeeded", None)


def _end(world: World, operation: Json, status: str, error: Json | None) -> None:
    operation.update(status=status, error=error, endTime=world.timestamp)
    world.documents("operations").save(operation["id"], operation)
    for lock in operation["locks"]:
        world.documents("locks").remove(lock)
    target = world.find(operation["target"])
    if target is None:
        return
    if target.properties.get("provisioningState") != "Succeeded" or error:
        target.properties["provisioningState"] = status
    target.inner.update(failure=error, statusTime=world.timestamp)
    if target.inner.get("comingView"):
        target.inner["instanceView"] = target.inner.pop("comingView")
    world.save(target)


# -- answers ------------------------------------------------------------------------------------


def created(call: Call, operation: Json, resource: Resource, status: int = 201) -> Answer:
    """The answer to a PUT or PATCH: the resource as it is now, and where to watch."""
    headers = {"Azure-AsyncOperation": _url(call, operation)}
    headers["Retry-After"] = retry_after(call.world, 10)
    return Answer(status, get_body(call, resource), headers)


def accepted(call: Call, operation: Json) -> Answer:
    """The answer to a POST or DELETE: 202, where to watch and where the result will be."""
    headers = {
        "Azure-AsyncOperation": _url(call, operation),
        "Location": _url(call, operation, result=True),
        "Retry-After": retry_after(call.world, 10),
    }
    return Answer(202, None, headers)


def retry_after(world: World, seconds: float) -> str:
    """Azure's advice, scaled like everything else; at high speed 0, which the SDKs accept."""
    return str(int(seconds / world.speed))


def _url(call: Call, operation: Json, *, result: bool = False) -> str:
    kind = "operations"
    if result and operation["namespace"].lower() != "microsoft.compute":
        kind = "operationResults"
    monitor = "&monitor=true" if result and kind == "operations" else ""
    return (
        f"{call.base_url}/subscriptions/{operation['subscription']}/providers/"
        f"{operation['namespace']}/locations/{operation['location']}/{kind}/{operation['id']}"
        f"?p={operation['id'][:8]}{monitor}&api-version={call.api_version}"
    )


def serve(namespace: str) -> None:
    """Routes of a namespace's operation and result URLs."""
    route("GET", f"{namespace}/locations/operations")(_show)
    route("GET", f"{namespace}/locations/operationResults")(_result)


def _find(call: Call) -> Json:
    operation = call.world.documents("operations").get(call.path.name)
    if operation is None or operation["subscription"].lower() != call.path.subscription.lower():
        raise ArmError(404, "NotFound", f"The operation '{call.path.name}' was not found.")
    return operation


def _show(call: Call) -> Answer:
    if call.asked("monitor"):
        return _result(call)
    operation = _find(call)
    body = {"startTime": operation["startTime"], "status": operation["status"]}
    if operation["status"] != "InProgress":
        body["endTime"] = operation["endTime"]
    if operation["error"] and operation["status"] != "InProgress":
        body["error"] = operation["error"]
    if operation["status"] == "Succeeded" and operation.get("result") is not None:
        body["properties"] = {"output": operation["result"]}
    body["name"] = operation["id"]
    headers = {"Retry-After": retry_after(call.world, 10)}
    return Answer(200, body, headers if operation["status"] == "InProgress" else {})


def _result(call: Call) -> Answer:
    operation = _find(call)
    if operation["status"] == "InProgress":
        headers = {"Location": call.base_url + call.path.path + "?" + _query(call)}
        return Answer(202, None, {**headers, "Retry-After": retry_after(call.world, 10)})
    if operation["error"]:
        raise ArmError(409, operation["error"]["code"], operation["error"]["message"])
    return Answer(200, operation.get("result"))


def _query(call: Call) -> str:
    return "&".join(f"{key}={value}" for key, value in call.query.items())


@completes("resource-gone")
def _gone(world: World, *, resource: str) -> None:
    """The end of every plain delete."""
    world.remove(resource)
