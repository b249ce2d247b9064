"""Every official example answer of an operation we use comes through the SDK and our door.

The examples are Microsoft's and are not part of this project: `AZURE_REFERENCE` names the folder.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError
from spotpc.azure.types import ExtensionSpec, NicSpec, Provisioning, VmSpec

from .reading import at, attribute, renamed
from .replay import SUBSCRIPTION, Answer, Sent, wired

REFERENCE = os.environ.get("AZURE_REFERENCE")
if not REFERENCE:
    pytest.skip(
        "AZURE_REFERENCE does not name the folder of Azure's examples", allow_module_level=True
    )
EXAMPLES = Path(REFERENCE) / "examples"

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
VM_ID = f"{GROUP}/Microsoft.Compute/virtualMachines/vm"
DISK_ID = f"{GROUP}/Microsoft.Compute/disks/disk"
SUBNET_ID = f"{GROUP}/Microsoft.Network/virtualNetworks/net/subnets/desktops"
BASTION_ID = f"{GROUP}/Microsoft.Network/bastionHosts/bastion"
VM_SPEC = VmSpec("rg", "vm", "westus", "size", "nic", "disk", "admin", "pw", image_version_id="v")
EXTENSION = ExtensionSpec("ext", "westus", "publisher", "type", "1.0")
VERSION = ("rg", "gallery", "definition", "1.0.0")


@dataclass(frozen=True)
class Use:
    """How we use an operation; `fields` says where the example keeps what we must have read."""

    call: Callable[[Azure], Any]
    fields: dict[str, str] = field(default_factory=dict)
    write: bool = False


NAMED = {"name": "name", "id": "id"}
VM_FIELDS = {**NAMED, "location": "location", "vm_uuid": "properties/vmId"}
DISK_FIELDS = {**NAMED, "size_gib": "properties/diskSizeGB"}
AVD_HOST = {
    "name": "name",
    "vm_id": "properties/resourceId",
    "status": "properties/status",
    "sessions": "properties/sessions",
    "allow_new_session": "properties/allowNewSession",
    "agent_version": "properties/agentVersion",
}
AVD_SESSION = {
    "session_id": "name",
    "user": "properties/userPrincipalName",
    "state": "properties/sessionState",
}

USES: dict[str, Use] = {
    "VirtualMachines_Get": Use(lambda a: a.compute.get_vm("rg", "vm"), VM_FIELDS),
    "VirtualMachines_ListAll": Use(lambda a: a.compute.list_vms(), VM_FIELDS),
    "VirtualMachines_InstanceView": Use(lambda a: a.compute.get_instance_failures("rg", "vm")),
    "VirtualMachines_CreateOrUpdate": Use(lambda a: a.compute.create_vm(VM_SPEC), write=True),
    "VirtualMachines_Delete": Use(lambda a: a.compute.delete_vm("rg", "vm"), write=True),
    "VirtualMachines_Start": Use(lambda a: a.compute.start("rg", "vm"), write=True),
    "VirtualMachines_Restart": Use(lambda a: a.compute.restart("rg", "vm"), write=True),
    "VirtualMachines_PowerOff": Use(lambda a: a.compute.power_off("rg", "vm"), write=True),
    "VirtualMachines_Deallocate": Use(lambda a: a.compute.deallocate("rg", "vm"), write=True),
    "VirtualMachines_Generalize": Use(lambda a: a.compute.generalize("rg", "vm"), write=True),
    "VirtualMachines_Update": Use(
        lambda a: a.compute.swap_os_disk("rg", "vm", DISK_ID), write=True
    ),
    "VirtualMachineExtensions_Get": Use(
        lambda a: a.compute.get_extension("rg", "vm", "ext"), {"name": "name"}
    ),
    "VirtualMachineExtensions_CreateOrUpdate": Use(
        lambda a: a.compute.put_extension("rg", "vm", EXTENSION), write=True
    ),
    "VirtualMachineRunCommands_GetByVirtualMachine": Use(
        lambda a: a.compute.get_run_command("rg", "vm", "seal"), {"name": "name"}
    ),
    "VirtualMachineRunCommands_CreateOrUpdate": Use(
        lambda a: a.compute.put_run_command("rg", "vm", "seal", ["dir"], "westus"), write=True
    ),
    "VirtualMachineRunCommands_Delete": Use(
        lambda a: a.compute.delete_run_command("rg", "vm", "seal"), write=True
    ),
    "Snapshots_Get": Use(lambda a: a.compute.get_snapshot("rg", "snap"), NAMED),
    "Snapshots_ListByResourceGroup": Use(lambda a: a.compute.list_snapshots("rg"), NAMED),
    "Snapshots_CreateOrUpdate": Use(
        lambda a: a.compute.create_snapshot("rg", "snap", "westus", DISK_ID, {}), write=True
    ),
    "Snapshots_Delete": Use(lambda a: a.compute.delete_snapshot("rg", "snap"), write=True),
    "Disks_Get": Use(lambda a: a.compute.get_disk("rg", "disk"), DISK_FIELDS),
    "Disks_ListByResourceGroup": Use(lambda a: a.compute.list_disks("rg"), DISK_FIELDS),
    "Disks_CreateOrUpdate": Use(
        lambda a: a.compute.create_disk_from_snapshot("rg", "disk", "westus", DISK_ID, {}),
        write=True,
    ),
    "Disks_Delete": Use(lambda a: a.compute.delete_disk("rg", "disk"), write=True),
    "Usage_List": Use(
        lambda a: a.compute.quotas("westus"),
        {"family": "name/value", "used": "currentValue", "limit": "limit"},
    ),
    "ResourceSkus_List": Use(
        lambda a: a.compute.sizes("westus"), {"name": "name", "family": "family"}
    ),
    "VirtualMachineImages_Get": Use(
        lambda a: a.compute.latest_marketplace_version("westus", "pub", "offer", "sku"),
        {"version": "name", "plan.product": "properties/plan/product"},
    ),
    "VirtualMachineImages_List": Use(
        lambda a: a.compute.latest_marketplace_version("westus", "pub", "offer", "sku"),
        {"version": "name"},
    ),
    "GalleryImages_Get": Use(
        lambda a: a.gallery.get_definition("rg", "gallery", "definition"),
        {**NAMED, "generation": "properties/hyperVGeneration"},
    ),
    "GalleryImages_ListByGallery": Use(
        lambda a: a.gallery.list_definitions("rg", "gallery"),
        {**NAMED, "generation": "properties/hyperVGeneration"},
    ),
    "GalleryImages_CreateOrUpdate": Use(
        lambda a: a.gallery.create_definition(
            "rg", "gallery", "definition", "westus", publisher="p", offer="o", sku="s"
        ),
        write=True,
    ),
    "GalleryImageVersions_Get": Use(lambda a: a.gallery.get_version(*VERSION), NAMED),
    "GalleryImageVersions_ListByGalleryImage": Use(
        lambda a: a.gallery.list_versions(*VERSION[:3]), NAMED
    ),
    "GalleryImageVersions_CreateOrUpdate": Use(
        lambda a: a.gallery.create_version_from_vm(*VERSION, "westus", VM_ID, ["westus"]),
        write=True,
    ),
    "GalleryImageVersions_Update": Use(
        lambda a: a.gallery.set_exclude_from_latest(*VERSION, False), write=True
    ),
    "GalleryImageVersions_Delete": Use(lambda a: a.gallery.delete_version(*VERSION), write=True),
    "Galleries_List": Use(lambda a: a.gallery.list_all_versions()),
    "Images_List": Use(
        lambda a: a.compute.list_images(),
        {
            **NAMED,
            "region": "location",
            "os_type": "properties/storageProfile/osDisk/osType",
            "os_state": "properties/storageProfile/osDisk/osState",
            "generation": "properties/hyperVGeneration",
        },
    ),
    "NetworkInterfaces_Get": Use(lambda a: a.network.get_nic("rg", "nic"), NAMED),
    "NetworkInterfaces_List": Use(lambda a: a.network.list_nics("rg"), NAMED),
    "NetworkInterfaces_CreateOrUpdate": Use(
        lambda a: a.network.create_nic(NicSpec("rg", "nic", "westus", SUBNET_ID)), write=True
    ),
    "NetworkInterfaces_Delete": Use(lambda a: a.network.delete_nic("rg", "nic"), write=True),
    "Subnets_Get": Use(
        lambda a: a.network.get_subnet(SUBNET_ID),
        {**NAMED, "address_prefixes.0": "properties/addressPrefix"},
    ),
    "BastionHosts_Get": Use(lambda a: a.network.get_bastion(BASTION_ID), NAMED),
    "PutBastionShareableLink": Use(
        lambda a: a.network.create_shareable_link(BASTION_ID, VM_ID), write=True
    ),
    "GetBastionShareableLink": Use(
        lambda a: a.network.get_shareable_link(BASTION_ID, EXAMPLE_LINK_VM),
        {"vm_id": "value/0/vm/id", "url": "value/0/bsl"},
    ),
    "DeleteBastionShareableLink": Use(
        lambda a: a.network.delete_shareable_link(BASTION_ID, VM_ID), write=True
    ),
    "HostPools_Get": Use(
        lambda a: a.avd.get_host_pool("rg", "pool"),
        {**NAMED, "session_limit": "properties/maxSessionLimit"},
    ),
    "HostPools_RetrieveRegistrationToken": Use(
        lambda a: a.avd.registration_token("rg", "pool", timedelta(hours=2)), {"token": "token"}
    ),
    "SessionHosts_List": Use(lambda a: a.avd.list_hosts("rg", "pool"), AVD_HOST),
    "SessionHosts_Update": Use(lambda a: a.avd.set_drain("rg", "pool", "h", True), write=True),
    "SessionHosts_Delete": Use(lambda a: a.avd.delete_host("rg", "pool", "h", True), write=True),
    "UserSessions_ListByHostPool": Use(lambda a: a.avd.list_sessions("rg", "pool"), AVD_SESSION),
    "UserSessions_Delete": Use(lambda a: a.avd.sign_out("rg", "pool", "h", "2"), write=True),
    "UserSessions_SendMessage": Use(
        lambda a: a.avd.send_message("rg", "pool", "h", "2", "title", "body"), write=True
    ),
}
EXAMPLE_LINK_VM = (
    "/subscriptions/subid/resourceGroups/rgx/providers/Microsoft.Compute/virtualMachines/vm1"
)


@dataclass(frozen=True)
class Example:
    operation: str
    file: str
    code: str
    method: str
    template: str

    def body(self) -> Any:
        responses = json.loads((EXAMPLES / self.file).read_text())["responses"]
        return responses[self.code].get("body")

    def headers(self) -> dict[str, str]:
        responses = json.loads((EXAMPLES / self.file).read_text())["responses"]
        return dict(responses[self.code].get("headers") or {})


def examples() -> list[Example]:
    found = []
    for entry in json.loads((EXAMPLES / "index.json").read_text()):
        if _name(entry["operation"]) not in USES:
            continue
        for one in entry["examples"]:
            recorded = json.loads((EXAMPLES / one["file"]).read_text())["responses"]
            codes = [code for code in recorded if code.isdigit()]
            found += [
                Example(_name(entry["operation"]), one["file"], code, entry["method"], template)
                for code in codes
                for template in [entry["template"]]
            ]
    return found


def _name(operation: str) -> str:
    return operation.rpartition("/")[2]


ALL = examples()
READS = [one for one in ALL if not USES[one.operation].write]


def replayed(example: Example, body: Any) -> tuple[Any, list[Sent]]:
    """Our answer to Azure's, and what was asked to get it."""

    if isinstance(body, dict):
        # The generated samples name a next page for ever, some on a host of their own.
        body = {key: value for key, value in body.items() if key != "nextLink"}

    def answer(sent: Sent) -> Answer:
        if example.operation == "VirtualMachineImages_Get" and sent.path.endswith("/versions"):
            return Answer(body=[{"name": body.get("name"), "location": "westus", "id": "i"}])
        if example.operation == "VirtualMachineImages_List" and _is_one_image(sent):
            return Answer(body=body[0])
        return Answer(int(example.code), body, example.headers())

    azure, wire = wired(answer)
    return USES[example.operation].call(azure), wire.sent


