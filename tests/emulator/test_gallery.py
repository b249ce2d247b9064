"""Galleries: what may become a version, replication, deletion, and booting from one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from . import builders
from .client import Client, until


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def sealed(emulator: Client) -> str:
    """A deallocated, generalized VM."""
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    builders.generalize(emulator, machine)
    return machine


def _put(client: Client, source: dict[str, Any], name: str = "1.0.0") -> httpx.Response:
    path = f"{builders.DEFINITION_ID}/versions/{name}"
    return client.arm("PUT", path, builders.version_body(source))


def _replication(client: Client, version: str) -> dict[str, Any]:
    shown = client.arm("GET", version, **{"$expand": "ReplicationStatus"}).json()
    status: dict[str, Any] = shown["properties"]["replicationStatus"]
    return status


def test_trusted_launch_cannot_go_into_supported(emulator: Client, sealed: str) -> None:
    builders.definition(emulator, security="TrustedLaunchSupported")
    refused = _put(emulator, {"virtualMachineId": sealed})
    assert code(refused) == (400, "InvalidParameter")
    assert refused.json()["error"]["message"] == (
        f"The security type 'TrustedLaunchSupported' is not supported for the source id '{sealed}'."
        " Currently only Vhd Blob, User Image and Gallery Image Version sources are supported for"
        " 'TrustedLaunchSupported' images."
    )


def test_a_managed_image_of_trusted_launch_is_refused(emulator: Client, sealed: str) -> None:
    body = {"location": "westeurope", "properties": {"sourceVirtualMachine": {"id": sealed}}}
    refused = emulator.arm("PUT", f"{builders.COMPUTE}/images/image", body)
    assert code(refused) == (409, "OperationNotAllowed")
    assert refused.json()["error"]["message"].startswith("Creation of managed images are not")


def test_only_a_generalized_vm_is_captured(emulator: Client) -> None:
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    builders.definition(emulator)
    builders.act(emulator, machine, "deallocate")
    refused = _put(emulator, {"virtualMachineId": machine})
    assert code(refused) == (409, "OperationNotAllowed")
    body = {"location": "westeurope", "properties": {"sourceVirtualMachine": {"id": machine}}}
    refused = emulator.arm("PUT", f"{builders.COMPUTE}/images/image", body)
    assert "requires the Virtual Machine 'vm-one' to be Generalized" in refused.text


def test_generations_must_agree(emulator: Client, sealed: str) -> None:
    builders.definition(emulator, generation="V1")
    assert code(_put(emulator, {"virtualMachineId": sealed})) == (409, "Conflict")


@pytest.mark.parametrize("name", ["1.0", "1.0.0.0", "01.0.0", "1.0.-1", "a.b.c", "1.0.99999999999"])
def test_a_version_has_three_numbers(emulator: Client, sealed: str, name: str) -> None:
    builders.definition(emulator)
    assert code(_put(emulator, {"virtualMachineId": sealed}, name)) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("regions", "wanted"),
    [
        (["northeurope"], "must contain the location"),
        (["West Europe", "westeurope"], "Duplicate regions"),
    ],
)
def test_regions_are_checked(
    emulator: Client, sealed: str, regions: list[str], wanted: str
) -> None:
    builders.definition(emulator)
    body = builders.version_body({"virtualMachineId": sealed})
    targets = [{"name": region} for region in regions]
    body["properties"]["publishingProfile"]["targetRegions"] = targets
    refused = emulator.arm("PUT", f"{builders.DEFINITION_ID}/versions/1.0.0", body)
    assert code(refused) == (400, "InvalidParameter")
    assert wanted in refused.json()["error"]["message"]


def test_a_missing_source_is_not_found(emulator: Client) -> None:
    builders.definition(emulator)
    refused = _put(emulator, {"virtualMachineId": f"{builders.COMPUTE}/virtualMachines/none"})
    assert code(refused) == (404, "NotFound")


def test_replication_shows_its_progress_and_can_get_stuck(emulator: Client, sealed: str) -> None:
    builders.definition(emulator)
    stuck = {"kind": "replication-stuck", "match": {"region": "northeurope"}}
    emulator.control("POST", "behaviours", stuck)
    path = f"{builders.DEFINITION_ID}/versions/1.0.0"
    body = builders.version_body({"virtualMachineId": sealed}, "northeurope")
    answer = emulator.arm("PUT", path, body)
    assert answer.status_code == 201
    found = until(
        lambda: {each["region"]: each for each in _replication(emulator, path)["summary"]},
        lambda regions: regions["westeurope"]["state"] == "Completed",
    )
    assert found["northeurope"]["state"] == "Replicating"
    assert found["northeurope"]["progress"] < 100
    shown = emulator.arm("GET", path).json()["properties"]
    assert shown["provisioningState"] == "Creating"
    assert "replicationStatus" not in shown
    emulator.control("DELETE", "behaviours")
    assert emulator.wait(answer)["status"] == "Succeeded"
    assert _replication(emulator, path)["aggregatedState"] == "Completed"


def test_a_vm_boots_only_where_the_version_is(emulator: Client, sealed: str) -> None:
    builders.definition(emulator)
    version = builders.version(emulator, sealed)
    nic = builders.nic(emulator, "nic")
    body = builders.vm_body(nic, image={"id": version}, computer="vm-two")
    body["location"] = "northeurope"
    refused = emulator.arm("PUT", f"{builders.COMPUTE}/virtualMachines/vm-two", body)
    assert code(refused) == (404, "GalleryImageNotFound")
    assert f"The gallery image {version} is not available in northeurope region" in refused.text


def test_a_trusted_launch_version_makes_only_trusted_launch_vms(
    emulator: Client, sealed: str
) -> None:
    builders.definition(emulator)
    version = builders.version(emulator, sealed)
    nic = builders.nic(emulator, "nic")
    body = builders.vm_body(nic, image={"id": version}, computer="vm-two", securityProfile=None)
    refused = emulator.arm("PUT", f"{builders.COMPUTE}/virtualMachines/vm-two", body)
    assert code(refused) == (400, "BadRequest")
    assert "only supports creation of VMs" in refused.text


def test_a_version_that_was_never_sysprepped_does_not_provision(emulator: Client) -> None:
    """Azure believes `generalize`; the truth shows when a VM is made from it."""
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    builders.act(emulator, machine, "deallocate")
    assert emulator.arm("POST", f"{machine}/generalize").status_code == 200
    builders.definition(emulator)
    version = builders.version(emulator, machine)
    body = builders.vm_body(builders.nic(emulator, "nic"), image={"id": version}, computer="vm-two")
    operation = emulator.wait(
        emulator.arm("PUT", f"{builders.COMPUTE}/virtualMachines/vm-two", body)
    )
    assert operation["error"]["code"] == "OSProvisioningTimedOut"


def test_latest_is_the_highest_number_that_is_not_excluded(emulator: Client, sealed: str) -> None:
    builders.definition(emulator)
    for name in ("1.9.0", "1.10.0", "2.0.0"):
        builders.version(emulator, sealed, name)
    for name in ("1.9.0", "1.10.0"):
        path = f"{builders.DEFINITION_ID}/versions/{name}"
        patch = {"properties": {"publishingProfile": {"excludeFromLatest": False}}}
        emulator.wait(emulator.arm("PATCH", path, patch))
        shown = emulator.arm("GET", path).json()["properties"]["publishingProfile"]
        assert shown["excludeFromLatest"] is False
        assert [each["name"] for each in shown["targetRegions"]] == ["westeurope"]
    vm = builders.vm(emulator, "vm-two", image={"id": builders.DEFINITION_ID})
    storage = emulator.arm("GET", vm).json()["properties"]["storageProfile"]
    assert storage["imageReference"]["exactVersion"] == "1.10.0"


def test_a_newer_api_version_protects_a_version_from_deletion(
    emulator: Client, sealed: str
) -> None:
    builders.definition(emulator)
    path = f"{builders.DEFINITION_ID}/versions/1.0.0"
    body = builders.version_body({"virtualMachineId": sealed})
    del body["properties"]["safetyProfile"]
    emulator.wait(emulator.arm("PUT", path, body, **{"api-version": "2026-03-03"}))
    assert code(emulator.arm("DELETE", path)) == (409, "OperationNotAllowed")
    patch = {"properties": {"safetyProfile": {"blockDeletionBeforeEndOfLife": False}}}
    emulator.wait(emulator.arm("PATCH", path, patch))
    emulator.wait(emulator.arm("DELETE", path))
    assert emulator.arm("GET", path).status_code == 404


def test_what_has_children_is_not_deleted(emulator: Client) -> None:
    builders.definition(emulator)
    gallery = f"{builders.COMPUTE}/galleries/gallery"
    assert code(emulator.arm("DELETE", gallery)) == (409, "CannotDeleteResource")
    emulator.wait(emulator.arm("DELETE", builders.DEFINITION_ID))
    emulator.wait(emulator.arm("DELETE", gallery))


def test_a_second_put_with_another_source_is_refused(emulator: Client, sealed: str) -> None:
    builders.definition(emulator)
    builders.version(emulator, sealed)
    other = {"virtualMachineId": f"{builders.COMPUTE}/virtualMachines/other"}
    assert code(_put(emulator, other)) == (409, "PropertyChangeNotAllowed")
    assert _put(emulator, {"virtualMachineId": sealed.upper()}).status_code == 200
