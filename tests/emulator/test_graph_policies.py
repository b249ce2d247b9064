"""Provisioning policies and who gets a Cloud PC by them."""

from __future__ import annotations

from typing import Any

import pytest

from .client import Client
from .graph_client import refusal, with_roles
from .w365_scene import (
    ENTRA_JOIN,
    GALLERY,
    OTHER_GALLERY,
    ROOT,
    Tenant,
    connection_body,
    network,
    tenant,
)


@pytest.fixture
def it(emulator: Client) -> Tenant:
    return tenant(emulator)


def groups_of(it: Tenant, policy: str) -> list[str]:
    shown = it.shown(f"provisioningPolicies/{policy}?$expand=assignments")
    return [each["target"]["groupId"] for each in shown["assignments"]]


def test_a_policy_is_made_read_changed_and_deleted(it: Tenant) -> None:
    made = it.made(
        "provisioningPolicies",
        {
            "@odata.type": "#microsoft.graph.cloudPcProvisioningPolicy",
            "displayName": "Sales",
            "description": "The sales team",
            "imageId": GALLERY,
            "imageType": "gallery",
            "domainJoinConfigurations": [ENTRA_JOIN],
            "enableSingleSignOn": True,
            "windowsSetting": {"locale": "de-DE"},
        },
    )
    path = f"provisioningPolicies/{made['id']}"
    assert made["imageDisplayName"] == "Windows 11 Enterprise + Microsoft 365 Apps 24H2"
    assert made["provisioningType"] == "dedicated"
    assert made["domainJoinConfigurations"] == [{**ENTRA_JOIN, "onPremisesConnectionId": None}]
    changed = it.w365("PATCH", path, {"description": "", "imageId": OTHER_GALLERY})
    assert (changed.status_code, changed.content) == (204, b"")
    shown = it.shown(path)
    assert shown["imageDisplayName"].endswith("25H2")
    assert (shown["description"], shown["enableSingleSignOn"]) == ("", True)
    assert [each["id"] for each in it.shown("provisioningPolicies")["value"]] == [made["id"]]
    assert it.w365("DELETE", path).status_code == 204
    assert refusal(it.w365("GET", path)) == (404, "itemNotFound")
    assert it.shown("provisioningPolicies")["value"] == []


REFUSED: dict[str, dict[str, Any]] = {
    "no name": {"displayName": ""},
    "a sign in the name": {"displayName": "Sales & more"},
    "no image": {"imageId": None},
    "an unknown gallery image": {"imageId": "nobody_windows-ent-cpc_win99"},
    "a gallery image out of support": {
        "imageId": "microsoftwindowsdesktop_windows-ent-cpc_21h2-ent-cpc-m365"
    },
    "an unknown custom image": {"imageType": "custom", "imageId": "6d1e37b1"},
    "another kind of image": {"imageType": "borrowed"},
    "a property that is none": {"imageID": GALLERY},
    "a property of beta": {"autopilotConfiguration": {}},
    "a hybrid join without a connection": {
        "domainJoinConfigurations": [{"domainJoinType": "hybridAzureADJoin"}]
    },
    "an unknown connection": {
        "domainJoinConfigurations": [{**ENTRA_JOIN, "onPremisesConnectionId": "nowhere"}]
    },
    "an unknown join": {"domainJoinConfigurations": [{"domainJoinType": "workgroup"}]},
    "an unknown kind of licence": {"provisioningType": "rented"},
    "names of one for all": {"cloudPcNamingTemplate": "CPC-%USERNAME:5%"},
    "names too long": {"cloudPcNamingTemplate": "SALES-%USERNAME:5%-%RAND:5%"},
    "names with a space": {"cloudPcNamingTemplate": "CPC %RAND:5%"},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=list(REFUSED))
def test_a_policy_graph_refuses_is_not_made(wrong: dict[str, Any], it: Tenant) -> None:
    body = {"displayName": "Sales", "imageId": GALLERY, **wrong}
    assert refusal(it.w365("POST", "provisioningPolicies", body)) == (400, "BadRequest")
    assert it.held("provisioningPolicies") == []


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=list(REFUSED))
def test_a_change_graph_refuses_changes_nothing(wrong: dict[str, Any], it: Tenant) -> None:
    path = f"provisioningPolicies/{it.policy()}"
    before = it.shown(path)
    assert refusal(it.w365("PATCH", path, {"description": "new", **wrong})) == (400, "BadRequest")
    assert it.shown(path) == before


def test_a_connection_must_join_as_the_policy_does(emulator: Client, it: Tenant) -> None:
    network(emulator)
    connection = it.made("onPremisesConnections", connection_body())["id"]
    join = {"domainJoinType": "azureADJoin", "onPremisesConnectionId": connection}
    body = {"displayName": "Sales", "imageId": GALLERY, "domainJoinConfigurations": [join]}
    assert refusal(it.w365("POST", "provisioningPolicies", body)) == (400, "BadRequest")
    join["domainJoinType"] = "hybridAzureADJoin"
    shown = it.made("provisioningPolicies", body)["domainJoinConfigurations"]
    assert shown == [
        {
            "domainJoinType": "hybridAzureADJoin",
            "onPremisesConnectionId": connection,
            "regionGroup": None,
            "regionName": None,
        }
    ]


