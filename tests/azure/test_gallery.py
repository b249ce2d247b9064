from __future__ import annotations

import functools

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError
from spotpc.azure.types import MarketplacePlan, Provisioning
from tests.emulator.client import GROUP, Client, until

from . import scene
from .replay import Answer, Sent, wired

GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/gallery"
WHERE = ("rg-one", "gallery", "desktop")
VERSION = (*WHERE, "1.0.0")


def gallery(client: Client) -> None:
    client.wait(client.arm("PUT", GALLERY, {"location": scene.REGION}))


def definition(azure: Azure, security_type: str | None = "TrustedLaunch") -> None:
    azure.gallery.create_definition(
        *WHERE,
        scene.REGION,
        publisher="msp",
        offer="desktop",
        sku="default",
        security_type=security_type,
    )
    scene.wait(functools.partial(azure.gallery.get_definition, *WHERE), lambda found: True)


def sealed(azure: Azure, client: Client) -> str:
    """A template VM, stopped and generalized."""
    return scene.generalized(azure, client, "win11-24h2-avd").id


def test_a_definition_is_made_and_read(azure: Azure, emulator: Client) -> None:
    gallery(emulator)
    assert azure.gallery.get_definition(*WHERE) is None
    definition(azure)
    found = azure.gallery.get_definition(*WHERE)
    assert found is not None
    assert (found.generation, found.security_type, found.plan) == ("V2", "TrustedLaunch", None)
    assert azure.gallery.list_definitions("rg-one", "gallery") == (found,)


def test_a_version_is_captured_replicated_shown_and_deleted(azure: Azure, emulator: Client) -> None:
    gallery(emulator)
    definition(azure)
    vm_id = sealed(azure, emulator)
    azure.gallery.create_version_from_vm(
        *VERSION, scene.REGION, vm_id, [scene.REGION, "northeurope"], tags={"spotpc-job": "1"}
    )
    read = functools.partial(azure.gallery.get_version, *VERSION)
    made = scene.wait(
        read,
        lambda found: (
            scene.done(found)
            and len(found.replicas) == 2
            and all(replica.state == "Completed" for replica in found.replicas)
        ),
    )
    assert made.exclude_from_latest
    assert made.failure is None
    assert made.tags == {"spotpc-job": "1"}
    (listed,) = azure.gallery.list_versions(*WHERE)
    assert listed.name == "1.0.0"
    assert listed.replicas == ()

    azure.gallery.set_exclude_from_latest(*VERSION, False)
    shown = scene.wait(read, lambda found: scene.done(found) and not found.exclude_from_latest)
    assert len(shown.replicas) == 2  # the regions are still there

    azure.gallery.delete_version(*VERSION)
    until(read, lambda found: found is None)
    assert azure.gallery.delete_version(*VERSION) is None


def test_a_trusted_launch_vm_is_not_captured_as_merely_supported(
    azure: Azure, emulator: Client
) -> None:
    gallery(emulator)
    definition(azure, "TrustedLaunchSupported")
    vm_id = sealed(azure, emulator)
    with pytest.raises(AzureError) as caught:
        azure.gallery.create_version_from_vm(*VERSION, scene.REGION, vm_id, [scene.REGION])
    assert "TrustedLaunchSupported" in caught.value.azure_message
    assert azure.gallery.get_version(*VERSION) is None


def test_the_plan_of_the_marketplace_goes_into_the_definition() -> None:
    azure, wire = wired(Answer(201, {"id": "/d", "name": "d", "location": "w"}))
    plan = MarketplacePlan("seller", "product", "plan")
    azure.gallery.create_definition(
        "rg", "g", "d", "w", publisher="p", offer="o", sku="s", plan=plan
    )
    properties = wire.sent[0].body["properties"]
    assert properties["purchasePlan"] == {
        "publisher": "seller",
        "product": "product",
        "name": "plan",
    }
    assert properties["features"] == [{"name": "SecurityType", "value": "TrustedLaunch"}]


