"""What is sent for VMs, and answers that the emulator does not give."""

from __future__ import annotations

import threading

import pytest

from spotpc.azure.types import ExtensionSpec, MarketplaceImage, MarketplacePlan, Power

from .replay import SUBSCRIPTION, Answer, Sent, page, wired
from .scene import vm_spec

VM = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines"
PLAN = MarketplacePlan("seller", "offer", "plan")
IMAGE = MarketplaceImage("seller", "offer", "sku", "1.2.3", PLAN)


def test_a_sku_that_is_not_offered_is_none() -> None:
    azure, _ = wired(Answer(body=[]))
    assert azure.compute.latest_marketplace_version("w", "p", "o", "s") is None


def test_the_body_of_a_vm() -> None:
    azure, wire = wired(Answer(201, {"id": f"{VM}/vm-1", "name": "vm-1", "location": "w"}))
    azure.compute.create_vm(vm_spec(zone="2", entra_joined=True, tags={"a": "b"}))
    (sent,) = wire.sent
    assert sent.method == "PUT"
    assert sent.path == f"{VM}/vm-1"
    assert sent.body == {
        "location": "westeurope",
        "zones": ["2"],
        "tags": {"a": "b"},
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
            "storageProfile": {
                "imageReference": {"id": "/gallery/versions/1.0.0"},
                "osDisk": {
                    "name": "vm-1-os",
                    "createOption": "FromImage",
                    "caching": "ReadWrite",
                    "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
                    "deleteOption": "Delete",
                },
            },
            "osProfile": {
                "computerName": "vm-1",
                "adminUsername": "spotadmin",
                "adminPassword": "Not-a-real-1-password",
                "windowsConfiguration": {
                    "provisionVMAgent": True,
                    "enableAutomaticUpdates": False,
                    "patchSettings": {"patchMode": "Manual"},
                },
            },
            "networkProfile": {
                "networkInterfaces": [
                    {"id": "/nic", "properties": {"primary": True, "deleteOption": "Delete"}}
                ]
            },
            "securityProfile": {
                "securityType": "TrustedLaunch",
                "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
            },
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
            "licenseType": "Windows_Client",
        },
    }


def test_a_marketplace_plan_goes_along() -> None:
    azure, wire = wired(Answer(201, {"id": f"{VM}/vm-1", "name": "vm-1", "location": "w"}))
    azure.compute.create_vm(vm_spec(image_version_id=None, marketplace_image=IMAGE))
    body = wire.sent[0].body
    assert body["plan"] == {"publisher": "seller", "product": "offer", "name": "plan"}
    reference = body["properties"]["storageProfile"]["imageReference"]
    assert reference == {"publisher": "seller", "offer": "offer", "sku": "sku", "version": "1.2.3"}


@pytest.mark.parametrize("image", [None, IMAGE])
def test_a_vm_has_exactly_one_source(image: MarketplaceImage | None) -> None:
    version = None if image is None else "/versions/1"
    azure, wire = wired(Answer())
    with pytest.raises(ValueError, match="exactly one source"):
        azure.compute.create_vm(vm_spec(image_version_id=version, marketplace_image=image))
    assert not wire.sent


def test_a_write_is_sent_once_and_not_polled() -> None:
    url = "https://management.azure.com/operations/1"
    headers = {"Azure-AsyncOperation": url, "Retry-After": "30"}
    azure, wire = wired(Answer(202, {"status": "InProgress"}, headers))
    assert azure.compute.deallocate("rg", "vm") == url
    assert len(wire.sent) == 1
    # The SDK polls in a thread of its own, which it names so.
    assert not [one for one in threading.enumerate() if one.name.startswith("LROPoller")]


def test_secrets_of_an_extension_are_protected() -> None:
    azure, wire = wired(Answer(201, {"name": "join", "location": "w"}))
    join = ExtensionSpec("join", "w", "p", "t", "1.0", {"a": {"b": 1}}, {"token": "hush"})
    azure.compute.put_extension("rg", "vm", join)
    sent = wire.sent[0].body["properties"]
    assert sent["settings"] == {"a": {"b": 1}}
    assert sent["protectedSettings"] == {"token": "hush"}
    assert "hush" not in repr(join)


def vm_answer(name: str, code: str | None = None) -> dict[str, object]:
    properties: dict[str, object] = {"provisioningState": "Succeeded"}
    if code:
        properties["instanceView"] = {"statuses": [{"code": code}]}
    return {"id": f"{VM}/{name}", "name": name, "location": "w", "properties": properties}


