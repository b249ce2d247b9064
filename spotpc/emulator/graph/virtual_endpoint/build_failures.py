"""Why a Cloud PC doesn't come about.

The messages are of memdocs, windows-365/enterprise/provisioning-errors.md, as the admin centre
shows them; what the API says is not written down, so the codes are believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from ... import faults
from ...world import Json, World
from ..routing import documents_of
from . import service_plans


@dataclass(frozen=True)
class Failure:
    code: str
    message: str


POLICY_GONE = Failure(
    "provisioningPolicyNotFound",
    "While a provisioning is in progress, someone has deleted the provisioning policy.",
)
USER_GONE = Failure(
    "userNotFound", "While a provisioning is in progress, someone has deleted the associated user."
)
LICENCE_GONE = Failure(
    "licenseNotFound",
    "While a provisioning is in progress, someone has removed the user's Windows 365 license.",
)
CONNECTION_UNHEALTHY = Failure(
    "onPremisesConnectionNotHealthy",
    "Cloud PC provisioning will be blocked if the associated ANC isn't healthy. The ANC will"
    " refresh every 6 hours.",
)
INTERNAL = Failure(
    # Source: the resource page of cloudPcStatusDetail.
    "internalServerError",
    "There was an internal server error. Please contact support xxx.",
)


def of(world: World, tenant: str, pc: Json) -> Failure | None:
    """What stops this build at its end; None: nothing does."""
    user_id, target = pc["inner"]["user"], pc["inner"]["target"]
    if pc["inner"].get("doom"):
        return Failure(pc["inner"]["doom"]["code"], pc["inner"]["doom"]["message"])
    told = _asked_for(world, pc)
    if told:
        return told
    if documents_of(world, tenant, "provisioningPolicies").get(target["policy"]) is None:
        return POLICY_GONE
    if documents_of(world, tenant, "users").get(user_id) is None:
        return USER_GONE
    if service_plans.held(world, tenant, user_id) is None:
        return LICENCE_GONE
    return _unconnected(world, tenant, str(target["connection"]))


def _asked_for(world: World, pc: Json) -> Failure | None:
    """The behaviour "reprovision-fails", with its own code and message if it has them."""
    if not pc["inner"]["again"]:
        return None
    found = faults.behaviour(world, "reprovision-fails", user=str(pc["body"]["userPrincipalName"]))
    if found is None:
        return None
    code, message = found.get("code"), found.get("message")
    return Failure(code or INTERNAL.code, message or INTERNAL.message)


def _unconnected(world: World, tenant: str, connection_id: str) -> Failure | None:
    """Passed, with or without warnings, is healthy; one under check is believed to be too."""
    if not connection_id:
        return None
    known = documents_of(world, tenant, "onPremisesConnections").get(connection_id.lower())
    unhealthy = known is None or known["body"]["healthCheckStatus"] == "failed"
    return CONNECTION_UNHEALTHY if unhealthy else None
