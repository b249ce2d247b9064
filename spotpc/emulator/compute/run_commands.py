"""Scripts in the guest: managed run commands (resources) and the older action.

A managed run command's operation is about starting the script; its outcome is in the instance view,
and green proves little. With `asyncExecution` the operation ends once the script has started.
Source: learn.microsoft.com, "Run scripts in your Windows VM by using managed Run Commands".
"""

from __future__ import annotations

from .. import durations
from ..operations import NotYet, accepted, completes, created, running_on, start
from ..router import Call, ResourceType, action, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, event
from . import guest, power
from .sizes import VM

RUN_COMMAND = "Microsoft.Compute/virtualMachines/runCommands"


def _view(call: Call, command: Resource) -> Json:
    if not call.expands("instanceView"):
        return command.body
    shown = command.inner.get("view") or {"executionState": "Pending"}
    if shown["executionState"] not in ("Pending", "Running"):
        shown = {**shown, **(command.inner.get("instanceView") or {})}
    return {**command.body, "properties": {**command.properties, "instanceView": shown}}


declare(ResourceType(RUN_COMMAND, _view))


@route("PUT", RUN_COMMAND)
def _put(call: Call) -> Answer:
    vm = call.require_parent()
    id_ = call.canonical_id()
    _check_vm(vm)
    known = call.find(id_)
    if known and running_on(call.world, id_):
        raise _concurrent()
    given = call.body.get("properties") or {}
    again = known is not None and _script(known.properties) == _script(given)
    command = known or Resource(id_, RUN_COMMAND, {"id": id_, "name": call.path.name})
    command.body |= {
        "type": RUN_COMMAND,
        "location": call.body.get("location") or vm.location,
        "tags": call.body.get("tags") or {},
    }
    command.body["properties"] = _shown(given)
    if again:  # the same script under the same name does not run again (believed)
        operation = start(call, command, then="run-command-kept", seconds=1)
        return created(call, operation, command, 200)
    command.inner = {"view": {"executionState": "Pending", "startTime": call.world.timestamp}}
    asynchronous = bool(given.get("asyncExecution"))
    seconds = guest.seconds_of(call.world, vm, _script(given))
    operation = start(
        call,
        command,
        then="run-command-runs",
        seconds=durations.RUN_COMMAND_STARTS,
        state="Creating" if known is None else "Updating",
        command=id_,
        vm=vm.id,
        seconds_left=seconds,
        waits=not asynchronous,
    )
    return created(call, operation, command, 200 if known else 201)


def _script(properties: Json) -> str:
    return str((properties.get("source") or {}).get("script") or "")


def _shown(given: Json) -> Json:
    """Without what Azure keeps to itself: passwords and protected parameters."""
    hidden = ("protectedParameters", "runAsPassword", "instanceView", "provisioningState")
    kept = {key: value for key, value in given.items() if key not in hidden}
    return {
        "asyncExecution": False,
        "treatFailureAsDeploymentFailure": False,
        "timeoutInSeconds": 0,
        "parameters": [],
        **kept,
        "provisioningState": "Creating",
    }


def _check_vm(vm: Resource) -> None:
    """Source: SupportArticles-docs, error-messages.md."""
    power.refuse_generalized(vm, "Run Command")
    if vm.inner.get("power") in ("stopped", "deallocated", "stopping", "deallocating"):
        raise power.refuse("The operation requires the VM to be running (or set to run).")


def _concurrent() -> ArmError:
    """Source: public CI logs."""
    return ArmError(
        409,
        "Conflict",
        "The request failed due to conflict with a concurrent request. To resolve it, please"
        " refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
    )


@completes("run-command-runs")
def _runs(world: World, *, command: str, vm: str, seconds_left: float, waits: bool) -> None:
    """The agent takes the script up. A synchronous command's operation ends with its script."""
    found, machine = world.find(command), world.find(vm)
    if found is None or machine is None:
        return
    view = found.inner["view"]
    if view["executionState"] == "Pending":
        power.wait_for_agent(machine)
        view["executionState"] = "Running"
        world.save(found)
        world.after(seconds_left, "script-ends", command=command, vm=vm)
    if waits and view["executionState"] == "Running" and machine.inner.get("power") == "running":
        raise NotYet(2)


@completes("run-command-kept")
def _kept(world: World) -> None:
    """Nothing ran."""


@event("script-ends")
def _ends(world: World, *, command: str, vm: str) -> None:
    found, machine = world.find(command), world.find(vm)
    if found is None or machine is None or machine.inner.get("power") != "running":
        return
    asked = found.inner.get("instanceView") or found.inner.get("comingView") or {}
    if asked.get("executionState") == "Failed":
        guest.remember(world, machine, str(asked.get("output", "")))
        outcome = guest.Outcome(exit_code=1)
    else:
        outcome = guest.run(world, machine, _script(found.properties))
    if outcome.shuts_down:
        # The agent dies with the VM: nobody is left to report the end.
        guest.shut_down(world, machine)
    else:
        found.inner["view"] |= {**_reported(outcome), "endTime": world.timestamp}
    world.save(found)


def _reported(outcome: guest.Outcome) -> Json:
    return {
        "executionState": "Failed" if outcome.exit_code else "Succeeded",
        "executionMessage": outcome.message,
        "exitCode": outcome.exit_code,
        "output": outcome.output,
        "error": outcome.error,
    }


@route("DELETE", RUN_COMMAND)
def _delete(call: Call) -> Answer:
    command = call.find(call.path.path)
    if command is None:
        return Answer(204)
    operation = start(
        call,
        command,
        then="resource-gone",
        seconds=durations.RUN_COMMAND_STARTS,
        state="Deleting",
        resource=command.id,
    )
    return accepted(call, operation)


@action(VM, "runCommand")
def _run(call: Call) -> Answer:
    """Source of the conflict: public CI logs of Azure clients."""
    vm = call.resource
    _check_vm(vm)
    running = running_on(call.world, f"{vm.id}/runCommand")
    if running:
        raise ArmError(
            409,
            "Conflict",
            "Run command extension execution is in progress. Please wait for completion before"
            " invoking a run command.",
        )
    script = "\n".join(call.body.get("script") or [])
    operation = start(
        call,
        vm,
        then="run-command-action",
        seconds=durations.RUN_COMMAND_ACTION + guest.seconds_of(call.world, vm, script),
        state="",
        holds=[f"{vm.id}/runCommand"],
        vm=vm.id,
        script=script,
    )
    return accepted(call, operation)


@completes("run-command-action")
def _ran(world: World, *, vm: str, script: str) -> Json:
    """Says Succeeded whatever the script did; the truth is in the two texts."""
    machine = world.find(vm)
    if machine is None:
        return {"value": []}
    power.wait_for_agent(machine)
    outcome = guest.run(world, machine, script)
    if outcome.shuts_down:
        guest.shut_down(world, machine)
    return {
        "value": [
            {
                "code": f"ComponentStatus/{name}/succeeded",
                "level": "Info",
                "displayStatus": "Provisioning succeeded",
                "message": text,
            }
            for name, text in (("StdOut", outcome.output), ("StdErr", outcome.error))
        ]
    }
