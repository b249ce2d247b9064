"""Connections as an admin sees them: the list, one with its checks, and what can be done to it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from tenants.models import AuditEvent, TenantRole
from tests import factories
from tests.w365.policies_scene import Office, connection, office, page, policy, signed_in
from w365 import services
from w365.models import NetworkConnection, Windows365
from w365.standing import checks_of

LIVE = {"HX-Request": "true", "HX-Target": "live"}
SECRET = "Never-On-A-Page-77"  # the password of every row of the scene


@pytest.fixture(autouse=True)
def _http(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def alder() -> Office:
    return office()


@pytest.fixture
def client(alder: Office) -> Client:
    return signed_in(alder.admin)


def plain(shown: str) -> str:
    """Without the markup."""
    return re.sub(r"<[^>]+>", "", shown)


def check(name: str, status: str = "passed", error_type: str = "", **more: str) -> dict[str, str]:
    told = {"detail": "", "recommended_action": "", "finished_at": "2026-03-01T10:00:00+00:00"}
    return {"name": name, "status": status, "error_type": error_type, **told, **more}


def change(row: NetworkConnection, **fields: Any) -> None:
    NetworkConnection.objects.filter(pk=row.pk).update(**fields)


def end(row: NetworkConnection, state: str = "failed", **fields: Any) -> None:
    """The newest job on the row has ended."""
    Job.objects.filter(subject_id=row.pk).update(
        state=state, next_run_at=None, finished_at=timezone.now(), **fields
    )


# The list


def test_the_list_says_what_matters(client: Client, alder: Office) -> None:
    site = factories.site(alder.tenant, "Harbour")
    change(alder.amsterdam, site=site)
    policy(alder.tenant, "Dentists", connection_id=alder.amsterdam.graph_id)
    shown = page(client, alder.url("w365-connection-list"))
    for words in ("Amsterdam", "Entra hybrid join", "Harbour, westeurope", "vnet / desktops",
                  "Checks successful", "2 policies", "Dentists, Reception", "Rotterdam",
                  "Checks successful with warnings", "no policy", "Run Health Check"):  # fmt: skip
        assert words in shown, words
    assert SECRET not in shown


def test_the_list_as_a_file(client: Client, alder: Office) -> None:
    answer = client.get(alder.url("w365-connection-list") + "?export=csv")
    text = b"".join(getattr(answer, "streaming_content", ())).decode()
    assert "Amsterdam,Microsoft Entra hybrid join" in text
    assert "Checks successful" in text
    assert SECRET not in text


def test_the_list_is_searched_and_filtered(client: Client, alder: Office) -> None:
    url = alder.url("w365-connection-list")
    assert "Rotterdam" not in page(client, f"{url}?q=amster")
    assert "Amsterdam" not in page(client, f"{url}?health=warning")
    assert "Nothing matches." in page(client, f"{url}?q=<script>")


def test_what_cannot_be_done_says_why(client: Client, alder: Office) -> None:
    change(alder.rotterdam, health="running")
    shown = plain(page(client, alder.url("w365-connection-list")))
    assert "Edit: A health check is running" in shown
    assert "Run Health Check: A health check is running" in shown
    assert "Delete Amsterdam: It is used by Reception. Give these policies another" in shown


def test_a_reader_is_told_that_his_role_does_not_allow_it(alder: Office) -> None:
    reader = signed_in(factories.member(alder.tenant, TenantRole.Role.READER))
    shown = plain(page(reader, alder.url("w365-connection-list")))
    assert "Create Connection: Your role in this tenant does not allow it." in shown
    assert "Edit: Your role in this tenant does not allow it." in shown


def test_an_empty_list_says_what_to_do_first(alder: Office) -> None:
    tenant = factories.tenant(alder.tenant.organization)
    url = alder.url("w365-connection-list").replace(f"/{alder.tenant.pk}/", f"/{tenant.pk}/")
    shown = page(signed_in(alder.admin), url)
    assert "This tenant has no connection yet." in shown
    assert "Windows 365 of this tenant has not been read yet." in shown


def test_the_tabs_lead_through_windows_365(client: Client, alder: Office) -> None:
    shown = page(client, alder.url("w365-connection-list"))
    for name in ("w365-image-list", "w365-policy-list"):
        assert f'href="{alder.url(name)}"' in shown
    for name in ("w365-connection-new", "w365-connection-edit", "w365-image-new"):
        assert f'href="{alder.url(name)}"' in shown, "the menu Config Actions"


# How the tenant stands


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"licences": 3, "assigned_users": 7}, "7 users are assigned, and there are 3 licences."),
        ({"licences": 3, "assigned_users": 7}, "buy 4 more Windows 365 licences"),
        ({"licences": 1, "assigned_users": 2}, "and there is 1 licence."),
        ({"licences": 1, "assigned_users": 2}, "One of them gets no Cloud PC"),
        ({"licences": 0}, "This tenant has no Windows 365 licence."),
        ({"error_text": "Spot PC's app lacks CloudPC.ReadWrite.All."}, "lacks CloudPC.ReadWrite"),
        ({"error_text": "Microsoft is down."}, "What you see is"),
        ({"error_text": "Microsoft is down.", "read_at": None}, "It has never been read."),
        ({"read_at": None}, "Windows 365 of this tenant has not been read yet."),
    ],
)
def test_how_the_tenant_stands_with_windows_365(
    client: Client, alder: Office, fields: dict[str, Any], words: str
) -> None:
    Windows365.objects.update(**fields)
    for url in (alder.url("w365-connection-list"), alder.amsterdam.get_absolute_url(),
                alder.url("w365-image-list"), alder.custom.get_absolute_url()):  # fmt: skip
        assert words in page(client, url), url


def test_a_tenant_in_order_is_not_bothered(client: Client, alder: Office) -> None:
    shown = page(client, alder.url("w365-connection-list"))
    assert "licence" not in shown
    assert "could not be read" not in shown


def test_without_a_licence_nothing_is_created(client: Client, alder: Office) -> None:
    Windows365.objects.update(licences=0)
    for thing in ("connection", "image"):
        shown = page(client, alder.url(f"w365-{thing}-list"))
        assert "The tenant has no Windows 365 licence" in shown
        answer = client.get(alder.url(f"w365-{thing}-new"))
        assert answer["Location"] == alder.url(f"w365-{thing}-list")


# One connection


def test_each_check_with_what_it_means_and_what_to_do(client: Client, alder: Office) -> None:
    change(alder.amsterdam, health="failed", checks=[
        check("Endpoint connectivity"),
        check("Domain join", "failed", "adJoinCheckIncorrectCredentials", detail="0x8007052e",
              recommended_action="Reset <it>."),
        check("Device sync", "warning", "azureAdDeviceSyncCheckLongSyncCircle"),
        check("Tomorrow's check", "failed", "quantumCheckEntangled", detail="Decoherence"),
    ])  # fmt: skip
    shown = page(client, alder.amsterdam.get_absolute_url())
    for words in ("Domain join", "The user name or the password is wrong.",
                  "No new Cloud PC can be made over this connection",
                  "Check the account, its password and its rights", "0x8007052e",
                  "Microsoft Entra Connect syncs too seldom.", "Reset <it>.",
                  "adJoinCheckIncorrectCredentials", "Spot PC does not know this check.",
                  "Decoherence", "1 Mar", "Checks failed"):  # fmt: skip
        assert words in shown, words
    assert shown.index("Domain join") < shown.index("Device sync")
    assert shown.index("Device sync") < shown.index("Endpoint connectivity")


def test_graphs_words_are_no_markup(client: Client, alder: Office) -> None:
    change(alder.amsterdam, checks=[check("<i>x</i>", "failed", detail="<script>1</script>")])
    raw = client.get(alder.amsterdam.get_absolute_url()).content.decode()
    assert "<script>1" not in raw
    assert "<i>x</i>" not in raw


def test_a_check_with_nothing_in_it_does_no_harm(client: Client, alder: Office) -> None:
    change(alder.amsterdam, checks=[{}, {"status": "failed", "finished_at": None}])
    shown = page(client, alder.amsterdam.get_absolute_url())
    assert "Look at the connection in the Intune admin center." in shown


def test_its_facts_and_who_uses_it(client: Client, alder: Office) -> None:
    shown = page(client, alder.amsterdam.get_absolute_url())
    for words in ("corp.example", "join@corp.example", "Microsoft has it; Spot PC does not.",
                  "rg-desktops", "vnet", "the domain's default"):  # fmt: skip
        assert words in shown, words
    assert f'href="{alder.policy.get_absolute_url()}"' in shown
    assert SECRET not in shown
    assert "No provisioning policy uses it" in page(client, alder.rotterdam.get_absolute_url())


def test_a_health_check_runs_and_is_seen_live(client: Client, alder: Office) -> None:
    url = alder.url("w365-connection-check", alder.amsterdam.pk)
    done = client.post(url, follow=True).content.decode()
    assert "The health check of Amsterdam has been asked for." in done
    job = Job.objects.get()
    assert (job.kind, job.subject_id) == (services.CONNECTION_CHECK, alder.amsterdam.pk)
    Job.objects.update(waiting_for="Windows 365 checks: Endpoint connectivity")
    change(alder.amsterdam, health="running", checks=[check("Endpoint", "running", finished_at="")])
    part = page(client, alder.amsterdam.get_absolute_url(), **LIVE)
    assert "<html" not in part
    for words in ("every 3s", "Run the health check", "Windows 365 checks: Endpoint connectivity",
                  "Running", "Health check running"):  # fmt: skip
        assert words in part, words
    end(alder.amsterdam, "succeeded")
    change(alder.amsterdam, health="passed", checks=[check("Endpoint")])
    part = page(client, alder.amsterdam.get_absolute_url(), **LIVE)
    assert "hx-trigger" not in part
    assert "Checks successful" in part


def test_a_check_that_microsoft_began_is_looked_at_less_often(
    client: Client, alder: Office
) -> None:
    change(alder.amsterdam, health="pending")
    assert "every 15s" in page(client, alder.amsterdam.get_absolute_url())


def test_a_second_check_is_refused_with_the_reason(client: Client, alder: Office) -> None:
    url = alder.url("w365-connection-check", alder.amsterdam.pk)
    client.post(url)
    again = client.post(url, follow=True).content.decode()
    assert "is running. Wait until it has ended." in again
    assert Job.objects.count() == 1


def test_the_page_of_one_that_is_gone_leads_to_the_list(client: Client, alder: Office) -> None:
    url = alder.rotterdam.get_absolute_url()
    alder.rotterdam.delete()
    answer = client.get(url, headers=LIVE)
    assert answer["HX-Redirect"] == alder.url("w365-connection-list")
    assert client.get(url).status_code == 404


# Delete


def test_delete_asks_first_and_says_what_is_lost(client: Client, alder: Office) -> None:
    url = alder.url("w365-connection-delete", alder.rotterdam.pk)
    asked = page(client, url)
    assert "Delete Rotterdam?" in asked
    assert "no Cloud PC can be provisioned over it any more" in asked
    assert not Job.objects.exists()
    done = client.post(url, follow=True).content.decode()
    assert "Rotterdam is being deleted." in done
    assert Job.objects.get().kind == services.CONNECTION_DELETE
    assert AuditEvent.objects.get().action == "w365_connection.delete"


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_in_use_is_not_deleted_and_the_policies_are_named(
    client: Client, alder: Office, method: str
) -> None:
    url = alder.url("w365-connection-delete", alder.amsterdam.pk)
    answer = getattr(client, method)(url, follow=True)
    assert "It is used by Reception." in answer.content.decode()
    assert not Job.objects.exists()


# What was never created


def created(alder: Office, name: str = "Delft") -> NetworkConnection:
    choices = services.ConnectionChoices(name, factories.site(alder.tenant), "azureADJoin")
    return services.create_connection(alder.admin, alder.tenant, choices)


def test_one_on_its_way(client: Client, alder: Office) -> None:
    row = created(alder)
    shown = page(client, row.get_absolute_url())
    assert "Being created" in shown
    assert "Save the connection" in shown
    assert "Being created" in page(client, alder.url("w365-connection-list"))


def test_one_that_came_to_nothing(client: Client, alder: Office) -> None:
    row = created(alder)
    end(row, error_text="Windows 365 refused it.", error_remedy="Choose another name.")
    shown = page(client, row.get_absolute_url())
    for words in ("Not created", "It was not created.", "Windows 365 refused it.",
                  "What to do: Choose another name.", "What was done, step by step"):  # fmt: skip
        assert words in shown, words
    assert "Change and try again" not in shown, "no wizard made it, so none can be opened again"
    listed = page(client, alder.url("w365-connection-list"))
    assert "Not created" in listed
    assert "Windows 365 refused it." in listed


# Who may


def test_rows_of_others_are_not_found(client: Client, alder: Office) -> None:
    foreign = connection(factories.tenant(), "Foreign")
    for name in ("w365-connection", "w365-connection-delete"):
        assert client.get(alder.url(name, foreign.pk)).status_code == 404
    assert client.post(alder.url("w365-connection-check", foreign.pk)).status_code == 404
    assert client.get(foreign.get_absolute_url()).status_code == 404
    assert "Foreign" not in page(client, alder.url("w365-connection-list"))
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("role", "answer"), [(TenantRole.Role.READER, 403), (TenantRole.Role.CONTRIBUTOR, 302)]
)
def test_what_a_role_does_not_allow_is_forbidden(alder: Office, role: str, answer: int) -> None:
    member = signed_in(factories.member(alder.tenant, role))
    check_url = alder.url("w365-connection-check", alder.amsterdam.pk)
    assert member.post(check_url).status_code == answer
    assert member.get(alder.url("w365-connection-new")).status_code == answer
    assert member.get(alder.url("w365-connection-delete", alder.rotterdam.pk)).status_code == 403
    assert page(member, alder.amsterdam.get_absolute_url())


# The words for a check


def test_urgent_checks_come_first() -> None:
    row = NetworkConnection(checks=[
        check("a"), check("b", "informational"), check("c", "pending"), check("d", "unheard-of"),
        check("e", "running"), check("f", "warning"), check("g", "failed"),
    ])  # fmt: skip
    assert "".join(each.name for each in checks_of(row)) == "gfecbda"