def test_a_list_of_vms_costs_two_calls() -> None:
    def answer(sent: Sent) -> Answer:
        if sent.query.get("statusOnly") == "true":
            state = vm_answer("one", "PowerState/running")
            return page({**state, "id": str(state["id"]).upper()})
        return page(vm_answer("one"), vm_answer("two"), vm_answer("three"))

    azure, wire = wired(answer)
    found = azure.compute.list_vms()
    assert [vm.power for vm in found] == [Power.RUNNING, Power.UNKNOWN, Power.UNKNOWN]
    assert found[0].id == f"{VM}/one"
    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    ("code", "power"),
    [
        ("PowerState/deallocated", Power.DEALLOCATED),
        ("powerstate/STOPPED", Power.STOPPED),
        ("PowerState/hibernating", Power.UNKNOWN),
        ("PowerState/", Power.UNKNOWN),
        (None, Power.UNKNOWN),
    ],
)
def test_power_states_known_and_unknown(code: str | None, power: Power) -> None:
    azure, _ = wired(Answer(body=vm_answer("one", code)))
    found = azure.compute.get_vm("rg", "one")
    assert found is not None
    assert found.power is power


def test_the_version_behind_latest_is_told() -> None:
    body = vm_answer("one")
    definition = "/subscriptions/s/galleries/g/images/i"
    image = {"id": definition, "exactVersion": "1.4.0"}
    body["properties"] = {"storageProfile": {"imageReference": image}}
    azure, _ = wired(Answer(body=body))
    found = azure.compute.get_vm("rg", "one")
    assert found is not None
    assert found.image_version_id == f"{definition}/versions/1.4.0"


def test_the_newest_version_is_the_highest_number_not_the_last_word() -> None:
    def answer(sent: Sent) -> Answer:
        if sent.path.endswith("/versions"):
            names = ["22631.9.1", "22631.10.1", "9.1.1"]
            return Answer(body=[{"name": name, "location": "w", "id": "i"} for name in names])
        return Answer(body={"name": sent.path.rpartition("/")[2], "location": "w"})

    azure, _ = wired(answer)
    found = azure.compute.latest_marketplace_version("w", "p", "o", "s")
    assert found == MarketplaceImage("p", "o", "s", "22631.10.1", None)


def test_restrictions_close_zones_or_the_whole_size() -> None:
    def sku(name: str, kind: str) -> dict[str, object]:
        return {
            "resourceType": "virtualMachines",
            "name": name,
            "locationInfo": [{"location": "w", "zones": ["3", "1", "2"]}],
            "capabilities": [
                {"name": "vCPUs", "value": "8"},
                {"name": "HyperVGenerations", "value": "V1,V2"},
                {"name": "TrustedLaunchDisabled", "value": "True"},
            ],
            "restrictions": [
                {"type": kind, "values": ["w"], "restrictionInfo": {"zones": ["2"]}},
            ],
        }

    azure, _ = wired(page(sku("zonal", "Zone"), sku("shut", "Location"), {"resourceType": "disks"}))
    zonal, shut = azure.compute.sizes("W")
    assert zonal.zones == ("1", "3")
    assert not zonal.restricted
    assert shut.restricted
    assert (zonal.cores, zonal.generations, zonal.trusted_launch) == (8, ("V1", "V2"), False)


def test_the_innermost_cause_of_a_failed_extension_comes_first() -> None:
    view = {
        "extensions": [
            {
                "name": "join",
                "statuses": [
                    {"code": "ProvisioningState/failed/1", "level": "Error", "message": "outer"}
                ],
                "substatuses": [
                    {"code": "ComponentStatus/Join/failed/1", "level": "Error", "message": "1326"},
                    {"code": "ComponentStatus/StdOut/succeeded", "level": "Info", "message": "no"},
                ],
            }
        ],
        "statuses": [
            {
                "code": "ProvisioningState/failed/OSProvisioningTimedOut",
                "level": "Error",
                "message": "too slow",
            }
        ],
    }
    azure, _ = wired(Answer(body=view))
    found = azure.compute.get_instance_failures("rg", "vm")
    assert [failure.message for failure in found] == ["1326", "outer", "too slow"]
    assert found[2].code == "OSProvisioningTimedOut"