def _is_one_image(sent: Sent) -> bool:
    return not sent.path.endswith("/versions")


def in_example(body: Any, operation: str) -> list[Any]:
    """The items an answer holds: of a list all, else the one."""
    if isinstance(body, list):
        return body
    if "value" in body and operation != "GetBastionShareableLink":
        return list(body["value"])
    return [body]


def read_wrongly(example: Example, answered: Any, body: Any) -> list[str]:
    """The fields of our answer that are not what the example says."""
    ours = answered if isinstance(answered, tuple) else (answered,)
    theirs = in_example(body, example.operation)
    if example.operation == "ResourceSkus_List":
        theirs = [one for one in theirs if one.get("resourceType") == "virtualMachines"]
    fields = USES[example.operation].fields
    wrong = [] if len(ours) == len(theirs) or not fields else ["count"]
    for one, other in zip(ours, theirs, strict=False):
        for name, path in fields.items():
            expected = at(other, path)
            if expected is not None and attribute(one, name) != expected:
                wrong.append(f"{name}: {attribute(one, name)!r} is not {expected!r}")
    return wrong


@pytest.mark.parametrize("example", ALL, ids=lambda one: f"{one.file}-{one.code}")
def test_example_comes_through(example: Example) -> None:
    body = example.body()
    answered, sent = replayed(example, body)
    if not USES[example.operation].write:
        assert not read_wrongly(example, answered, body)
    pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(example.template))
    asked = [one for one in sent if re.fullmatch(pattern, one.path, re.IGNORECASE)]
    assert example.method in {one.method for one in asked}, [one.path for one in sent]


