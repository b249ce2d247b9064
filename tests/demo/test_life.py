"""One demo from its first start to its last: what a newcomer does with it in a week.

A single test, because each step stands on the one before and starting takes its time.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from spotpc.demo import cast
from spotpc.demo.arm import Control
from tests.demo.harness import Demo, free_ports, processes_of, run_to_end, wait_until

READY = re.compile(r"Ready: (http://127\.0\.0\.1:\d+) (\S+@\S+) (\S{12,})")
# What each child is recognized by; the first process of each kind leads its group.
CHILDREN = ("redis-server", "manage.py emulator", "celery -A spotpc", "gunicorn spotpc.wsgi")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    yield home
    left = processes_of(home)
    for pid in left:
        os.kill(pid, signal.SIGKILL)


def test_the_life_of_a_demo(home: Path) -> None:
    port = free_ports()
    interrupt_the_first_start(home, port)
    with Demo(home, port) as demo:
        password = first_run(demo)
        a_second_demo_is_refused(demo)
        leave_traces(demo, password)
        survives_the_death_of_its_children(demo)
        ends_cleanly(demo, signal.SIGTERM)
    with Demo(home, port, SPOTPC_DEMO_PASSWORD="chosen-by-me-1") as demo:
        goes_on_where_it_stopped(demo)
        ends_cleanly(demo, signal.SIGINT)
    with Demo(home, port, "--reset") as demo:
        demo.wait_for_line("Azure emulator")
        assert not (home / "seeded").exists()
        assert not (home / "portal.sqlite3").exists()
        ends_cleanly(demo, signal.SIGTERM)


def interrupt_the_first_start(home: Path, port: int) -> None:
    """In the middle of furnishing; the next start must not stumble over the half of it."""
    with Demo(home, port) as demo:
        demo.wait_for_line("Three customers")
        with closing(control(demo)) as azure:
            wait_until(lambda: len(azure.get("/state")["resources"]) > 5, "half furnished")
        ends_cleanly(demo, signal.SIGTERM)
    assert not (home / "seeded").exists()


def first_run(demo: Demo) -> str:
    match = READY.fullmatch(demo.wait_for_line("Ready"))
    assert match, demo.lines
    url, email, password = match.groups()
    assert (url, email) == (f"http://127.0.0.1:{demo.port}", cast.ADMIN_EMAIL)
    assert (demo.home / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert "E-mail" in sign_in(demo, "not the password").get("/").text
    assert cast.ORGANIZATION in sign_in(demo, password).get("/").text
    assert rows(demo, "SELECT count(*) FROM tenants_tenant") == [(3,)]
    with closing(control(demo)) as azure:
        expected = sum(group.signed_in for each in cast.CUSTOMERS for group in each.groups)
        assert len(azure.get("/state")["sessions"]) == expected
    return password


def a_second_demo_is_refused(demo: Demo) -> None:
    done = run_to_end(demo.home, "--port", str(free_ports()))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"CommandError: Another demo runs on {demo.home}; stop it first."
    ]


def leave_traces(demo: Demo, password: str) -> None:
    """One in the portal, one in Azure."""
    browser = sign_in(demo, password)
    [(tenant,)] = rows(demo, "SELECT min(id) FROM tenants_tenant")
    post(browser, f"/tenants/{tenant}/custom-id/", custom_id="MSP-4711")
    with closing(control(demo)) as azure:
        azure.post("/logoff", user=someone()).raise_for_status()


def survives_the_death_of_its_children(demo: Demo) -> None:
    before = processes_of(demo.home)
    for wanted in CHILDREN:
        os.kill(min(pid for pid, command in before.items() if wanted in command), signal.SIGKILL)
    for _ in CHILDREN:
        demo.wait_for_line("The ", 20)
    for name in ("Redis", "Azure emulator", "Celery worker", "web server"):
        told = f"The {name} ended; starting it again"
        assert any(line.startswith(told) for line in demo.lines)
    wait_until(lambda: answers(demo), "the web server answers again")
    killed = rows(demo, "SELECT max(finished_at) FROM tenants_tenantsync")
    wait_until(
        lambda: rows(demo, "SELECT max(finished_at) FROM tenants_tenantsync") > killed,
        "the worker reads Azure again",
    )


def goes_on_where_it_stopped(demo: Demo) -> None:
    demo.wait_for_line(f"Ready: http://127.0.0.1:{demo.port} {cast.ADMIN_EMAIL} chosen-by-me-1")
    assert not [line for line in demo.lines if line.startswith("Three customers")]
    assert cast.ORGANIZATION in sign_in(demo, "chosen-by-me-1").get("/").text
    assert rows(demo, "SELECT name FROM tenants_organization") == [(cast.ORGANIZATION,)]
    found = rows(demo, "SELECT custom_id FROM tenants_tenant WHERE custom_id != ''")
    assert found == [("MSP-4711",)]
    with closing(control(demo)) as azure:
        present = {each["user"] for each in azure.get("/state")["sessions"]}
    assert present
    assert someone() not in present


def ends_cleanly(demo: Demo, number: signal.Signals) -> None:
    assert processes_of(demo.home)
    assert demo.end(number) == 0
    assert processes_of(demo.home) == {}
    assert "Traceback" not in "\n".join(demo.lines)


def someone() -> str:
    customer = cast.CUSTOMERS[0]
    return f"{customer.groups[0].people[0]}@{customer.domain}"


def control(demo: Demo) -> Control:
    return Control(f"https://127.0.0.1:{demo.port + 1}", str(demo.home / "azure/ca.pem"))


def rows(demo: Demo, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(demo.home / "portal.sqlite3", timeout=10)) as database:
        return database.execute(statement).fetchall()


def sign_in(demo: Demo, password: str) -> httpx.Client:
    browser = httpx.Client(base_url=f"http://127.0.0.1:{demo.port}", follow_redirects=True)
    post(browser, "/sign-in/", username=cast.ADMIN_EMAIL, password=password)
    return browser


def post(browser: httpx.Client, path: str, **fields: str) -> None:
    browser.get("/sign-in/")
    token = {"csrfmiddlewaretoken": browser.cookies.get("csrftoken", "")}
    browser.post(path, data=fields | token).raise_for_status()


def answers(demo: Demo) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{demo.port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
