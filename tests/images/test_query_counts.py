"""The number of queries does not grow with the number of rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from spotpc.jobs.services import enqueue
from tests import factories
from tests.images.conftest import Cast


def furnish(cast: Cast, first: int, last: int) -> None:
    """Sets, versions in every status, groups that use them, notes, and jobs."""
    for number in range(first, last):
        other = factories.image_set(cast.tenant, f"Set {number}")
        factories.image_version(other, f"1.0.{number}")
        used = cast.version(f"1.0.{number}")
        group = factories.spot_group(cast.image_set, version=used)
        factories.session_host(group)
        busy = cast.version(f"2.0.{number}", "sealing", source=used)
        enqueue("images.seal", cast.tenant, busy, {}, "x")
        cast.version(f"3.0.{number}", "configuring")
        factories.image_note(cast.image_set, version_number=f"1.0.{number}")


def count(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    ("name", "most"), [("list", 15), ("set", 25), ("version", 22), ("sources", 20)]
)
def test_queries(client: Client, cast: Cast, name: str, most: int) -> None:
    furnish(cast, 0, 1)
    version = cast.image_set.versions.get(major=2, patch=0)
    draft = client.post(cast.set_url + "new-version/version/", {"number": "9.0.0"})["Location"]
    url = {
        "list": cast.url,
        "set": cast.set_url,
        "version": cast.version_url(version),
        "sources": draft,
    }[name]
    count(client, url)  # content types, the tenant opened last
    few = count(client, url)
    furnish(cast, 1, 6)
    assert count(client, url) == few
    assert few <= most
