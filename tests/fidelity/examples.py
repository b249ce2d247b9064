"""Microsoft's example requests, put to the emulator's own world.

The examples are not part of this project: `AZURE_REFERENCE` names their folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from spotpc.emulator import ids
from tests.azure.scene import REGION
from tests.emulator import builders
from tests.emulator.avd_scene import inside, logon
from tests.emulator.client import GROUP, SUBSCRIPTION

from .stage import HOST, POOL, USER, VM, Stage

FOLDER = Path(os.environ.get("AZURE_REFERENCE", ""), "examples")
COMPUTE, NETWORK = builders.COMPUTE, builders.NETWORK
BASTION = f"{NETWORK}/bastionHosts/bastion"
SNAPSHOT = f"{COMPUTE}/snapshots/snap"
VERSION_NAME = "galleryImageVersionName"
VERSION = f"{builders.DEFINITION_ID}/versions/1.0.0"


@dataclass(frozen=True)
class Example:
    operation: str
    file: str
    method: str
    template: str

    @property
    def name(self) -> str:
        return self.file.rpartition("/")[2].removesuffix(".json")

    def _whole(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((FOLDER / self.file).read_text(encoding="utf-8"))
        return found

    @property
    def request(self) -> Any:
        return self._whole()["request"]

    @property
    def query(self) -> dict[str, str]:
        """Less the version of the example's time, and the pages that this world has not."""
        asked = dict(parse_qsl(urlsplit(self._whole()["path"]).query))
        left_out = ("api-version", "initialSkip")
        return {key: value for key, value in asked.items() if key not in left_out}

    @property
    def answers(self) -> dict[str, Any]:
        """Bodies of the good answers by status; None where there is no body."""
        found = self._whole()["responses"]
        return {code: each.get("body") for code, each in found.items() if code.isdigit()}


def all_of(providers: tuple[str, ...]) -> Iterator[Example]:
    for entry in json.loads((FOLDER / "index.json").read_text(encoding="utf-8")):
        if entry["provider"] in providers:
            name = entry["operation"].rpartition("/")[2]
            for one in entry["examples"]:
                yield Example(name, one["file"], entry["method"], entry["template"])


# --- the world that is asked ------------------------------------------------------------------


@dataclass
class Place:
    """The stage, with one of everything an example names."""

    stage: Stage
    names: dict[str, str]

    def ask(self, example: Example) -> httpx.Response:
        """The example's request, for things of this world."""
        names = {**self.names, **self._fresh(example)}
        path = re.sub(r"\{(\w+)\}", lambda word: names[word[1]], example.template)
        query = {
            key: value.replace("'westus'", f"'{REGION}'").replace("user1@microsoft.com", USER)
            for key, value in example.query.items()
        }
        body = self.body(example.request)
        if example.operation == "DeleteBastionShareableLink":  # the other link is still asked for
            body = {"vms": [{"vm": {"id": f"{COMPUTE}/virtualMachines/{VM}"}}]}
        return self.stage.client.arm(example.method, path, body, **query)

    def _fresh(self, example: Example) -> dict[str, str]:
        """What is created, deleted or changed for good gets a name of its own."""
        last = re.findall(r"\{(\w+)\}", example.template)[-1]
        number, client = self.stage.number(), self.stage.client
        if example.operation == "VirtualMachines_Generalize":
            return {last: ids.name_of(self.stage.sealed_vm)}
        if example.method == "POST" and last == "vmName":
            return {last: ids.name_of(builders.vm(client, f"vm-{number}"))}
        if example.operation in ("UserSessions_Delete", "UserSessions_Disconnect"):
            return {last: str(logon(client, f"user{number}@corp.example")["sessionId"])}
        if example.method in ("PUT", "DELETE"):
            return {last: f"2.0.{number}" if last == VERSION_NAME else f"fresh{number}"}
        return {}

    def body(self, value: Any) -> Any:
        """An example's body with the ids, places and names of this world."""
        if isinstance(value, list):
            return [self.body(each) for each in value]
        if isinstance(value, str):
            told = value.strip("/").lower().startswith("subscriptions/")
            return self._id(value) if told else value
        if not isinstance(value, dict):
            return value
        if {"publisher", "offer", "sku"} <= set(value) and "version" in value:
            return dict(builders.MARKETPLACE)
        body = {key: WORDS.get(key) or self.body(each) for key, each in value.items()}
        body.pop("plan", None)  # this world's Marketplace image needs none
        if "createOption" in body and "name" in body:
            body["name"] = f"disk-{self.stage.number()}"
        return body

    def _id(self, value: str) -> str:
        kind = ids.parse(value).type_path.rpartition("/")[2].lower()
        if kind == "networkinterfaces":
            return builders.nic(self.stage.client, f"nic-{self.stage.number()}")
        return self.ids.get(kind, value)

    @property
    def ids(self) -> dict[str, str]:
        return {
            "virtualmachines": self.stage.sealed_vm,
            "subnets": builders.SUBNET_ID,
            "disks": f"{COMPUTE}/disks/{self.names['diskName']}",
            "snapshots": SNAPSHOT,
            "images": VERSION,
            "versions": VERSION,
        }


