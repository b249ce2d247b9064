"""Control plane of Windows 365: a Cloud PC without the waiting."""

from __future__ import annotations

from collections.abc import Mapping

from ...control import control, refuse
from ...wire import Answer
from ...world import Json, World
from .. import people
from ..routing import documents_of
from . import building, service_plans


@control("POST", "cloud-pcs")
def _add(world: World, body: Json, query: Mapping[str, str]) -> Answer:
    """`{"tenant", "policy": name, "user": upn}`: the user has a provisioned Cloud PC of that policy
    at once, whether or not he is in one of its groups; he is made if he isn't there. He needs a
    licence, or one nobody holds. Answers the Cloud PC as beta shows it."""
    tenant, upn = str(body.get("tenant") or "").lower(), str(body.get("user") or "")
    if not tenant or not upn:
        return refuse(400, "tenant, policy and user are needed")
    policies = documents_of(world, tenant, "provisioningPolicies").values()
    named = [x for x in policies if x["body"]["displayName"] == body.get("policy")]
    if len(named) != 1:
        return refuse(404, f"{len(named)} policies are named {body.get('policy')}")
    user = people.ensure_user(world, tenant, upn)["body"]["id"]
    pcs = documents_of(world, tenant, building.KIND).values()
    if any(each["inner"]["user"] == user for each in pcs):
        return refuse(409, f"{upn} has a Cloud PC already")
    plan = service_plans.take(world, tenant, user)
    if plan is None:
        return refuse(409, "no Windows 365 licence is left: add some with POST directory, skus")
    return Answer(200, building.at_once(world, tenant, named[0], user, plan)["body"])
