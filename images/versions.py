"""Version numbers: x.x.x, three integers without leading zeros. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

# A gallery image version has the same form, each part a 32-bit integer.
# Source: learn.microsoft.com, "Store and share images in an Azure Compute Gallery".
LARGEST_PART = 2_147_483_647
FORM = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class VersionNumber(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def following(self) -> VersionNumber:
        if self.patch < LARGEST_PART:
            return self._replace(patch=self.patch + 1)
        if self.minor < LARGEST_PART:
            return VersionNumber(self.major, self.minor + 1, 0)
        return VersionNumber(self.major + 1, 0, 0)


class BadVersion(ValueError):
    """The text is no version number; the message says why, for the person who typed it."""


def parse(text: str) -> VersionNumber:
    """Raises BadVersion with a sentence for the form."""
    text = text.strip()
    if len(text) > 32:
        raise BadVersion("A version number is short: three whole numbers, for example 1.0.3.")
    match = FORM.fullmatch(text)
    if match is None:
        raise BadVersion(_complaint(text))
    parts = [int(part) for part in match.groups()]
    if max(parts) > LARGEST_PART:
        raise BadVersion(f"No part of a version may be larger than {LARGEST_PART:,}.")
    return VersionNumber(*parts)


def _complaint(text: str) -> str:
    parts = text.split(".")
    if len(parts) != 3:
        return "A version has exactly three numbers with dots between them, for example 1.0.3."
    if any(re.fullmatch(r"0[0-9]+", part) for part in parts):
        return "No leading zeros: write 1.0.3, not 01.0.3."
    if any(part.startswith("-") for part in parts):
        return "A version has no negative numbers; write three whole numbers, for example 1.0.3."
    return "Use three whole numbers with dots between them, for example 1.0.3."


def next_number(taken: list[VersionNumber]) -> VersionNumber:
    """What the wizard offers: the highest number so far plus one patch, or 0.0.1."""
    return max(taken, default=VersionNumber(0, 0, 0)).following()
