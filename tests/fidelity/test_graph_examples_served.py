"""Every official example of a Windows 365 operation in Graph v1.0, and of what we read in beta, put
to the emulator: answered with a status of the example, and with every key of its answer, but for
a short list with reasons.

The examples are not part of this project: `AZURE_REFERENCE` names their folder.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from spotpc.emulator.graph.virtual_endpoint.service_plans import PLANS
from tests.azure import graph_scene
from tests.azure.scene import REGION
from tests.emulator import builders
from tests.emulator.client import GROUP, SUBSCRIPTION, until
from tests.emulator.graph_client import GraphClient, graph
from tests.emulator.w365_scene import GALLERY, TARGET, connection_body

from . import examples, graph_operations
from .stage import Stage

if "AZURE_REFERENCE" not in os.environ:
    pytest.skip(
        "AZURE_REFERENCE does not name the folder of Azure's examples", allow_module_level=True
    )

FOLDER = Path(os.environ["AZURE_REFERENCE"], "examples", "Microsoft.Graph")
ROOT = "/deviceManagement/virtualEndpoint/"

NOT_ASKED = {
    r"CloudPCs_Reprovision\.SignedInUser": "of a signed-in user, which an application is not",
    r"OnPremisesConnections_RunHealthChecks": "for signed-in admins: an application is refused",
    r"BulkActions_.*": "beta, and the product reprovisions one by one",
    r"CloudPCs_List\.BetaFilterDisasterRecovery": "beta: disaster recovery is not modelled",
}

# Keys of an example's answer that may be missing, by their place in one object.
OPTIONAL = {
    r"(.*/)?@odata\.type": "left out where it is the declared type",
    r"@odata\.(count|nextLink)": "only with $count, and where there is another page",
    r"(domainJoinConfiguration|windowsSettings)(/.*)?|onPremisesConnectionId|managedBy|"
    r"domainJoinConfigurations/\*/(type|managedType)": "not in the v1.0 metadata any more",
    r"expiredDate": "not in the v1.0 metadata: the example means expirationDate",
    r"healthCheckStatusDetail/healthChecks/\*/additional(Dd|dD)etail": "misspelt",
    r"partnerAgentInstallResults": "beta: nobody reads it",
    r"statusDetails/.*": "beta: of a Cloud PC that failed",
}


@dataclass(frozen=True)
class Example:
    name: str
    method: str
    path: str
    request: Any
    answers: dict[str, Any]

    @property
    def version(self) -> str:
        return self.path.split("/")[1]

    @property
    def chosen(self) -> list[str]:
        """The names of its $select."""
        found = re.search(r"\$select=([^&]+)", self.path)
        return found[1].split(",") if found else []


def every() -> Iterator[Example]:
    for file in sorted(FOLDER.glob("*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        if ROOT in told["path"] or "/cloudPCs/" in told["path"]:
            bodies = {code: each.get("body") for code, each in told["responses"].items()}
            yield Example(file.stem, told["method"], told["path"], told["request"], bodies)


def left_out(example: Example) -> bool:
    return any(re.fullmatch(pattern, example.name) for pattern in NOT_ASKED)


EXAMPLES = list(every())
ASKED = [each for each in EXAMPLES if not left_out(each)]


# --- the world that is asked ------------------------------------------------------------------


@dataclass
class Place:
    """The stage, with one of everything an example names; `lasting` are those only read."""

    stage: Stage
    graph: GraphClient
    lasting: dict[str, str] = field(default_factory=dict)

    def ask(self, example: Example) -> httpx.Response:
        path = example.path.removeprefix(f"/{example.version}")
        collection = path.removeprefix(ROOT).split("/")[0].split("?")[0]
        named = rf"({ROOT}{collection})/(?!getSourceImages)[^/?]+"
        if re.search(named, path):
            # What is changed or deleted is a new one.
            one = self.lasting[collection] if example.method == "GET" else self.make(collection)
            path = re.sub(named, rf"\1/{one}", path)
        return self.graph.ask(
            example.method, path, self.body(example.request), version=example.version
        )

    def make(self, collection: str) -> str:
        if collection == "cloudPCs":
            return graph_operations.cloud_pc(self.stage)
        number = self.stage.number()
        bodies: dict[str, dict[str, Any]] = {
            "provisioningPolicies": {"displayName": f"P{number}", "imageId": GALLERY},
            "deviceImages": {
                "displayName": "Image",
                "version": f"3.0.{number}",
                "sourceImageResourceId": MANAGED,
            },
            "onPremisesConnections": connection_body(displayName=f"C{number}"),
        }
        made = self.posted(collection, bodies[collection])
        if collection == "onPremisesConnections":
            until(
                lambda: self.graph.get(f"{ROOT}{collection}/{made}")["healthCheckStatus"],
                lambda status: status not in ("pending", "running"),
            )
        return made

    def posted(self, path: str, body: Any) -> str:
        answer = self.graph.ask("POST", ROOT + path, body)
        assert answer.is_success, answer.text
        return str(answer.json()["id"]) if answer.content else ""

    def body(self, value: Any) -> Any:
        """An example's body with this world's ids."""
        if isinstance(value, list):
            return [self.body(each) for each in value]
        if not isinstance(value, dict):
            return value
        words = {**WORDS, **self.lasting}
        return {key: words.get(key) or self.body(each) for key, each in value.items()}


MANAGED = f"{builders.COMPUTE}/images/of-plain"
BIGGER = PLANS[5]
WORDS = {
    "imageId": GALLERY,
    "targetServicePlanId": BIGGER.id,
    "subscriptionId": SUBSCRIPTION,
    "resourceGroupId": GROUP,
    "virtualNetworkId": f"{builders.NETWORK}/virtualNetworks/vnet",
    "subnetId": builders.SUBNET_ID,
}


@pytest.fixture(scope="module")
def place(azure: Stage) -> Place:
    found = Place(azure, graph(azure.client))
    sku = {"partNumber": BIGGER.part_number, "enabled": 10_000}
    graph_scene.directory(azure.client, skus=[sku])
    _managed_image(azure)
    for collection in ("cloudPCs", "deviceImages", "onPremisesConnections"):
        found.lasting[collection] = found.make(collection)
    found.lasting["galleryImages"] = GALLERY
    connection = found.lasting["onPremisesConnectionId"] = found.lasting["onPremisesConnections"]
    join = {"domainJoinType": "hybridAzureADJoin", "onPremisesConnectionId": connection}
    policy = {"displayName": "Kept", "imageId": GALLERY, "domainJoinConfigurations": [join]}
    kept = found.lasting["provisioningPolicies"] = found.posted("provisioningPolicies", policy)
    found.lasting["groupId"] = graph_scene.staff(azure.client, licences=10_000)
    target = {"@odata.type": TARGET, "groupId": found.lasting["groupId"]}
    found.posted(f"provisioningPolicies/{kept}/assign", {"assignments": [{"target": target}]})
    return found


def _managed_image(azure: Stage) -> None:
    """Of a VM without TrustedLaunch; nothing looks into it."""
    machine = builders.vm(azure.client, f"plain-{azure.number()}", securityProfile=None)
    builders.act(azure.client, machine, "deallocate")
    assert azure.client.arm("POST", f"{machine}/generalize").is_success
    body = {"location": REGION, "properties": {"sourceVirtualMachine": {"id": machine}}}
    azure.client.wait(azure.client.arm("PUT", MANAGED, body))


# --- what an answer lacks ---------------------------------------------------------------------


def unserved(example: Example, status: int, body: Any) -> list[str]:
    """The status, if it is not one of the example's; else places of keys it has and we have not."""
    if str(status) not in example.answers:
        return [f"{status}: {body}"]
    theirs = example.answers[str(status)]
    if theirs is None:
        return [] if body is None else [f"a body: {body}"]
    if example.chosen and "value" not in theirs:  # an example may answer more than it selects
        theirs = {key: value for key, value in theirs.items() if key in example.chosen}
    return [each for each in examples.missing(theirs, body) if not _optional(each)]


