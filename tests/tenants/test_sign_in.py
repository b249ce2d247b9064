"""Signing in and out, and how often one may guess."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client

from tenants.forms import FAILURE_WINDOW, FAILURES_ALLOWED
from tenants.models import Admin
from tests.factories import PASSWORD

THROTTLED = "Too many failed attempts"


@pytest.fixture
def anybody() -> Client:
    return Client()


def sign_in(client: Client, email: str, password: str, address: str = "192.0.2.1") -> str:
    """Where one lands, or the page with the reason."""
    response = client.post(
        "/sign-in/", {"username": email, "password": password}, REMOTE_ADDR=address
    )
    return str(response["Location"]) if response.status_code == 302 else response.content.decode()


def test_every_page_asks_to_sign_in_and_leads_back(anybody: Client, admin: Admin) -> None:
    asked = anybody.get("/account/")
    assert asked["Location"] == "/sign-in/?next=/account/"
    page = anybody.get(asked["Location"]).content.decode()
    assert 'name="next" value="/account/"' in page
    sent = {"username": admin.email, "password": PASSWORD, "next": "/account/"}
    assert anybody.post("/sign-in/", sent)["Location"] == "/account/"


def test_it_does_not_lead_to_another_site(anybody: Client, admin: Admin) -> None:
    sent = {"username": admin.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert anybody.post("/sign-in/", sent)["Location"] == "/"


def test_the_address_is_not_case_sensitive(anybody: Client, admin: Admin) -> None:
    assert sign_in(anybody, admin.email.upper(), PASSWORD) == "/"


def test_a_wrong_password_says_so(anybody: Client, admin: Admin) -> None:
    assert "do not belong together" in sign_in(anybody, admin.email, "wrong")


def test_guessing_is_throttled_per_address_and_place(anybody: Client, admin: Admin) -> None:
    for _ in range(FAILURES_ALLOWED):
        assert THROTTLED not in sign_in(anybody, admin.email, "wrong")
    assert THROTTLED in sign_in(anybody, admin.email.upper(), PASSWORD)
    assert sign_in(anybody, admin.email, PASSWORD, address="192.0.2.2") == "/"


def test_after_the_window_one_may_try_again(anybody: Client, admin: Admin) -> None:
    with time_machine.travel("2026-11-22T02:00:00Z", tick=False) as clock:
        for _ in range(FAILURES_ALLOWED):
            sign_in(anybody, admin.email, "wrong")
        clock.shift(FAILURE_WINDOW - 1)
        assert THROTTLED in sign_in(anybody, admin.email, PASSWORD)
        clock.shift(2)
        assert sign_in(anybody, admin.email, PASSWORD) == "/"


def test_a_success_forgets_the_failures(admin: Admin) -> None:
    for _ in range(2):
        for _ in range(FAILURES_ALLOWED - 1):
            sign_in(Client(), admin.email, "wrong")
        assert sign_in(Client(), admin.email, PASSWORD) == "/"


def test_signing_out_takes_a_post(client: Client) -> None:
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/account/")["Location"].startswith("/sign-in/")


def test_a_fragment_after_the_session_ended_reloads_the_page(anybody: Client) -> None:
    response = anybody.get("/sign-in/", HTTP_HX_REQUEST="true")
    assert response["HX-Refresh"] == "true"
