"""Sort, page size, pages, filters and CSV of a table, by the tenants' pages."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Tenant
from tests import factories
from tests.tenants import scenery


@pytest.fixture
def url(tenant: Tenant) -> str:
    group = scenery.spot_group(tenant)
    for number in range(30):
        scenery.host(group, f"host-{number:02}", status="Available" if number % 3 else "Shutdown")
    return f"/tenants/{tenant.pk}/machines/"


def names(client: Client, url: str) -> list[str]:
    response = client.get(url)
    assert response.status_code == 200
    return re.findall(r'data-label="Name"[^>]*>([^<]+)<', response.content.decode())


def test_sorted_both_ways(client: Client, url: str) -> None:
    assert names(client, url)[0] == "host-00"
    assert names(client, f"{url}?sort=-name")[0] == "host-29"
    page = client.get(f"{url}?sort=-name").content.decode()
    assert 'aria-sort="descending"' in page
    assert 'href="?sort=name"' in page


def test_equal_rows_keep_one_order_over_the_pages(client: Client, url: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{url}?sort=-status")
    orders = [q["sql"].rpartition("ORDER BY")[2] for q in queries if "last_heartbeat" in q["sql"]]
    by_position = r"\d+ DESC, \d+ ASC, \d+ ASC, \d+ ASC"  # a union's columns
    assert any(re.search(by_position, order) for order in orders), orders
    pages = [names(client, f"{url}?sort=status&per_page=10&page={n}") for n in (1, 2, 3)]
    assert sorted(name for page in pages for name in page) == [f"host-{n:02}" for n in range(30)]


def test_page_sizes(client: Client, url: str) -> None:
    assert len(names(client, url)) == 25
    assert len(names(client, f"{url}?page=2")) == 5
    assert len(names(client, f"{url}?per_page=10")) == 10
    assert len(names(client, f"{url}?per_page=100")) == 30


@pytest.mark.parametrize("query", ["sort=nothing", "page=99", "page=x", "per_page=7", "group=zz"])
def test_nonsense_means_the_default(client: Client, url: str, query: str) -> None:
    assert names(client, f"{url}?{query}")


def test_links_keep_the_filter(client: Client, url: str) -> None:
    page = client.get(f"{url}?q=host&per_page=10").content.decode()
    assert 'href="?q=host&amp;per_page=10&amp;page=2"' in page
    assert 'href="?q=host&amp;per_page=25"' in page


def test_the_csv_has_all_rows_that_match(client: Client, url: str, tenant: Tenant) -> None:
    scenery.host(scenery.spot_group(tenant, "=SUM(A1)"), "other-1")
    response = client.get(f"{url}?q=host&per_page=10&export=csv")
    lines = response.getvalue().decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Name,Source,Image version,Status,New sessions,Active,Disconnected")
    assert len(lines) == 31
    assert "<" not in "".join(lines)
    other = client.get(f"{url}?q=other&export=csv").getvalue().decode()
    assert "'=SUM(A1)" in other


def test_an_empty_table_says_what_to_do(client: Client) -> None:
    empty = factories.tenant(Tenant.objects.get().organization)
    page = client.get(f"/tenants/{empty.pk}/machines/").content.decode()
    assert "press Refresh" in page