def _optional(path: str) -> bool:
    """Objects of a list are judged as one alone is."""
    patterns = "|".join(f"(?:{each})" for each in OPTIONAL)
    return bool(re.fullmatch(patterns, path.removeprefix("value/*/")))


def body_of(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None


@pytest.mark.parametrize("example", ASKED, ids=lambda each: each.name)
def test_an_example_is_served(example: Example, place: Place) -> None:
    answer = place.ask(example)
    assert unserved(example, answer.status_code, body_of(answer)) == []


def test_every_exception_is_one() -> None:
    for pattern in NOT_ASKED:
        assert any(re.fullmatch(pattern, each.name) for each in EXAMPLES), pattern
    assert len(ASKED) > 25


# --- negative controls ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CloudPCs_Get", ("managedDeviceName",)),
        ("CloudPCs_List.Beta", ("value", 0, "status")),
        ("DeviceImages_Get", ("errorCode",)),
        ("GalleryImages_List", ("value",)),
        ("OnPremisesConnections_Get", ("healthCheckStatus",)),
        (
            "OnPremisesConnections_Get.SelectHealthCheckDetail",
            ("healthCheckStatusDetail", "healthChecks"),
        ),
        (
            "ProvisioningPolicies_Get.ExpandAssignments",
            ("assignments", 0, "target", "groupId"),
        ),
        ("ProvisioningPolicies_Get", ("windowsSetting", "locale")),
    ],
    ids=str,
)
def test_a_key_that_is_gone_is_noticed(
    name: str, path: tuple[str | int, ...], place: Place
) -> None:
    example = next(each for each in ASKED if each.name == name)
    answer = place.ask(example)
    good = body_of(answer)
    for item in good.get("value", [])[1:]:
        good["value"].remove(item)
    bad: Any = copy.deepcopy(good)
    inner = bad
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    assert unserved(example, answer.status_code, good) == []
    assert len(unserved(example, answer.status_code, bad)) == 1


def test_another_status_and_a_body_too_many_are_noticed() -> None:
    example = next(each for each in ASKED if each.name == "CloudPCs_Reprovision")
    assert unserved(example, 204, None) == []
    assert unserved(example, 200, None)
    assert unserved(example, 204, {"value": []})
