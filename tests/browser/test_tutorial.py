"""The tutorial from its first line to its last, as a newcomer does it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.azure import Azure, wait_until
from tests.browser.manners import faults
from tests.browser.portal import BUILT, SOON, UPDATED, Portal
from tests.browser.stack import Stack

ALDER = "Alder Dental Group"
BRIGHTWATER = "Brightwater Schools"


def test_a_new_image_version_reaches_the_users(visitor: Portal, stack: Stack, azure: Azure) -> None:
    portal = visitor
    portal.sign_in(stack.email, stack.password)
    before = azure.names("virtualMachines", ALDER)
    number = portal.add_version(ALDER, "Front desk", notes="Practice software 15")
    _configure(portal, azure)
    _connect_through_bastion(portal)
    _seal(portal)
    _is_in_the_gallery(azure, "front-desk", number)
    wait_until(lambda: azure.names("virtualMachines", ALDER) == before, "the temporary VM is gone")
    assert azure.strays(ALDER) == set()

    old = azure.belongings("FrontDesk")
    portal.begin_update(ALDER, "FrontDesk", f"Front desk {number}")
    portal.release("Immediate", warning=0)
    expect(portal.page.get_by_role("main")).to_contain_text(f"Front desk {number}")
    portal.confirm_update()
    expect(portal.hosts("new").filter(has_text="Ready")).not_to_have_count(0, timeout=BUILT)
    assert faults(portal.page) == []
    expect(portal.headline).to_contain_text("Updated", timeout=UPDATED)
    assert faults(portal.page) == []
    assert azure.images_of("FrontDesk") == {f"front-desk/{number}"}
    assert azure.still_there(old) == set()
    assert azure.strays(ALDER) == set()
    portal.page.get_by_role("link", name="Steps, and what was made in Azure").click()
    expect(portal.page.get_by_role("heading", name="Made in Azure")).to_be_visible()
    assert faults(portal.page) == []


def _configure(portal: Portal, azure: Azure) -> None:
    """The page renews itself until the temporary VM is there."""
    expect(portal.status).to_contain_text("Creating Template VM")
    expect(portal.page.get_by_role("heading", name="Timeline")).to_be_visible()
    assert faults(portal.page) == []
    expect(portal.status).to_contain_text("Manually Configuring Template VM", timeout=BUILT)


def _connect_through_bastion(portal: Portal) -> None:
    page = portal.page
    page.get_by_role("button", name="Connect").click()
    link = page.get_by_role("link", name="Open in a new tab")
    expect(link).to_have_attribute("href", re.compile(r"^https://bst-[\w-]+\.bastion\.azure\.com/"))
    page.get_by_role("button", name="Reveal password").click()
    expect(page.get_by_text("Shown this once")).to_be_visible()
    password = page.locator("dd", has=page.get_by_label("Copy the password")).inner_text()
    assert len(password.strip()) >= 12
    assert faults(page) == []


def _seal(portal: Portal) -> None:
    page = portal.page
    page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link").last.click()
    portal.seal()
    expect(portal.status).to_contain_text("Sealing", timeout=SOON)
    expect(portal.status).to_contain_text("Available", timeout=BUILT)


def _is_in_the_gallery(azure: Azure, definition: str, number: str) -> None:
    ending = f"/images/{definition}/versions/{number}"
    found = [each for each in azure.resources("versions", ALDER) if each["id"].endswith(ending)]
    assert len(found) == 1
    profile = found[0]["properties"]["publishingProfile"]
    assert profile["excludeFromLatest"] is False
    assert all(region["excludeFromLatest"] is False for region in profile["targetRegions"])
