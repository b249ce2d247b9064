"""A session host from nothing to gone: VM, extension, pool, power, delete, by the real clients."""

from __future__ import annotations

from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from . import builders
from .avd_scene import Credential, hosts_of, logon, make_pool
from .client import SUBSCRIPTION, Client, until


@pytest.fixture
def compute(emulator: Client) -> Any:
    builders.vnet(emulator)
    return ComputeManagementClient(
        Credential(emulator.token),
        SUBSCRIPTION,
        base_url=emulator.url,
        connection_verify=emulator.ca_file,
        polling_interval=0,
    )


def _dsc(token: str) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Powershell",
            "type": "DSC",
            "typeHandlerVersion": "2.73",
            "settings": {
                "modulesUrl": "https://example.invalid/Configuration.zip",
                "configurationFunction": "Configuration.ps1\\AddSessionHost",
                "properties": {"hostPoolName": "pool", "aadJoin": True},
            },
            "protectedSettings": {"properties": {"registrationInfoToken": token}},
        },
    }


def _join(compute: Any, vm: str, token: str) -> Any:
    extensions = compute.virtual_machine_extensions
    return extensions.begin_create_or_update("rg-one", vm, "dsc", _dsc(token)).result()


def _wait(client: Client, status: str, vm: str = "vm-one") -> None:
    until(lambda: hosts_of(client).get(vm, {}).get("status"), lambda seen: seen == status)


def test_a_vm_becomes_a_host_follows_its_power_and_leaves_a_ghost(
    emulator: Client, compute: Any
) -> None:
    token = make_pool(emulator)
    vm_id = builders.vm(emulator)
    assert _join(compute, "vm-one", token).properties.provisioning_state == "Succeeded"
    _wait(emulator, "Available")
    host = hosts_of(emulator)["vm-one"]
    machine = compute.virtual_machines.get("rg-one", "vm-one")
    assert host["resourceId"].lower() == vm_id.lower()
    assert host["virtualMachineId"] == machine.properties.vm_id

    logon(emulator, "ann@corp.example")
    compute.virtual_machines.begin_deallocate("rg-one", "vm-one").result()
    _wait(emulator, "Shutdown")
    assert hosts_of(emulator)["vm-one"]["sessions"] == 1
    compute.virtual_machines.begin_start("rg-one", "vm-one").result()
    _wait(emulator, "Available")
    assert hosts_of(emulator)["vm-one"]["sessions"] == 0

    compute.virtual_machines.begin_restart("rg-one", "vm-one").result()
    _wait(emulator, "Available")

    compute.virtual_machines.begin_delete("rg-one", "vm-one").result()
    _wait(emulator, "Unavailable")


def test_a_wrong_token_ends_green_and_brings_no_host(emulator: Client, compute: Any) -> None:
    make_pool(emulator)
    builders.vm(emulator)
    assert _join(compute, "vm-one", "wrong").properties.provisioning_state == "Succeeded"
    emulator.control("POST", "speed", {"speed": 1e9})
    assert hosts_of(emulator) == {}


def test_hosts_that_never_register_end_green(emulator: Client, compute: Any) -> None:
    token = make_pool(emulator)
    builders.vm(emulator)
    emulator.control("POST", "behaviours", {"kind": "hosts-never-register", "match": {}})
    assert _join(compute, "vm-one", token).properties.provisioning_state == "Succeeded"
    emulator.control("POST", "speed", {"speed": 1e9})
    assert hosts_of(emulator) == {}
    assert emulator.arm("GET", f"{builders.COMPUTE}/virtualMachines/vm-one").status_code == 200


def test_a_joined_domain_is_part_of_the_hosts_name(emulator: Client, compute: Any) -> None:
    token = make_pool(emulator)
    builders.vm(emulator)
    join = {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Compute",
            "type": "JsonADDomainExtension",
            "typeHandlerVersion": "1.3",
            "settings": {"Name": "corp.example", "User": "join@corp.example"},
            "protectedSettings": {"Password": "x"},
        },
    }
    extensions = compute.virtual_machine_extensions
    extensions.begin_create_or_update("rg-one", "vm-one", "join", join).result()
    _join(compute, "vm-one", token)
    _wait(emulator, "Available", "vm-one.corp.example")
