"""Managed images: what becomes one, and how they are read and deleted."""

from __future__ import annotations

import pytest

from . import builders
from .client import GROUP, SUBSCRIPTION, Client
from .w365_scene import MANAGED, SINGLE_SESSION, managed, sealed


@pytest.fixture(autouse=True)
def _network(emulator: Client) -> None:
    builders.vnet(emulator)


def test_a_managed_image_is_read_listed_and_deleted(emulator: Client) -> None:
    machine = sealed(emulator, "vm-desk")
    image = emulator.arm("GET", managed(emulator, "desk", machine)).json()
    properties = image["properties"]
    assert properties["sourceVirtualMachine"] == {"id": machine}
    assert (properties["hyperVGeneration"], properties["provisioningState"]) == ("V2", "Succeeded")
    disk = properties["storageProfile"]["osDisk"]
    assert (disk["osState"], disk["diskSizeGB"]) == ("Generalized", 127)
    for path in (MANAGED, f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/images"):
        listed = emulator.arm("GET", path).json()["value"]
        assert [each["name"] for each in listed] == ["desk"]
    emulator.wait(emulator.arm("DELETE", f"{MANAGED}/desk"))
    assert emulator.arm("GET", f"{MANAGED}/desk").status_code == 404


def image_of(emulator: Client, machine: str) -> tuple[int, str, str]:
    body = {"location": "westeurope", "properties": {"sourceVirtualMachine": {"id": machine}}}
    answer = emulator.arm("PUT", f"{MANAGED}/no", body)
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def test_what_becomes_no_managed_image(emulator: Client) -> None:
    trusted = builders.vm(emulator, "vm-trusted", image=SINGLE_SESSION)
    assert image_of(emulator, trusted) == (
        409,
        "OperationNotAllowed",
        "The operation 'Create Image' requires the Virtual Machine 'vm-trusted' to be Generalized.",
    )
    builders.wait_agent(emulator, trusted)
    builders.generalize(emulator, trusted)
    assert image_of(emulator, trusted) == (
        409,
        "OperationNotAllowed",
        "Creation of managed images are not supported for virtual machine with TrustedLaunch"
        " security type.",
    )
    assert image_of(emulator, f"{GROUP}/providers/Microsoft.Compute/virtualMachines/none")[0] == 404
    empty = emulator.arm("PUT", f"{MANAGED}/no", {"location": "westeurope", "properties": {}})
    assert empty.status_code == 400
    assert emulator.arm("GET", MANAGED).json()["value"] == []
