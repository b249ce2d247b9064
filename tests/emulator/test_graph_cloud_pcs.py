"""Cloud PCs: how they come, what an admin may do to one, and how they go."""

from __future__ import annotations

import pytest

from .client import Client
from .graph_client import graph, refusal
from .w365_scene import PLAN, ROOT, Tenant, assigned, device_names, tenant

BIGGER = "CPC_E_4C_16GB_256GB"
V1 = {
    "@odata.context", "id", "aadDeviceId", "displayName", "gracePeriodEndDateTime",
    "imageDisplayName", "lastModifiedDateTime", "managedDeviceId", "managedDeviceName",
    "onPremisesConnectionName", "provisioningPolicyId", "provisioningPolicyName",
    "provisioningType", "servicePlanId", "servicePlanName", "userPrincipalName",
}  # fmt: skip


@pytest.fixture
def it(emulator: Client) -> Tenant:
    return tenant(emulator)


# -- reading ------------------------------------------------------------------------------------


def test_only_beta_tells_the_state(it: Tenant) -> None:
    it.policy()
    made = it.at_once()
    assert set(it.shown(f"cloudPCs/{made['id']}")) == V1
    assert set(it.shown("cloudPCs")["value"][0]) == V1 - {"@odata.context"}
    shown = it.shown("cloudPCs?$select=id,status,statusDetails", "beta")["value"]
    assert shown == [{"id": made["id"], "status": "provisioned", "statusDetails": None}]
    assert refusal(it.w365("GET", "cloudPCs?$select=status"))[0] == 400


def test_another_tenant_sees_and_touches_nothing(emulator: Client, it: Tenant) -> None:
    it.policy()
    pc = it.at_once()["id"]
    other = graph(emulator, tenant="22222222-2222-4222-8222-222222222222")
    assert other.get(f"{ROOT}/cloudPCs")["value"] == []
    assert other.ask("POST", f"{ROOT}/cloudPCs/{pc}/reprovision").status_code == 404
    assert it.pc(pc)["status"] == "provisioned"


# -- coming -------------------------------------------------------------------------------------


def test_a_new_one_is_provisioned_with_a_device(it: Tenant) -> None:
    policy, pc = assigned(it, cloudPcNamingTemplate="S-%USERNAME:3%-%RAND:6%")
    on_its_way = it.pc(pc)
    assert (on_its_way["status"], on_its_way["managedDeviceId"]) == ("provisioning", None)
    done = it.settled(pc)
    assert (done["status"], done["provisioningPolicyId"]) == ("provisioned", policy)
    assert done["servicePlanName"] == "Cloud PC Enterprise 2vCPU/8GB/128GB"
    assert done["displayName"] == "Sales - Ann"
    assert done["managedDeviceName"].startswith("S-ann-")
    entra, intune = device_names(it)
    assert done["managedDeviceName"] in entra
    assert done["managedDeviceName"] in intune
    assert len(done["managedDeviceName"]) == 12


def test_the_control_plane_makes_one_at_once(it: Tenant) -> None:
    it.policy()
    made = it.at_once("new@corp.example")
    assert (made["status"], made["userPrincipalName"]) == ("provisioned", "new@corp.example")
    again = it.client.control(
        "POST", "cloud-pcs", {"tenant": it.tenant, "policy": "Sales", "user": "new@corp.example"}
    )
    assert (again.status_code, len(it.pcs())) == (409, 1)


def test_the_control_plane_makes_none_without_policy_or_licence(emulator: Client) -> None:
    it = tenant(emulator, licences=0)
    asked = {"tenant": it.tenant, "policy": "Sales", "user": "ann@corp.example"}
    assert emulator.control("POST", "cloud-pcs", asked).status_code == 404
    it.policy()
    assert emulator.control("POST", "cloud-pcs", asked).status_code == 409
    assert it.pcs() == []


# -- the other actions --------------------------------------------------------------------------


