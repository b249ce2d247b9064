"""Every URL × role × own or foreign tenant, from the resolver itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.urls import path, resolve

from spotpc.urls import urlpatterns as site_map
from tests.access.careless import unchecked
from tests.access.matrix import METHODS, complaints, mixed_complaints, written_by_get
from tests.access.routes import ROUTES, Route, patterns
from tests.access.world import ADMINISTRATOR, World

READABLE = [route for route in ROUTES if route.get]
CHANGEABLE = [route for route in ROUTES if route.post]
HTMX = {"HX-Request": "true", "HX-Target": "live"}


def unlisted(world: World) -> Counter[tuple[str, str]]:
    """Patterns that no row of the table leads to, and rows that no pattern takes."""
    admin = world.admins[ADMINISTRATOR]
    matches = [resolve(route.url(world.own, admin)) for route in ROUTES]
    listed = Counter((match.view_name, match.route) for match in matches)
    known = Counter(patterns())
    return (known - listed) + (listed - known)


def test_every_url_is_listed_once(world: World) -> None:
    assert not unlisted(world), "Say in tests/access/routes.py what these need"


def test_a_new_url_is_missed_by_name(world: World, settings: Any) -> None:
    settings.ROOT_URLCONF = (*site_map, path("new/", unchecked, name="nobody-listed-this"))
    assert unlisted(world) == {("nobody-listed-this", "new/"): 1}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_everybody_gets_what_is_due(world: World, route: Route, method: str) -> None:
    assert complaints(world, route, method) == []


@pytest.mark.parametrize("route", [each for each in ROUTES if each.names_rows], ids=str)
def test_ids_of_two_tenants_do_not_mix(world: World, route: Route) -> None:
    methods = [method for method in METHODS if route.need(method)]
    assert [each for method in methods for each in mixed_complaints(world, route, method)] == []


def test_a_version_belongs_to_its_set(world: World) -> None:
    from tests import factories

    other = factories.image_set(world.own.tenant)
    path = f"/tenants/{world.own.tenant.pk}/images/{other.pk}/versions/{world.own.version.pk}/"
    assert world.client(ADMINISTRATOR).get(path).status_code == 404


def test_nobody_opens_a_colleagues_draft(world: World) -> None:
    drafts = [route for route in ROUTES if route.note in ("notes", "review", "last step")]
    assert len(drafts) == 8
    for route in drafts:
        url = route.url(world.own, world.admins["manager"])
        assert world.client(ADMINISTRATOR).get(url).status_code == 404
        assert world.client("manager").get(url).status_code == 200


def test_every_post_needs_its_token(world: World) -> None:
    strict = world.client(ADMINISTRATOR, strict=True)
    for route in CHANGEABLE:
        answer = strict.post(route.url(world.own, world.admins[ADMINISTRATOR]))
        assert answer.status_code == 403, route
        assert "The form has expired" in answer.content.decode(), route


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["pages", "fragments"])
def test_reading_writes_nothing(world: World, headers: dict[str, str]) -> None:
    written = {str(route): written_by_get(world, route, **headers) for route in READABLE}
    assert {route: tables for route, tables in written.items() if tables} == {}


# That the checks above can fail: the same site map with four views written without care.


def careless(settings: Any, name: str) -> Route:
    settings.ROOT_URLCONF = "tests.access.careless"
    return next(route for route in ROUTES if route.name == name)


def test_a_view_without_any_check_is_caught(world: World, settings: Any) -> None:
    found = complaints(world, careless(settings, "tenant-overview"), "GET")
    assert any("as plain member, own: 200 or 302 instead of 404" in each for each in found)
    assert any("as administrator, foreign: 200 or 302" in each for each in found)


def test_a_view_that_asks_for_too_little_is_caught(world: World, settings: Any) -> None:
    found = complaints(world, careless(settings, "image-version-seal"), "POST")
    assert found == ["POST image-version-seal as reader, own: 200 or 302 instead of 403"]


def test_a_view_that_trusts_an_id_is_caught(world: World, settings: Any) -> None:
    route = careless(settings, "spot-group")
    assert complaints(world, route, "GET") == []
    assert mixed_complaints(world, route, "GET") == [
        "GET spot-group with another tenant's group_id: 200 or 302"
    ]


def test_a_view_that_writes_on_get_is_caught(world: World, settings: Any) -> None:
    assert written_by_get(world, careless(settings, "job-list")) == {"jobs.JobEvent"}


def test_a_view_open_to_anybody_is_caught(world: World, settings: Any) -> None:
    found = complaints(world, careless(settings, "tenant-sessions"), "GET")
    assert any("as anonymous, own: 200 or 302 instead of redirect" in each for each in found)
