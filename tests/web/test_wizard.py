"""Wizards: Back and refresh are safe, tabs do not mix, nothing is believed twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spotpc.web.models import WizardDraft
from tenants.models import Tenant
from tests import factories
from tests.web import urls
from tests.web.conftest import signed_in


@pytest.fixture
def start(tenant: Tenant) -> str:
    return f"/tenants/{tenant.pk}/book/floor/"


def post(client: Client, url: str, **data: str) -> str:
    """Send a step; where it leads."""
    response = client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def leads_to(response: Any) -> str:
    assert response.status_code == 302
    return str(urlsplit(response["Location"]).path)


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response
    return response.content.decode()


def at(url: str, step: str) -> str:
    """The same draft at another step."""
    return url.rsplit("/", 2)[0] + f"/{step}/"


def test_the_steps_one_after_the_other(client: Client, start: str) -> None:
    room = post(client, start, floor="1")
    assert room.endswith("/room/")
    shown = page(client, room)
    assert "First floor" in shown, "the answer so far is in sight, in words"
    notes = post(client, room, room="blue")
    assert post(client, notes, notes="window") == "/booked/1/"
    assert urls.finished == [
        {"floor": {"floor": "1"}, "room": {"room": "blue"}, "notes": {"notes": "window"}}
    ]


def test_the_bare_address_leads_to_the_first_step_with_what_is_given(
    client: Client, tenant: Tenant, start: str
) -> None:
    response = client.get(f"/tenants/{tenant.pk}/book/?floor=2")
    assert response["Location"] == f"{start}?floor=2"
    assert '<option value="2" selected>' in page(client, response["Location"])


def test_looking_writes_nothing(client: Client, tenant: Tenant, start: str) -> None:
    client.get(f"/tenants/{tenant.pk}/")  # remembers the tenant
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page(client, start)
    written = [q["sql"] for q in queries if not q["sql"].startswith("SELECT")]
    assert written == []
    assert not WizardDraft.objects.exists()


def test_a_wrong_answer_stays_with_its_reason_and_makes_no_draft(
    client: Client, start: str
) -> None:
    response = client.post(start, {"floor": "9"})
    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()
    assert not WizardDraft.objects.exists()


def test_back_and_refresh_show_what_was_answered(client: Client, start: str) -> None:
    room = post(client, start, floor="2")
    back = page(client, at(room, "floor"))
    assert '<option value="2" selected>' in back
    assert page(client, room)
    assert page(client, room), "and again"
    assert WizardDraft.objects.count() == 1


def test_two_tabs_do_not_mix(client: Client, start: str) -> None:
    first, second = post(client, start, floor="1"), post(client, start, floor="2")
    post(client, first, room="red")
    post(client, second, room="green")
    assert "red" in page(client, at(first, "notes"))
    assert "green" in page(client, at(second, "notes"))


def test_a_later_step_leads_to_the_first_unfinished(client: Client, start: str) -> None:
    room = post(client, start, floor="1")
    assert leads_to(client.get(at(room, "notes"))) == room
    assert leads_to(client.post(at(room, "notes"), {"notes": "x"})) == room
    assert leads_to(client.get(start.replace("floor", "notes"))) == start
    assert urls.finished == []


def test_a_step_that_does_not_exist_is_not_found(client: Client, start: str) -> None:
    assert client.get(start.replace("floor", "cellar")).status_code == 404


def test_a_changed_answer_takes_those_that_depend_on_it_and_no_other(
    client: Client, start: str
) -> None:
    room = post(client, start, floor="1")
    notes = post(client, room, room="blue")
    client.post(notes, {"notes": "refuse me"})
    post(client, at(room, "floor"), floor="2")
    draft = WizardDraft.objects.get()
    assert set(draft.data) == {"floor", "notes"}
    assert leads_to(client.get(notes)) == room


def test_the_same_answer_again_takes_nothing(client: Client, start: str) -> None:
    room = post(client, start, floor="1")
    post(client, room, room="blue")
    post(client, at(room, "floor"), floor="1")
    assert set(WizardDraft.objects.get().data) == {"floor", "room"}


def test_an_answer_gone_bad_is_shown_with_its_reason_at_the_end(client: Client, start: str) -> None:
    room = post(client, start, floor="1")
    notes = post(client, room, room="blue")
    urls.closed_floors.add("1")
    assert leads_to(client.post(notes, {"notes": ""})) == at(room, "floor")
    assert "This floor has been closed." in page(client, at(room, "floor"))
    assert urls.finished == []


def test_an_answer_that_goes_bad_during_the_last_click_is_caught(
    client: Client, start: str
) -> None:
    notes = post(client, post(client, start, floor="1"), room="blue")
    original = urls.Booking._save

    def while_saving(self: urls.Booking, *args: Any) -> WizardDraft:
        urls.closed_floors.add("1")
        return original(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls.Booking, "_save", while_saving)
        assert post(client, notes, notes="") == at(notes, "floor")
    assert urls.finished == []


def test_finished_twice_gives_one_result(client: Client, start: str) -> None:
    notes = post(client, post(client, start, floor="1"), room="red")
    first, second = post(client, notes, notes=""), post(client, notes, notes="")
    assert first == second == "/booked/1/"
    assert len(urls.finished) == 1


def test_two_final_clicks_at_once_do_it_once(client: Client, start: str) -> None:
    """The slower one has already read the draft as open when the faster one closes it."""
    notes = post(client, post(client, start, floor="1"), room="red")
    original = urls.Booking._finish

    def overtaken(self: urls.Booking, draft: WizardDraft) -> Any:
        WizardDraft.objects.filter(pk=draft.pk).update(
            finished_at=timezone.now(), result_url="/booked/by-the-other/"
        )
        return original(self, draft)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls.Booking, "_finish", overtaken)
        assert post(client, notes, notes="") == "/booked/by-the-other/"
    assert urls.finished == []


def test_every_step_of_a_finished_draft_leads_to_the_result(client: Client, start: str) -> None:
    notes = post(client, post(client, start, floor="1"), room="red")
    post(client, notes, notes="")
    for step in ("floor", "room", "notes"):
        assert leads_to(client.get(at(notes, step))) == "/booked/1/"


def test_a_refusal_stays_on_the_last_step_and_may_be_tried_again(
    client: Client, start: str
) -> None:
    notes = post(client, post(client, start, floor="1"), room="red")
    refused = client.post(notes, {"notes": "refuse me"})
    assert refused.status_code == 200
    assert "The room has just been taken." in refused.content.decode()
    assert post(client, notes, notes="fine") == "/booked/1/"


def test_drafts_of_others_are_not_found(client: Client, tenant: Tenant, start: str) -> None:
    room = post(client, start, floor="1")
    colleague = factories.admin(tenant.organization)
    assert signed_in(colleague).get(room).status_code == 404
    other = factories.tenant(tenant.organization)
    moved = room.replace(f"/tenants/{tenant.pk}/", f"/tenants/{other.pk}/")
    assert client.get(moved).status_code == 404


def test_old_unfinished_drafts_make_room(client: Client, start: str) -> None:
    old = WizardDraft.objects.get(pk=post(client, start, floor="1").split("/")[-3])
    long_ago = timezone.now() - timedelta(days=31)
    WizardDraft.objects.filter(pk=old.pk).update(updated_at=long_ago)
    post(client, start, floor="2")
    assert not WizardDraft.objects.filter(pk=old.pk).exists()


def test_only_the_forms_own_fields_are_kept(client: Client, start: str) -> None:
    post(client, start, floor="1", stuffing="x" * 1000)
    assert WizardDraft.objects.get().data == {"floor": {"floor": ["1"]}}