def test_assignments_show_only_where_they_are_asked_for(it: Tenant) -> None:
    policy, group = it.policy(), it.add(groups=[{"name": "Empty"}])["groups"]["Empty"]
    path = f"provisioningPolicies/{policy}"
    assert it.assign(policy, group).status_code == 204
    assert "assignments" not in it.shown(path)
    wanted = [f"{policy}_{group}"]
    for query in ("$expand=assignments", "$expand=assignments&$select=id,displayName"):
        shown = it.shown(f"provisioningPolicies?{query}")["value"][0]
        assert [each["id"] for each in shown["assignments"]] == wanted
        assert [each["id"] for each in it.shown(f"{path}?{query}")["assignments"]] == wanted
    assert [each["id"] for each in it.shown(f"{path}/assignments")["value"]] == wanted


def test_assigning_replaces_the_groups(it: Tenant) -> None:
    policy = it.policy()
    ids = it.add(groups=[{"name": "One"}, {"name": "Two"}])["groups"]
    it.assign(policy, ids["One"], ids["Two"])
    assert groups_of(it, policy) == [ids["One"], ids["Two"]]
    it.assign(policy, ids["Two"], ids["Two"])
    assert groups_of(it, policy) == [ids["Two"]]


def test_only_groups_can_be_assigned(it: Tenant) -> None:
    policy = it.policy()
    path = f"provisioningPolicies/{policy}/assign"
    assert refusal(it.assign(policy, "nobody")) == (400, "BadRequest")
    assert refusal(it.w365("POST", path, {})) == (400, "BadRequest")
    group = it.add(groups=[{"name": "One"}])["groups"]["One"]
    other = [{"target": {"@odata.type": "#microsoft.graph.allDevices", "groupId": group}}]
    assert refusal(it.w365("POST", path, {"assignments": other})) == (400, "BadRequest")
    assert groups_of(it, policy) == []


def test_a_policy_that_is_assigned_stays(it: Tenant) -> None:
    policy = it.policy()
    it.assign(policy, it.add(groups=[{"name": "One"}])["groups"]["One"])
    path = f"provisioningPolicies/{policy}"
    assert refusal(it.w365("DELETE", path)) == (409, "Conflict")
    it.assign(policy)
    assert it.w365("DELETE", path).status_code == 204


def test_the_kind_of_licence_stays(it: Tenant) -> None:
    path = f"provisioningPolicies/{it.policy()}"
    assert refusal(it.w365("PATCH", path, {"provisioningType": "shared"}))[0] == 400
    assert it.w365("PATCH", path, {"provisioningType": "dedicated"}).status_code == 204


def test_apply_is_betas_alone(it: Tenant) -> None:
    path = f"provisioningPolicies/{it.policy()}/apply"
    assert it.w365("POST", path, {"policySettings": "region"}).status_code == 404
    assert it.w365("POST", path, {"policySettings": "region"}, "beta").status_code == 204


def test_who_may_only_read_changes_nothing(emulator: Client, it: Tenant) -> None:
    policy = it.policy()
    reader = with_roles(emulator, "CloudPC.Read.All")
    path = f"{ROOT}/provisioningPolicies/{policy}"
    assert reader.ask("GET", path).status_code == 200
    for method, below in (("PATCH", ""), ("DELETE", ""), ("POST", "/assign")):
        answer = reader.ask(method, path + below, {} if method != "DELETE" else None)
        assert answer.status_code == 403
        assert "CloudPC.ReadWrite.All" in answer.json()["error"]["message"]


# -- who gets one -------------------------------------------------------------------------------


def users(it: Tenant) -> list[str]:
    return [pc["userPrincipalName"].partition("@")[0] for pc in it.pcs()]


def test_members_with_a_licence_get_one_each(it: Tenant) -> None:
    it.add(groups=[{"name": "Nested", "members": ["Sales", "cyd@corp.example"]}])
    it.assign(it.policy(), it.add(groups=[{"name": "Nested"}])["groups"]["Nested"])
    assert users(it) == ["ann", "bob", "cyd"]
    it.add(groups=[{"name": "Nested", "members": ["dan@corp.example"]}])
    assert users(it) == ["ann", "bob", "cyd", "dan"]


def test_without_a_licence_there_is_none_until_one_is_bought(emulator: Client) -> None:
    it = tenant(emulator, licences=1)
    it.assign(it.policy(), it.add(groups=[{"name": "Sales"}])["groups"]["Sales"])
    assert users(it) == ["ann"]
    it.add(skus=[{"partNumber": "CPC_E_2C_8GB_128GB", "enabled": 2}])
    assert users(it) == ["ann", "bob"]


def test_the_policy_assigned_first_wins(it: Tenant) -> None:
    policies = {name: it.policy(name) for name in ("First", "Second", "Third")}
    group = it.add(groups=[{"name": "Later"}])["groups"]["Later"]
    for name in ("Second", "Third", "First"):
        it.assign(policies[name], group)
    it.assign(policies["Second"], group)  # again, which changes nothing
    it.add(groups=[{"name": "Later", "members": ["eve@corp.example"]}])
    assert [pc["provisioningPolicyName"] for pc in it.pcs()] == ["Second"]


def test_a_change_reaches_no_cloud_pc(it: Tenant) -> None:
    policy = it.policy()
    pc = it.at_once()
    it.w365("PATCH", f"provisioningPolicies/{policy}", {"imageId": OTHER_GALLERY})
    it.w365("PATCH", f"provisioningPolicies/{policy}", {"displayName": "Renamed"})
    assert it.pc(pc["id"])["imageDisplayName"] == pc["imageDisplayName"]
    assert it.pc(pc["id"])["provisioningPolicyName"] == "Sales"
