"""What every page owes everybody: room on a phone, names for controls, legible text, one title."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

CHECKS = Path(__file__).with_suffix(".js").read_text()
ANYWHERE = ("controls", "ids", "title")
IN_EACH_THEME = ("width", "contrast")
PHONE = 375  # pixels

Theme = Literal["light", "dark"]


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands; on a phone, in both themes."""
    page.wait_for_load_state()
    found = [fault for check in ANYWHERE for fault in page.evaluate(CHECKS, check)]
    size = page.viewport_size or {"width": 1280, "height": 900}
    page.set_viewport_size({"width": PHONE, "height": 720})
    brightness = {}
    themes: tuple[Theme, ...] = ("dark", "light")
    for theme in themes:
        # Without motion, so that no colour is caught half-way to another.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [fault for check in IN_EACH_THEME for fault in page.evaluate(CHECKS, check)]
        brightness[theme] = page.evaluate(CHECKS, "brightness")
    if brightness["dark"] >= brightness["light"]:
        found.append("dark is not darker than light")
    page.set_viewport_size(size)
    return [f"{page.url}: {fault}" for fault in found]
