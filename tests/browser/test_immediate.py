"""Immediate: as soon as the new hosts are there, all users switch, warned beforehand."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.azure import Azure, at
from tests.browser.portal import BUILT, UPDATED, Portal

ALDER = "Alder Dental Group"
POOL = "Clinicians"


def test_users_are_warned_and_signed_out_a_minute_later(portal: Portal, azure: Azure) -> None:
    early, late = "dov@alderdental.example", "eva@alderdental.example"
    azure.only_these_users(POOL, early)
    old = azure.belongings(POOL)
    old_hosts = {host.name for host in azure.hosts(POOL)}
    wanted = portal.start_update(ALDER, POOL, "Immediate", warning=1)

    users = portal.page.locator("section[aria-labelledby=users-title] tbody tr")
    expect(users.filter(has_text=early)).not_to_contain_text("not yet", timeout=BUILT)
    (message,) = azure.messages(early)
    assert message["sessionHost"] in old_hosts
    assert "1 minute" in message["body"]
    assert azure.sign_outs(early) == []
    assert azure.log_on(POOL, late) not in old_hosts

    expect(portal.headline).to_contain_text("Updated", timeout=60_000 + UPDATED)
    (sign_out,) = azure.sign_outs(early)
    assert at(sign_out) - at(message) >= timedelta(minutes=1)
    assert azure.log_on(POOL, early) not in old_hosts
    assert azure.images_of(POOL) == {wanted}
    assert azure.messages(late) == azure.sign_outs(late) == []
    assert azure.still_there(old) == set()
    assert azure.strays(ALDER) == set()
