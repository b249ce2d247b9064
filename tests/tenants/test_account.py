"""One's own settings: zone, theme, password."""

from __future__ import annotations

from django.test import Client

from tenants.models import Admin
from tests.factories import PASSWORD


def test_zone_and_theme_are_kept(client: Client, admin: Admin) -> None:
    sent = {"name": "Dana", "time_zone": "Asia/Tokyo", "theme": "dark"}
    assert client.post("/account/", sent)["Location"] == "/account/"
    admin.refresh_from_db()
    assert (admin.name, admin.time_zone) == ("Dana", "Asia/Tokyo")
    page = client.get("/account/").content.decode()
    assert 'data-theme="dark"' in page
    assert "Your settings have been saved." in page
    assert '<option value="Asia/Tokyo" selected>' in page


def test_an_unknown_zone_is_refused(client: Client, admin: Admin) -> None:
    sent = {"name": "", "time_zone": "Mars/Base", "theme": "dark"}
    response = client.post("/account/", sent)
    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()
    admin.refresh_from_db()
    assert admin.time_zone == "UTC"


def test_the_theme_switch_leads_back_and_nowhere_else(client: Client) -> None:
    back = client.post("/theme/", {"theme": "light", "next": "/account/?a=1"})
    assert back["Location"] == "/account/?a=1"
    assert client.cookies["theme"].value == "light"
    away = client.post("/theme/", {"theme": "neon", "next": "https://evil.example/"})
    assert away["Location"] == "/account/"
    assert client.cookies["theme"].value == "system"


def test_the_password_changes_and_one_stays_signed_in(client: Client, admin: Admin) -> None:
    new = "quite another password"
    sent = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account/password/", sent)["Location"] == "/account/"
    admin.refresh_from_db()
    assert admin.check_password(new)
    assert "Your password has been changed." in client.get("/account/").content.decode()


def test_a_short_password_is_refused(client: Client) -> None:
    sent = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    page = client.post("/account/password/", sent).content.decode()
    assert "at least 12 characters" in page
