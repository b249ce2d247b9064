"""Passwords typed into wizards: used once, kept for an hour, seen by nobody."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from spotpc.jobs.steps import forget_typed_passwords
from spotpc.web import drafts
from spotpc.web.models import WizardDraft
from tenants.models import Tenant
from tests.web import urls
from tests.web.test_wizard import at, leads_to, page, post

PASSWORD = "Horse-Battery-9"
LOCKED = {"guest": "Ann", "locked": "on"}


@pytest.fixture
def start(tenant: Tenant) -> str:
    return f"/tenants/{tenant.pk}/safe/key/"


@pytest.fixture
def notes(client: Client, start: str) -> str:
    """At the second step, with a password typed in the first."""
    return post(client, start, **LOCKED, password=PASSWORD)


def draft() -> WizardDraft:
    return WizardDraft.objects.latest("created_at")


def stored() -> str:
    """Every row as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM web_wizarddraft")
        rows = cursor.fetchall()
        cursor.execute("SELECT session_data FROM django_session")
        return f"{rows} {cursor.fetchall()}"


def finish(client: Client, notes: str) -> str:
    return post(client, post(client, notes, notes=""))


def test_it_reaches_the_end_and_is_then_gone(client: Client, notes: str) -> None:
    assert finish(client, notes) == "/safes/1/"
    assert urls.finished[0]["key"]["password"] == PASSWORD
    assert (draft().secrets, draft().secrets_at) == ("", None)


def test_it_is_on_no_page_in_no_plain_row_and_in_no_log(
    client: Client, notes: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    review = post(client, notes, notes="")
    shown = [page(client, at(notes, step)) for step in ("key", "notes", "sure")]
    bad = client.post(at(notes, "key"), {"guest": "", "locked": "on", "password": PASSWORD})
    shown.append(bad.content.decode())
    client.post(review)
    for text in (*shown, stored(), caplog.text, json.dumps(draft().data)):
        assert PASSWORD not in text
    assert "typed, not shown" in shown[1]


def test_on_the_way_back_an_empty_field_stands_for_what_was_typed(
    client: Client, notes: str
) -> None:
    back = page(client, at(notes, "key"))
    assert "Eight or more. Typed already. Leave it empty to keep it." in back
    post(client, at(notes, "key"), **LOCKED, password="")
    assert finish(client, notes) == "/safes/1/"
    assert urls.finished[0]["key"]["password"] == PASSWORD


def test_another_one_takes_its_place(client: Client, notes: str) -> None:
    post(client, at(notes, "key"), **LOCKED, password="Another-One-4")
    finish(client, notes)
    assert urls.finished[0]["key"]["password"] == "Another-One-4"


def test_another_one_is_a_changed_answer(client: Client, notes: str) -> None:
    post(client, notes, notes="north wall")
    post(client, at(notes, "key"), **LOCKED, password="")
    assert set(draft().data) == {"key", "notes"}, "the same answers take nothing"
    post(client, at(notes, "key"), **LOCKED, password="Another-One-4")
    assert set(draft().data) == {"key"}


def test_one_that_the_form_has_no_use_for_is_not_kept(client: Client, notes: str) -> None:
    post(client, at(notes, "key"), guest="Ann", password="")
    assert draft().secrets == ""
    answer = client.post(at(notes, "key"), {**LOCKED, "password": ""})
    assert "A locked room needs a password." in answer.content.decode()


def test_a_refused_step_asks_for_it_again(client: Client, start: str) -> None:
    """Or one would correct the other field and save without the password."""
    answer = client.post(start, {"guest": "", "locked": "on", "password": PASSWORD})
    assert "Type it again. It is never sent back to this page." in answer.content.decode()
    assert not WizardDraft.objects.exists()


def test_after_an_hour_it_is_asked_for_again_and_never_just_left_out(
    client: Client, notes: str
) -> None:
    review = post(client, notes, notes="")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert leads_to(client.post(review)) == at(notes, "key")
        assert drafts.AGAIN in page(client, at(notes, "key"))
        assert urls.finished == []
        post(client, at(notes, "key"), **LOCKED, password=PASSWORD)
        assert finish(client, notes) == "/safes/1/"


def test_looking_around_does_not_make_it_last_longer(client: Client, notes: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=40)):
        post(client, at(notes, "key"), **LOCKED, password="")
        post(client, notes, notes="later")
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert leads_to(client.get(at(notes, "sure"))) == at(notes, "key")


def test_what_was_left_half_way_is_erased(client: Client, notes: str) -> None:
    forget_typed_passwords()
    assert draft().secrets != ""
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        forget_typed_passwords()
    assert draft().secrets == ""


def test_a_refused_end_keeps_it(client: Client, notes: str) -> None:
    review = post(client, notes, notes="refuse me")
    assert "No safe is free." in client.post(review).content.decode()
    post(client, notes, notes="fine")
    assert post(client, review) == "/safes/1/"
    assert urls.finished[0]["key"]["password"] == PASSWORD


def test_what_follows_is_drawn_as_a_step_to_come(client: Client, start: str) -> None:
    shown = page(client, start)
    assert "Inspection" in shown
    assert shown.index("Review") < shown.index("Inspection")
    assert "follows by itself" in shown
