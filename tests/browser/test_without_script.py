"""Without JavaScript: htmx only makes the pages livelier, so everything can be done without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.azure import Azure, wait_until
from tests.browser.conftest import NewContext
from tests.browser.portal import Portal

COBALT = "Cobalt Engineering"


@pytest.fixture
def plain(new_context: NewContext) -> Portal:
    return Portal(new_context(java_script_enabled=False).new_page())


def refreshed_until(portal: Portal, words: str) -> None:
    """The page does not renew itself; its Refresh link does."""
    shown = portal.page.locator("#live > :first-child")

    def stands() -> bool:
        if words in shown.inner_text():
            return True
        portal.page.get_by_role("link", name="Refresh").click()
        return False

    wait_until(stands, words, seconds=120)


def test_a_version_is_made_and_deleted(plain: Portal, azure: Azure) -> None:
    page = plain.page
    before = azure.names("virtualMachines", COBALT)
    number = plain.add_version(COBALT, "Engineers", source="Marketplace image")
    refreshed_until(plain, "Manually Configuring Template VM")
    assert len(azure.names("virtualMachines", COBALT) - before) == 1

    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Delete Engineers {number}?")
    page.get_by_role("button", name="Delete").click()
    wait_until(lambda: azure.names("virtualMachines", COBALT) == before, "the VM is deleted")
    wait_until(lambda: azure.strays(COBALT) == set(), "its network card and disk are deleted")


def test_a_group_is_updated(plain: Portal, azure: Azure) -> None:
    azure.only_these_users("Engineers")
    old = azure.belongings("Engineers")
    wanted = plain.start_update(COBALT, "Engineers", "Opportunistic")
    expect(plain.page).to_have_url(re.compile(r"/updates/\d+/$"))
    refreshed_until(plain, "Updated")
    assert azure.images_of("Engineers") == {wanted}
    assert azure.still_there(old) == set()