def test_a_rename_is_of_the_cloud_pc_alone(it: Tenant) -> None:
    it.policy()
    pc = it.at_once()
    assert it.act(pc["id"], "rename", {"displayName": "Ann's"}).status_code == 204
    shown = it.pc(pc["id"])
    assert (shown["displayName"], shown["managedDeviceName"]) == ("Ann's", pc["managedDeviceName"])
    assert refusal(it.act(pc["id"], "rename", {"displayName": "x" * 65}))[0] == 400
    assert refusal(it.act(pc["id"], "rename", {}))[0] == 400


def test_restore_and_reboot_keep_the_device(it: Tenant) -> None:
    it.policy()
    pc = it.at_once()
    assert it.act(pc["id"], "reboot").status_code == 204
    assert it.pc(pc["id"])["status"] == "provisioned"
    assert refusal(it.act(pc["id"], "restore", {}))[0] == 400
    assert it.act(pc["id"], "restore", {"cloudPcSnapshotId": "A1"}).status_code == 204
    assert it.pc(pc["id"])["status"] == "restoring"
    assert it.settled(pc["id"])["managedDeviceId"] == pc["managedDeviceId"]


def test_a_resize_needs_a_licence_of_the_other_size(it: Tenant) -> None:
    it.policy()
    pc = it.at_once()["id"]
    plans = {each["displayName"]: each["id"] for each in it.shown("servicePlans")["value"]}
    wanted = {"targetServicePlanId": plans["Cloud PC Enterprise 4vCPU/16GB/256GB"]}
    assert refusal(it.act(pc, "resize", {"targetServicePlanId": "nothing"}))[0] == 400
    assert refusal(it.act(pc, "resize", wanted))[0] == 400
    it.add(skus=[{"partNumber": BIGGER, "enabled": 1}])
    assert it.act(pc, "resize", wanted).status_code == 204
    assert it.pc(pc)["status"] == "resizing"
    assert it.settled(pc)["servicePlanName"] == "Cloud PC Enterprise 4vCPU/16GB/256GB"
    used = {x["skuPartNumber"]: x["consumedUnits"] for x in it.values("/subscribedSkus")}
    assert used == {PLAN: 0, BIGGER: 1}


# -- going --------------------------------------------------------------------------------------


def test_who_is_no_longer_meant_has_it_for_a_grace_period(it: Tenant) -> None:
    policy, pc = assigned(it)
    it.settled(pc)
    assert it.assign(policy).status_code == 204
    shown = it.pc(pc)
    assert shown["status"] == "inGracePeriod"
    assert shown["gracePeriodEndDateTime"] > shown["lastModifiedDateTime"]
    assert refusal(it.act(pc, "reprovision")) == (409, "Conflict")
    it.assign(policy, it.add(groups=[{"name": "Sales"}])["groups"]["Sales"])
    back = it.pc(pc)
    assert (back["status"], back["gracePeriodEndDateTime"]) == ("provisioned", None)


def test_one_on_its_way_is_finished_first(it: Tenant) -> None:
    policy, pc = assigned(it)
    it.assign(policy)
    assert it.pc(pc)["status"] == "provisioning"
    assert it.settled(pc)["status"] == "inGracePeriod"


@pytest.mark.parametrize("how", ["by itself", "by hand"])
def test_after_the_grace_period_it_is_gone_with_its_device(how: str, it: Tenant) -> None:
    policy, pc = assigned(it)
    it.settled(pc)
    it.assign(policy)
    if how == "by hand":
        assert it.act(pc, "endGracePeriod").status_code == 204
        assert it.pc(pc)["status"] == "deprovisioning"
    it.later(lambda: it.w365("GET", f"cloudPCs/{pc}"), lambda answer: answer.status_code == 404)
    it.later(it.pcs, lambda pcs: how == "by hand" or not pcs)
    left = {pc["managedDeviceName"] for pc in it.pcs()}
    assert set(device_names(it)[0]) == set(device_names(it)[1]) == left
