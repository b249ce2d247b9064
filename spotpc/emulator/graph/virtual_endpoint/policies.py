"""Provisioning policies: create, read, change, delete.

Source: learn.microsoft.com, resource page of cloudPcProvisioningPolicy and its methods. A change
reaches no Cloud PC by itself (memdocs, windows-365/enterprise/provisioning.md).
"""

from __future__ import annotations

import re

from ...wire import Answer
from ...world import Json
from .. import objects
from ..odata import listed, one
from ..routing import GraphCall, graph
from . import gallery_images, naming, shapes
from .shapes import POLICY, bad

WRITE = ("CloudPC.ReadWrite.All",)
READ = ("CloudPC.Read.All", *WRITE)
KIND = "provisioningPolicies"
_PATH = f"/deviceManagement/virtualEndpoint/{KIND}"

# Source: learn.microsoft.com, "Create provisioning policies": none of these in the name.
_FORBIDDEN = '<>&|"^'

_PLAIN = (
    "cloudPcNamingTemplate", "description", "displayName", "enableSingleSignOn",
    "imageDisplayName", "imageId", "imageType", "localAdminEnabled", "windowsSetting",
)  # fmt: skip


@graph("GET", _PATH, needs=READ)
def _list(call: GraphCall) -> Answer:
    shown = [_shown(call, each) for each in call.documents(KIND).values()]
    return listed(call, shown, POLICY)


@graph("GET", _PATH + "/{id}", needs=READ)
def _get(call: GraphCall) -> Answer:
    return one(call, _shown(call, call.find(KIND, call.params["id"])), POLICY)


def _shown(call: GraphCall, policy: Json) -> Json:
    """With its assignments where $expand asks for them, whatever $select says."""
    shown = shapes.view(call, POLICY, policy["body"])
    if not call.expands("assignments"):
        return shown
    chosen = call.asked("$select")
    if chosen and "assignments" not in chosen.split(","):
        kept = {k: v for k, v in call.query.items() if k.lower().lstrip("$") != "select"}
        call.query = {**kept, "$select": f"{chosen},assignments"}
    return {**shown, "assignments": assignments_of(policy)}


def assignments_of(policy: Json) -> list[Json]:
    """Source of the id: resource page of cloudPcProvisioningPolicyAssignment."""
    return [
        {
            "id": f"{policy['body']['id']}_{each['groupId']}",
            "target": {
                "@odata.type": "#microsoft.graph.cloudPcManagementGroupAssignmentTarget",
                "groupId": each["groupId"],
                "servicePlanId": None,
            },
        }
        for each in policy["inner"]["assigned"]
    ]


@graph("POST", _PATH, needs=WRITE)
def _create(call: GraphCall) -> Answer:
    shapes.check_names(call, POLICY)
    shapes.text(call, "imageId")
    given = call.body.get("provisioningType") or "dedicated"
    shapes.check_choice("provisioningType", given, ("dedicated", "shared"))
    body: Json = {
        "id": objects.new_id(),
        "description": "",
        "enableSingleSignOn": False,
        "localAdminEnabled": False,
        "gracePeriodInHours": 168,
        "provisioningType": given,
        "windowsSetting": {"locale": "en-US"},
        "domainJoinConfigurations": [],
        "managedBy": "windows365",
        **_wanted(call, {"imageType": "gallery"}),
    }
    policy: Json = {"body": body, "inner": {"assigned": []}}
    call.documents(KIND).save(body["id"], policy)
    return one(call, shapes.view(call, POLICY, body), POLICY, status=201)


@graph("PATCH", _PATH + "/{id}", needs=WRITE)
def _update(call: GraphCall) -> Answer:
    policy = call.find(KIND, call.params["id"])
    shapes.check_names(call, POLICY)
    kind = call.body.get("provisioningType")
    if kind and kind != policy["body"]["provisioningType"]:
        raise bad("The property 'provisioningType' can't be changed.")  # rule: resource page
    policy["body"] |= _wanted(call, policy["body"])
    call.documents(KIND).save(policy["body"]["id"], policy)
    return Answer(204)


