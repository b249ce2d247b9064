"""A host pool with hosts, made quickly: the hosts' VMs are put straight into the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.credentials import AccessToken
from azure.mgmt.desktopvirtualization import DesktopVirtualizationMgmtClient

from spotpc.emulator.world import Resource

from .client import GROUP, SUBSCRIPTION, Client, until

POOLS = "Microsoft.DesktopVirtualization/hostPools"
GROUP_NAME = "rg-one"


class Credential:
    """The token the test's client already has."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        return AccessToken(self._token, int(datetime.now(UTC).timestamp()) + 3600)


def sdk(client: Client) -> DesktopVirtualizationMgmtClient:
    return DesktopVirtualizationMgmtClient(
        Credential(client.token),
        SUBSCRIPTION,
        base_url=client.url,
        connection_verify=client.ca_file,
        retry_total=0,
    )


def inside(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def make_pool(client: Client, name: str = "pool", **properties: Any) -> str:
    body = {
        "location": "westeurope",
        "properties": {
            "hostPoolType": "Pooled",
            "loadBalancerType": "BreadthFirst",
            "preferredAppGroupType": "Desktop",
            "maxSessionLimit": 2,
            "registrationInfo": {
                "expirationTime": inside(hours=4),
                "registrationTokenOperation": "Update",
            },
            **properties,
        },
    }
    answer = client.arm("PUT", f"{POOLS}/{name}", body)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["properties"]["registrationInfo"]["token"])


def make_hosts(client: Client, token: str, *names: str, pool: str = "pool") -> None:
    """VMs of these names whose agents show that token; waits until all are Available."""
    world = client.emulator.world
    for name in names:
        vm = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}"
        properties = {"vmId": f"uuid-{name}", "osProfile": {"computerName": name}}
        body = {"id": vm, "location": "westeurope", "properties": properties}
        world.save(Resource(vm, "Microsoft.Compute/virtualMachines", body))
        world.emit(
            "extension-succeeded",
            vm=vm,
            type="DSC",
            settings={},
            protected={"properties": {"registrationInfoToken": token}},
        )
    until(
        lambda: hosts_of(client, pool),
        lambda hosts: (
            {name for name, properties in hosts.items() if properties["status"] == "Available"}
            >= set(names)
        ),
    )


def hosts_of(client: Client, pool: str = "pool") -> dict[str, Any]:
    """The pool's hosts: name without the pool → properties."""
    found = client.arm("GET", f"{POOLS}/{pool}/sessionHosts").json()["value"]
    return {host["name"].partition("/")[2]: host["properties"] for host in found}


def drain(client: Client, host: str, pool: str = "pool") -> None:
    body = {"properties": {"allowNewSession": False}}
    assert client.arm("PATCH", f"{POOLS}/{pool}/sessionHosts/{host}", body).status_code == 200


def logon(client: Client, user: str, pool: str = "pool") -> dict[str, Any]:
    answer = client.control("POST", "logon", {"hostPool": pool, "user": user})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
