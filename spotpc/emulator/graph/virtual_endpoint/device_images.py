"""Device images: a tenant's own images, handed over to Windows 365.

pending → (copied, validated with a trial VM) → ready | failed with an `errorCode`.
Source: learn.microsoft.com, resource page of cloudPcDeviceImage and its methods; memdocs,
windows-365/enterprise/device-images.md (what is done with it, 20 at most) and add-device-images.md
(the version's form, no delete while a policy uses it). Codes and texts of refusals are believed.
"""

from __future__ import annotations

import re

from ... import durations, faults, ids
from ...compute.disks import IMAGE
from ...wire import Answer
from ...world import Json, World, event
from .. import objects
from ..odata import listed, one
from ..routing import GraphCall, documents_of, graph
from . import image_checks, policies, shapes
from .dooms import doom
from .policies import READ, WRITE
from .shapes import DEVICE_IMAGE

KIND = "deviceImages"
MOST = 20
_PATH = f"/deviceManagement/virtualEndpoint/{KIND}"


def _shown(call: GraphCall, body: Json) -> Json:
    """Later members of the enumeration are kept from who doesn't ask for them."""
    shown = shapes.view(call, DEVICE_IMAGE, body)
    hides = not call.prefers("include-unknown-enum-members")
    if hides and shown["errorCode"] in image_checks.LATER_CODES:
        shown["errorCode"] = "unknownFutureValue"
    return shown


@graph("GET", _PATH, needs=READ)
def _list(call: GraphCall) -> Answer:
    shown = [_shown(call, each["body"]) for each in call.documents(KIND).values()]
    return listed(call, shown, DEVICE_IMAGE)


@graph("GET", f"{_PATH}/{{id}}", needs=READ)
def _get(call: GraphCall) -> Answer:
    body = call.find(KIND, call.params["id"])["body"]
    return one(call, _shown(call, body), DEVICE_IMAGE)


@graph("POST", _PATH, needs=WRITE)
def _create(call: GraphCall) -> Answer:
    shapes.check_names(call, DEVICE_IMAGE)
    name, version = shapes.text(call, "displayName", 64), shapes.text(call, "version")
    source_id = shapes.text(call, "sourceImageResourceId")
    number = r"(0|[1-9]\d*)"
    if not re.fullmatch(rf"{number}\.{number}\.{number}", version):
        raise shapes.bad("The image version must follow Major(int).Minor(int).Patch(int) format.")
    if not re.search(r"/images/[^/]+(/versions/[^/]+)?$", source_id):
        raise shapes.bad("The source image resource ID is not that of an image.")
    known = [each["body"] for each in call.documents(KIND).values()]
    if any(_key(each) == (name.lower(), version) for each in known):
        raise shapes.conflict(f"A device image '{name}' of version '{version}' already exists.")
    if len(known) >= MOST:
        raise shapes.bad("You can upload up to 20 of your own custom device images.")
    body: Json = {
        "id": objects.new_id(),
        "displayName": name,
        "version": version,
        "sourceImageResourceId": source_id,
        "status": "pending",
        "lastModifiedDateTime": shapes.stamped(call.world.now),
    }
    image: Json = {"body": body, "inner": {"doom": doom(call)}}
    call.documents(KIND).save(body["id"], image)
    call.world.after(
        durations.DEVICE_IMAGE_COPY, "device-image-copied", tenant=call.tenant, image=body["id"]
    )
    return one(call, _shown(call, body), DEVICE_IMAGE, status=201)


def _key(body: Json) -> tuple[str, str]:
    """Together they identify an image: the resource page."""
    return str(body["displayName"]).lower(), str(body["version"])


@event("device-image-copied")
def _copied(world: World, *, tenant: str, image: str) -> None:
    """The source must be there until now; later it may go."""
    found = documents_of(world, tenant, KIND).get(image)
    if found is None:
        return
    source = image_checks.find(world, found["body"]["sourceImageResourceId"])
    wrong = _asked_for(world, found) or image_checks.before_copy(source)
    if source is None or wrong:
        _end(world, tenant, found, wrong)
        return
    found["inner"]["wrong"] = image_checks.in_trial(source)
    found["inner"]["facts"] = image_checks.facts_of(source)
    documents_of(world, tenant, KIND).save(image, found)
    world.after(durations.DEVICE_IMAGE_VALIDATION, "device-image-tried", tenant=tenant, image=image)


@event("device-image-tried")
def _tried(world: World, *, tenant: str, image: str) -> None:
    found = documents_of(world, tenant, KIND).get(image)
    if found:
        _end(world, tenant, found, found["inner"]["wrong"])


def _asked_for(world: World, image: Json) -> str:
    """The error code a named failure or the behaviour "image-fails" wants."""
    if image["inner"]["doom"]:
        return str(image["inner"]["doom"]["code"])
    found = faults.behaviour(world, "image-fails", image=str(image["body"]["displayName"]))
    return str(found.get("errorCode") or "internalServerError") if found else ""


def _end(world: World, tenant: str, image: Json, wrong: str) -> None:
    image["body"]["lastModifiedDateTime"] = shapes.stamped(world.now)
    if wrong:
        image["body"] |= {"status": "failed", "errorCode": wrong}
    else:
        image["body"] |= {"status": "ready", **image["inner"]["facts"]}
    documents_of(world, tenant, KIND).save(image["body"]["id"], image)


@graph("DELETE", f"{_PATH}/{{id}}", needs=WRITE)
def _delete(call: GraphCall) -> Answer:
    """Source of the words: memdocs, add-device-images.md."""
    image = call.find(KIND, call.params["id"])["body"]["id"]
    for policy in call.documents(policies.KIND).values():
        if str(policy["body"]["imageId"]).lower() == image:
            raise shapes.conflict(
                "Device images being used in a provisioning policy can't be deleted. Delete the"
                " provisioning policy first and then the associated device image."
            )
    call.documents(KIND).remove(image)
    return Answer(204)


@graph("GET", f"{_PATH}/getSourceImages", needs=READ)
def _sources(call: GraphCall) -> Answer:
    """Managed images of the tenant's subscriptions; a subscription nobody tied to a tenant is
    everybody's. Gallery versions are accepted (preview) but believed not to be listed."""
    ties = dict(call.world.documents("subscriptions").items())
    found: list[Json] = []
    for image in call.world.each(IMAGE):
        subscription = ids.parse(image.id).subscription.lower()
        tie = ties.get(subscription) or {"tenant": call.tenant, "name": None}
        if tie["tenant"].lower() == call.tenant:
            told = {"subscriptionId": subscription, "subscriptionDisplayName": tie["name"]}
            found.append({"resourceId": image.id, "displayName": image.name, **told})
    return listed(call, found, "cloudPcSourceDeviceImage")
