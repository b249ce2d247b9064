"""Azure network connections through the real SDK, and in the emulator."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import NotFound, Stopped
from spotpc.azure.graph_types import NetworkConnection
from tests.emulator.client import Client

from . import graph_scene, scene
from .graph_scene import CONNECTION, HAD, NOBODY, policy_spec
from .graph_wire import ENDPOINT, Wire, values
from .replay import Answer

CONNECTIONS = f"{ENDPOINT}/onPremisesConnections"


def health_of(azure: Azure, connection_id: str) -> NetworkConnection:
    return scene.wait(
        functools.partial(azure.graph.windows365.get_connection, connection_id),
        lambda found: found.health not in ("pending", "running"),
    )


def test_a_connection_is_made_checked_changed_and_deleted(azure: Azure, emulator: Client) -> None:
    windows365 = azure.graph.windows365
    scene.network(emulator)
    graph_scene.stand_still(emulator)
    made = windows365.create_connection(CONNECTION)
    first = windows365.get_connection(made)
    assert first is not None
    assert first.health in ("pending", "running")
    graph_scene.race(emulator)
    checked = health_of(azure, made)
    assert checked.health == "passed"
    assert checked.location == scene.REGION
    assert checked.subnet_id == scene.SUBNET
    assert {check.status for check in checked.checks} == {"passed"}
    assert all(check.finished_at for check in checked.checks)

    windows365.update_connection(made, replace(CONNECTION, name="other"), checked)
    (listed,) = windows365.connections()
    assert (listed.name, listed.checks, listed.in_use) == ("other", (), False)

    windows365.create_policy(policy_spec(connection_id=made, region_name="", region_group=""))
    assert [each.in_use for each in windows365.connections()] == [True]
    health_of(azure, made)
    with pytest.raises(Stopped) as caught:
        windows365.delete_connection(made)
    assert caught.value.code == "w365-connection-used"
    (policy,) = windows365.policies()
    windows365.delete_policy(policy.id)
    windows365.delete_connection(made)
    assert windows365.get_connection(made) is None
    windows365.delete_connection(made)


def test_a_failed_check_says_what_and_why(azure: Azure, emulator: Client) -> None:
    scene.network(emulator)
    error = "permissionCheckNoSubscriptionReaderRole"
    emulator.control(
        "POST",
        "behaviours",
        {"kind": "health-check-fails", "connection": "net", "errorType": error},
    )
    found = health_of(azure, azure.graph.windows365.create_connection(CONNECTION))
    assert found.health == "failed"
    (failed,) = [check for check in found.checks if check.status == "failed"]
    assert failed.error_type == error
    assert failed.recommended_action


def test_the_password_goes_to_graph_and_nowhere_else(azure: Azure, emulator: Client) -> None:
    scene.network(emulator)
    hybrid = replace(
        CONNECTION,
        join_type="hybridAzureADJoin",
        ad_domain="corp.example.com",
        ad_username="join@corp.example.com",
        ad_password="A-secret-1",
    )
    made = azure.graph.windows365.create_connection(hybrid)
    (held,) = graph_scene.held(emulator, "onPremisesConnections")
    assert held["inner"]["passwordSet"] is True
    found = azure.graph.windows365.get_connection(made)
    assert found is not None
    assert "A-secret-1" not in repr(found) + str(emulator.state())
    assert (found.ad_domain, found.ad_username) == ("corp.example.com", "join@corp.example.com")


SAME = {
    "name": "net",
    "join_type": "hybridAzureADJoin",
    "subscription_id": "s",
    "resource_group_id": "/G",  # Azure changes the case at will
    "virtual_network_id": "/v",
    "subnet_id": "/v/s",
    "ad_domain": "corp",
    "ad_username": "join",
    "organizational_unit": "OU=pcs",
}


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, {}),
        ({"name": "new"}, {"displayName": "new"}),
        ({"ad_password": "p"}, {"adDomainPassword": "p"}),
        ({"organizational_unit": ""}, {"organizationalUnit": None}),
        ({"ad_username": "kim"}, {"adDomainUsername": "kim"}),
        ({"join_type": "azureADJoin"}, {"connectionType": "azureADJoin"}),
        (
            {"subnet_id": "/v/t"},
            {
                "subscriptionId": "s",
                "resourceGroupId": "/G",
                "virtualNetworkId": "/v",
                "subnetId": "/v/t",
            },
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_connection_is_patched_where_it_differs(
    changes: dict[str, str], body: dict[str, Any]
) -> None:
    wire = Wire(Answer(body={"id": "c"}))
    spec = replace(CONNECTION, **(SAME | changes))
    wire.graph().windows365.update_connection("c", spec, HAD)
    assert wire.asked[0].body == {"displayName": "net", **body}


def test_what_graph_tells_only_when_asked_is_asked_for() -> None:
    wire = Wire(lambda asked: values() if asked.path == CONNECTIONS else Answer(body={"id": "c"}))
    windows365 = wire.graph().windows365
    windows365.connections()
    windows365.get_connection("c")
    many, single = (asked.query["$select"].split(",") for asked in wire.asked)
    assert "inUse" in many
    assert "healthCheckStatusDetail" not in many
    assert {"inUse", "healthCheckStatusDetail"} <= set(single)


def test_checks_begin_anew_though_the_action_is_not_for_apps(
    azure: Azure, emulator: Client
) -> None:
    scene.network(emulator)
    windows365 = azure.graph.windows365
    made = windows365.create_connection(CONNECTION)
    health_of(azure, made)
    graph_scene.stand_still(emulator)
    windows365.run_health_checks(made)
    again = windows365.get_connection(made)
    assert again is not None
    assert again.health in ("pending", "running")
    graph_scene.race(emulator)
    assert health_of(azure, made).health == "passed"


def test_where_the_action_is_allowed_nothing_is_patched() -> None:
    wire = Wire(Answer(204))
    wire.graph().windows365.run_health_checks("c")
    assert [asked.path for asked in wire.asked] == [f"{CONNECTIONS}/c/runHealthChecks"]


def test_checks_of_a_missing_connection_are_not_found(azure: Azure) -> None:
    with pytest.raises(NotFound):
        azure.graph.windows365.run_health_checks(NOBODY)
