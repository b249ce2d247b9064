"""Scheduled: until its time nothing changes for anybody, then as Immediate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.azure import Azure, at, wait_until
from tests.browser.portal import UPDATED, Portal

COBALT = "Cobalt Engineering"
POOL = "Engineers"


# More than the lead of the builds (half a minute at least), so that the waiting is seen too.
AHEAD = timedelta(seconds=60)


def test_the_switch_is_at_its_time_and_not_before(portal: Portal, azure: Azure) -> None:
    user, late = "fay@cobalt.example", "gus@cobalt.example"
    azure.only_these_users(POOL, user)
    old = azure.belongings(POOL)
    old_hosts = {host.name: host.image for host in azure.hosts(POOL)}
    wanted = portal.begin_update(COBALT, POOL)
    due = (datetime.now(UTC) + AHEAD).replace(microsecond=0)
    portal.schedule(due)
    expect(portal.page.locator(".plan-lead")).to_contain_text("Scheduled")
    portal.confirm_update()

    expect(portal.headline).to_contain_text("Scheduled for")
    assert {host.name: host.image for host in azure.hosts(POOL)} == old_hosts
    vms = azure.names("virtualMachines", COBALT)
    wait_until(lambda: azure.names("virtualMachines", COBALT) > vms, "a new host", seconds=90)
    assert azure.log_on(POOL, late) in old_hosts
    assert azure.where(POOL)[user] in old_hosts
    assert azure.messages(user) == []
    assert datetime.now(UTC) < due, "the new hosts are built beforehand"

    expect(portal.headline).to_contain_text("Updated", timeout=60_000 + UPDATED)
    for each in (user, late):
        (message,), (sign_out,) = azure.messages(each), azure.sign_outs(each)
        assert due <= at(message) <= at(sign_out) <= due + timedelta(milliseconds=UPDATED)
    assert azure.log_on(POOL, user) not in old_hosts
    assert azure.images_of(POOL) == {wanted}
    assert azure.still_there(old) == set()
    assert azure.strays(COBALT) == set()
