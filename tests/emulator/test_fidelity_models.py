"""Every kind of body the emulator answers, against the SDK's models; with negative controls."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from azure.mgmt.compute import models as compute
from azure.mgmt.network import models as network

from . import builders
from .client import SUBSCRIPTION, Client, until
from .oracle import complaints

_ROOT = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute"
_IMAGE = (
    f"{_ROOT}/locations/westeurope/publishers/MicrosoftWindowsDesktop/artifacttypes/vmimage/offers"
    "/windows-11/skus/win11-24h2-avd/versions"
)


def _world(client: Client) -> dict[str, str]:
    """One of everything; the path of each by its name."""
    builders.vnet(client)
    vm = builders.vm(client)
    builders.wait_agent(client, vm)
    extension = {
        "location": "westeurope",
        "properties": {"publisher": "P", "type": "T", "typeHandlerVersion": "1.0"},
    }
    client.wait(client.arm("PUT", f"{vm}/extensions/x", extension))
    disk = client.arm("GET", vm).json()["properties"]["storageProfile"]["osDisk"]["managedDisk"]
    snapshot = f"{builders.COMPUTE}/snapshots/s"
    creation = {"createOption": "Copy", "sourceResourceId": disk["id"]}
    body = {"location": "westeurope", "properties": {"creationData": creation}}
    client.wait(client.arm("PUT", snapshot, body))
    client.control("POST", "behaviours", {"kind": "sysprep-fails"})
    builders.sysprep(client, vm, "failed")
    until(
        lambda: client.arm("GET", f"{vm}/runCommands/failed", **{"$expand": "instanceView"}).json(),
        lambda seen: seen["properties"]["instanceView"]["executionState"] == "Failed",
    )
    client.control("DELETE", "behaviours")
    definition = builders.definition(client)
    builders.generalize(client, vm)
    version = builders.version(client, vm, "1.0.0", "northeurope")
    bastion = f"{builders.NETWORK}/bastionHosts/b"
    properties = {"enableShareableLink": True}
    client.wait(client.arm("PUT", bastion, {"location": "westeurope", "properties": properties}))
    return {
        "vm": vm,
        "extension": f"{vm}/extensions/x",
        "command": f"{vm}/runCommands/failed",
        "disk": disk["id"],
        "snapshot": snapshot,
        "gallery": f"{builders.COMPUTE}/galleries/gallery",
        "definition": definition,
        "version": version,
        "vnet": f"{builders.NETWORK}/virtualNetworks/vnet",
        "subnet": builders.SUBNET_ID,
        "nic": f"{builders.NETWORK}/networkInterfaces/vm-one-nic",
        "bastion": bastion,
    }


_ONE = [
    ("vm", compute.VirtualMachine, "instanceView"),
    ("vm", compute.VirtualMachine, ""),
    ("extension", compute.VirtualMachineExtension, "instanceView"),
    ("command", compute.VirtualMachineRunCommand, "instanceView"),
    ("disk", compute.Disk, ""),
    ("snapshot", compute.Snapshot, ""),
    ("gallery", compute.Gallery, ""),
    ("definition", compute.GalleryImage, ""),
    ("version", compute.GalleryImageVersion, "ReplicationStatus"),
    ("vnet", network.VirtualNetwork, ""),
    ("subnet", network.Subnet, ""),
    ("nic", network.NetworkInterface, ""),
    ("bastion", network.BastionHost, ""),
]

_LISTS = [
    (f"{_ROOT}/virtualMachines", compute.VirtualMachine, {}),
    (f"{_ROOT}/virtualMachines", compute.VirtualMachine, {"statusOnly": "true"}),
    (f"{_ROOT}/locations/westeurope/usages", compute.Usage, {}),
    (f"{_ROOT}/skus", compute.ResourceSku, {"$filter": "location eq 'westeurope'"}),
]


def test_what_the_emulator_answers_is_what_the_sdk_knows(emulator: Client) -> None:
    paths = _world(emulator)
    found: list[str] = []
    for name, model, expand in _ONE:
        query = {"$expand": expand} if expand else {}
        answer = emulator.arm("GET", paths[name], **query)
        assert answer.status_code == 200, answer.text
        found += complaints(model, answer.json())
    view = emulator.arm("GET", f"{paths['vm']}/instanceView").json()
    found += complaints(compute.VirtualMachineInstanceView, view)
    for path, model, query in _LISTS:
        values = emulator.arm("GET", path, **query).json()["value"]
        assert values
        found += [line for value in values for line in complaints(model, value)]
    for image in emulator.arm("GET", _IMAGE).json():
        found += complaints(compute.VirtualMachineImageResource, image)
        whole = emulator.arm("GET", f"{_IMAGE}/{image['name']}").json()
        found += complaints(compute.VirtualMachineImage, whole)
    asked = {"vms": [{"vm": {"id": paths["vm"]}}]}
    answer = emulator.arm("POST", f"{paths['bastion']}/createShareableLinks", asked)
    emulator.wait(answer)
    for link in emulator.arm("GET", answer.headers["Location"]).json()["value"]:
        found += complaints(network.BastionShareableLink, link)
    assert not found, "\n".join(found)


_FINE: dict[str, Any] = {
    "name": "vm",
    "location": "westeurope",
    "tags": {"job": "1"},
    "properties": {
        "provisioningState": "Succeeded",
        "timeCreated": "2026-11-22T10:00:00.000000+00:00",
        "networkProfile": {"networkInterfaces": [{"id": "/nic", "properties": {"primary": True}}]},
        "instanceView": {"statuses": [{"code": "PowerState/running", "level": "Info"}]},
    },
}


def test_the_oracle_lets_a_good_body_pass() -> None:
    assert complaints(compute.VirtualMachine, _FINE) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("nam",), "x"),
        (("location",), 7),
        (("tags",), []),
        (("tags", "job"), 1),
        (("properties", "provisoningState"), "Succeeded"),
        (("properties", "timeCreated"), "yesterday"),
        (("properties", "networkProfile", "networkInterfaces"), {}),
        (("properties", "networkProfile", "networkInterfaces", 0, "properties", "primary"), "yes"),
        (("properties", "instanceView", "statuses", 0, "lvl"), "Info"),
        (("properties", "hardwareProfile"), "Standard_D4s_v5"),
    ],
)
def test_the_oracle_sees_a_bad_body(path: tuple[Any, ...], value: Any) -> None:
    """The negative controls: without them a check that checks nothing would pass as well."""
    body: Any = copy.deepcopy(_FINE)
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert complaints(compute.VirtualMachine, body)


def test_the_oracle_sees_a_bad_network_body() -> None:
    good = {"properties": {"ipConfigurations": [{"name": "ip", "properties": {"primary": True}}]}}
    assert complaints(network.NetworkInterface, good) == []
    bad = {"properties": {"ipConfigurations": [{"name": "ip", "properties": {"primry": True}}]}}
    assert complaints(network.NetworkInterface, bad)
