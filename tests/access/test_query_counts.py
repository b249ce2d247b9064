"""How many queries each page costs: pinned beside this file, and the same for ten times the rows.

After a change that is meant: `SPOTPC_PIN_QUERY_COUNTS=1 pytest tests/access/test_query_counts.py`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spotgroups.models import SessionHost
from tenants.models import Admin
from tests.access import world as worlds
from tests.access.routes import ROUTES, Route
from tests.access.world import ADMINISTRATOR, World

PINNED = Path(__file__).with_name("query_counts.json")
PAGES = [route for route in ROUTES if route.get]
TIMES = 10
FRAGMENT = {"HX-Request": "true", "HX-Target": "live"}

Counts = dict[str, int]


def statements(world: World, route: Route, headers: dict[str, str]) -> list[str]:
    """Of the second look: the first one fills what is kept for good."""
    client = world.client(ADMINISTRATOR)
    url = route.url(world.own, world.admins[ADMINISTRATOR])
    assert client.get(url, headers=headers).status_code in (200, 302), url
    with CaptureQueriesContext(connection) as queries:
        client.get(url, headers=headers)
    return [each["sql"] for each in queries.captured_queries]


def measure(world: World) -> dict[str, list[str]]:
    """By page. Everybody has opened a tenant before: the shell then says which."""
    Admin.objects.update(last_tenant=world.own.tenant)
    found = {}
    for route in PAGES:
        found[str(route)] = statements(world, route, {})
        found[f"{route} (fragment)"] = statements(world, route, FRAGMENT)
    return found


def difference(before: Counts, after: Counts) -> list[str]:
    names = sorted(before.keys() | after.keys())
    return [
        f"{name}: {before.get(name, 'none')} -> {after.get(name, 'none')}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def repeated(queries: list[str]) -> str:
    """What a page asked most often, without its values: the usual culprit."""
    shapes = [query.split(" WHERE ")[0][:300] for query in queries]
    return max(shapes, key=shapes.count) if shapes else ""


def test_every_page_costs_what_is_pinned_whatever_it_lists(world: World) -> None:
    few = measure(world)
    worlds.grow(world, TIMES)
    many = measure(world)
    counted = {name: len(queries) for name, queries in few.items()}
    if os.environ.get("SPOTPC_PIN_QUERY_COUNTS"):
        PINNED.write_text(json.dumps(counted, indent=2, sort_keys=True) + "\n")
    grown = difference(counted, {name: len(queries) for name, queries in many.items()})
    culprits = [repeated(many[line.split(": ")[0]]) for line in grown]
    assert grown == [], f"Queries that grow with the rows: {culprits}"
    assert difference(json.loads(PINNED.read_text()), counted) == []


def test_the_difference_can_be_read() -> None:
    before, after = {"home": 3, "gone": 1}, {"home": 5, "new": 2}
    assert difference(before, after) == ["gone: 1 -> none", "home: 3 -> 5", "new: none -> 2"]


def test_a_query_per_row_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [group] = [route for route in PAGES if route.name == "spot-group"]
    few = statements(world, group, {})
    worlds.grow(world, 1)
    assert len(statements(world, group, {})) == len(few)
    asks = property(lambda host: host.user_sessions.count() and host.name.split(".")[0])
    monkeypatch.setattr(SessionHost, "short_name", asks)
    assert len(statements(world, group, {})) > len(few) + 1
