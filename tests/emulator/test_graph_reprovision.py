"""Reprovisioning a Cloud PC: what it does, and what stops it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .client import Client
from .graph_client import graph, refusal
from .w365_scene import (
    OTHER_GALLERY,
    Tenant,
    assigned,
    connection_body,
    device_names,
    network,
    tenant,
)


@pytest.fixture
def it(emulator: Client) -> Tenant:
    return tenant(emulator)


def test_a_reprovision_wipes_and_builds_as_the_policy_says_now(it: Tenant) -> None:
    policy = it.policy()
    before = it.at_once()
    it.w365("PATCH", f"provisioningPolicies/{policy}", {"imageId": OTHER_GALLERY})
    it.behave("reprovision-stuck")  # so that a test can look at what is between
    answer = it.act(before["id"], "reprovision", {"userAccountType": "standardUser"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert it.pc(before["id"])["status"] == "provisioning"
    it.later(lambda: it.pc(before["id"]), lambda pc: pc["managedDeviceId"] is None)
    assert device_names(it) == ([], [])
    it.client.control("DELETE", "behaviours")
    after = it.settled(before["id"])
    assert after["status"] == "provisioned"
    assert after["imageDisplayName"].endswith("25H2")
    for changed in ("managedDeviceId", "aadDeviceId", "managedDeviceName"):
        assert after[changed] not in (None, before[changed])
    name = after["managedDeviceName"]
    assert device_names(it) == ([name], [name])


def test_one_on_its_way_is_not_reprovisioned_again(it: Tenant) -> None:
    it.policy()
    pc = it.at_once()["id"]
    assert it.act(pc, "reprovision").status_code == 204
    for action, body in (
        ("reprovision", None),
        ("reboot", None),
        ("restore", {"cloudPcSnapshotId": "snapshot"}),
        ("endGracePeriod", None),
    ):
        assert refusal(it.act(pc, action, body)) == (409, "Conflict")
    assert it.settled(pc)["status"] == "provisioned"


@pytest.mark.parametrize("body", [{"osVersion": "windows95"}, {"userAccountType": "king"}])
def test_a_reprovision_with_words_graph_does_not_know(body: dict[str, str], it: Tenant) -> None:
    it.policy()
    pc = it.at_once()["id"]
    assert refusal(it.act(pc, "reprovision", body)) == (400, "BadRequest")
    assert it.pc(pc)["status"] == "provisioned"


def test_a_restart_in_the_middle_of_it_changes_nothing(
    make_emulator: Callable[..., Client],
) -> None:
    first = make_emulator()
    it = tenant(first)
    it.policy()
    before = it.at_once()
    it.act(before["id"], "reprovision")
    first.emulator.stop()
    second = make_emulator(speed=None)
    again = graph(second)
    it = Tenant(again.client, again.token, again.tenant)
    assert it.pc(before["id"])["status"] == "provisioning"
    after = it.settled(before["id"])
    assert after["status"] == "provisioned"
    assert after["managedDeviceId"] not in (None, before["managedDeviceId"])


# -- what stops one -----------------------------------------------------------------------------


def no_licence(it: Tenant, policy: str) -> None:
    body = {"tenant": it.tenant, "licences": ["ann@corp.example"]}
    assert it.client.control("DELETE", "directory", body).is_success


def no_user(it: Tenant, policy: str) -> None:
    body = {"tenant": it.tenant, "users": ["ann@corp.example"]}
    assert it.client.control("DELETE", "directory", body).is_success


def no_policy(it: Tenant, policy: str) -> None:
    assert it.w365("DELETE", f"provisioningPolicies/{policy}").status_code == 204


@pytest.mark.parametrize(
    ("loses", "code"),
    [
        (no_licence, "licenseNotFound"),
        (no_user, "userNotFound"),
        (no_policy, "provisioningPolicyNotFound"),
    ],
)
def test_what_is_gone_meanwhile_stops_it(
    loses: Callable[[Tenant, str], None], code: str, it: Tenant
) -> None:
    policy = it.policy()
    pc = it.at_once()["id"]
    it.act(pc, "reprovision")
    loses(it, policy)
    failed = it.settled(pc)
    assert (failed["status"], failed["statusDetail"]["code"]) == ("failed", code)
    assert failed["statusDetails"] == failed["statusDetail"]
    assert (failed["managedDeviceName"], failed["aadDeviceId"]) == (None, None)
    assert device_names(it) == ([], [])


def test_an_unhealthy_connection_stops_it(emulator: Client, it: Tenant) -> None:
    network(emulator)
    it.add(domains=[{"name": "corp.example", "username": "join", "password": "other"}])
    connection = it.made("onPremisesConnections", connection_body())["id"]
    path = f"onPremisesConnections/{connection}"
    it.later(lambda: it.shown(path), lambda shown: shown["healthCheckStatus"] == "failed")
    join = {"domainJoinType": "hybridAzureADJoin", "onPremisesConnectionId": connection}
    _, pc = assigned(it, domainJoinConfigurations=[join])
    failed = it.settled(pc)
    assert failed["statusDetail"]["code"] == "onPremisesConnectionNotHealthy"
    assert failed["onPremisesConnectionName"] == "Head office"


def test_a_failure_on_demand_and_another_try(it: Tenant) -> None:
    it.policy()
    ann, bob = it.at_once(), it.at_once("bob@corp.example")
    told = {"code": "intuneEnrollFailed", "message": "No luck."}
    it.behave("reprovision-fails", match={"user": "ann@corp.example"}, **told)
    for pc in (ann, bob):
        assert it.act(pc["id"], "reprovision").status_code == 204
    failed = it.settled(ann["id"])
    assert failed["status"] == "failed"
    detail = failed["statusDetail"]
    assert (detail["code"], detail["message"]) == ("intuneEnrollFailed", "No luck.")
    assert {"name": "failedAction", "value": "Reprovision"} in detail["additionalInformation"]
    assert it.settled(bob["id"])["status"] == "provisioned"
    it.client.control("DELETE", "behaviours")
    assert it.act(ann["id"], "reprovision").status_code == 204
    assert it.pc(ann["id"])["statusDetail"] is None
    assert it.settled(ann["id"])["status"] == "provisioned"


def test_a_stuck_one_goes_on_when_nothing_holds_it(it: Tenant) -> None:
    it.policy()
    pc = it.at_once()["id"]
    it.behave("reprovision-stuck", match={"user": "ann@corp.example"})
    it.act(pc, "reprovision")
    it.later(lambda: it.pc(pc), lambda shown: shown["managedDeviceId"] is None)
    other = it.at_once("bob@corp.example")["id"]
    it.act(other, "reprovision")
    assert it.settled(other)["status"] == "provisioned"
    assert it.pc(pc)["status"] == "provisioning"
    it.client.control("DELETE", "behaviours")
    assert it.settled(pc)["status"] == "provisioned"