def test_every_operation_we_use_has_an_example() -> None:
    assert {one.operation for one in ALL} == set(USES)


@pytest.mark.parametrize(
    ("operation", "key"),
    [
        ("VirtualMachines_Get", "vmId"),
        ("Disks_Get", "diskSizeGB"),
        ("Usage_List", "value"),
        ("GalleryImages_Get", "id"),
        ("Images_List", "osState"),
        ("SessionHosts_List", "allowNewSession"),
        ("SessionHosts_List", "resourceId"),
        ("UserSessions_ListByHostPool", "sessionState"),
        ("HostPools_Get", "maxSessionLimit"),
        ("GetBastionShareableLink", "bsl"),
    ],
)
def test_a_misspelt_answer_is_noticed(operation: str, key: str) -> None:
    """The check above would see it if we, or the SDK, read another key."""
    example = next(one for one in READS if one.operation == operation)
    body = example.body()
    try:
        answered, _ = replayed(example, renamed(copy.deepcopy(body), key))
    except (AzureError, AttributeError, KeyError):
        return
    assert read_wrongly(example, answered, body)


@pytest.mark.parametrize(
    ("file", "state"),
    [
        ("AsyncOperation_GetStatus.InProgress", Provisioning.RUNNING),
        ("AsyncOperation_GetStatus.Deployment-Running", Provisioning.RUNNING),
        ("AsyncOperation_GetStatus.Deployment-Succeeded", Provisioning.SUCCEEDED),
    ],
)
def test_operation_status_comes_through(file: str, state: Provisioning) -> None:
    recorded = json.loads((EXAMPLES / "ARM" / f"{file}.json").read_text())["responses"]["200"]
    azure, _ = wired(Answer(200, recorded["body"]))
    operation = azure.operations.get("https://management.azure.com/operations/1")
    assert operation is not None
    assert operation.state is state
