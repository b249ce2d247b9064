"""What the tests of several files build in the emulator, and how they wait for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from spotpc.azure.connect import Azure
from spotpc.azure.types import MarketplaceImage, NicSpec, Power, Provisioning, Vm, VmSpec
from tests.emulator.client import GROUP, Client, until

Value = TypeVar("Value")

REGION = "westeurope"
VNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
SUBNET = f"{VNET}/subnets/desktops"
BASTION = f"{GROUP}/providers/Microsoft.Network/bastionHosts/bastion"
VM_ID = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/template"
DISK_ID = f"{GROUP}/providers/Microsoft.Compute/disks/template-os"


def wait(read: Callable[[], Value | None], good: Callable[[Value], bool]) -> Value:
    """Until there is a value and it is good; the last one seen is shown otherwise."""
    found = until(read, lambda value: value is not None and good(value), seconds=30)
    assert found is not None
    return found


def done(value: object) -> bool:
    return getattr(value, "provisioning", None) is Provisioning.SUCCEEDED


def network(client: Client) -> None:
    body = {
        "location": REGION,
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/24"]},
            "subnets": [{"name": "desktops", "properties": {"addressPrefix": "10.0.0.0/26"}}],
        },
    }
    answer = client.arm("PUT", VNET, body)
    assert answer.is_success, answer.text
    until(lambda: client.arm("GET", SUBNET).status_code, lambda status: status == 200)


def nic(azure: Azure, name: str = "template-nic") -> str:
    azure.network.create_nic(NicSpec("rg-one", name, REGION, SUBNET, {"spotpc-job": "1"}))
    return wait(functools.partial(azure.network.get_nic, "rg-one", name), done).id


def marketplace(azure: Azure, sku: str = "win11-24h2-avd") -> MarketplaceImage:
    found = azure.compute.latest_marketplace_version(
        REGION, "MicrosoftWindowsDesktop", "windows-11", sku
    )
    assert found is not None
    return found


def vm_spec(**changes: object) -> VmSpec:
    values: dict[str, object] = {
        "resource_group": "rg",
        "name": "vm-1",
        "location": "westeurope",
        "size": "Standard_D4s_v5",
        "nic_id": "/nic",
        "os_disk_name": "vm-1-os",
        "admin_username": "spotadmin",
        "admin_password": "Not-a-real-1-password",
        "image_version_id": "/gallery/versions/1.0.0",
    }
    return VmSpec(**(values | changes))  # type: ignore[arg-type]


def template(
    azure: Azure, client: Client, sku: str = "win11-24h2-avd", *, trusted_launch: bool = True
) -> Vm:
    """A VM made from the Marketplace, with its agent ready."""
    network(client)
    spec = vm_spec(
        resource_group="rg-one",
        name="template",
        nic_id=nic(azure),
        os_disk_name="template-os",
        image_version_id=None,
        marketplace_image=marketplace(azure, sku),
        trusted_launch=trusted_launch,
        tags={"spotpc-job": "1"},
    )
    azure.compute.create_vm(spec)
    return wait(
        functools.partial(azure.compute.get_vm, "rg-one", "template"),
        lambda vm: done(vm) and vm.power is Power.RUNNING and vm.agent_ready,
    )


def generalized(azure: Azure, client: Client, sku: str, *, trusted_launch: bool = True) -> Vm:
    """A VM that can be captured: stopped, its hardware given back, and marked."""
    vm = template(azure, client, sku, trusted_launch=trusted_launch)
    azure.compute.deallocate("rg-one", "template")
    read = functools.partial(azure.compute.get_vm, "rg-one", "template")
    wait(read, lambda found: found.power is Power.DEALLOCATED and done(found))
    azure.compute.generalize("rg-one", "template")
    return vm


def managed_image(azure: Azure, client: Client, sku: str = "win11-24h2-ent") -> str:
    """A managed image of a VM without Trusted Launch: there is none of another. Its id."""
    vm = generalized(azure, client, sku, trusted_launch=False)
    path = f"{GROUP}/providers/Microsoft.Compute/images/office"
    body = {
        "location": REGION,
        "properties": {"sourceVirtualMachine": {"id": vm.id}, "hyperVGeneration": "V2"},
    }
    client.wait(client.arm("PUT", path, body))
    return path
