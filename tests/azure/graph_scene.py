"""What the tests of Graph build in the emulator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spotpc.azure.connect import Azure
from spotpc.azure.graph_types import NetworkConnection, NetworkConnectionSpec, PolicySpec
from tests.emulator.client import GROUP, SUBSCRIPTION, TENANT, Client

from . import scene

ANN, BEN = "ann@example.com", "ben@example.com"
NOBODY = "11111111-1111-4111-8111-00000000dead"
CONNECTION = NetworkConnectionSpec(
    name="net",
    join_type="azureADJoin",
    subscription_id=SUBSCRIPTION,
    resource_group_id=GROUP,
    virtual_network_id=scene.VNET,
    subnet_id=scene.SUBNET,
)

HYBRID = replace(
    CONNECTION,
    join_type="hybridAzureADJoin",
    ad_domain="d",
    ad_username="u",
    ad_password="p",
    organizational_unit="o",
)
# What Graph had of another one before an edit.
HAD = NetworkConnection(
    id="c",
    name="net",
    join_type="hybridAzureADJoin",
    subscription_id="s",
    resource_group_id="/g",
    virtual_network_id="/v",
    subnet_id="/v/s",
    ad_domain="corp",
    ad_username="join",
    organizational_unit="OU=pcs",
)


def policy_spec(**changes: Any) -> PolicySpec:
    values: dict[str, Any] = {
        "name": "Staff",
        "description": "Everybody",
        "image_type": "gallery",
        "image_id": "microsoftwindowsdesktop_windows-ent-cpc_win11-24h2-ent-cpc",
        "image_name": "Windows 11 Enterprise + OS Optimizations 24H2",
        "join_type": "azureADJoin",
        "region_name": "westeurope",
        "region_group": "europeUnion",
        "locale": "en-US",
    }
    return PolicySpec(**(values | changes))


def directory(client: Client, **what: Any) -> dict[str, Any]:
    """`POST /emulator/directory`: ids by name."""
    answer = client.control("POST", "directory", {"tenant": TENANT, **what})
    assert answer.is_success, answer.text
    ids: dict[str, Any] = answer.json()
    return ids


def staff(client: Client, licences: int = 5) -> str:
    """Ann and Ben in one group, and licences for them; the id of the group."""
    found = directory(
        client,
        groups=[{"name": "Staff", "members": [ANN, BEN]}],
        skus=[{"partNumber": "CPC_E_2C_8GB_128GB", "enabled": licences}],
    )
    return str(found["groups"]["Staff"])


def policy(azure: Azure, **changes: Any) -> str:
    return azure.graph.windows365.create_policy(policy_spec(**changes))


def held(client: Client, kind: str) -> list[dict[str, Any]]:
    return [each for each in client.state()["graph"] if each["kind"] == kind]


def allow(client: Client, *roles: str) -> None:
    """From now on the app's new tokens have these permissions only."""
    body = {"clientId": "app", "secret": "secret", "roles": list(roles)}
    assert client.control("POST", "apps", body).is_success


def stand_still(client: Client) -> None:
    """Azure's own pace: nothing ends while a test looks."""
    assert client.control("POST", "speed", {"speed": 1}).is_success


def race(client: Client) -> None:
    assert client.control("POST", "speed", {"speed": 1_000_000}).is_success
