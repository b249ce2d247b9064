"""With a keyboard alone, and always seeing where one is."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.azure import Azure
from tests.browser.portal import BUILT, UPDATED, Portal
from tests.browser.stack import Stack

ALDER = "Alder Dental Group"
FAR = 80  # tabs; whoever needs more has lost the way

FOCUSED = """() => {
  const node = document.activeElement;
  const words = node.getAttribute("aria-label")
    || [...(node.labels ?? [])].map((label) => label.textContent).join(" ") || node.textContent;
  const style = getComputedStyle(node);
  const row = node.closest("label") ? getComputedStyle(node.closest("label")) : style;
  const outlined = (each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 1;
  return [words.replace(/\\s+/g, " ").trim(), outlined(style) || outlined(row)];
}"""


def tab_to(page: Page, name: str) -> None:
    """Tab after tab until the control with that name has the focus, which shows on each."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        words, visible = page.evaluate(FOCUSED)
        assert visible, f"no focus is to be seen on {words!r}"
        if re.match(name, words):
            return
    raise AssertionError(f"{name} is not within {FAR} tabs")


def choose(page: Page, name: str) -> None:
    """In a group of radio buttons: Tab leads into it, the arrows through it."""
    for _ in range(FAR):
        if re.match(name, page.evaluate(FOCUSED)[0]):
            page.keyboard.press("Space")
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} is no choice")


def test_a_group_is_updated(visitor: Portal, stack: Stack, azure: Azure) -> None:
    page = visitor.page
    azure.only_these_users("Clinicians")
    before = azure.images_of("Clinicians")
    page.goto("/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(stack.email)
    tab_to(page, "Password")
    page.keyboard.type(stack.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbor IT Partners")

    tab_to(page, ALDER)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(ALDER)
    tab_to(page, "Skip to the page")
    page.keyboard.press("Enter")
    tab_to(page, "Config Actions")
    page.keyboard.press("Enter")
    tab_to(page, "Spot Group: Update")
    page.keyboard.press("Enter")

    expect(visitor.current_step).to_contain_text("Select Spot Group")
    tab_to(page, "Clinicians|FrontDesk")
    choose(page, "Clinicians")
    page.keyboard.press("Enter")
    expect(visitor.current_step).to_contain_text("Select Image Set")
    tab_to(page, r".*\d+\.\d+\.\d+")
    choose(page, r"(?!.*\(current\)).*\d+\.\d+\.\d+")
    page.keyboard.press("Enter")
    expect(visitor.current_step).to_contain_text("Select Release Method")
    tab_to(page, "Opportunistic")
    choose(page, "Immediate")
    tab_to(page, "Warning time")
    page.keyboard.press("Control+a")
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    expect(visitor.current_step).to_contain_text("Review")
    tab_to(page, "Update Spot Group")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/updates/\d+/$"))
    expect(visitor.headline).to_contain_text("Updated", timeout=UPDATED)
    after = azure.images_of("Clinicians")
    assert len(after) == 1
    assert not after & before


def test_menus_and_dialogs_close_and_give_the_focus_back(portal: Portal) -> None:
    page = portal.page
    portal.open_image_set(ALDER, "Clinicians")
    tab_to(page, "Skip to the page")
    page.keyboard.press("Enter")
    tab_to(page, "Config Actions")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("link", name="Images: List")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("main").get_by_role("link", name="Images: List")).to_be_hidden()
    assert page.evaluate(FOCUSED)[0] == "Config Actions"

    portal.add_version(ALDER, "Clinicians")
    expect(portal.status).to_contain_text("Manually Configuring Template VM", timeout=BUILT)
    delete = page.get_by_role("link", name="Delete")
    delete.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("is lost")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(delete).to_be_focused()
