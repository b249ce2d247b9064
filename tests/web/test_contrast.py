"""Text and borders stand out enough, light and dark (WCAG 2.2, AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TEXT, BORDER = 4.5, 3.0
GROUNDS = ("bg", "surface", "raised", "hover")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("text", "muted", "accent") for ground in GROUNDS],
    *[("text", f"{tone}-soft", TEXT) for tone in ("ok", "busy", "warn", "bad", "accent")],
    *[(tone, f"{tone}-soft", TEXT) for tone in ("ok", "busy", "warn", "bad", "idle")],
    *[(tone, "surface", TEXT) for tone in ("warn", "bad", "danger")],
    *[("on-accent", ground, TEXT) for ground in ("accent", "accent-strong")],
    ("on-danger", "danger", TEXT),
    ("muted", "sunken", TEXT),
    ("accent-strong", "accent-soft", TEXT),
    *[("line-strong", ground, BORDER) for ground in ("bg", "surface", "raised")],
]


def tokens() -> dict[str, tuple[str, str]]:
    css = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", css)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(ink: str, ground: str, least: float, theme: int) -> None:
    found = tokens()
    assert contrast(found[ink][theme], found[ground][theme]) >= least


def test_the_measure_is_right() -> None:
    assert round(contrast("#ffffff", "#000000"), 1) == 21.0
    assert contrast("#8a93a5", "#f5f6f8") < BORDER
