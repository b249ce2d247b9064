"""Scheduled: until its time nothing changes for anybody, then as Immediate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.azure import Azure, at
from tests.browser.portal import SOON, UPDATED, Portal

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
    page.get_by_role("radio", name="Scheduled").check()
    due = next_minute()
    page.get_by_label("Date", exact=True).fill(f"{due:%Y-%m-%d}")
    page.get_by_label("Time", exact=True).fill(f"{due:%H:%M}")
    page.get_by_label("Time zone").select_option("UTC")
    page.get_by_label("Warning time in minutes").fill("0")
    portal.next()
    expect(page.locator(".plan-lead")).to_contain_text("Scheduled")
    portal.confirm_update()

    expect(portal.headline).to_contain_text("Scheduled for")
    assert {host.name: host.image for host in azure.hosts(POOL)} == old_hosts
    expect(portal.hosts("new").filter(has_text="Ready")).to_have_count(2, timeout=120_000)
    assert datetime.now(UTC) < due, "the new hosts are built beforehand"
    assert all(host.takes_sessions for host in azure.hosts(POOL) if host.name in old_hosts)
    assert azure.where(POOL)[user] in old_hosts

    expect(portal.headline).to_contain_text("Updated", timeout=60_000 + UPDATED)
    (message,), (sign_out,) = azure.messages(user), azure.sign_outs(user)
    assert due <= at(message) <= at(sign_out) <= due + timedelta(milliseconds=UPDATED)
    assert azure.log_on(POOL, user) not in old_hosts
    assert azure.images_of(POOL) == {wanted}
    assert azure.still_there(old) == set()
    assert azure.strays(COBALT) == set()