def _wanted(call: GraphCall, before: Json) -> Json:
    """What the request sets, checked; the image and where it joins as they will be together."""
    given = {name: call.body[name] for name in _PLAIN if name in call.body}
    if "displayName" in given or not before.get("displayName"):
        _check_name(shapes.text(call, "displayName", 120))
    wrong = naming.wrong_with(given.get("cloudPcNamingTemplate") or naming.DEFAULT)
    if wrong:
        raise bad(wrong)
    if {"imageId", "imageType"} & set(given):
        image = {**before, **given}
        given["imageType"] = image["imageType"]
        name = _image_name(call, str(image["imageType"]), str(image.get("imageId")))
        given["imageDisplayName"] = call.body.get("imageDisplayName") or name
    if "domainJoinConfigurations" in call.body:
        joins = call.body["domainJoinConfigurations"] or []
        given["domainJoinConfigurations"] = [_join(call, each) for each in joins]
    return given


def _check_name(name: str) -> None:
    if re.search(f"[{re.escape(_FORBIDDEN)}]", name):
        raise bad(f"The property 'displayName' must not contain any of {' '.join(_FORBIDDEN)}")


def _image_name(call: GraphCall, kind: str, image_id: str) -> str:
    """The image must be there and usable (believed; the admin centre offers no other)."""
    shapes.check_choice("imageType", kind, ("gallery", "custom"))
    if kind == "custom":
        known = call.documents("deviceImages").get(image_id.lower())
        if known is None or known["body"]["status"] != "ready":
            raise bad(f"The device image '{image_id}' isn't there or isn't ready.")
        return str(known["body"]["displayName"])
    found = gallery_images.find(image_id)
    if found is None or found["status"] == "notSupported":
        raise bad(f"The gallery image '{image_id}' isn't there or isn't supported any more.")
    return str(found["displayName"])


def _join(call: GraphCall, given: Json) -> Json:
    """One way to join. `type` is its older name, which the published requests still use."""
    kind = given.get("domainJoinType") or given.get("type") or "azureADJoin"
    shapes.check_choice("domainJoinType", kind, ("azureADJoin", "hybridAzureADJoin"))
    connection_id = given.get("onPremisesConnectionId")
    if connection_id:
        known = call.documents("onPremisesConnections").get(str(connection_id).lower())
        if known is None:  # believed
            raise bad(f"The Azure network connection '{connection_id}' isn't there.")
        if known["body"]["connectionType"] != kind:  # believed
            raise bad("The join type is not that of the Azure network connection.")
    elif kind == "hybridAzureADJoin":  # source: "Create provisioning policies"
        raise bad("A hybrid join needs an Azure network connection.")
    return {
        "domainJoinType": kind,
        "onPremisesConnectionId": connection_id,
        "regionGroup": given.get("regionGroup"),
        "regionName": given.get("regionName"),
    }


@graph("DELETE", _PATH + "/{id}", needs=WRITE)
def _delete(call: GraphCall) -> Answer:
    """Source of the rule: memdocs, windows-365/enterprise/provisioning.md."""
    policy = call.find(KIND, call.params["id"])
    if policy["inner"]["assigned"]:
        raise shapes.conflict(
            "The provisioning policy is assigned to a group and can't be deleted."
            " Remove its assignments first."
        )
    call.documents(KIND).remove(policy["body"]["id"])
    return Answer(204)


@graph("POST", _PATH + "/{id}/apply", needs=WRITE, versions=("beta",))
def _apply(call: GraphCall) -> Answer:
    """Only beta has it; region and single sign-on of existing Cloud PCs aren't modelled.

    Source: learn.microsoft.com, beta "cloudPcProvisioningPolicy: apply".
    """
    call.find(KIND, call.params["id"])
    shapes.check_choice(
        "policySettings", call.body.get("policySettings") or "region", ("region", "singleSignOn")
    )
    return Answer(204)
