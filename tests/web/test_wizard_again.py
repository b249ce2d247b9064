"""What was refused after it had been saved is changed and tried again, not typed anew."""

from __future__ import annotations

import pytest
from django.test import Client

from spotpc.web import drafts
from spotpc.web.errors import DomainError
from spotpc.web.models import WizardDraft
from tenants.models import Tenant
from tests import factories
from tests.web import urls
from tests.web.conftest import signed_in
from tests.web.test_wizard import at, leads_to, page, post

SENTENCE = "The guest is on the <list>."


@pytest.fixture
def start(tenant: Tenant) -> str:
    return f"/tenants/{tenant.pk}/safe/"


@pytest.fixture
def old(client: Client, tenant: Tenant, start: str) -> WizardDraft:
    """A finished run, refused later because of the guest's name."""
    typed = {"guest": "Ann", "locked": "on", "password": "Horse-Battery-9"}
    notes = post(client, f"{start}key/", **typed)
    url = post(client, post(client, notes, notes="north wall"))
    urls.refused[url] = DomainError(SENTENCE, "guest")
    found = drafts.behind("safe", tenant.pk, url)
    assert found is not None
    return found


def again(client: Client, start: str, old: WizardDraft) -> str:
    return post(client, start, again=str(old.pk))


def test_the_same_answers_and_the_reason_beside_the_field(
    client: Client, start: str, old: WizardDraft
) -> None:
    key = again(client, start, old)
    shown = page(client, key)
    assert key.endswith("/key/")
    assert 'value="Ann"' in shown
    assert "The guest is on the &lt;list&gt;." in shown
    assert 'aria-invalid="true"' in shown
    assert drafts.AGAIN in shown, "its password was not kept"
    assert old.pk != WizardDraft.objects.latest("created_at").pk


def test_from_there_to_the_end(client: Client, start: str, old: WizardDraft) -> None:
    key = again(client, start, old)
    assert leads_to(client.get(at(key, "sure"))) == key
    notes = post(client, key, guest="Ben")
    assert SENTENCE not in page(client, notes)
    assert urls.reopened == []
    client.post(notes, {"notes": "south wall"})
    assert post(client, at(notes, "sure")) == "/safes/2/"
    assert urls.finished[1]["key"]["guest"] == "Ben"
    assert urls.reopened == ["/safes/1/"]


def test_without_a_password_that_field_alone_is_complained_of(
    client: Client, tenant: Tenant, start: str
) -> None:
    notes = post(client, f"{start}key/", guest="Ann")
    url = post(client, post(client, notes, notes=""))
    urls.refused[url] = DomainError(SENTENCE, "guest")
    old = drafts.behind("safe", tenant.pk, url)
    assert old is not None
    key = again(client, start, old)
    assert leads_to(client.get(at(key, "sure"))) == key, "it stands in the way of the rest"
    shown = page(client, key)
    assert shown.count('aria-invalid="true"') == 1
    assert "This was refused when it was saved." not in shown, "it is said beside the field"


def test_a_reason_about_a_later_field_is_said_above_until_one_is_there(
    client: Client, start: str, old: WizardDraft
) -> None:
    urls.refused["/safes/1/"] = DomainError(SENTENCE, "notes")
    key = again(client, start, old)
    shown = page(client, key)
    assert "The guest is on the &lt;list&gt;." in shown, "said above, for its field is further on"
    notes = post(client, key, guest="Ann", locked="on", password="Horse-Battery-9")
    assert leads_to(client.get(at(notes, "sure"))) == notes
    notes_again = WizardDraft.objects.latest("created_at").data.get("notes")
    assert notes_again is None, "it depends on the key, whose password is another answer now"


def test_a_reason_without_a_field_stands_above_the_steps(
    client: Client, start: str, old: WizardDraft
) -> None:
    urls.refused["/safes/1/"] = DomainError(SENTENCE)
    key = again(client, start, old)
    assert "The guest is on the &lt;list&gt;." in page(client, key)
    notes = post(client, key, guest="Ann")
    assert "The guest is on the &lt;list&gt;." in page(client, notes)
    assert post(client, post(client, notes, notes="")) == "/safes/2/"


def test_what_was_not_refused_is_not_done_again(
    client: Client, start: str, old: WizardDraft
) -> None:
    urls.refused.clear()
    assert again(client, start, old) == "/safes/1/"
    assert WizardDraft.objects.count() == 1


def test_a_colleague_may_and_a_stranger_may_not(
    client: Client, tenant: Tenant, start: str, old: WizardDraft
) -> None:
    colleague = signed_in(factories.admin(tenant.organization))
    assert 'value="Ann"' in page(colleague, again(colleague, start, old))
    other = factories.tenant(tenant.organization)
    moved = f"/tenants/{other.pk}/safe/"
    assert colleague.post(moved, {"again": str(old.pk)}).status_code == 404
    stranger = signed_in(factories.admin(factories.organization()))
    assert stranger.post(start, {"again": str(old.pk)}).status_code == 404


@pytest.mark.parametrize("nonsense", ["", "7", "x" * 5000, "00000000-0000-0000-0000-000000000000"])
def test_nonsense_is_not_found(client: Client, start: str, nonsense: str) -> None:
    assert client.post(start, {"again": nonsense}).status_code == 404


def test_a_run_that_is_not_finished_is_not_opened_so(
    client: Client, start: str, old: WizardDraft
) -> None:
    notes = post(client, f"{start}key/", guest="Ben")
    assert client.post(start, {"again": notes.split("/")[-3]}).status_code == 404


def test_another_wizards_run_is_not_found(client: Client, tenant: Tenant, old: WizardDraft) -> None:
    booking = f"/tenants/{tenant.pk}/book/"
    assert client.post(booking, {"again": str(old.pk)}).status_code == 404
    assert drafts.behind("booking", tenant.pk, "/safes/1/") is None
