"""Azure network connections and their health checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from spotpc.emulator import entra
from spotpc.emulator.graph.virtual_endpoint.health_checks import CHECKS

from . import builders
from .client import GROUP, SUBSCRIPTION, Client
from .graph_client import graph, refusal
from .w365_scene import ROOT, Tenant, connection_body, network, tenant

DETAIL = "$select=id,healthCheckStatus,healthCheckStatusDetail,inUse"


@pytest.fixture
def it(emulator: Client) -> Tenant:
    found = tenant(emulator)
    network(emulator)
    return found


def made(it: Tenant, **more: Any) -> str:
    return str(it.made("onPremisesConnections", connection_body(**more))["id"])


def detail(it: Tenant, connection: str) -> dict[str, Any]:
    return it.shown(f"onPremisesConnections/{connection}?{DETAIL}")


def checked(it: Tenant, connection: str) -> dict[str, Any]:
    """The connection when its checks are over."""
    return it.later(
        lambda: detail(it, connection),
        lambda shown: shown["healthCheckStatus"] not in ("pending", "running"),
    )


def found(shown: dict[str, Any]) -> dict[str, str]:
    """Error types of the checks that didn't pass, by status."""
    checks = shown["healthCheckStatusDetail"]["healthChecks"]
    return {each["errorType"]: each["status"] for each in checks if each["status"] != "passed"}


def test_a_new_connection_is_checked_step_by_step(it: Tenant) -> None:
    body = it.made("onPremisesConnections", connection_body())
    assert (body["healthCheckStatus"], body["virtualNetworkLocation"]) == ("pending", "westeurope")
    before = detail(it, body["id"])["healthCheckStatusDetail"]
    assert {each["status"] for each in before["healthChecks"]} == {"pending"}
    assert "endDateTime" not in before
    shown = checked(it, body["id"])
    assert (shown["healthCheckStatus"], found(shown)) == ("passed", {})
    after = shown["healthCheckStatusDetail"]
    assert [each["displayName"] for each in after["healthChecks"]] == [x.name for x in CHECKS]
    times = [after["startDateTime"]]
    for each in after["healthChecks"]:
        times += [each["startDateTime"], each["endDateTime"]]
    assert times == sorted(times)
    assert after["endDateTime"] == times[-1]


def test_details_show_only_where_they_are_asked_for(it: Tenant) -> None:
    connection = made(it)
    for shown in (
        it.shown(f"onPremisesConnections/{connection}"),
        it.shown("onPremisesConnections")["value"][0],
    ):
        assert shown["healthCheckStatus"] == "pending"
        assert not {"healthCheckStatusDetail", "inUse", "inUseByCloudPc"} & set(shown)
    listed = it.shown(f"onPremisesConnections?{DETAIL}")["value"][0]
    assert set(listed) == {"id", "healthCheckStatus", "healthCheckStatusDetail", "inUse"}


def test_the_password_is_answered_nowhere(it: Tenant) -> None:
    secret = "Corr3ct-Horse"
    connection = made(it, adDomainPassword=secret)
    told = [
        it.shown(f"onPremisesConnections/{connection}"),
        it.client.state(),
        it.client.control("GET", "requests").json(),
    ]
    assert secret not in json.dumps(told)
    assert it.held("onPremisesConnections")[0]["inner"]["passwordSet"] is True
    chosen = it.w365("GET", f"onPremisesConnections/{connection}?$select=adDomainPassword")
    assert chosen.status_code == 400


def test_a_wrong_password_fails_the_join_and_the_right_one_heals_it(it: Tenant) -> None:
    it.add(domains=[{"name": "corp.example", "username": "join@corp.example", "password": "right"}])
    connection = made(it, adDomainPassword="wrong")
    shown = checked(it, connection)
    assert (shown["healthCheckStatus"], found(shown)) == (
        "failed",
        {"adJoinCheckIncorrectCredentials": "failed"},
    )
    path = f"onPremisesConnections/{connection}"
    answer = it.w365("PATCH", path, {"adDomainPassword": "right"})
    assert (answer.status_code, answer.json()["healthCheckStatus"]) == (200, "running")
    assert checked(it, connection)["healthCheckStatus"] == "passed"


