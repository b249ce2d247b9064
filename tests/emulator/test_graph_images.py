"""Device images and Microsoft's gallery images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from spotpc.emulator.graph.virtual_endpoint import image_checks
from spotpc.emulator.graph.virtual_endpoint.image_checks import CODES, LATER_CODES, Source

from . import builders
from .client import SUBSCRIPTION, Client
from .graph_client import graph, refusal
from .w365_scene import (
    FAST,
    GALLERY,
    MANAGED,
    SINGLE_SESSION,
    SLOW,
    Tenant,
    managed,
    network,
    sealed,
    tenant,
)

PREFER = {"Prefer": "include-unknown-enum-members"}


@pytest.fixture
def it(emulator: Client) -> Tenant:
    found = tenant(emulator)
    network(emulator)
    emulator.control("POST", "speed", {"speed": FAST})
    return found


def upload(it: Tenant, source: str, version: str = "1.0.0", name: str = "Desk") -> dict[str, Any]:
    body = {"displayName": name, "version": version, "sourceImageResourceId": source}
    return it.made("deviceImages", body)


def taken_over(it: Tenant, image: dict[str, Any]) -> dict[str, Any]:
    return it.later(
        lambda: it.shown(f"deviceImages/{image['id']}", **PREFER),
        lambda shown: shown["status"] != "pending",
    )


def outcome(it: Tenant, source: str) -> str:
    shown = taken_over(it, upload(it, source, f"1.0.{len(it.held('deviceImages'))}"))
    it.client.control("POST", "speed", {"speed": FAST})
    return str(shown["errorCode"] or shown["status"])


# -- taken over ---------------------------------------------------------------------------------


def test_a_managed_image_becomes_ready_and_may_then_be_deleted(it: Tenant) -> None:
    source = managed(it.client, "desk", sealed(it.client, "vm-desk"))
    it.client.control("POST", "speed", {"speed": SLOW})
    image = upload(it, source)
    assert (image["status"], image["errorCode"], image["osStatus"]) == ("pending", None, None)
    shown = taken_over(it, image)
    assert (shown["status"], shown["errorCode"]) == ("ready", None)
    assert shown["operatingSystem"] == "Windows 11 Enterprise"
    assert (shown["osBuildNumber"], shown["osStatus"]) == ("24H2", "supported")
    assert (shown["sizeInGB"], shown["expirationDate"]) == (127, "2028-04-12")
    assert shown["lastModifiedDateTime"] > image["lastModifiedDateTime"]
    it.client.arm("DELETE", source)
    assert it.shown("deviceImages")["value"][0]["status"] == "ready"
    policy = it.policy(imageType="custom", imageId=image["id"])
    assert it.shown(f"provisioningPolicies/{policy}")["imageDisplayName"] == "Desk"


def test_a_gallery_version_becomes_ready(it: Tenant) -> None:
    builders.definition(it.client, security="")
    version = builders.version(it.client, sealed(it.client, "vm-desk"))
    assert outcome(it, version) == "ready"


def test_one_on_its_way_is_no_policys_image(it: Tenant) -> None:
    it.client.control("POST", "speed", {"speed": SLOW})
    image = upload(it, f"{MANAGED}/none")
    body = {"displayName": "Sales", "imageType": "custom", "imageId": image["id"]}
    assert refusal(it.w365("POST", "provisioningPolicies", body)) == (400, "BadRequest")
    assert taken_over(it, image)["status"] == "failed"
    assert refusal(it.w365("POST", "provisioningPolicies", body)) == (400, "BadRequest")


def test_a_restart_in_the_middle_changes_nothing(make_emulator: Callable[..., Client]) -> None:
    first = make_emulator()
    image = upload(tenant(first), f"{MANAGED}/none")
    first.emulator.stop()
    again = graph(make_emulator(speed=None))
    it = Tenant(again.client, again.token, again.tenant)
    assert it.shown(f"deviceImages/{image['id']}")["status"] == "pending"
    assert taken_over(it, image)["errorCode"] == "sourceImageNotFound"


# -- not taken over -----------------------------------------------------------------------------


def test_machines_windows_365_does_not_take(it: Tenant) -> None:
    many = managed(it.client, "many", sealed(it.client, "vm-many", builders.MARKETPLACE))
    joined = builders.vm(it.client, "vm-joined", image=SINGLE_SESSION, securityProfile=None)
    builders.wait_agent(it.client, joined)
    login = {"publisher": "Microsoft.Azure.ActiveDirectory", "type": "AADLoginForWindows"}
    body = {"location": "westeurope", "properties": {**login, "typeHandlerVersion": "2.0"}}
    it.client.wait(it.client.arm("PUT", f"{joined}/extensions/login", body))
    builders.generalize(it.client, joined)
    unsealed = builders.vm(it.client, "vm-unsealed", image=SINGLE_SESSION, securityProfile=None)
    for action in ("deallocate", "generalize"):
        answer = it.client.arm("POST", f"{unsealed}/{action}")
        if action == "deallocate":
            it.client.wait(answer)
    assert outcome(it, f"{MANAGED}/none") == "sourceImageNotFound"
    assert outcome(it, many) == "osVersionNotSupported"
    assert outcome(it, managed(it.client, "joined", joined)) == "vmAlreadyAzureAdjoined"
    assert outcome(it, managed(it.client, "unsealed", unsealed)) == "sourceImageNotGeneralized"


def test_a_managed_image_of_a_disk_knows_its_windows(it: Tenant) -> None:
    sealed(it.client, "vm-desk", builders.MARKETPLACE)
    disks = it.client.arm("GET", f"{builders.COMPUTE}/disks").json()["value"]
    disk = {"osType": "Windows", "osState": "Generalized", "managedDisk": {"id": disks[0]["id"]}}
    body = {"location": "westeurope", "properties": {"storageProfile": {"osDisk": disk}}}
    it.client.wait(it.client.arm("PUT", f"{MANAGED}/of-disk", body))
    assert outcome(it, f"{MANAGED}/of-disk") == "osVersionNotSupported"


GOOD = Source("V2", True, "Windows 11 Enterprise", 64, False, False, False)


@pytest.mark.parametrize(
    ("source", "early", "late"),
    [
        (GOOD, "", ""),
        (replace(GOOD, os_name="Windows 10 Enterprise"), "", ""),
        (replace(GOOD, security="TrustedLaunchSupported"), "", ""),
        (None, "sourceImageNotFound", None),
        (replace(GOOD, paid=True), "paidSourceImageNotSupport", ""),
        (replace(GOOD, size_gb=1025), "sourceImageSizeExceedsLimitation", ""),
        (replace(GOOD, generation="V1"), "sourceImageInvalid", ""),
        (replace(GOOD, data_disks=True), "sourceImageInvalid", ""),
        (replace(GOOD, security="TrustedLaunch"), "sourceImageInvalid", ""),
        (replace(GOOD, generalized=False), "", "sourceImageNotGeneralized"),
        (replace(GOOD, joined=True), "", "vmAlreadyAzureAdjoined"),
        (replace(GOOD, os_name="Windows 11 Enterprise multi-session"), "", "osVersionNotSupported"),
        (replace(GOOD, os_name="Windows Server 2022 Datacenter"), "", "osVersionNotSupported"),
    ],
)
def test_what_is_found_wrong(source: Source | None, early: str, late: str | None) -> None:
    assert image_checks.before_copy(source) == early
    if source is not None:
        assert image_checks.in_trial(source) == late


def test_what_an_image_tells_of_itself(it: Tenant) -> None:
    """The paid plan, the size and the generation reach the checks."""
    world, image = (
        it.client.emulator.world,
        managed(it.client, "desk", sealed(it.client, "vm-desk")),
    )
    assert image_checks.find(world, image) == replace(GOOD, size_gb=127)
    held = world.find(image)
    assert held is not None
    held.inner["plan"] = True
    held.properties["hyperVGeneration"] = "V1"
    held.properties["storageProfile"]["dataDisks"] = [{"lun": 0}]
    assert image_checks.find(world, image) == replace(
        GOOD, size_gb=127, paid=True, generation="V1", data_disks=True
    )
    builders.definition(it.client, security="")
    version = builders.version(it.client, sealed(it.client, "vm-two"))
    assert image_checks.find(world, version) == replace(GOOD, size_gb=127)
    definition = world.find(builders.DEFINITION_ID)
    assert definition is not None
    definition.properties.update(purchasePlan={"name": "p"}, osState="Specialized")
    definition.properties["features"] = [{"name": "SecurityType", "value": "TrustedLaunch"}]
    assert image_checks.find(world, version) == replace(
        GOOD, size_gb=127, paid=True, generalized=False, security="TrustedLaunch"
    )


@pytest.mark.parametrize("code", CODES)
def test_each_code_on_demand_and_who_sees_it(code: str, it: Tenant) -> None:
    it.behave("image-fails", match={"image": "Desk", "errorCode": code})
    image = upload(it, f"{MANAGED}/none")
    shown = taken_over(it, image)
    assert (shown["status"], shown["errorCode"]) == ("failed", code)
    plain = it.shown(f"deviceImages/{image['id']}")["errorCode"]
    assert plain == ("unknownFutureValue" if code in LATER_CODES else code)
    assert it.shown("deviceImages")["value"][0]["errorCode"] == plain


# -- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"displayName": ""},
        {"version": "1.0"},
        {"version": "1.0.0.0"},
        {"version": "01.0.0"},
        {"sourceImageResourceId": f"{builders.COMPUTE}/virtualMachines/vm"},
        {"sourceImageResourceId": None},
        {"sourceImage": "x"},
    ],
)
def test_an_upload_graph_refuses(wrong: dict[str, Any], it: Tenant) -> None:
    body = {"displayName": "Desk", "version": "1.0.0", "sourceImageResourceId": f"{MANAGED}/x"}
    assert refusal(it.w365("POST", "deviceImages", {**body, **wrong})) == (400, "BadRequest")
    assert it.held("deviceImages") == []


def test_a_name_has_each_version_once(it: Tenant) -> None:
    upload(it, f"{MANAGED}/x")
    upload(it, f"{MANAGED}/x", "1.0.1")
    upload(it, f"{MANAGED}/x", name="Other")
    body = {"displayName": "desk", "version": "1.0.0", "sourceImageResourceId": f"{MANAGED}/x"}
    assert refusal(it.w365("POST", "deviceImages", body)) == (409, "Conflict")
    assert len(it.held("deviceImages")) == 3


def test_there_are_twenty_at_most(it: Tenant) -> None:
    images = [upload(it, f"{MANAGED}/x", f"1.0.{number}") for number in range(20)]
    body = {"displayName": "Desk", "version": "2.0.0", "sourceImageResourceId": f"{MANAGED}/x"}
    full = it.w365("POST", "deviceImages", body)
    assert refusal(full) == (400, "BadRequest")
    assert "up to 20" in full.json()["error"]["message"]
    assert it.w365("DELETE", f"deviceImages/{images[0]['id']}").status_code == 204
    assert it.w365("POST", "deviceImages", body).status_code == 201


def test_one_a_policy_uses_stays(it: Tenant) -> None:
    image = upload(it, managed(it.client, "desk", sealed(it.client, "vm-desk")))
    taken_over(it, image)
    path = f"deviceImages/{image['id']}"
    policy = it.policy(imageType="custom", imageId=image["id"])
    used = it.w365("DELETE", path)
    assert refusal(used) == (409, "Conflict")
    assert "being used in a provisioning policy" in used.json()["error"]["message"]
    it.w365("PATCH", f"provisioningPolicies/{policy}", {"imageType": "gallery", "imageId": GALLERY})
    assert it.w365("DELETE", path).status_code == 204
    assert refusal(it.w365("GET", path)) == (404, "itemNotFound")


# -- what there is to choose from ---------------------------------------------------------------


def test_source_images_are_those_of_the_tenants_subscriptions(it: Tenant) -> None:
    source = managed(it.client, "desk", sealed(it.client, "vm-desk"))
    (told,) = it.shown("deviceImages/getSourceImages")["value"]
    assert told == {
        "resourceId": source,
        "displayName": "desk",
        "subscriptionId": SUBSCRIPTION,
        "subscriptionDisplayName": None,
    }
    tie = {"subscription": SUBSCRIPTION, "tenant": "44444444-4444-4444-8444-444444444444"}
    it.client.control("POST", "subscriptions", tie)
    assert it.shown("deviceImages/getSourceImages")["value"] == []


def test_gallery_images(it: Tenant) -> None:
    listed = it.shown("galleryImages")["value"]
    assert {each["status"] for each in listed} == {
        "supported",
        "supportedWithWarning",
        "notSupported",
    }
    one = it.shown(f"galleryImages/{GALLERY.upper()}")
    assert (one["id"], one["sizeInGB"], one["offerName"]) == (GALLERY, 64, "windows-ent-cpc")
    assert refusal(it.w365("GET", "galleryImages/nothing")) == (404, "itemNotFound")
