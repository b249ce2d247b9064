"""What the tests of Windows 365 share: a tenant ready for it, and time that stands still.

The clock runs at Azure's own pace, so that nothing moves by itself while a test looks; `later` lets
it race until something has come about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from . import builders
from .client import GROUP, SUBSCRIPTION, Client, Seen, until
from .graph_client import GraphClient, graph

SLOW, FAST = 1.0, 1_000_000.0
ROOT = "/deviceManagement/virtualEndpoint"
GALLERY = "microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc-m365"
OTHER_GALLERY = "microsoftwindowsdesktop_windows-ent-cpc_win11-25h2-ent-cpc-m365"
PLAN = "CPC_E_2C_8GB_128GB"
ENTRA_JOIN = {"domainJoinType": "azureADJoin", "regionGroup": "europeUnion", "regionName": "auto"}
MANAGED = f"{builders.COMPUTE}/images"
SINGLE_SESSION = {**builders.MARKETPLACE, "sku": "win11-24h2-ent"}
TARGET = "#microsoft.graph.cloudPcManagementGroupAssignmentTarget"


class Tenant(GraphClient):
    """Graph of one tenant, its Windows 365 in few words."""

    def w365(
        self, method: str, path: str, body: Any = None, version: str = "v1.0", **headers: str
    ) -> httpx.Response:
        return self.ask(method, f"{ROOT}/{path}", body, headers, version)

    def made(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.w365("POST", path, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def shown(self, path: str, version: str = "v1.0", **headers: str) -> dict[str, Any]:
        answer = self.w365("GET", path, None, version, **headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def policy(self, name: str = "Sales", **more: Any) -> str:
        body = {"displayName": name, "imageId": GALLERY, "domainJoinConfigurations": [ENTRA_JOIN]}
        return str(self.made("provisioningPolicies", {**body, **more})["id"])

    def assign(self, policy: str, *groups: str) -> httpx.Response:
        targets = [{"target": {"@odata.type": TARGET, "groupId": group}} for group in groups]
        path = f"provisioningPolicies/{policy}/assign"
        return self.w365("POST", path, {"assignments": targets})

    def pcs(self) -> list[dict[str, Any]]:
        """All Cloud PCs as beta shows them, by user."""
        found = self.shown("cloudPCs", "beta")["value"]
        return sorted(found, key=lambda pc: str(pc["userPrincipalName"]))

    def pc(self, pc_id: str) -> dict[str, Any]:
        return self.shown(f"cloudPCs/{pc_id}", "beta")

    def act(self, pc_id: str, action: str, body: Any = None) -> httpx.Response:
        return self.w365("POST", f"cloudPCs/{pc_id}/{action}", body)

    def at_once(self, user: str = "ann@corp.example", policy: str = "Sales") -> dict[str, Any]:
        """A provisioned Cloud PC by the control plane."""
        asked = {"tenant": self.tenant, "policy": policy, "user": user}
        answer = self.client.control("POST", "cloud-pcs", asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def later(self, look: Callable[[], Seen], good: Callable[[Seen], bool]) -> Seen:
        """Lets the time race until `good`, then stand still again."""
        self.client.control("POST", "speed", {"speed": FAST})
        seen = until(look, good)
        self.client.control("POST", "speed", {"speed": SLOW})
        return seen

    def settled(self, pc_id: str) -> dict[str, Any]:
        """The Cloud PC when it is no longer on its way anywhere."""
        moving = ("provisioning", "resizing", "restoring", "deprovisioning")
        return self.later(lambda: self.pc(pc_id), lambda pc: pc["status"] not in moving)

    def behave(self, kind: str, **more: Any) -> None:
        assert self.client.control("POST", "behaviours", {"kind": kind, **more}).is_success


def tenant(client: Client, *, licences: int = 5) -> Tenant:
    """A tenant with a group `Sales` of two users, and its licences."""
    known = graph(client)
    found = Tenant(known.client, known.token, known.tenant)
    found.add(
        groups=[{"name": "Sales", "members": ["ann@corp.example", "bob@corp.example"]}],
        skus=[{"partNumber": PLAN, "enabled": licences}],
    )
    client.control("POST", "speed", {"speed": SLOW})
    return found


def network(client: Client, prefix: str = "10.1.0.0/24") -> None:
    """The resource group and network a connection stands in."""
    client.control("POST", "speed", {"speed": FAST})
    client.group()
    builders.vnet(client, prefix)
    client.control("POST", "speed", {"speed": SLOW})


def connection_body(**more: Any) -> dict[str, Any]:
    """A hybrid join of `corp.example`, whose password is `right`."""
    return {
        "displayName": "Head office",
        "connectionType": "hybridAzureADJoin",
        "subscriptionId": SUBSCRIPTION,
        "resourceGroupId": GROUP,
        "virtualNetworkId": f"{builders.NETWORK}/virtualNetworks/vnet",
        "subnetId": builders.SUBNET_ID,
        "adDomainName": "corp.example",
        "adDomainUsername": "join@corp.example",
        "adDomainPassword": "right",
        "organizationalUnit": "OU=Cloud PCs,DC=corp,DC=example",
        **more,
    }


def sealed(client: Client, name: str, image: dict[str, str] = SINGLE_SESSION, **more: Any) -> str:
    """A generalized VM without TrustedLaunch."""
    machine = builders.vm(client, name, image=image, securityProfile=None, **more)
    builders.wait_agent(client, machine)
    builders.generalize(client, machine)
    return machine


def managed(client: Client, name: str, machine: str) -> str:
    """A managed image of it."""
    body = {"location": "westeurope", "properties": {"sourceVirtualMachine": {"id": machine}}}
    operation = client.wait(client.arm("PUT", f"{MANAGED}/{name}", body))
    assert operation["status"] == "Succeeded", operation
    return f"{MANAGED}/{name}"


def assigned(it: Tenant, **policy: Any) -> tuple[str, str]:
    """A policy, and the Cloud PC that Ann gets by it."""
    made = it.policy(**policy)
    it.assign(made, it.add(groups=[{"name": "Sales"}])["groups"]["Sales"])
    return made, next(pc["id"] for pc in it.pcs() if "ann" in pc["userPrincipalName"])


def device_names(it: Tenant) -> tuple[list[str], list[str]]:
    entra = [each["displayName"] for each in it.values("/devices")]
    return sorted(entra), sorted(
        each["deviceName"] for each in it.values("/deviceManagement/managedDevices")
    )
