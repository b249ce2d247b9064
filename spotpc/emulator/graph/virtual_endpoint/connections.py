"""Azure network connections (Graph: onPremisesConnections).

Source: learn.microsoft.com, resource page of cloudPcOnPremisesConnection and its methods. A create
and every update start the health checks (the published answers say `pending` and `running`). The
domain's password is never answered. That an update or a delete is refused while checks run, and in
which words, is believed; that one in use can't be deleted is documented.
"""

from __future__ import annotations

from dataclasses import replace

from ...network.networks import VNET
from ...wire import Answer
from ...world import Json, World
from .. import auth, objects
from ..odata import listed, one
from ..routing import GraphCall, documents_of, graph
from . import building, health_checks, policies, shapes
from .dooms import doom
from .health_checks import KIND, UNDER_CHECK
from .policies import READ, WRITE
from .shapes import CONNECTION

_PATH = f"/deviceManagement/virtualEndpoint/{KIND}"
_ONE = f"{_PATH}/{{id}}"
_HIDDEN = shapes.ONLY_SELECTED[CONNECTION]

_NEEDED = ("displayName", "subscriptionId", "resourceGroupId", "virtualNetworkId", "subnetId")
_GIVEN = (
    *_NEEDED, "adDomainName", "adDomainUsername", "connectionType", "organizationalUnit",
    "alternateResourceUrl",
)  # fmt: skip


def _shown(call: GraphCall, connection: Json) -> Json:
    body = connection["body"]
    vnet = call.world.find(str(body["virtualNetworkId"]))
    used = _policies_with(call.world, call.tenant, body["id"])
    by_pcs = _in_use_by_cloud_pcs(call.world, call.tenant, body["id"])
    tie = call.world.documents("subscriptions").get(str(body["subscriptionId"]).lower())
    told = {
        "inUse": used or by_pcs,
        "inUseByCloudPc": by_pcs,
        "virtualNetworkLocation": vnet.location if vnet and vnet.type == VNET else None,
        "subscriptionName": tie["name"] if tie else body.get("subscriptionName"),
    }
    return shapes.view(call, CONNECTION, {**body, **told})


def _policies_with(world: World, tenant: str, connection_id: str) -> bool:
    return any(
        str(join.get("onPremisesConnectionId") or "").lower() == connection_id
        for policy in documents_of(world, tenant, policies.KIND).values()
        for join in policy["body"]["domainJoinConfigurations"]
    )


def _in_use_by_cloud_pcs(world: World, tenant: str, connection_id: str) -> bool:
    pcs = documents_of(world, tenant, building.KIND).values()
    return any(str(each["inner"]["target"]["connection"]).lower() == connection_id for each in pcs)


@graph("GET", _PATH, needs=READ)
def _list(call: GraphCall) -> Answer:
    shown = [_shown(call, each) for each in call.documents(KIND).values()]
    return listed(call, shown, CONNECTION, hidden=_HIDDEN)


@graph("GET", _ONE, needs=READ)
def _get(call: GraphCall) -> Answer:
    found = call.find(KIND, call.params["id"])
    return one(call, _shown(call, found), CONNECTION, hidden=_HIDDEN)


@graph("POST", _PATH, needs=WRITE)
def _create(call: GraphCall) -> Answer:
    """Domain and account of a hybrid join may be missing, as in the published example: the checks
    find that out."""
    shapes.check_names(call, CONNECTION, "adDomainPassword")
    for name in _NEEDED:
        shapes.text(call, name)
    body: Json = {
        "id": objects.new_id(),
        "connectionType": "hybridAzureADJoin",
        "healthCheckPaused": False,
        "scopeIds": ["0"],
        **_wanted(call),
    }
    connection: Json = {"body": body, "inner": {"adDomainPassword": ""}}
    _keep_password(call, connection)
    health_checks.begin(call.world, call.tenant, connection, "pending", doom(call))
    return one(call, _shown(call, connection), CONNECTION, status=201, hidden=_HIDDEN)


def _wanted(call: GraphCall) -> Json:
    given = {name: call.body[name] for name in _GIVEN if name in call.body}
    for name in _NEEDED:
        if name in given:
            shapes.text(call, name)
    kinds = ("azureADJoin", "hybridAzureADJoin")
    if "connectionType" in given:
        shapes.check_choice("connectionType", given["connectionType"], kinds)
    if len(str(given.get("adDomainName") or "")) > 255:
        raise shapes.bad("The property 'adDomainName' must not be longer than 255 characters.")
    return given


def _keep_password(call: GraphCall, connection: Json) -> None:
    """For the trial join; nothing answers it."""
    if call.body.get("adDomainPassword"):
        connection["inner"]["adDomainPassword"] = call.body["adDomainPassword"]


def _idle(call: GraphCall) -> Json:
    """The connection, unless it is under check."""
    connection = call.find(KIND, call.params["id"])
    if connection["body"]["healthCheckStatus"] in UNDER_CHECK:
        raise shapes.conflict(
            "The Azure network connection can't be changed while its health checks are running."
        )
    return connection


@graph("PATCH", _ONE, needs=WRITE)
def _update(call: GraphCall) -> Answer:
    connection = _idle(call)
    shapes.check_names(call, CONNECTION, "adDomainPassword")
    connection["body"] |= _wanted(call)
    _keep_password(call, connection)
    health_checks.begin(call.world, call.tenant, connection, "running", doom(call))
    return one(call, _shown(call, connection), CONNECTION, hidden=_HIDDEN)


@graph("POST", f"{_ONE}/updateAdDomainPassword", needs=WRITE)
def _update_password(call: GraphCall) -> Answer:
    """Of a successful connection; 204. Source: "cloudPcOnPremisesConnection:
    updateAdDomainPassword"."""
    shapes.text(call, "adDomainPassword")
    connection = _idle(call)
    _keep_password(call, connection)
    call.documents(KIND).save(connection["body"]["id"], connection)
    return Answer(204)


@graph("POST", f"{_ONE}/runHealthChecks", needs=WRITE)
def _run(call: GraphCall) -> Answer:
    """For signed-in admins only: "Application: Not supported", in v1.0 and in beta.

    Source: learn.microsoft.com, "cloudPcOnPremisesConnection: runHealthChecks". The refusal's words
    are believed. `scp` is what a signed-in user's token has in place of roles.
    """
    if not call.claims.get("scp"):
        auth.require(replace(call, claims={**call.claims, "roles": []}), WRITE)
    connection = _idle(call)
    health_checks.begin(call.world, call.tenant, connection, "running", doom(call))
    return Answer(204)


@graph("DELETE", _ONE, needs=WRITE)
def _delete(call: GraphCall) -> Answer:
    connection = _idle(call)
    if _shown(call, connection)["inUse"]:
        raise shapes.conflict("The Azure network connection is in use and can't be deleted.")
    call.documents(KIND).remove(connection["body"]["id"])
    return Answer(204)
