from __future__ import annotations

import functools

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError
from spotpc.azure.names import same_id
from spotpc.azure.types import (
    ExtensionSpec,
    Power,
    Provisioning,
)
from tests.emulator.client import Client, until

from . import scene

SYSPREP = ["& $env:windir\\System32\\Sysprep\\sysprep.exe /generalize /oobe /shutdown /mode:vm"]


def test_a_vm_is_made_read_and_listed(azure: Azure, emulator: Client) -> None:
    made = scene.template(azure, emulator)
    assert same_id(made.id, scene.VM_ID)
    assert made.size == "Standard_D4s_v5"
    assert made.os_disk_name == "template-os"
    assert len(made.nic_ids) == 1
    assert made.vm_uuid
    assert made.created_at is not None
    assert made.created_at.tzinfo is not None
    assert made.tags == {"spotpc-job": "1"}
    assert not made.generalized

    listed = azure.compute.list_vms()
    assert [(vm.name, vm.power) for vm in listed] == [("template", Power.RUNNING)]
    assert listed[0].os_disk_id is not None

    disk = azure.compute.get_disk("rg-one", "template-os")
    assert disk is not None
    assert same_id(disk.managed_by, made.id)


def test_a_vm_stops_and_starts_and_goes_with_all_it_has(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    read = functools.partial(azure.compute.get_vm, "rg-one", "template")
    azure.compute.deallocate("rg-one", "template")
    scene.wait(read, lambda vm: vm.power is Power.DEALLOCATED)
    azure.compute.start("rg-one", "template")
    scene.wait(read, lambda vm: vm.power is Power.RUNNING)
    scene.wait(read, scene.done)
    azure.compute.delete_vm("rg-one", "template")
    until(read, lambda vm: vm is None)
    until(lambda: azure.compute.list_disks("rg-one"), lambda disks: disks == ())
    until(lambda: azure.network.list_nics("rg-one"), lambda nics: nics == ())
    assert azure.compute.delete_vm("rg-one", "template") is None


def test_a_running_vm_is_not_generalized(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    with pytest.raises(AzureError) as caught:
        azure.compute.generalize("rg-one", "template")
    assert caught.value.azure_code == "OperationNotAllowed"
    found = azure.compute.get_vm("rg-one", "template")
    assert found is not None
    assert not found.generalized


def test_a_sealed_vm_is_generalized_and_never_starts_again(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    read = functools.partial(azure.compute.get_vm, "rg-one", "template")
    azure.compute.put_run_command("rg-one", "template", "seal", SYSPREP, scene.REGION)
    scene.wait(read, lambda vm: vm.power is Power.STOPPED)
    azure.compute.deallocate("rg-one", "template")
    scene.wait(read, lambda vm: vm.power is Power.DEALLOCATED and scene.done(vm))
    azure.compute.generalize("rg-one", "template")
    assert scene.wait(read, lambda vm: vm.generalized).power is Power.DEALLOCATED
    assert azure.compute.list_vms()[0].generalized
    with pytest.raises(AzureError):
        azure.compute.start("rg-one", "template")


def test_a_run_command_is_put_read_and_deleted(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    read = functools.partial(azure.compute.get_run_command, "rg-one", "template", "look")
    assert read() is None
    azure.compute.put_run_command("rg-one", "template", "look", ["Get-Date"], scene.REGION)
    ended = scene.wait(read, lambda command: command.state == "Succeeded")
    assert ended.exit_code == 0
    azure.compute.delete_run_command("rg-one", "template", "look")
    until(read, lambda command: command is None)


def test_a_failed_extension_tells_its_true_cause(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    answer = emulator.control("POST", "faults", {"failure": "JsonADDomainExtension.1326"})
    assert answer.status_code == 200, answer.text
    join = ExtensionSpec(
        "join",
        scene.REGION,
        "Microsoft.Compute",
        "JsonADDomainExtension",
        "1.3",
        {"Name": "corp.example"},
        {"Password": "Not-a-real-1-password"},
    )
    azure.compute.put_extension("rg-one", "template", join)
    read = functools.partial(azure.compute.get_extension, "rg-one", "template", "join")
    failed = scene.wait(read, lambda one: one.provisioning is Provisioning.FAILED)
    causes = azure.compute.get_instance_failures("rg-one", "template")
    assert failed.failure == causes[0]
    assert "1326" in causes[0].message


def test_the_os_disk_is_restored_from_its_snapshot(azure: Azure, emulator: Client) -> None:
    vm = scene.template(azure, emulator)
    assert vm.os_disk_id is not None
    compute = azure.compute
    compute.create_snapshot("rg-one", "snap", scene.REGION, vm.os_disk_id, {"spotpc-job": "1"})
    snapshot = scene.wait(functools.partial(compute.get_snapshot, "rg-one", "snap"), scene.done)
    assert snapshot.tags == {"spotpc-job": "1"}
    assert [one.name for one in compute.list_snapshots("rg-one")] == ["snap"]
    compute.create_disk_from_snapshot("rg-one", "again", scene.REGION, snapshot.id, {})
    disk = scene.wait(functools.partial(compute.get_disk, "rg-one", "again"), scene.done)

    read = functools.partial(compute.get_vm, "rg-one", "template")
    compute.deallocate("rg-one", "template")
    scene.wait(read, lambda vm: vm.power is Power.DEALLOCATED and scene.done(vm))
    compute.swap_os_disk("rg-one", "template", disk.id)
    scene.wait(read, lambda vm: scene.done(vm) and same_id(vm.os_disk_id, disk.id))

    compute.delete_disk("rg-one", "template-os")
    compute.delete_snapshot("rg-one", "snap")
    until(lambda: compute.get_disk("rg-one", "template-os"), lambda disk: disk is None)
    until(lambda: compute.get_snapshot("rg-one", "snap"), lambda snapshot: snapshot is None)


def test_an_operation_that_fails_later_says_why(azure: Azure, emulator: Client) -> None:
    scene.network(emulator)
    emulator.control("POST", "behaviours", {"kind": "vm-create-fails"})
    url = azure.compute.create_vm(
        scene.vm_spec(
            resource_group="rg-one",
            nic_id=scene.nic(azure),
            image_version_id=None,
            marketplace_image=scene.marketplace(azure),
        )
    )
    assert url is not None
    ended = scene.wait(
        lambda: azure.operations.get(url), lambda found: found.state is Provisioning.FAILED
    )
    assert ended.failure is not None
    assert ended.failure.code == "AllocationFailed"
    vm = azure.compute.get_vm("rg-one", "vm-1")
    assert vm is not None
    assert vm.provisioning is Provisioning.FAILED
    assert vm.failure is not None
    assert vm.failure.code == "AllocationFailed"


def test_what_may_be_built_is_known(azure: Azure) -> None:
    sizes = {size.name: size for size in azure.compute.sizes(scene.REGION)}
    assert sizes["Standard_D4s_v5"].cores == 4
    assert sizes["Standard_D4s_v5"].trusted_launch
    quotas = {quota.family: quota for quota in azure.compute.quotas(scene.REGION)}
    assert quotas["cores"].limit > 0
    assert sizes["Standard_D4s_v5"].family in quotas
