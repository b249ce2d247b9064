"""Everything that is installed is pinned exactly, and stands in the lock file."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.demo.harness import ROOT

PROJECT_TEXT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PROJECT_TEXT)["project"]
LOCK = (ROOT / "requirements.lock").read_text().splitlines()
PIN = re.compile(r"([a-z0-9._-]+)(?:\[[a-z,]+\])?==([0-9][\w.]*)(?: ?; .+)?")


def pins(lines: list[str]) -> dict[str, str]:
    """Versions by name; every line must be an exact pin."""
    matches = {line: PIN.fullmatch(line) for line in lines}
    assert [line for line, match in matches.items() if match is None] == []
    return {match[1]: match[2] for match in matches.values() if match}


def asked() -> dict[str, str]:
    extras = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    return pins(PROJECT["dependencies"] + extras)


def test_the_lock_pins_everything_and_names_no_index() -> None:
    """One line, one exact pin: so no address, no option, no comment."""
    assert len(pins(LOCK)) == len(LOCK)


def test_the_lock_covers_what_is_asked_for() -> None:
    locked = pins(LOCK)
    assert {name: locked.get(name) for name in asked()} == asked()


@pytest.mark.parametrize("bad", ["django", "django>=5", "--index-url https://x/", "a==1 # b"])
def test_the_check_finds_what_it_looks_for(bad: str) -> None:
    with pytest.raises(AssertionError):
        pins([bad])


def test_every_dependency_of_the_product_says_why() -> None:
    block = PROJECT_TEXT.split("\ndependencies = [", 1)[1].split("\n]", 1)[0]
    silent = [line for line in block.strip().splitlines() if not re.search(r'",\s+# \w', line)]
    assert silent == []
    assert len(block.strip().splitlines()) == len(PROJECT["dependencies"])


def test_no_extra_repeats_a_dependency() -> None:
    extras = [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    assert not set(pins(PROJECT["dependencies"])) & set(pins(extras))
