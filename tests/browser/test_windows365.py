"""The tutorial's last part: a policy gets another image, and its Cloud PCs follow."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.azure import Azure, wait_until
from tests.browser.manners import faults
from tests.browser.portal import BUILT, SOON, Portal

ALDER = "Alder Dental Group"
POLICY = "Travelling hygienists"
OLD, NEW = "win11-25h2-ent-cpc-m365", "win11-24h2-ent-cpc"  # the policy's image, and the next
NEW_NAME = "Windows 11 Enterprise + OS Optimizations 24H2"
SENDER = "it-support@alderdental.example"
STAYS = "finn.koster@alderdental.example"


def objects(azure: Azure, kind: str) -> list[dict[str, Any]]:
    return [each["body"] for each in azure.state()["graph"] if each["kind"] == kind]


def policy_image(azure: Azure) -> str:
    [found] = [p for p in objects(azure, "provisioningPolicies") if p["displayName"] == POLICY]
    image: str = found["imageId"]
    return image


def cloud_pcs(azure: Azure) -> dict[str, tuple[str, str]]:
    """Of the policy: user → device and image."""
    return {
        each["userPrincipalName"]: (each["managedDeviceName"], each["imageDisplayName"])
        for each in objects(azure, "cloudPCs")
        if each["provisioningPolicyName"] == POLICY
    }


def test_a_new_image_reaches_the_policy_and_then_its_cloud_pcs(
    portal: Portal, azure: Azure
) -> None:
    before = cloud_pcs(azure)
    assert policy_image(azure).endswith(OLD)
    _edit_the_policy(portal)
    wait_until(lambda: policy_image(azure).endswith(NEW), "the policy has the new image")
    assert cloud_pcs(azure) == before, "an edit reaches nobody"

    page = portal.page
    expect(page.get_by_role("main")).to_contain_text(NEW_NAME, timeout=SOON)
    assert faults(page) == []
    _bring_over(portal)
    expect(page.get_by_role("main")).to_contain_text(f"3 of 3 Cloud PCs brought over to {NEW_NAME}",
                                                     timeout=BUILT)  # fmt: skip
    assert faults(page) == []
    after = cloud_pcs(azure)
    assert after[STAYS] == before[STAYS]
    for user in before.keys() - {STAYS}:
        assert after[user][1] == NEW_NAME
        assert after[user][0] != before[user][0], "made anew, so another device"
        assert [mail["kind"] for mail in azure.messages(user)] == ["mail"]
    assert azure.messages(STAYS) == []

    portal.open_tenant(ALDER)
    page.get_by_role("navigation", name="Tenant").get_by_role("link", name="Machines").click()
    row = page.get_by_role("row").filter(has_text="cleo.dijk")
    expect(row).to_contain_text(POLICY)
    expect(row).to_contain_text(NEW_NAME, timeout=SOON)


def _edit_the_policy(portal: Portal) -> None:
    page = portal.page
    portal.open_tenant(ALDER)
    portal.config_action("Edit Provisioning Policy")
    expect(portal.current_step).to_have_text("Select Provisioning Policy")
    page.get_by_role("radio", name=re.compile(POLICY)).check()
    portal.next()
    expect(portal.current_step).to_have_text("Edit Configurations")
    portal.next()
    expect(portal.current_step).to_have_text("Edit Device Image")
    page.get_by_role("radio", name=NEW_NAME).check()
    portal.next()
    expect(portal.current_step).to_have_text("Edit Provisioning Policy Detail")
    portal.next()
    expect(portal.current_step).to_have_text("Review and Save Changes")
    said = "4 existing Cloud PCs keep the image they have"
    expect(page.get_by_role("main")).to_contain_text(said)
    assert faults(page) == []
    page.get_by_role("button", name="Save Changes").click()


def _bring_over(portal: Portal) -> None:
    """All but one, one first and then the others; each is written to before."""
    page = portal.page
    page.get_by_role("link", name=re.compile("^Bring Cloud PCs over")).first.click()
    row = page.get_by_role("row").filter(has_text=STAYS)
    row.get_by_role("checkbox").uncheck()
    portal.next()
    page.get_by_label("Pause between rings").fill("0")
    portal.next()
    page.get_by_label("Sender's mailbox").fill(SENDER)
    page.get_by_label("Minutes between the message and the wipe").fill("0")
    portal.next()
    assert faults(page) == []
    page.get_by_label("Type the policy's name to confirm").fill("Something else")
    page.get_by_role("button", name="Bring Cloud PCs Over").click()
    expect(portal.complaint("Type the policy's name to confirm")).to_contain_text(POLICY)
    page.get_by_label("Type the policy's name to confirm").fill(POLICY)
    page.get_by_role("button", name="Bring Cloud PCs Over").click()
    expect(page).to_have_url(re.compile(r"/reprovisionings/\d+/$"))


def test_a_connection_is_made_and_checked(portal: Portal, azure: Azure) -> None:
    page = portal.page
    portal.open_tenant(ALDER)
    portal.config_action("Create Connection")
    portal.next()
    page.get_by_role("radio", name=re.compile("^Microsoft Entra hybrid join")).check()
    page.get_by_label("Active Directory domain").fill("alder.example")
    page.get_by_label("AD user name").fill("joiner@alder.example")
    page.get_by_label("AD password").fill("Secret-of-the-join-1")
    portal.next()
    page.get_by_label("Connection Name").fill("Hybrid network")
    portal.next()
    assert "Secret-of-the-join-1" not in page.content()
    assert faults(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Checks successful").first).to_be_visible(timeout=BUILT)
    assert faults(page) == []
    assert "Secret-of-the-join-1" not in page.content()
    made = [each for each in azure.state()["graph"] if each["kind"] == "onPremisesConnections"
            and each["body"]["displayName"] == "Hybrid network"]  # fmt: skip
    assert [each["inner"]["passwordSet"] for each in made] == [True]
    assert made[0]["body"]["adDomainUsername"] == "joiner@alder.example"


def test_a_device_image_is_handed_over(portal: Portal, azure: Azure) -> None:
    page = portal.page
    portal.open_tenant(ALDER)
    portal.config_action("Create Device Image")
    page.get_by_label("Image Name").fill("Back office")
    portal.next()
    portal.next()
    page.get_by_label("Version", exact=True).fill("1.0")
    portal.next()
    expect(portal.complaint("Version")).to_be_visible()
    page.get_by_label("Version", exact=True).fill("1.0.7")
    portal.next()
    expect(page.get_by_role("main")).to_contain_text("multi-session")
    page.get_by_role("radio", name=re.compile("^back-office")).check()
    portal.next()
    page.get_by_role("button", name="Create Device Image").click()
    expect(page.get_by_text("Ready", exact=True).first).to_be_visible(timeout=BUILT)
    assert faults(page) == []
    found = {each["version"]: each["status"] for each in objects(azure, "deviceImages")}
    assert found["1.0.7"] == "ready"
