"""Scheduled: until its time nothing changes for anybody, then as Immediate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.azure import Azure, at, wait_until
from tests.browser.portal import UPDATED, Portal

COBALT = "Cobalt Engineering"
POOL = "Engineers"


def next_minute() -> datetime:
    """The next full minute that the wizard can be finished before."""
    soon = datetime.now(UTC) + timedelta(seconds=80)
    return soon.replace(second=0, microsecond=0)


def test_the_switch_is_at_its_time_and_not_before(portal: Portal, azure: Azure) -> None:
    page, user = portal.page, "fay@cobalt.example"
    azure.only_these_users(POOL, user)
    old = azure.belongings(POOL)
    old_hosts = {host.name: host.image for host in azure.hosts(POOL)}
    wanted = portal.begin_update(COBALT, POOL)
    due = next_minute()
    portal.schedule(due)
    expect(page.locator(".plan-lead")).to_contain_text("Scheduled")
    portal.confirm_update()

    expect(portal.headline).to_contain_text("Scheduled for")
    assert {host.name: host.image for host in azure.hosts(POOL)} == old_hosts
    wait_until(lambda: len(azure.hosts(POOL)) > len(old_hosts), "a new host", seconds=120)
    assert datetime.now(UTC) < due, "the new hosts are built beforehand"
    assert azure.where(POOL)[user] in old_hosts
    assert azure.messages(user) == []

    expect(portal.headline).to_contain_text("Updated", timeout=60_000 + UPDATED)
    (message,), (sign_out,) = azure.messages(user), azure.sign_outs(user)
    assert due <= at(message) <= at(sign_out) <= due + timedelta(milliseconds=UPDATED)
    assert azure.log_on(POOL, user) not in old_hosts
    assert azure.images_of(POOL) == {wanted}
    assert azure.still_there(old) == set()
    assert azure.strays(COBALT) == set()
