"""When Azure fails, the pages say what happened and what to do, and nothing is lost."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.azure import Azure, wait_until
from tests.browser.manners import faults
from tests.browser.portal import BUILT, SOON, UPDATED, Portal

ALDER = "Alder Dental Group"
BRIGHTWATER = "Brightwater Schools"
COBALT = "Cobalt Engineering"


def test_new_hosts_that_fail_never_touch_the_old_ones(portal: Portal, azure: Azure) -> None:
    user = "gil@brightwater.example"
    azure.only_these_users("Students", user)
    before, old = azure.hosts("Students"), azure.belongings("Students")
    with azure.behaving("vm-create-fails", vm="^lab-"):
        wanted = portal.start_update(BRIGHTWATER, "Students", "Immediate", warning=0)
        expect(portal.headline).to_contain_text("Stopped: needs you", timeout=UPDATED)
        expect(portal.headline).to_contain_text("the old hosts keep serving")
        assert faults(portal.page) == []
        assert [host for host in azure.hosts("Students") if host in before] == before
        assert azure.still_there(old) == old
        assert azure.messages(user) == azure.sign_outs(user) == []
    portal.page.get_by_role("button", name="Try again").click()
    expect(portal.headline).to_contain_text("Updated", timeout=UPDATED)
    assert azure.images_of("Students") == {wanted}
    assert azure.still_there(old) == set()
    assert azure.strays(BRIGHTWATER) == set()


def test_a_failed_sysprep_tells_its_cause_and_keeps_the_vm(portal: Portal, azure: Azure) -> None:
    """On a site without Bastion, so that Connect is an .rdp file."""
    page = portal.page
    before = azure.names("virtualMachines", BRIGHTWATER)
    number = portal.add_version(BRIGHTWATER, "Teachers")
    expect(portal.status).to_contain_text("Manually Configuring Template VM", timeout=BUILT)
    version = page.url
    (vm,) = azure.names("virtualMachines", BRIGHTWATER) - before
    _download_rdp(portal, number)

    page.goto(version)
    with azure.behaving("sysprep-fails"):
        portal.seal()
        told = page.locator("#live .notice.bad")
        expect(told).to_contain_text("What to do:", timeout=BUILT)
        expect(told).to_contain_text("Store app")
        assert faults(page) == []
    expect(portal.status).to_contain_text("Manually Configuring Template VM", timeout=BUILT)
    assert vm in azure.names("virtualMachines", BRIGHTWATER)

    portal.seal()
    expect(portal.status).to_contain_text("Available", timeout=BUILT)
    wait_until(
        lambda: azure.names("virtualMachines", BRIGHTWATER) == before, "the temporary VM is gone"
    )
    wait_until(lambda: azure.strays(BRIGHTWATER) == set(), "its snapshot and disks are gone")


def _download_rdp(portal: Portal, number: str) -> None:
    page = portal.page
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("link", name="Open in a new tab")).to_have_count(0)
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download .rdp file").first.click()
    assert begun.value.suggested_filename == f"teachers-{number}.rdp"
    said = begun.value.path().read_text(encoding="utf-8-sig")
    assert re.search(r"full address:s:10\.20\.0\.\d+", said)


def test_a_cancelled_build_leaves_nothing_behind(portal: Portal, azure: Azure) -> None:
    before = azure.names("virtualMachines", COBALT)
    with azure.behaving("slow-vm"):
        portal.add_version(COBALT, "Engineers")
        wait_until(lambda: azure.names("virtualMachines", COBALT) != before, "a VM is being made")
        portal.page.get_by_role("button", name="Cancel", exact=True).click()
        expect(portal.page.get_by_role("main")).to_contain_text("Cancelling", timeout=SOON)
    expect(portal.status).to_contain_text("Failed", timeout=BUILT)
    expect(portal.page.locator("#live")).to_contain_text("ancelled")
    assert azure.names("virtualMachines", COBALT) == before
    assert azure.strays(COBALT) == set()