# What an example leaves to the reader, or says of a region or size this world has not.
WORDS: dict[str, Any] = {
    "location": REGION,
    "vmSize": "Standard_D4s_v5",
    "computerName": "fresh",
    "adminUsername": "spotadmin",
    "adminPassword": "Correct-Horse-9",
    "expirationTime": inside(hours=4),
    "targetRegions": [{"name": REGION, "regionalReplicaCount": 1}],
}


def furnish(stage: Stage) -> Place:
    client = stage.client
    vm = f"{COMPUTE}/virtualMachines/{VM}"
    disk = client.arm("GET", vm).json()["properties"]["storageProfile"]["osDisk"]["managedDisk"]
    copy = {"creationData": {"createOption": "Copy", "sourceResourceId": disk["id"]}}
    client.wait(client.arm("PUT", SNAPSHOT, {"location": REGION, "properties": copy}))
    script = {"source": {"script": "dir"}}
    client.wait(client.arm("PUT", f"{vm}/runCommands/done", _at(script)))
    handler = {"publisher": "P", "type": "T", "typeHandlerVersion": "1.0", "settings": {"a": "b"}}
    client.wait(client.arm("PUT", f"{vm}/extensions/told", _at(handler)))
    builders.version(client, stage.sealed_vm)
    client.wait(client.arm("PUT", BASTION, _at({"enableShareableLink": True})))
    plain = builders.vm(client, f"plain-{stage.number()}", securityProfile=None)
    builders.act(client, plain, "deallocate")
    assert client.arm("POST", f"{plain}/generalize").is_success
    image = _at({"sourceVirtualMachine": {"id": plain}})
    client.wait(client.arm("PUT", f"{COMPUTE}/images/managed", image))
    link = {"vms": [{"vm": {"id": stage.sealed_vm}}]}
    client.wait(client.arm("POST", f"{BASTION}/createShareableLinks", link))
    marketplace = stage.image
    return Place(
        stage,
        {
            "subscriptionId": SUBSCRIPTION,
            "resourceGroupName": GROUP.rpartition("/")[2],
            "location": REGION,
            "vmName": VM,
            "vmExtensionName": "told",
            "runCommandName": "done",
            "diskName": ids.name_of(disk["id"]),
            "snapshotName": "snap",
            "imageName": "managed",
            "galleryName": "gallery",
            "galleryImageName": "desktop",
            "galleryImageVersionName": "1.0.0",
            "networkInterfaceName": f"{VM}-nic",
            "virtualNetworkName": "vnet",
            "subnetName": "hosts",
            "bastionHostName": "bastion",
            "hostPoolName": POOL,
            "sessionHostName": HOST,
            "userSessionId": stage.session,
            "publisherName": marketplace.publisher,
            "offer": marketplace.offer,
            "skus": marketplace.sku,
            "version": marketplace.version,
        },
    )


def _at(properties: dict[str, Any]) -> dict[str, Any]:
    return {"location": REGION, "properties": properties}


# --- what an answer lacks ---------------------------------------------------------------------


def missing(theirs: Any, ours: Any) -> list[str]:
    """Places of an example's answer that ours has not, the outermost of each: `value/*/id`."""
    return sorted(_missing([theirs], [ours], ""))


def _missing(theirs: list[Any], ours: list[Any], path: str) -> set[str]:
    """All values found at one place, theirs against ours; the items of a list share a place."""
    found: set[str] = set()
    for key in {key for each in theirs if isinstance(each, dict) for key in each}:
        of_ours = [each[key] for each in ours if isinstance(each, dict) and key in each]
        of_theirs = [each[key] for each in theirs if isinstance(each, dict) and key in each]
        place = f"{path}/{key}" if path else key
        found |= _missing(of_theirs, of_ours, place) if of_ours else {place}
    items = [item for each in theirs if isinstance(each, list) for item in each]
    of_ours = [item for each in ours if isinstance(each, list) for item in each]
    if items:
        place = f"{path}/*" if path else "*"
        found |= _missing(items, of_ours, place) if of_ours else {place}
    return found
