"""The product's own sequence with the real SDKs: build, seal, boot from the sealed version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient

from . import builders
from .client import SUBSCRIPTION, TENANT, Client

Sdk = tuple[Any, Any]  # compute and network: plain dictionaries are accepted as bodies


@pytest.fixture
def sdk(emulator: Client) -> Sdk:
    credential = ClientSecretCredential(
        TENANT,
        "app",
        "secret",
        authority=emulator.url,
        disable_instance_discovery=True,
        connection_verify=emulator.ca_file,
    )
    how: dict[str, Any] = {
        "base_url": emulator.url,
        "connection_verify": emulator.ca_file,
        "polling_interval": 0,
    }
    return (
        ComputeManagementClient(credential, SUBSCRIPTION, **how),
        NetworkManagementClient(credential, SUBSCRIPTION, **how),
    )


def _build(sdk: Sdk, name: str, **properties: Any) -> Any:
    compute, network = sdk
    nic = network.network_interfaces.begin_create_or_update(
        "rg-one", f"{name}-nic", builders.nic_body()
    ).result()
    assert nic.properties.ip_configurations[0].properties.private_ip_address.startswith("10.1.0.")
    body = builders.vm_body(nic.id, computer=name, **properties)
    return compute.virtual_machines.begin_create_or_update("rg-one", name, body).result()


def test_build_seal_and_boot_from_the_version(emulator: Client, sdk: Sdk) -> None:
    compute, _network = sdk
    builders.vnet(emulator)
    builders.definition(emulator)
    machine = _build(sdk, "template")
    assert machine.properties.provisioning_state == "Succeeded"
    builders.wait_agent(emulator, machine.id)

    snapshot = compute.snapshots.begin_create_or_update(
        "rg-one",
        "before",
        {
            "location": "westeurope",
            "properties": {
                "incremental": True,
                "creationData": {
                    "createOption": "Copy",
                    "sourceResourceId": machine.properties.storage_profile.os_disk.managed_disk.id,
                },
            },
        },
    ).result()
    assert snapshot.properties.completion_percent == 100

    command = {"location": "westeurope", "properties": {"source": {"script": builders.SYSPREP}}}
    compute.virtual_machine_run_commands.begin_create_or_update(
        "rg-one", "template", "seal", command
    ).result()
    builders.wait_power(emulator, machine.id, "stopped")
    compute.virtual_machines.begin_deallocate("rg-one", "template").result()
    compute.virtual_machines.generalize("rg-one", "template")
    view = compute.virtual_machines.instance_view("rg-one", "template")
    assert "OSState/generalized" in [status.code for status in view.statuses]

    version = compute.gallery_image_versions.begin_create_or_update(
        "rg-one",
        "gallery",
        "desktop",
        "1.0.0",
        builders.version_body({"virtualMachineId": machine.id}, "North Europe"),
    ).result()
    shown = compute.gallery_image_versions.get(
        "rg-one", "gallery", "desktop", "1.0.0", expand="ReplicationStatus"
    )
    assert shown.properties.replication_status.aggregated_state == "Completed"
    assert {each.region for each in shown.properties.replication_status.summary} == {
        "westeurope",
        "North Europe",
    }

    check = _build(sdk, "check", image={"id": version.id})
    builders.wait_agent(emulator, check.id)
    for name in ("check", "template"):
        compute.virtual_machines.begin_delete("rg-one", name).result()
    compute.snapshots.begin_delete("rg-one", "before").result()
    compute.gallery_image_versions.begin_delete("rg-one", "gallery", "desktop", "1.0.0").result()
    left = {resource["type"] for resource in emulator.state()["resources"]}
    assert not left & {
        "Microsoft.Compute/virtualMachines",
        "Microsoft.Compute/disks",
        "Microsoft.Network/networkInterfaces",
        "Microsoft.Compute/galleries/images/versions",
    }


def test_a_failed_operation_reaches_the_sdk_with_its_code(emulator: Client, sdk: Sdk) -> None:
    builders.vnet(emulator)
    emulator.control("POST", "behaviours", {"kind": "vm-create-fails", "match": {"vm": "^bad"}})
    with pytest.raises(HttpResponseError) as failed:
        _build(sdk, "bad-one")
    assert failed.value.error is not None
    assert failed.value.error.code == "AllocationFailed"
    assert failed.value.status_code == 200


def test_a_restored_disk_undoes_a_sysprep(emulator: Client, sdk: Sdk) -> None:
    """Snapshot, sysprep, then the old disk back in place: the VM boots again."""
    compute, _ = sdk
    builders.vnet(emulator)
    machine = _build(sdk, "template")
    builders.wait_agent(emulator, machine.id)
    disk = machine.properties.storage_profile.os_disk.managed_disk.id
    for kind, name, source in (
        (compute.snapshots, "before", disk),
        (compute.disks, "restored", f"{builders.COMPUTE}/snapshots/before"),
    ):
        kind.begin_create_or_update(
            "rg-one",
            name,
            {
                "location": "westeurope",
                "properties": {
                    "creationData": {"createOption": "Copy", "sourceResourceId": source}
                },
            },
        ).result()
    builders.sysprep(emulator, machine.id)
    builders.wait_power(emulator, machine.id, "stopped")
    compute.virtual_machines.begin_deallocate("rg-one", "template").result()
    restored = f"{builders.COMPUTE}/disks/restored"
    updated = compute.virtual_machines.begin_update(
        "rg-one",
        "template",
        {
            "properties": {
                "storageProfile": {"osDisk": {"name": "restored", "managedDisk": {"id": restored}}}
            }
        },
    ).result()
    assert updated.properties.storage_profile.os_disk.name == "restored"
    old = compute.disks.get("rg-one", disk.rpartition("/")[2])
    assert old.managed_by is None
    compute.virtual_machines.begin_start("rg-one", "template").result()
    builders.wait_agent(emulator, machine.id)


def test_lists_are_paged_and_followed(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(page_size=3)
    client.group()
    builders.vnet(client)
    for number in range(7):
        builders.nic(client, f"nic-{number}")
    first = client.arm("GET", "Microsoft.Network/networkInterfaces").json()
    assert len(first["value"]) == 3
    names, url = [], first["nextLink"]
    assert url.startswith(client.url)
    names += [each["name"] for each in first["value"]]
    while url:
        page = client.arm("GET", url).json()
        names += [each["name"] for each in page["value"]]
        url = page.get("nextLink")
    assert names == [f"nic-{number}" for number in range(7)]
