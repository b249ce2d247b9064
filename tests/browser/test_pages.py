"""Every page that can be reached by links: on a phone, light and dark, with its manners."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.manners import faults
from tests.browser.portal import Portal
from tests.browser.stack import Stack

ENOUGH = 60  # kinds of pages; a portal that makes ever new links would never end


BAD = """<!doctype html><title></title>
<style>p { width: 900px; color: #999; background: #fff }</style>
<h1>One</h1><h1>Two</h1><p id="p">Pale and wide</p><p id="p" aria-describedby="nobody">Again</p>
<input><button></button><img src="data:,">"""
NOTICED = (
    "field without", "control without", "image without", "id twice", "nothing, nobody", "2 h1",
    "no title", "no language", "pixels wide", "contrast 2.8", "dark is not darker",
)  # fmt: skip


def test_bad_manners_are_noticed(page: Page) -> None:
    page.set_content(BAD)
    found = "\n".join(faults(page))
    assert [each for each in NOTICED if each not in found] == []


def test_what_the_policy_forbids_is_noticed(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    with page.expect_console_message():
        page.evaluate(
            "() => document.head.append("
            "Object.assign(document.createElement('script'), {textContent: 'alert()'}))"
        )
    assert "Content Security Policy" in complaints.pop()


def test_every_page_has_manners(page: Page, stack: Stack) -> None:
    seen: set[str] = set()
    wrong: list[str] = []
    todo = [f"{stack.url}/"]
    while todo:
        url = todo.pop(0)
        if _kind(url) in seen or len(seen) > ENOUGH:
            continue
        seen.add(_kind(url))
        answer = page.goto(url)
        assert answer is not None
        assert answer.ok, url
        wrong += faults(page)
        todo += _links(page, stack.url)
    assert wrong == []
    assert 15 <= len(seen) < ENOUGH, sorted(seen)


def _kind(url: str) -> str:
    """`/tenants/2/images/` and `/tenants/3/images/` are two of a kind."""
    return re.sub(r"\d+|[0-9a-f-]{36}", "…", urlsplit(url).path)


def _links(page: Page, home: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "a[href]", "links => links.map(link => link.getAttribute('href'))"
    )
    urls = [urljoin(page.url, each).partition("#")[0] for each in found]
    return [url for url in urls if url.startswith(home) and "export=" not in url]


def test_the_steps_of_the_wizards_have_manners(portal: Portal) -> None:
    page = portal.page
    wrong: list[str] = []
    portal.begin_update("Brightwater Schools", "Teachers")
    wrong += faults(page)
    portal.schedule(datetime.now(UTC) - timedelta(days=1))
    expect(portal.current_step).to_contain_text("Select Release Method")
    wrong += faults(page)
    portal.release("Immediate", warning=5)
    expect(portal.current_step).to_contain_text("Review")
    wrong += faults(page)
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="Change Select Image Set").click()
    expect(portal.current_step).to_contain_text("Select Image Set")
    wrong += faults(page)
    assert wrong == []


def test_the_sign_in_page_has_manners(visitor: Portal) -> None:
    page = visitor.page
    page.goto("/")
    assert faults(page) == []
    page.get_by_label("E-mail").fill("nobody@harbor.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults(page) == []
