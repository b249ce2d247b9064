"""Who gets a Cloud PC by which policy, and what becomes of it when he is no longer meant.

Source: memdocs, windows-365/enterprise/provisioning.md: one Cloud PC for each user of an assigned
group who has a licence; of several policies the first assigned one; whoever is no longer meant has
his Cloud PC for a grace period, then it is deleted.
"""

from __future__ import annotations

from ... import durations
from ...wire import Answer
from ...world import Json, World, event, listens
from .. import people
from ..odata import listed
from ..routing import GraphCall, documents_of, graph
from . import building, policies, service_plans, shapes
from .building import BUSY, KIND

_PATH = f"/deviceManagement/virtualEndpoint/{policies.KIND}/{{id}}"
_TARGET = "cloudpcmanagementgroupassignmenttarget"


@graph("GET", f"{_PATH}/assignments", needs=policies.READ)
def _list(call: GraphCall) -> Answer:
    policy = call.find(policies.KIND, call.params["id"])
    return listed(call, policies.assignments_of(policy), "cloudPcProvisioningPolicyAssignment")


@graph("POST", f"{_PATH}/assign", needs=policies.WRITE)
def _assign(call: GraphCall) -> Answer:
    """Replaces all assignments (believed: as Intune's other assign actions do)."""
    policy = call.find(policies.KIND, call.params["id"])
    given = call.body.get("assignments")
    if not isinstance(given, list):
        raise shapes.bad("The property 'assignments' is required.")
    groups = [_group(call, each) for each in given]
    before = {each["groupId"]: each for each in policy["inner"]["assigned"]}
    policy["inner"]["assigned"] = [
        before.get(group) or {"groupId": group, "at": call.world.now}
        for group in dict.fromkeys(groups)
    ]
    call.documents(policies.KIND).save(policy["body"]["id"], policy)
    reconcile(call.world, call.tenant)
    return Answer(204)


def _group(call: GraphCall, given: Json) -> str:
    """The id of a group that is there; wording believed."""
    target = given.get("target") or {}
    kind = str(target.get("@odata.type") or "").lower().rpartition(".")[2]
    wanted = str(target.get("groupId") or "").lower()
    if kind != _TARGET or call.documents("groups").get(wanted) is None:
        raise shapes.bad(f"The assignment's target '{wanted}' is not a group.")
    return wanted


@listens("directory-changed")
@listens("cloud-pc-settled")
def reconcile(world: World, tenant: str) -> None:
    """Makes the Cloud PCs of a tenant what its policies, groups and licences say."""
    meant = _meant(world, tenant)
    owners = set()
    for pc in documents_of(world, tenant, KIND).values():
        owners.add(pc["inner"]["user"])
        if pc["body"]["status"] in BUSY:
            continue  # comes again when that is over
        if pc["inner"]["user"] in meant or pc["inner"].get("byHand"):
            _keep(world, tenant, pc)
        else:
            _let_go(world, tenant, pc)
    for user_id, policy in meant.items():
        plan = service_plans.take(world, tenant, user_id) if user_id not in owners else None
        if plan:
            building.begin(world, tenant, policy, user_id, plan)


def _meant(world: World, tenant: str) -> dict[str, Json]:
    """Users by id, each with the policy that was assigned to him first."""
    assigned = [
        (each["at"], policy["body"]["id"], each["groupId"], policy)
        for policy in documents_of(world, tenant, policies.KIND).values()
        for each in policy["inner"]["assigned"]
    ]
    meant: dict[str, Json] = {}
    for _, _, group_id, policy in sorted(assigned, key=lambda each: each[:3]):
        for user in people.users_of(world, tenant, group_id):
            meant.setdefault(user["body"]["id"], policy)
    return meant


def _keep(world: World, tenant: str, pc: Json) -> None:
    """Meant again in time: believed to end the grace period."""
    if pc["body"]["status"] == "inGracePeriod":
        world.cancel("grace-period-over", tenant=tenant, cloud_pc=pc["body"]["id"])
        pc["body"] |= {"status": "provisioned", "gracePeriodEndDateTime": None}
        building.save(world, tenant, pc)


def _let_go(world: World, tenant: str, pc: Json) -> None:
    if pc["body"]["status"] == "inGracePeriod":
        return
    ends = world.now + durations.GRACE_PERIOD / world.speed
    pc["body"] |= {"status": "inGracePeriod", "gracePeriodEndDateTime": shapes.stamped(ends)}
    building.save(world, tenant, pc)
    world.after(
        durations.GRACE_PERIOD, "grace-period-over", tenant=tenant, cloud_pc=pc["body"]["id"]
    )


@event("grace-period-over")
def _over(world: World, *, tenant: str, cloud_pc: str) -> None:
    pc = documents_of(world, tenant, KIND).get(cloud_pc)
    if pc:
        building.deprovision(world, tenant, pc)
