"""Create Connection and Edit Connection, as somebody types them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent, Site
from tests import factories
from tests.w365.policies_scene import Office, Walk, connection, office, page, signed_in
from w365 import services
from w365.models import NetworkConnection

PASSWORD = "Horse-Battery-9"
ACCOUNT = {
    "join_type": "hybridAzureADJoin",
    "ad_domain": "corp.example",
    "ad_username": "join@corp.example",
    "ad_password": PASSWORD,
    "organizational_unit": "OU=Cloud PCs,DC=corp,DC=example",
}
ENTRA = {"join_type": "azureADJoin"}


@pytest.fixture(autouse=True)
def _http(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def alder() -> Office:
    made = office()
    factories.site(made.tenant, "Harbour")
    return made


@pytest.fixture
def client(alder: Office) -> Client:
    return signed_in(alder.admin)


@pytest.fixture
def walk(client: Client, alder: Office) -> Walk:
    return Walk(client, alder.url("w365-connection-new"))


def harbour() -> Site:
    return Site.objects.get(name="Harbour")


def to_detail(walk: Walk, **account: str) -> str:
    walk.post(site=harbour().pk)
    return walk.post(**(account or ACCOUNT))


def fail(row: NetworkConnection, sentence: str, code: str = "graph-refused") -> None:
    Job.objects.filter(subject_id=row.pk, state__in=Job.ACTIVE).update(
        state="failed", next_run_at=None, finished_at=timezone.now(),
        error_code=code, error_text=sentence, error_remedy="Change it.",
    )  # fmt: skip


def newest() -> NetworkConnection:
    return NetworkConnection.objects.latest("pk")


# Create


def test_from_the_site_to_the_health_check(walk: Walk, alder: Office) -> None:
    first = walk.shown()
    for words in ("Select Site", "Choose Credentials", "Connection Detail",
                  "Review and Save Configurations", "Health Check", "follows by itself",
                  "westeurope. vnet, subnet desktops, in rg-desktops."):  # fmt: skip
        assert words in first, words
    to_detail(walk)
    review = walk.post(name="The Hague")
    for words in ("The Hague", "Harbour, westeurope", "corp.example", "join@corp.example",
                  "typed, not shown", "OU=Cloud PCs,DC=corp,DC=example",
                  "Then Windows 365 checks the network by itself."):  # fmt: skip
        assert words in review, words
    done = walk.post()
    made = newest()
    assert walk.url == made.get_absolute_url()
    assert "Being created" in done
    assert "Health check" in done
    assert (made.name, made.site, made.ad_username) == ("The Hague", harbour(), "join@corp.example")
    assert made.ad_password == PASSWORD, "for the job, which empties it"
    assert Job.objects.get().kind == services.CONNECTION_SAVE


def test_entra_join_needs_nothing_and_says_so(walk: Walk) -> None:
    walk.post(site=harbour().pk)
    assert "Nothing is needed" in walk.shown()
    walk.post(**ENTRA, ad_domain="bad domain", ad_password="left over")
    assert walk.step == "detail"
    review = walk.post(name="Plain")
    assert "Active Directory domain" not in review
    walk.post()
    made = newest()
    assert (made.ad_domain, made.ad_username, made.ad_password) == ("", "", "")
    assert WizardDraft.objects.get().secrets == ""


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("ad_domain", "", "Enter the name of the Active Directory domain."),
        ("ad_domain", "corp", "Write the domain's DNS name"),
        ("ad_domain", "<b>corp</b>.example", "Write the domain's DNS name"),
        ("ad_domain", "a." * 2500, "Write the domain's DNS name"),
        ("ad_username", "", "Enter the account that joins Cloud PCs."),
        ("ad_username", "CORP\\join", "Write the account as user@domain"),
        ("ad_username", "join corp@x.example", "Write the account as user@domain"),
        ("ad_username", "j" * 5000 + "@corp.example", "Write the account as user@domain"),
        ("ad_password", "", "Enter the password of this account."),
        ("ad_password", "x" * 5000, "A password has at most 256 characters."),
        ("organizational_unit", "Cloud PCs", "Write it as a distinguished name"),
        ("organizational_unit", "OU=" * 5000, "Write it as a distinguished name"),
        ("join_type", "workgroup", "Choose one of the two ways to join."),
        ("join_type", "", "Choose how Cloud PCs are joined."),
    ],
)
def test_a_bad_account_is_explained_beside_the_field(
    walk: Walk, field: str, typed: str, sentence: str
) -> None:
    walk.post(site=harbour().pk)
    shown = walk.post(**{**ACCOUNT, field: typed})
    assert walk.step == "credentials"
    assert sentence in shown
    assert 'aria-invalid="true"' in shown
    if field.startswith("ad_") and typed and field != "ad_password":
        assert typed in shown, "what was typed stays"
    assert set(WizardDraft.objects.get().data) == {"site"}


@pytest.mark.parametrize(
    "unit",
    ["OU=Cloud PCs,OU=IT,DC=corp,DC=example", "cn=Computers, dc=corp", r"OU=Soup\, hot,DC=corp"],
)
def test_units_that_are_well_written(walk: Walk, unit: str) -> None:
    to_detail(walk, **{**ACCOUNT, "organizational_unit": unit})
    assert walk.step == "detail"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give the connection a name."),
        ("   ", "Give the connection a name."),
        ("x" * 5000, "A name has at most 120 characters; this one has 5,000."),
        ("<b>Bold</b>", "Windows 365 takes no < > in a name."),
        ("Office 😀", "Windows 365 takes no 😀 in a name."),
        ("two\u200bparts", "Windows 365 takes no U+200B in a name."),
        ("a\x00b", "Null characters are not allowed."),
        ("AMSTERDAM", "There is a connection named AMSTERDAM already."),
    ],
)
def test_a_bad_name_is_explained_beside_the_field_and_kept(
    walk: Walk, typed: str, sentence: str
) -> None:
    to_detail(walk)
    shown = walk.post(name=typed)
    assert walk.step == "detail"
    assert sentence in shown
    assert 'aria-invalid="true"' in shown
    assert not Job.objects.exists()


def test_names_in_other_languages_are_welcome(walk: Walk) -> None:
    to_detail(walk)
    walk.post(name="Zürich 東京 (Büro) – Ost, 2. Étage")
    assert walk.step == "review"


def test_a_site_of_another_tenant_is_no_choice(walk: Walk) -> None:
    shown = walk.post(site=factories.site(factories.tenant()).pk)
    assert "That site is not one of this tenant's." in shown
    assert not WizardDraft.objects.exists()


def test_a_tenant_without_a_site(client: Client, alder: Office) -> None:
    Site.objects.all().delete()
    assert "This tenant has no site yet." in page(client, alder.url("w365-connection-new", "site"))


def test_a_name_taken_meanwhile_is_said_at_the_end(walk: Walk, alder: Office) -> None:
    to_detail(walk)
    walk.post(name="The Hague")
    NetworkConnection.objects.filter(pk=alder.rotterdam.pk).update(name="the hague")
    shown = walk.post()
    assert walk.step == "detail"
    assert "There is a connection named The Hague already." in shown


def test_two_clicks_make_one(walk: Walk) -> None:
    to_detail(walk)
    walk.post(name="The Hague")
    last = walk.url
    walk.post()
    walk.url = last
    walk.post()
    assert Job.objects.count() == 1


# The password


def everything_kept() -> str:
    """Every row as the database has it, but the one column that is encrypted."""
    found = ""
    with database.cursor() as cursor:
        for table in ("web_wizarddraft", "django_session", "tenants_auditevent", "jobs_job",
                      "jobs_jobevent", "w365_networkconnection"):  # fmt: skip
            cursor.execute(f"SELECT * FROM {table}")
            found += str(cursor.fetchall())
    return found


def test_the_password_is_seen_by_nobody(
    walk: Walk, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = [walk.post(site=harbour().pk), walk.post(**{**ACCOUNT, "ad_domain": "bad"})]
    pages += [walk.post(**ACCOUNT), walk.go("credentials"), walk.go("detail")]
    pages += [walk.post(name="The Hague"), walk.shown()]
    assert PASSWORD not in everything_kept(), "while it is kept"
    pages += [walk.post(), page(client, newest().get_absolute_url())]
    pages.append(page(client, newest().get_absolute_url(), **{"HX-Request": "true"}))
    for text in pages:
        assert PASSWORD not in text
    assert PASSWORD not in everything_kept()
    assert PASSWORD not in caplog.text
    drafts = WizardDraft.objects.values_list("data", "secrets", "refusal")
    assert PASSWORD not in str(list(drafts)), "after the end not even encrypted"
    events = AuditEvent.objects.values("subject", "detail")
    assert PASSWORD not in json.dumps(list(events))
    assert PASSWORD not in json.dumps(list(Job.objects.values("params", "facts")))


# Refused by Windows 365


def refused(walk: Walk, sentence: str, code: str = "graph-refused") -> NetworkConnection:
    to_detail(walk)
    walk.post(name="The Hague")
    walk.post()
    row = newest()
    fail(row, sentence, code)
    return row


def again(walk: Walk, client: Client, row: NetworkConnection, new: str) -> str:
    """Press the button on its page."""
    shown = page(client, row.get_absolute_url())
    assert "Change and try again" in shown
    run = WizardDraft.objects.exclude(finished_at=None).latest("finished_at")
    assert f'name="again" value="{run.pk}"' in shown
    walk.url = new
    return walk.post(again=str(run.pk))


def test_a_refused_name_is_changed_and_tried_again(
    walk: Walk, client: Client, alder: Office
) -> None:
    old = refused(walk, "The property 'displayName' is too long.")
    shown = again(walk, client, old, alder.url("w365-connection-new"))
    assert walk.step == "credentials", "the password was not kept"
    assert "The property 'displayName' is too long." in shown
    assert 'value="join@corp.example"' in shown
    shown = walk.post(**ACCOUNT)
    assert walk.step == "detail"
    assert "The property 'displayName' is too long. Change it." in shown
    assert 'value="The Hague"' in shown
    walk.post(name="Hague")
    walk.post()
    made = newest()
    assert (made.name, made.ad_password) == ("Hague", PASSWORD)
    assert not NetworkConnection.objects.filter(pk=old.pk).exists(), "it came to nothing"
    assert AuditEvent.objects.filter(action="w365_connection.discard").exists()


def test_the_same_name_may_be_tried_again(walk: Walk, client: Client, alder: Office) -> None:
    old = refused(walk, "Microsoft had a bad day.", "unknown")
    again(walk, client, old, alder.url("w365-connection-new"))
    walk.post(**ACCOUNT)
    walk.post(name="The Hague")
    walk.post()
    assert (newest().name, newest().pk != old.pk) == ("The Hague", True)


def test_where_nothing_is_to_be_changed_it_leads_to_the_review(
    walk: Walk, client: Client, alder: Office
) -> None:
    """Not to the name: that is taken by what came to nothing, and makes room."""
    to_detail(walk, **ENTRA)
    walk.post(name="The Hague")
    walk.post()
    fail(newest(), "Microsoft had a bad day.", "unknown")
    shown = again(walk, client, newest(), alder.url("w365-connection-new"))
    assert walk.step == "review"
    assert "This was refused when it was saved." in shown
    assert "Microsoft had a bad day. Change it." in shown


@pytest.mark.parametrize(
    ("sentence", "code", "field"),
    [
        ("'adDomainUsername' is not valid.", "unknown", "ad_username"),
        ("'adDomainName' is not valid.", "unknown", "ad_domain"),
        ("The organizationalUnit is not valid.", "unknown", "organizational_unit"),
        ("It has one named so already.", "w365-name-taken", "name"),
    ],
)
def test_the_reason_stands_beside_its_field(
    walk: Walk, client: Client, alder: Office, sentence: str, code: str, field: str
) -> None:
    row = refused(walk, sentence, code)
    again(walk, client, row, alder.url("w365-connection-new"))
    assert WizardDraft.objects.latest("created_at").refusal == {
        "field": field,
        "sentence": f"{sentence} Change it.",
    }


# Edit


@pytest.fixture
def edit(client: Client, alder: Office) -> Walk:
    return Walk(client, alder.url("w365-connection-edit"))


def given(row: NetworkConnection, **changed: str) -> dict[str, str]:
    """The detail step as it is filled in."""
    names = ("name", "ad_domain", "ad_username", "organizational_unit")
    return {**{name: getattr(row, name) for name in names}, "ad_password": "", **changed}


def test_edit_from_the_connection_to_the_health_check(
    edit: Walk, client: Client, alder: Office
) -> None:
    url = f"{alder.url('w365-connection-edit')}?connection={alder.amsterdam.pk}"
    assert url in page(client, alder.amsterdam.get_absolute_url())
    edit.url = url
    first = edit.client.get(url, follow=True).content.decode()
    assert f'value="{alder.amsterdam.pk}"' in first
    assert "checked" in first
    edit.url = alder.url("w365-connection-edit", "connection")
    shown = edit.post(connection=alder.amsterdam.pk)
    for words in ('value="Amsterdam"', 'value="join@corp.example"', "Left empty: the one Windows",
                  "1 provisioning policy uses it: Reception.", "Network and way of joining cannot",
                  "Health Check"):  # fmt: skip
        assert words in shown, words
    review = edit.post(**given(alder.amsterdam, name="Amsterdam Oost", ad_password=PASSWORD))
    for words in ("Amsterdam Oost", "the one before", "a new one", "Reception"):
        assert words in review, words
    assert PASSWORD not in review
    done = edit.post()
    assert edit.url == alder.amsterdam.get_absolute_url()
    assert "Save the connection" in done
    job = Job.objects.get()
    assert job.params["wanted"]["name"] == "Amsterdam Oost"
    assert PASSWORD not in json.dumps(job.params)
    alder.amsterdam.refresh_from_db()
    assert alder.amsterdam.ad_password == PASSWORD
    assert alder.amsterdam.name == "Amsterdam", "until Windows 365 has the new name"


def test_an_entra_connection_has_a_name_only(edit: Walk, alder: Office) -> None:
    NetworkConnection.objects.filter(pk=alder.rotterdam.pk).update(
        join_type="azureADJoin", ad_domain="", ad_username=""
    )
    shown = edit.post(connection=alder.rotterdam.pk)
    assert "so it has no account" in shown
    assert "ad_password" not in shown
    edit.post(name="Rotterdam Zuid")
    edit.post()
    assert Job.objects.get().params["wanted"]["name"] == "Rotterdam Zuid"


def test_saving_nothing_is_refused(edit: Walk, alder: Office) -> None:
    edit.post(connection=alder.amsterdam.pk)
    shown = edit.post(**given(alder.amsterdam))
    assert "Nothing is changed yet." in shown
    assert not Job.objects.exists()


def test_its_own_name_is_not_taken_but_others_are(edit: Walk, alder: Office) -> None:
    edit.post(connection=alder.amsterdam.pk)
    assert "There is a connection named rotterdam already." in edit.post(
        **given(alder.amsterdam, name="rotterdam")
    )
    edit.post(**given(alder.amsterdam, name="AMSTERDAM"))
    assert edit.step == "review"


def test_another_account_needs_its_password(edit: Walk, alder: Office) -> None:
    edit.post(connection=alder.amsterdam.pk)
    shown = edit.post(**given(alder.amsterdam, ad_username="other@corp.example"))
    assert "Enter the password of the new account." in shown


def test_a_new_password_is_not_lost_by_an_error_elsewhere(edit: Walk, alder: Office) -> None:
    """Or the corrected form would be saved without it, and nobody would know."""
    edit.post(connection=alder.amsterdam.pk)
    shown = edit.post(**given(alder.amsterdam, name="", ad_password=PASSWORD))
    assert "Type it again. It is never sent back to this page." in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("health", ["running", "pending"])
def test_not_while_a_health_check_runs(
    edit: Walk, client: Client, alder: Office, health: str
) -> None:
    NetworkConnection.objects.filter(pk=alder.rotterdam.pk).update(health=health)
    shown = page(client, alder.url("w365-connection-edit", "connection"))
    assert "A health check is running, and Windows 365 changes nothing meanwhile." in shown
    shown = edit.post(connection=alder.rotterdam.pk)
    assert edit.step == "connection"
    assert "Rotterdam: A health check is running" in shown


def test_a_check_that_begins_during_the_edit_is_noticed(edit: Walk, alder: Office) -> None:
    edit.post(connection=alder.rotterdam.pk)
    edit.post(**given(alder.rotterdam, name="Rotterdam Zuid"))
    NetworkConnection.objects.filter(pk=alder.rotterdam.pk).update(health="running")
    shown = edit.post()
    assert edit.step == "connection"
    assert "A health check is running" in shown
    assert not Job.objects.exists()


def test_a_refused_edit_is_changed_and_tried_again(
    edit: Walk, client: Client, alder: Office
) -> None:
    edit.post(connection=alder.amsterdam.pk)
    edit.post(**given(alder.amsterdam, name="Amsterdam Oost"))
    edit.post()
    fail(alder.amsterdam, "The property 'displayName' was refused.")
    shown = page(client, alder.amsterdam.get_absolute_url())
    assert "The last change did not go through." in shown
    shown = again(edit, client, alder.amsterdam, alder.url("w365-connection-edit"))
    assert edit.step == "detail"
    assert "The property 'displayName' was refused." in shown
    edit.post(**given(alder.amsterdam, name="Amsterdam Noord"))
    edit.post()
    assert Job.objects.latest("pk").params["wanted"]["name"] == "Amsterdam Noord"


def test_a_failed_check_is_no_refused_edit(edit: Walk, client: Client, alder: Office) -> None:
    """Though an edit went through before it."""
    edit.post(connection=alder.amsterdam.pk)
    edit.post(**given(alder.amsterdam, name="Amsterdam Oost"))
    edit.post()
    Job.objects.update(state="succeeded", next_run_at=None, finished_at=timezone.now())
    services.run_health_check(alder.admin, alder.amsterdam)
    fail(alder.amsterdam, "The health check did not end.")
    shown = page(client, alder.amsterdam.get_absolute_url())
    assert "The health check did not end." in shown
    assert "Change and try again" not in shown
    answer = client.post(
        alder.url("w365-connection-edit"), {"again": str(WizardDraft.objects.get().pk)}
    )
    assert answer["Location"] == alder.amsterdam.get_absolute_url()


def test_another_tenants_connection_is_no_choice(edit: Walk) -> None:
    foreign = connection(factories.tenant(), "Foreign")
    shown = edit.post(connection=foreign.pk)
    assert "That connection is not one of this tenant's." in shown
    assert "Foreign" not in shown
