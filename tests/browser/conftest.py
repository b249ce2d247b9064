"""Real Chromium against a real demo: one demo for each test process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState
from psycopg import sql

from tests.browser.azure import Azure
from tests.browser.portal import Portal
from tests.browser.stack import Stack

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium: nothing is downloaded for the tests."""
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": LAUNCH}


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory, portal_database: str, worker_id: str
) -> Iterator[Stack]:
    running = Stack(
        home=tmp_path_factory.mktemp("demo"),
        database_url=portal_database,
        redis_url=_redis_of(worker_id),
    )
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def portal_database(worker_id: str) -> Iterator[str]:
    """A fresh database on the PostgreSQL server that is given; else empty, and SQLite it is."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield ""
        return
    name = f"spotpc_browser_{os.getpid()}_{worker_id}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _redis_of(worker_id: str) -> str:
    """Two demos on one Redis server would take each other's wake-ups: a database for each."""
    server = os.environ.get("REDIS_URL", "")
    number = 1 + int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 1
    return urlunsplit(urlsplit(server)._replace(path=f"/{number}")) if server else ""


@pytest.fixture
def azure(stack: Stack) -> Iterator[Azure]:
    found = Azure(stack.azure_url, stack.ca_file)
    found.calm()
    yield found
    found.control.close()


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    return stack.url


@pytest.fixture(scope="session")
def session_of_admin(browser: Browser, stack: Stack) -> StorageState:
    context = browser.new_context(base_url=stack.url)
    Portal(context.new_page()).sign_in(stack.email, stack.password)
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="session")
def browser_context_args(
    browser_context_args: dict[str, Any], session_of_admin: StorageState
) -> dict[str, Any]:
    """Everybody is signed in, but the `visitor`."""
    return {
        **browser_context_args,
        "storage_state": session_of_admin,
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
    }


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about; a test that provokes a complaint takes it out."""
    return []


@pytest.fixture
def new_context(new_context: NewContext, complaints: list[str]) -> NewContext:
    """Every page of every test: no error in the console, nothing that the CSP forbids."""

    def watched(**given: Any) -> BrowserContext:
        context = new_context(**given)
        context.on("console", lambda said: complaints.append(said.text)
                   if said.type in ("error", "warning") else None)  # fmt: skip
        context.on("weberror", lambda raised: complaints.append(str(raised.error)))
        return context

    return watched


@pytest.fixture
def portal(page: Page) -> Portal:
    return Portal(page)


@pytest.fixture
def visitor(new_context: NewContext) -> Portal:
    """Not signed in."""
    context = new_context()
    context.clear_cookies()
    return Portal(context.new_page())


@pytest.fixture(autouse=True)
def _quiet(complaints: list[str], new_context: NewContext) -> Iterator[None]:
    yield
    assert complaints == []


@pytest.fixture(autouse=True)
def _evidence(
    request: pytest.FixtureRequest, stack: Stack, browser: Browser, new_context: NewContext,
    output_path: str,
) -> Iterator[None]:  # fmt: skip
    """Of a test that failed: how its pages looked, what was in them, and the logs."""
    yield
    if not request.node.rep_call.failed:
        return
    folder = Path(output_path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "demo.log").write_text(stack.logs())
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        (folder / f"page-{number}.html").write_text(f"<!-- {page.url} -->\n{page.content()}")
        page.screenshot(path=folder / f"page-{number}.png", full_page=True)