def test_the_password_can_be_changed_by_its_own_action(it: Tenant) -> None:
    it.add(domains=[{"name": "corp.example", "username": "join", "password": "new"}])
    connection = made(it, adDomainPassword="old")
    checked(it, connection)
    path = f"onPremisesConnections/{connection}"
    answer = it.w365("POST", f"{path}/updateAdDomainPassword", {"adDomainPassword": "new"})
    assert answer.status_code == 204
    it.w365("PATCH", path, {"displayName": "Head office"})
    assert checked(it, connection)["healthCheckStatus"] == "passed"


WRONG: dict[str, tuple[dict[str, Any], set[str]]] = {
    "no domain": ({"adDomainName": ""}, {"dnsCheckFqdnNotFound"}),
    "a strange domain": ({"adDomainName": "corp_1"}, {"dnsCheckNameWithInvalidCharacter"}),
    "a malformed unit": (
        {"organizationalUnit": "Cloud PCs"},
        {"adJoinCheckOrganizationalUnitIncorrectFormat"},
    ),
    "no such group": (
        {"resourceGroupId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/gone"},
        {"resourceAvailabilityCheckResourceGroupInvalid"},
    ),
    "no such network": (
        {"virtualNetworkId": f"{builders.NETWORK}/virtualNetworks/gone"},
        {"resourceAvailabilityCheckVNetInvalid"},
    ),
    "no such subnet": (
        {"subnetId": f"{builders.NETWORK}/virtualNetworks/vnet/subnets/gone"},
        {"resourceAvailabilityCheckSubnetInvalid"},
    ),
}


@pytest.mark.parametrize(("wrong", "errors"), WRONG.values(), ids=list(WRONG))
def test_the_checks_see_what_is_wrong(wrong: dict[str, Any], errors: set[str], it: Tenant) -> None:
    shown = checked(it, made(it, **wrong))
    assert shown["healthCheckStatus"] == "failed"
    assert found(shown) == dict.fromkeys(errors, "failed")


def test_a_full_subnet_and_somebody_elses_subscription(emulator: Client, it: Tenant) -> None:
    network(emulator, "10.9.0.0/29")  # three addresses are free
    it.client.control("POST", "speed", {"speed": 100_000})
    for name in ("one", "two", "three"):
        builders.nic(emulator, name)
    other = "33333333-3333-4333-8333-333333333333"
    tie = {"subscription": SUBSCRIPTION, "tenant": other, "name": "Theirs"}
    assert emulator.control("POST", "subscriptions", tie).is_success
    connection = made(it)
    assert it.shown(f"onPremisesConnections/{connection}")["subscriptionName"] == "Theirs"
    assert found(checked(it, connection)) == {
        "resourceAvailabilityCheckNoSubnetIP": "failed",
        "resourceAvailabilityCheckSubscriptionNotFound": "failed",
    }


def test_an_entra_join_has_nothing_to_do_with_a_domain(it: Tenant) -> None:
    shown = checked(it, made(it, connectionType="azureADJoin", adDomainName=None))
    names = {each["displayName"] for each in shown["healthCheckStatusDetail"]["healthChecks"]}
    assert shown["healthCheckStatus"] == "passed"
    assert names == {check.name for check in CHECKS if not check.hybrid}


def test_trouble_on_demand_fails_or_warns(it: Tenant) -> None:
    it.behave("health-check-fails", match={"connection": "Here"}, errorType="dnsCheckUnknownError")
    it.behave(
        "health-check-fails",
        match={"connection": "There", "warning": True},
        errorType="udpConnectivityCheckTurnUrlNotAllowListed",
    )
    here, there = made(it, displayName="Here"), made(it, displayName="There")
    assert found(checked(it, here)) == {"dnsCheckUnknownError": "failed"}
    shown = checked(it, there)
    assert shown["healthCheckStatus"] == "warning"
    assert found(shown) == {"udpConnectivityCheckTurnUrlNotAllowListed": "warning"}


