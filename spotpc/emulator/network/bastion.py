"""Bastion hosts and shareable links.

Source: learn.microsoft.com, REST reference "Bastion Hosts", and "Create a shareable link for
Bastion".
"""

from __future__ import annotations

import secrets
from uuid import uuid4

from .. import durations
from ..operations import accepted, completes, created, start
from ..router import Call, ResourceType, action, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, listens
from .nics import refuse_busy

BASTION = "Microsoft.Network/bastionHosts"

declare(ResourceType(BASTION))


@route("PUT", BASTION)
def _put(call: Call) -> Answer:
    id_ = call.canonical_id()
    refuse_busy(call, id_)
    known = call.find(id_)
    asked = call.body.get("properties") or {}
    body: Json = {
        "name": call.path.name,
        "id": id_,
        "type": BASTION,
        "etag": f'W/"{uuid4()}"',
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "sku": call.body.get("sku") or {"name": "Standard"},
        "properties": {
            "dnsName": f"bst-{uuid4()}.bastion.azure.com",
            "scaleUnits": asked.get("scaleUnits") or 2,
            "enableShareableLink": bool(asked.get("enableShareableLink")),
            "enableTunneling": bool(asked.get("enableTunneling")),
            "enableIpConnect": bool(asked.get("enableIpConnect")),
            "disableCopyPaste": bool(asked.get("disableCopyPaste")),
            "ipConfigurations": asked.get("ipConfigurations") or [],
            "provisioningState": "Updating",
        },
    }
    if known:
        body["properties"]["dnsName"] = known.properties["dnsName"]
    bastion = call.world.save(Resource(id_, BASTION, body))
    operation = start(call, bastion, then="network-settles", seconds=durations.BASTION)
    return created(call, operation, bastion, 200 if known else 201)


@route("DELETE", BASTION)
def _delete(call: Call) -> Answer:
    bastion = call.find(call.path.path)
    if bastion is None:
        return Answer(204)
    refuse_busy(call, bastion.id)
    operation = start(
        call,
        bastion,
        then="resource-gone",
        seconds=durations.BASTION,
        state="Deleting",
        resource=bastion.id,
    )
    return accepted(call, operation)


def _asked_vms(call: Call) -> list[str]:
    return [str(each["vm"]["id"]) for each in call.body.get("vms") or []]


@action(BASTION, "createShareableLinks")
def _create_links(call: Call) -> Answer:
    bastion = _with_links(call)
    vms = _asked_vms(call)
    for vm in vms:
        if call.find(vm) is None:
            raise ArmError(404, "ResourceNotFound", f"The Resource '{vm}' was not found.")
    operation = start(
        call,
        bastion,
        then="bastion-links",
        seconds=durations.BASTION_LINK,
        state="",
        bastion=bastion.id,
        vms=vms,
    )
    return accepted(call, operation)


@completes("bastion-links")
def _links_made(world: World, *, bastion: str, vms: list[str]) -> Json:
    found = world.find(bastion)
    if found is None:
        return {"value": []}
    links: Json = found.inner.setdefault("links", {})
    for vm in vms:
        if vm.lower() not in links:
            url = f"https://{found.properties['dnsName']}/api/shareable-url/{secrets.token_hex(16)}"
            links[vm.lower()] = {"vm": {"id": vm}, "bsl": url, "createdAt": world.timestamp}
    world.save(found)
    return {"value": [links[vm.lower()] for vm in vms]}


@action(BASTION, "getShareableLinks")
def _get_links(call: Call) -> Answer:
    links = call.resource.inner.get("links", {})
    asked = [vm.lower() for vm in _asked_vms(call)]
    found = [link for vm, link in links.items() if not asked or vm in asked]
    return Answer(200, {"value": found})


@action(BASTION, "deleteShareableLinks")
def _delete_links(call: Call) -> Answer:
    bastion = _with_links(call)
    for vm in _asked_vms(call):
        bastion.inner.get("links", {}).pop(vm.lower(), None)
    operation = start(
        call, bastion, then="network-settles", seconds=durations.BASTION_LINK, state=""
    )
    return accepted(call, operation)


def _with_links(call: Call) -> Resource:
    bastion = call.resource
    refuse_busy(call, bastion.id)
    if not bastion.properties.get("enableShareableLink"):
        raise ArmError(  # believed; the rule is documented, the text is not
            400,
            "BastionShareableLinkNotEnabled",
            f"Shareable link is not enabled on Bastion host {bastion.id}.",
        )
    return bastion


@listens("vm-removed")
def _forget(world: World, *, vm: str) -> None:
    for bastion in list(world.each(BASTION)):
        if bastion.inner.get("links", {}).pop(vm.lower(), None):
            world.save(bastion)
