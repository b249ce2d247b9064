"""What is typed wrong, clicked twice or bookmarked half-way gets a clear sentence."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.azure import Azure
from tests.browser.portal import UPDATED, Portal

ALDER = "Alder Dental Group"
BRIGHTWATER = "Brightwater Schools"

WRONG_VERSIONS = {
    "": "Give the version a number",
    "1.0": "exactly three numbers",
    "1.0.0.0": "exactly three numbers",
    "01.0.0": "No leading zeros",
    "1.0.-1": "no negative numbers",
    "1.x.0": "three whole numbers",
    "0.0.1": "exists already",
    "2147483648.0.0": "may be larger than",
    "1" * 5000: "A version number is short",
}


@pytest.fixture
def page_of_version(portal: Portal) -> Page:
    """The first step of a new image version."""
    portal.open_image_set(ALDER, "Clinicians")
    portal.page.get_by_role("link", name="Add New Version").click()
    return portal.page


def test_a_wrong_version_is_explained_beside_the_field(
    portal: Portal, page_of_version: Page
) -> None:
    field = page_of_version.get_by_label("Version", exact=True)
    for wrong, why in WRONG_VERSIONS.items():
        field.fill(wrong)
        portal.next()
        expect(portal.complaint("Version")).to_contain_text(why)
        expect(field).to_have_value(wrong)
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(portal.current_step).to_contain_text("Image set version")


def test_a_time_in_the_past_is_refused_and_the_answers_are_kept(portal: Portal) -> None:
    portal.begin_update(BRIGHTWATER, "Students")
    page = portal.page
    portal.schedule(datetime.now(UTC) - timedelta(minutes=2), warning=7)
    expect(portal.complaint("Time").or_(portal.complaint("Date"))).to_contain_text("in the past")
    expect(portal.current_step).to_contain_text("Select Release Method")
    expect(page.get_by_role("radio", name="Scheduled")).to_be_checked()
    expect(page.get_by_label("Warning time in minutes")).to_have_value("7")


def test_a_time_that_the_clock_change_skips_is_refused(portal: Portal) -> None:
    portal.begin_update(BRIGHTWATER, "Students")
    portal.schedule(_last_sunday_of_march() + timedelta(hours=1, minutes=30), zone="Europe/London")
    expect(portal.complaint("Time")).to_contain_text("does not exist")


def _last_sunday_of_march() -> datetime:
    """Of the next March: the form takes times within a year."""
    now = datetime.now(UTC)
    year = now.year + (now.month >= 3)
    last = datetime(year, 3, 31, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def test_a_later_step_leads_to_the_first_unfinished_one(portal: Portal) -> None:
    page = portal.page
    portal.open_tenant(BRIGHTWATER)
    overview = page.url
    page.goto(f"{overview}spot-groups/update/review/")
    expect(page).to_have_url(f"{overview}spot-groups/update/group/")
    page.get_by_role("radio", name=re.compile("^Students ")).check()
    portal.next()
    page.goto(re.sub(r"/image/$", "/review/", page.url))
    expect(page).to_have_url(re.compile(r"/image/$"))
    expect(portal.current_step).to_contain_text("Select Image Set")


def test_back_and_refresh_lose_nothing(portal: Portal, page_of_version: Page) -> None:
    page = page_of_version
    page.get_by_label("Version", exact=True).fill("7.1.0")
    portal.next()
    page.get_by_role("radio", name=re.compile("^Marketplace image")).check()
    portal.next()
    expect(portal.current_step).to_contain_text("Add Notes and Save")
    page.reload()
    expect(portal.current_step).to_contain_text("Add Notes and Save")
    page.go_back()
    expect(portal.current_step).to_contain_text("Select Image Source")
    expect(page.get_by_role("radio", name=re.compile("^Marketplace image"))).to_be_checked()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_label("Version", exact=True)).to_have_value("7.1.0")
    portal.next()
    portal.next()
    expect(page.locator(".wizard")).to_contain_text("7.1.0")


def test_two_tabs_do_not_mix(page_of_version: Page) -> None:
    first = page_of_version
    second = first.context.new_page()
    second.goto(first.url)
    for page, number in ((first, "8.1.0"), (second, "8.2.0")):
        page.get_by_label("Version", exact=True).fill(number)
        Portal(page).next()
    for page in (first, second):
        Portal(page).next()
    expect(first.locator(".wizard")).to_contain_text("8.1.0")
    expect(first.locator(".wizard")).not_to_contain_text("8.2.0")
    expect(second.locator(".wizard")).to_contain_text("8.2.0")


def test_a_double_click_makes_one_update_and_a_second_one_is_refused(
    portal: Portal, azure: Azure
) -> None:
    page = portal.page
    other = Portal(page.context.new_page())
    other.begin_update(BRIGHTWATER, "Students")
    other.release("Immediate", warning=0)
    wanted = portal.begin_update(BRIGHTWATER, "Students")
    portal.release("Immediate", warning=0)
    page.get_by_role("button", name="Update Spot Group").dblclick()
    expect(page).to_have_url(re.compile(r"/updates/\d+/$"))

    other.page.get_by_role("button", name="Update Spot Group").click()
    expect(other.page.get_by_role("main")).to_contain_text("is being updated to")
    assert "/updates/" not in other.page.url

    expect(portal.headline).to_contain_text("Updated", timeout=UPDATED)
    assert azure.images_of("Students") == {wanted}
    assert len(azure.hosts("Students")) == 2
    assert azure.strays(BRIGHTWATER) == set()
    page.get_by_role("link", name=re.compile("^Students")).first.click()
    history = page.locator("section[aria-labelledby=history-title] tbody tr")
    expect(history.filter(has_text="Updating")).to_have_count(0)
    expect(history.first).to_contain_text("Updated")


def test_what_is_not_ours_is_not_found(portal: Portal, complaints: list[str]) -> None:
    page = portal.page
    for path in ("/tenants/999999/", "/tenants/999999/images/", "/organizations/999999/",
                 f"/tenants/1/spot-groups/update/{uuid.uuid4()}/image/"):  # fmt: skip
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert all("404" in each for each in complaints)
    complaints.clear()
