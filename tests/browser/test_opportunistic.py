"""Opportunistic: nobody is signed out, and the old hosts go as their users leave."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.azure import Azure
from tests.browser.manners import faults
from tests.browser.portal import BUILT, UPDATED, Portal

BRIGHTWATER = "Brightwater Schools"
POOL = "Teachers"


def test_old_hosts_go_as_their_users_leave(portal: Portal, azure: Azure) -> None:
    first, second, third = (f"{name}@brightwater.example" for name in ("ada", "bea", "cal"))
    azure.only_these_users(POOL, first, second)
    seats = azure.where(POOL)
    assert seats[first] != seats[second]
    old = azure.belongings(POOL)
    wanted = portal.start_update(BRIGHTWATER, POOL, "Opportunistic")

    expect(portal.headline).to_contain_text("Waiting for users", timeout=BUILT)
    expect(portal.hosts("new")).to_have_count(2)
    users = portal.page.locator("section[aria-labelledby=users-title] tbody tr")
    expect(users).to_have_count(2)
    assert faults(portal.page) == []
    assert azure.where(POOL) == seats
    landed = azure.log_on(POOL, third)
    assert {host.name: host.image for host in azure.hosts(POOL)}[landed] == wanted

    azure.log_off(first)
    gone = portal.page.locator(f"[data-host={seats[first]}]")
    expect(gone).to_contain_text("Removed", timeout=UPDATED)
    expect(portal.headline).to_contain_text("Waiting for users", timeout=BUILT)
    assert azure.where(POOL)[second] == seats[second]

    azure.log_off(second)
    expect(portal.headline).to_contain_text("Updated", timeout=UPDATED)
    assert azure.images_of(POOL) == {wanted}
    assert azure.where(POOL) == {third: landed}
    for user in (first, second, third):
        assert azure.messages(user) == []
        assert azure.sign_outs(user) == []
    assert azure.still_there(old) == set()
    assert azure.strays(BRIGHTWATER) == set()