def test_showing_a_version_keeps_regions_and_replicas() -> None:
    regions = [{"name": "West", "regionalReplicaCount": 3, "storageAccountType": "Standard_ZRS"}]
    body = {
        "id": "/v",
        "name": "1.0.0",
        "location": "w",
        "properties": {"publishingProfile": {"targetRegions": regions}, "storageProfile": {}},
    }
    azure, wire = wired(Answer(200, body))
    azure.gallery.set_exclude_from_latest("rg", "g", "d", "1.0.0", False)
    assert [one.method for one in wire.sent] == ["GET", "PATCH"]
    sent = wire.sent[1].body["properties"]["publishingProfile"]
    assert sent == {"targetRegions": regions, "excludeFromLatest": False}


def test_a_region_that_failed_is_named() -> None:
    summary = [
        {"region": "West", "state": "Completed", "progress": 100},
        {"region": "East", "state": "Failed", "details": "Internal error."},
        {"region": "Moon", "state": "Teleporting"},
    ]

    def answer(sent: Sent) -> Answer:
        assert sent.query["$expand"] == "ReplicationStatus"
        properties = {"provisioningState": "Failed", "replicationStatus": {"summary": summary}}
        return Answer(200, {"id": "/v", "name": "1.0.0", "location": "w", "properties": properties})

    azure, _ = wired(answer)
    found = azure.gallery.get_version("rg", "g", "d", "1.0.0")
    assert found is not None
    assert found.provisioning is Provisioning.FAILED
    assert [replica.state for replica in found.replicas] == ["Completed", "Failed", "Teleporting"]
    assert found.failure is not None
    assert found.failure.message == "East: Internal error."


def test_every_version_of_the_subscription_is_read_with_its_definition(
    azure: Azure, emulator: Client
) -> None:
    gallery(emulator)
    definition(azure)
    assert azure.gallery.list_all_versions() == ()
    vm_id = sealed(azure, emulator)
    azure.gallery.create_version_from_vm(*VERSION, scene.REGION, vm_id, [scene.REGION])
    read = functools.partial(azure.gallery.get_version, *VERSION)
    made = scene.wait(read, scene.done)
    (found,) = azure.gallery.list_all_versions()
    assert (found.id, found.kind, found.name) == (made.id, "gallery", "gallery/desktop 1.0.0")
    assert (found.os_type, found.os_state, found.generation) == ("Windows", "Generalized", "V2")
    assert (found.region, found.definition) == (scene.REGION, "desktop")
    assert (found.security_type, found.identifier) == ("TrustedLaunch", "msp/desktop/default")
    assert (found.plan, found.usable) == (None, True)


def test_managed_images_of_the_subscription_are_read(azure: Azure, emulator: Client) -> None:
    assert azure.compute.list_images() == ()
    made = scene.managed_image(azure, emulator)
    (found,) = azure.compute.list_images()
    assert (found.id, found.kind, found.name) == (made, "managed", "office")
    assert (found.os_type, found.os_state, found.generation) == ("Windows", "Generalized", "V2")
    assert (found.region, found.usable) == (scene.REGION, True)


def test_all_versions_take_a_call_per_gallery_and_definition() -> None:
    group = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries"
    lists = {
        "galleries": [{"id": f"{group}/{name}", "name": name, "location": "w"} for name in "ab"],
        "images": [
            {"id": "/d", "name": "d1", "location": "w"},
            {"id": "/d", "name": "d2", "location": "w", "properties": {"osType": "Linux"}},
        ],
        "versions": [
            {
                "id": "/v",
                "name": "1.0.0",
                "location": "w",
                "properties": {"provisioningState": "Creating", "storageProfile": {}},
            }
        ],
    }
    azure, wire = wired(lambda sent: Answer(body={"value": lists[sent.path.rpartition("/")[2]]}))
    found = azure.gallery.list_all_versions()
    assert [image.name for image in found] == [
        "a/d1 1.0.0",
        "a/d2 1.0.0",
        "b/d1 1.0.0",
        "b/d2 1.0.0",
    ]
    assert [image.os_type for image in found] == ["", "Linux"] * 2
    assert {image.usable for image in found} == {False}
    assert len(wire.sent) == 1 + 2 + 4
