"""A tour of everything the emulator says as Microsoft Graph v1.0, recorded.

What is read is not listed here: every GET the emulator has is asked, with every id its lists tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import httpx

from spotpc.emulator.graph import devices
from spotpc.emulator.graph.routing import ROUTES, Route
from spotpc.emulator.world import Resource
from tests.emulator import builders
from tests.emulator.client import GROUP, SUBSCRIPTION, Client, until
from tests.emulator.graph_client import GraphClient, graph

EVENTUAL = {"ConsistencyLevel": "eventual"}
WHOLE = {"Prefer": "include-unknown-enum-members"}
ENDPOINT = "/deviceManagement/virtualEndpoint"
CONNECTIONS, IMAGES = f"{ENDPOINT}/onPremisesConnections", f"{ENDPOINT}/deviceImages"
POLICIES, CLOUD_PCS = f"{ENDPOINT}/provisioningPolicies", f"{ENDPOINT}/cloudPCs"
ANN, BEN, PORTAL = "ann@harbor.example", "ben@harbor.example", "portal@harbor.example"
GALLERY_IMAGE = "microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc"
PASSWORD = "Joining-Secret-1"
CHECKS = "?$select=id,displayName,healthCheckStatus,healthCheckStatusDetail,inUse,inUseByCloudPc"


@dataclass(frozen=True)
class Said:
    """One answer that went well. `path` is below the version; `body` None where there is none."""

    method: str
    path: str
    whole: bool  # later members of enumerations were asked for
    body: Any

    @property
    def empty(self) -> bool:
        return isinstance(self.body, dict) and self.body.get("value") == []


class Tour:
    def __init__(self, client: Client) -> None:
        self.said: list[Said] = []
        self.graph: GraphClient = graph(client)
        self.client = client
        client.http.event_hooks["response"].append(self._hear)

    def _hear(self, answer: httpx.Response) -> None:
        path = answer.request.url.path
        if not path.startswith("/v1.0/") or answer.is_error:
            return
        text = answer.read()
        whole = "include-unknown-enum-members" in answer.request.headers.get("prefer", "")
        body = json.loads(text) if text else None
        self.said.append(Said(answer.request.method, path.removeprefix("/v1.0"), whole, body))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = self.graph.ask(method, path, body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer

    def take(self) -> list[Said]:
        self._directory()
        self._windows365()
        for route in ROUTES:
            if route.method == "GET" and "v1.0" in route.versions:
                self._read(route)
        self._details()
        return self.said

    # -- what there is to read ------------------------------------------------------------------

    def _directory(self) -> None:
        nested = {"name": "Sales", "members": [BEN]}
        self.graph.add(
            groups=[nested, {"name": "Everybody", "members": [ANN, "Sales"]}],
            skus=[{"partNumber": "CPC_E_2C_8GB_128GB", "enabled": 3}],
            mailboxes=[PORTAL],
        )
        world = self.client.emulator.world
        devices.join(world, self.graph.tenant, "host-1", managed=True)
        devices.join(world, self.graph.tenant, "host-2")
        mail = {"subject": "s", "toRecipients": [{"emailAddress": {"address": ANN}}]}
        self.ask("POST", f"/users/{PORTAL}/sendMail", {"message": mail})

    def _windows365(self) -> None:
        self.client.group()
        builders.vnet(self.client)
        connection = self._connection("Good", builders.SUBNET_ID)
        self._connection("Broken", f"{GROUP}/nowhere")
        self._images()
        policy = self._policy("Gallery", connection)
        group = self.graph.values("/groups?$filter=displayName eq 'Sales'")[0]["id"]
        target = {
            "@odata.type": "#microsoft.graph.cloudPcManagementGroupAssignmentTarget",
            "groupId": group,
        }
        self.ask("POST", f"{POLICIES}/{policy}/assign", {"assignments": [{"target": target}]})
        asked = {"tenant": self.graph.tenant, "policy": "Gallery", "user": ANN}
        assert self.client.control("POST", "cloud-pcs", asked).is_success
        (ann,) = self.graph.values(f"{CLOUD_PCS}?$filter=userPrincipalName eq '{ANN}'")
        self.ask("POST", f"{CLOUD_PCS}/{ann['id']}/reprovision")

    def _connection(self, name: str, subnet: str) -> str:
        body = {
            "displayName": name,
            "connectionType": "azureADJoin",
            "subscriptionId": SUBSCRIPTION,
            "resourceGroupId": GROUP,
            "virtualNetworkId": builders.SUBNET_ID.rpartition("/subnets/")[0],
            "subnetId": subnet,
            "adDomainPassword": PASSWORD,
        }
        made = str(self.ask("POST", CONNECTIONS, body).json()["id"])
        self._checked(made)
        self.ask("PATCH", f"{CONNECTIONS}/{made}", {"displayName": f"{name} network"})
        self._checked(made)
        return made

    def _checked(self, connection: str) -> None:
        until(
            lambda: self.graph.get(f"{CONNECTIONS}/{connection}{CHECKS}")["healthCheckStatus"],
            lambda status: status not in ("pending", "running"),
        )

    def _images(self) -> None:
        """One that is ready, and one that fails with an error code only some are told."""
        told = {"kind": "image-fails", "match": {"image": "Joined"}}
        failing = {**told, "errorCode": "vmAlreadyAzureAdjoined"}
        assert self.client.control("POST", "behaviours", failing).is_success
        source = self._source()
        for name, of in (("Good", source), ("Joined", source), ("Lost", f"{source}-gone")):
            body = {"displayName": name, "version": "1.0.0", "sourceImageResourceId": of}
            self.ask("POST", IMAGES, body)
        until(
            lambda: [each["status"] for each in self.graph.values(IMAGES)],
            lambda statuses: "pending" not in statuses,
        )

    def _source(self) -> str:
        source = f"{GROUP}/providers/Microsoft.Compute/images/source"
        storage = {"osDisk": {"osState": "Generalized", "diskSizeGB": 64}, "dataDisks": []}
        properties = {
            "provisioningState": "Succeeded",
            "hyperVGeneration": "V2",
            "storageProfile": storage,
        }
        self.client.emulator.world.save(
            Resource(source, "Microsoft.Compute/images", {"id": source, "properties": properties})
        )
        return source

    def _policy(self, name: str, connection: str) -> str:
        body = {
            "displayName": name,
            "imageId": GALLERY_IMAGE,
            "imageType": "gallery",
            "domainJoinConfigurations": [
                {"domainJoinType": "azureADJoin", "onPremisesConnectionId": connection}
            ],
        }
        made = str(self.ask("POST", POLICIES, body).json()["id"])
        self.ask("PATCH", f"{POLICIES}/{made}", {"description": "Everybody in sales"})
        return made

    # -- reading --------------------------------------------------------------------------------

    def _read(self, route: Route) -> None:
        for path in self._paths(list(route.template)):
            headers = EVENTUAL if route.template[-1].startswith("microsoft.graph.") else {}
            self.ask("GET", f"{path}?$count=true", **headers)

    def _paths(self, template: list[str]) -> list[str]:
        """The template's paths, one for every id that the list before a brace tells."""
        fixed = list(takewhile(lambda each: not each.startswith("{"), template))
        start = "/" + "/".join(fixed)
        if len(fixed) == len(template):
            return [start]
        found = [each["id"] for each in self.graph.values(start)]
        rest = template[len(fixed) + 1 :]
        return [path for key in found for path in self._paths([*fixed, key, *rest])]

    def _details(self) -> None:
        """What is only told on request."""
        self.ask("GET", "/users?$select=id,assignedLicenses,userType,accountEnabled")
        self.ask("GET", f"{POLICIES}?$expand=assignments")
        self.ask("GET", f"{POLICIES}?$select=id,displayName&$expand=assignments")
        self.ask("GET", f"{CONNECTIONS}{CHECKS}")
        self.ask("GET", IMAGES, **WHOLE)
