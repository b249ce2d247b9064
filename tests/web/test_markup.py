"""What holds for every page: no inline script or style, one heading, labelled fields."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from tenants.models import Tenant, TenantSync
from tests.tenants import scenery

PAGES = (
    "/",
    "/account/",
    "/account/password/",
    "/organizations/{organization}/",
    "/tenants/{tenant}/",
    "/tenants/{tenant}/sessions/",
    "/tenants/{tenant}/machines/",
    "/tenants/{tenant}/machines/?q=nothing",
    "/tenants/{tenant}/book/floor/",
    "/tenants/{tenant}/confirm/",
    "/tenants/999999/",
)


class Markup(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.headings = 0
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.fields: list[str] = []
        self.unlabelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [
            name for name in given if name == "style" or name.startswith(("on", "hx-on"))
        ]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        self.headings += tag == "h1"
        self.ids += [str(given["id"])] if "id" in given else []
        if tag == "label" and "for" in given:
            self.labelled.add(str(given["for"]))
        if tag in ("input", "select", "textarea") and given.get("type") != "hidden":
            self.fields.append(str(given.get("id", given)))


def check(page: str) -> None:
    markup = Markup(page)
    assert markup.inline == []
    assert markup.headings == 1
    assert len(markup.ids) == len(set(markup.ids))
    assert set(markup.fields) <= markup.labelled


@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_the_rules(client: Client, tenant: Tenant, path: str) -> None:
    TenantSync.objects.create(tenant=tenant, error_text="The secret expired.")
    host = scenery.host(scenery.spot_group(tenant), "host-1")
    scenery.session(host, "ann@contoso.example")
    url = path.format(tenant=tenant.pk, organization=tenant.organization_id)
    response = client.get(url, follow=True)
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    check(response.content.decode())


def test_the_sign_in_page_keeps_the_rules() -> None:
    check(Client().get("/sign-in/").content.decode())


def test_the_check_finds_what_it_looks_for() -> None:
    for bad in ('<p style="a">', "<script>1</script>", '<a onclick="x">', "<style>p{}</style>"):
        assert Markup(bad).inline


def test_errors_are_in_our_style(client: Client, tenant: Tenant) -> None:
    client.raise_request_exception = False
    broken = client.get("/broken/")
    assert broken.status_code == 500
    assert "Something went wrong here" in broken.content.decode()
    check(broken.content.decode())
    lost = Client().get("/nowhere/")
    assert lost.status_code == 404
    assert "There is nothing here" in lost.content.decode()
    check(lost.content.decode())


def test_an_expired_form_says_what_to_do(tenant: Tenant) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/sign-in/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()
    check(response.content.decode())


def test_a_confirmation_names_what_is_lost(client: Client, tenant: Tenant) -> None:
    page = client.get(f"/tenants/{tenant.pk}/confirm/").content.decode()
    assert "Everything in it." in page
    assert "data-cancel" in page