def test_nothing_changes_while_it_is_under_check(it: Tenant) -> None:
    connection = made(it)
    path = f"onPremisesConnections/{connection}"
    for method, below, body in (
        ("PATCH", "", {"displayName": "New"}),
        ("DELETE", "", None),
        ("POST", "/updateAdDomainPassword", {"adDomainPassword": "new"}),
    ):
        assert refusal(it.w365(method, path + below, body)) == (409, "Conflict")
    assert it.shown(path)["displayName"] == "Head office"
    checked(it, connection)
    assert it.w365("DELETE", path).status_code == 204
    assert it.w365("GET", path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"displayName": ""},
        {"subnetId": None},
        {"connectionType": "workgroup"},
        {"adDomainName": "x" * 256},
        {"password": "x"},
    ],
)
def test_a_connection_graph_refuses_is_not_made(wrong: dict[str, Any], it: Tenant) -> None:
    answer = it.w365("POST", "onPremisesConnections", connection_body(**wrong))
    assert refusal(answer) == (400, "BadRequest")
    assert it.held("onPremisesConnections") == []


def test_one_in_use_stays(it: Tenant) -> None:
    connection = made(it)
    checked(it, connection)
    join = {"domainJoinType": "hybridAzureADJoin", "onPremisesConnectionId": connection}
    policy = it.policy(domainJoinConfigurations=[join])
    path = f"onPremisesConnections/{connection}"
    assert it.shown(f"{path}?$select=inUse,inUseByCloudPc")["inUse"] is True
    assert refusal(it.w365("DELETE", path)) == (409, "Conflict")
    it.w365("DELETE", f"provisioningPolicies/{policy}")
    assert it.shown(f"{path}?$select=inUse")["inUse"] is False
    assert it.w365("DELETE", path).status_code == 204


# -- runHealthChecks is for people ----------------------------------------------------------------


def as_person(it: Tenant) -> str:
    """The token of a signed-in admin: scopes in place of roles."""
    world = it.client.emulator.world
    head, claims, _ = it.token.split(".")
    body = entra._encode({**entra._decode(claims), "scp": "CloudPC.ReadWrite.All"})
    return f"{head}.{body}.{entra._signature(world, f'{head}.{body}')}"


def run_checks(it: Tenant, connection: str, token: str, version: str) -> httpx.Response:
    path = f"{ROOT}/onPremisesConnections/{connection}/runHealthChecks"
    return it.ask("POST", path, None, {"Authorization": f"Bearer {token}"}, version)


def test_an_application_may_not_run_the_checks(it: Tenant) -> None:
    connection = made(it)
    checked(it, connection)
    for version in ("v1.0", "beta"):
        assert refusal(run_checks(it, connection, it.token, version)) == (403, "Forbidden")
    assert detail(it, connection)["healthCheckStatus"] == "passed"
    assert run_checks(it, connection, as_person(it), "v1.0").status_code == 204
    assert detail(it, connection)["healthCheckStatus"] == "running"
    assert refusal(run_checks(it, connection, as_person(it), "v1.0")) == (409, "Conflict")


def test_a_restart_in_the_middle_of_the_checks_changes_nothing(
    make_emulator: Callable[..., Client],
) -> None:
    first = make_emulator()
    it = tenant(first)
    connection = made(it, resourceGroupId=GROUP)
    first.emulator.stop()
    again = graph(make_emulator(speed=None))
    it = Tenant(again.client, again.token, again.tenant)
    assert detail(it, connection)["healthCheckStatus"] == "pending"
    assert checked(it, connection)["healthCheckStatus"] == "failed"  # nothing of it is there
