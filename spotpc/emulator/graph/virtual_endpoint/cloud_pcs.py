"""Cloud PCs: reading them, and what an admin may do to one.

Source: learn.microsoft.com, "cloudPC resource type" and its actions, each of which answers 204 at
once. Which states an action needs: memdocs, reprovision-cloud-pc.md and resize-cloud-pc.md; that
any other is refused with 409 is believed.
"""

from __future__ import annotations

from ... import durations
from ...wire import Answer
from ...world import Json, World, event
from .. import people
from ..odata import listed, one
from ..routing import GraphCall, documents_of, graph
from . import building, service_plans, shapes
from .building import KIND, USABLE
from .dooms import doom
from .policies import READ, WRITE
from .service_plans import Plan
from .shapes import CLOUD_PC

_PATH = f"/deviceManagement/virtualEndpoint/{KIND}"
_ONE = f"{_PATH}/{{id}}"


@graph("GET", _PATH, needs=READ)
def _list(call: GraphCall) -> Answer:
    bodies = [each["body"] for each in call.documents(KIND).values()]
    return listed(call, [shapes.view(call, CLOUD_PC, body) for body in bodies], CLOUD_PC)


@graph("GET", _ONE, needs=READ)
def _get(call: GraphCall) -> Answer:
    body = call.find(KIND, call.params["id"])["body"]
    return one(call, shapes.view(call, CLOUD_PC, body), CLOUD_PC)


def _in_state(call: GraphCall, action: str, states: tuple[str, ...]) -> Json:
    """The Cloud PC, if it is in one of these states."""
    pc = call.find(KIND, call.params["id"])
    if pc["body"]["status"] not in states:
        raise shapes.conflict(
            f"The current state conflicts with what the request expects: the Cloud PC is"
            f" '{pc['body']['status']}', and the action '{action}' needs {' or '.join(states)}."
        )
    return pc


@graph("POST", f"{_ONE}/reprovision", needs=WRITE)
def _reprovision(call: GraphCall) -> Answer:
    account, system = call.body.get("userAccountType"), call.body.get("osVersion")
    if account is not None:
        shapes.check_choice("userAccountType", account, ("standardUser", "administrator"))
    if system is not None:
        shapes.check_choice("osVersion", system, ("windows10", "windows11"))
    pc = _in_state(call, "reprovision", (*USABLE, "failed"))
    building.again(call.world, call.tenant, pc, doom(call))
    return Answer(204)


@graph("POST", f"{_ONE}/restore", needs=WRITE)
def _restore(call: GraphCall) -> Answer:
    shapes.text(call, "cloudPcSnapshotId")
    pc = _in_state(call, "restore", USABLE)
    return _busy(call, pc, "restoring", durations.CLOUD_PC_RESTORE)


@graph("POST", f"{_ONE}/resize", needs=WRITE)
def _resize(call: GraphCall) -> Answer:
    """Needs a free licence of the other size. Wording believed."""
    plan = service_plans.find(shapes.text(call, "targetServicePlanId"))
    pc = _in_state(call, "resize", USABLE)
    if plan is None:
        raise shapes.bad("There is no service plan of that id.")
    if _free(call.world, call.tenant, plan) is None:
        raise shapes.bad("There is no license available for the target service plan.")
    pc["inner"]["plan"] = plan.id
    return _busy(call, pc, "resizing", durations.CLOUD_PC_RESIZE)


def _free(world: World, tenant: str, plan: Plan) -> Json | None:
    """The SKU of a plan, if it has a licence nobody holds."""
    for sku in documents_of(world, tenant, "subscribedSkus").values():
        body: Json = sku["body"]
        if service_plans.of_part_number(body["skuPartNumber"]) == plan:
            left = body["prepaidUnits"]["enabled"] - people.consumed(world, tenant, body)
            return body if left > 0 else None
    return None


def _busy(call: GraphCall, pc: Json, status: str, seconds: float) -> Answer:
    pc["body"]["status"] = status
    building.save(call.world, call.tenant, pc)
    call.world.after(seconds, "cloud-pc-ready", tenant=call.tenant, cloud_pc=pc["body"]["id"])
    return Answer(204)


@event("cloud-pc-ready")
def _ready(world: World, *, tenant: str, cloud_pc: str) -> None:
    """The end of a restore or a resize. Without a licence left a resize changes nothing."""
    pc = documents_of(world, tenant, KIND).get(cloud_pc)
    if pc is None:
        return
    plan = service_plans.find(pc["inner"].pop("plan", ""))
    new = _free(world, tenant, plan) if plan else None
    if plan and new:
        old = people.cloud_pc_licence(world, tenant, pc["inner"]["user"])
        if old:
            people.unassign(world, tenant, pc["inner"]["user"], old)
        people.assign(world, tenant, pc["inner"]["user"], new)
        pc["body"] |= {"servicePlanId": plan.id, "servicePlanName": plan.name}
    pc["body"]["status"] = "provisioned"
    building.save(world, tenant, pc)
    world.emit("cloud-pc-settled", tenant=tenant)


@graph("POST", f"{_ONE}/reboot", needs=WRITE)
def _reboot(call: GraphCall) -> Answer:
    _in_state(call, "reboot", USABLE)
    return Answer(204)


@graph("POST", f"{_ONE}/troubleshoot", needs=WRITE)
def _troubleshoot(call: GraphCall) -> Answer:
    call.find(KIND, call.params["id"])
    return Answer(204)


@graph("POST", f"{_ONE}/rename", needs=WRITE)
def _rename(call: GraphCall) -> Answer:
    """Of the Cloud PC, not of its device. Source of the 64: the resource page of cloudPC."""
    pc = call.find(KIND, call.params["id"])
    pc["body"]["displayName"] = shapes.text(call, "displayName", 64)
    building.save(call.world, call.tenant, pc)
    return Answer(204)


@graph("POST", f"{_ONE}/endGracePeriod", needs=WRITE)
def _end_grace_period(call: GraphCall) -> Answer:
    pc = _in_state(call, "endGracePeriod", ("inGracePeriod",))
    call.world.cancel("grace-period-over", tenant=call.tenant, cloud_pc=pc["body"]["id"])
    building.deprovision(call.world, call.tenant, pc)
    return Answer(204)
