"""Provisioning policies: the list, a policy's page, newer values, and deleting one."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job
from tenants.models import AuditEvent
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, Walk, page, signed_in
from tests.web.test_markup import check
from w365 import services
from w365.models import ProvisioningPolicy, Reprovisioning, Windows365

LIVE = {"HX-Request": "true", "HX-Target": "live"}


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def office() -> Office:
    return scene.office()


@pytest.fixture
def client(office: Office) -> Client:
    return signed_in(office.admin)


@pytest.fixture
def reader(office: Office) -> Client:
    return signed_in(factories.member(office.tenant, "reader"))


def job(of: ProvisioningPolicy, state: str, kind: str = services.POLICY_SAVE, **fields: Any) -> Job:
    active = state in Job.ACTIVE
    return Job.objects.create(
        tenant=of.tenant,
        kind=kind,
        subject_type=ContentType.objects.get_for_model(of),
        subject_id=of.pk,
        subject_name=of.name,
        state=state,
        next_run_at=timezone.now() if active else None,
        finished_at=None if active else timezone.now(),
        created_by="ben@provider.example",
        **fields,
    )


def row(shown: str, name: str) -> str:
    """The table row with this name, without its markup."""
    rows = re.findall(r"<tr role=\"row\".*?</tr>", shown, re.DOTALL)
    return text(next(each for each in rows if f">{name}</a>" in each))


def text(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


# The list


def test_the_list_says_what_each_policy_is_made_of(client: Client, office: Office) -> None:
    scene.policy(office.tenant, "Board", region_name="westeurope")
    scene.policy(factories.tenant(office.tenant.organization), "Somebody else's")
    shown = page(client, office.url("w365-policy-list"))
    reception = row(shown, "Reception")
    for words in (
        "Gallery Image", "Windows 11 Enterprise + Microsoft 365 Apps 24H2", "Usable until",
        "Amsterdam", "Checks successful", "Staff", " 3 ", "2 1 not on its image",
    ):  # fmt: skip
        assert words in reception, words
    board = row(shown, "Board")
    for words in ("Microsoft hosted network, westeurope, European Union", "none"):
        assert words in board, words
    assert "not on its image" not in board
    assert "Somebody else's" not in shown


def test_images_that_are_no_longer_usable_stand_out(client: Client, office: Office) -> None:
    tenant, past = office.tenant, timezone.localdate() - timedelta(days=3)
    expired = scene.gallery_image(tenant, "expired", "Windows 10 20H2", expires_on=past)
    failed = scene.device_image(
        tenant, "Dental", "1.0.1", "failed", error_text="Sysprep did not finish in it."
    )
    cases = {
        "Expired": ("gallery", expired.graph_id, "No longer available since"),
        "Failed": ("custom", failed.graph_id, "Sysprep did not finish in it."),
        "Gone": ("gallery", "long-gone", "Windows 365 does not list it any more"),
    }
    for name, (kind, image, _) in cases.items():
        scene.policy(tenant, name, image_type=kind, image_id=image, image_name="Its image")
    scene.policy(tenant, "Well", image_type="custom", image_id=office.custom.graph_id)
    unsure = scene.device_image(tenant, "Odd", os_status="unknown")
    scene.policy(tenant, "Odd", image_type="custom", image_id=unsure.graph_id)
    shown = page(client, office.url("w365-policy-list"))
    assert "Support not known" in row(shown, "Odd")
    for name, (_, _, words) in cases.items():
        assert words in row(shown, name), name
        assert "Not usable" in row(shown, name)
    assert "Not usable" not in row(shown, "Well")
    assert "Dental 1.0.2" in row(shown, "Well"), "a custom image with its version"


def test_users_assigned_are_counted_as_far_as_that_is_known(client: Client, office: Office) -> None:
    tenant, both = office.tenant, scene.group(office.tenant, "Doctors", 4)
    scene.policy(tenant, "Two", group_ids=[office.staff.graph_id, both.graph_id])
    scene.policy(tenant, "Unread", group_ids=[office.guests.graph_id])
    scene.policy(tenant, "Lost", group_ids=["no-such-group"])
    shown = page(client, office.url("w365-policy-list"))
    assert "up to 7" in row(shown, "Two"), "somebody may be in both"
    assert "Guests – 0" in row(shown, "Unread")
    assert "A group not found in Entra ID (no-such-group) – 0" in row(shown, "Lost")


def test_each_action_is_there_or_says_why_not(
    client: Client, reader: Client, office: Office
) -> None:
    idle = scene.policy(office.tenant, "Idle")
    busy = scene.policy(office.tenant, "Busy")
    job(busy, "waiting")
    scene.policy(office.tenant, "Frontline", provisioning_type="shared")
    shown = page(client, office.url("w365-policy-list"))
    edit = f"{office.url('w365-policy-edit')}?policy="
    assert f'href="{edit}{office.policy.pk}"' in shown
    assert f'href="{edit}{busy.pk}"' not in shown
    assert "is running. Wait until it has ended." in row(shown, "Busy")
    assert "Spot PC edits policies for dedicated Cloud PCs only" in row(shown, "Frontline")
    assert "It is assigned to a group." in row(shown, "Reception")
    assert "It has no Cloud PCs." in row(shown, "Idle")
    assert f'href="{office.url("w365-policy-delete", idle.pk)}"' in shown
    seen = page(reader, office.url("w365-policy-list"))
    assert "Your role in this tenant does not allow it." in row(seen, "Idle")
    assert edit not in seen
    assert f'href="{office.url("w365-policy-new")}"' in shown


def test_the_list_can_be_searched_sorted_and_taken_away(client: Client, office: Office) -> None:
    scene.policy(office.tenant, "Board", image_type="custom", image_name="Dental")
    url = office.url("w365-policy-list")
    assert ">Reception</a>" not in page(client, f"{url}?q=dental")
    assert ">Board</a>" not in page(client, f"{url}?image_type=gallery")
    shown = page(client, f"{url}?sort=-cloud_pcs")
    assert shown.index(">Reception</a>") < shown.index(">Board</a>")
    answer: Any = client.get(f"{url}?export=csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,Image,Connection,Groups,Users assigned,Cloud PCs"
    assert lines[2] == (
        "Reception,Gallery Image: Windows 11 Enterprise + Microsoft 365 Apps 24H2,Amsterdam,Staff,"
        '3,"2, 1 not on its image"'
    )


def test_an_empty_list_says_what_to_do_first(client: Client, office: Office) -> None:
    ProvisioningPolicy.objects.all().delete()
    assert "no provisioning policy yet. Create one" in page(client, office.url("w365-policy-list"))


def test_more_policies_cost_no_more_queries(client: Client, office: Office) -> None:
    url = office.url("w365-policy-list")

    def cost() -> int:
        page(client, url)
        with CaptureQueriesContext(database) as queries:
            page(client, url)
        return len(queries)

    few = cost()
    for number in range(5):
        more = scene.policy(
            office.tenant, f"More {number}", group_ids=[office.guests.graph_id],
            image_type="custom", image_id=office.custom.graph_id,
        )  # fmt: skip
        scene.cloud_pc(more, "somebody@alder.example", image_name="Other")
        job(more, "failed")
    assert cost() == few


# One policy


def test_a_policys_page_shows_image_connection_groups_and_cloud_pcs(
    client: Client, office: Office
) -> None:
    scene.cloud_pc(office.policy, "cleo@alder.example", status="inGracePeriod",
                   grace_until=timezone.now() + timedelta(days=3))  # fmt: skip
    scene.cloud_pc(office.policy, "dirk@alder.example", status="failed", image_name="",
                   status_detail="No licence.")  # fmt: skip
    other = scene.policy(office.tenant, "Another")
    scene.cloud_pc(other, "eva@alder.example")
    shown = text(page(client, office.page))
    for words in (
        "Front desks", "Gallery Image Windows 11 Enterprise + Microsoft 365 Apps 24H2",
        "Microsoft Entra hybrid join", "Staff 3", "1 of 4 Cloud PCs is not on this policy's image.",
        "amira@alder.example Windows 365 Enterprise 2 vCPU, 8 GB, 128 GB", "Same as the policy",
        "Windows 10 Enterprise 22H2 Another image", "In grace period until", "Failed No licence.",
        "not told by Windows 365", office.policy.graph_id,
    ):  # fmt: skip
        assert words in shown, words
    assert "eva@alder.example" not in shown


def test_what_runs_on_a_policy_is_shown_and_renews_itself(client: Client, office: Office) -> None:
    assert "data-poll" not in page(client, office.page).split('id="live"')[1][:80]
    running = job(office.policy, "waiting", waiting_for="Microsoft Graph asks to slow down")
    shown = live(client, office)
    assert "data-poll" in shown
    assert "Being saved" in shown
    assert "Microsoft Graph asks to slow down" in shown
    assert office.url("job-detail", running.pk) in shown
    assert "<html" not in shown
    Job.objects.update(state="succeeded", next_run_at=None, finished_at=timezone.now())
    over = client.get(office.page, headers=LIVE)
    assert over["HX-Refresh"] == "true", "the rest of the page says other things now, too"
    ProvisioningPolicy.objects.filter(pk=office.policy.pk).delete()
    gone = client.get(office.page, headers=LIVE)
    assert gone["HX-Redirect"] == office.url("w365-policy-list")
    assert client.get(office.page).status_code == 404


def live(client: Client, office: Office) -> str:
    return page(client, office.page, **LIVE)


def test_changes_made_from_here_are_listed(client: Client, office: Office) -> None:
    base = services.spec_of(office.policy)
    wanted = replace(base, image_id=office.new.graph_id, image_name=office.new.name, group_ids=())
    params = {"wanted": asdict(wanted), "base": asdict(base)}
    job(office.policy, "succeeded", params={"wanted": asdict(base), "base": None})
    job(office.policy, "succeeded", params=params)
    shown = text(page(client, office.page).split('id="history-title"')[1])
    assert "Created" in shown
    assert "Apps 24H2 → Windows 11 Enterprise + Microsoft 365 Apps 25H2" in shown
    assert "Groups: Staff → none" in shown
    assert "ben@provider.example" in shown


def test_runs_that_brought_cloud_pcs_over_are_listed(client: Client, office: Office) -> None:
    def run(**fields: Any) -> Reprovisioning:
        return Reprovisioning.objects.create(
            tenant=office.tenant, policy=office.policy, policy_name="Reception",
            image_id="an-image", starts_at=timezone.now(), created_by="ben@provider.example",
            **fields,
        )  # fmt: skip

    run(image_name="Windows 11 23H2", outcome="succeeded", finished_at=timezone.now())
    assert "Brought over" in page(client, office.page)
    going_on = run(image_name="Windows 11 24H2")
    shown = page(client, office.page)
    assert "Its Cloud PCs are being brought over to Windows 11 24H2." in shown
    assert f'href="{going_on.get_absolute_url()}"' in shown
    assert "not on this policy's image" not in shown
    assert "See progress" in row(page(client, office.url("w365-policy-list")), "Reception")


def test_a_failed_save_says_why_and_what_to_do(
    client: Client, reader: Client, office: Office
) -> None:
    job(office.policy, "failed", error_code="graph-scope-missing",
        error_text="Spot PC's app lacks a Microsoft Graph permission: CloudPC.ReadWrite.All.",
        error_remedy="Grant it.")  # fmt: skip
    shown = text(page(client, office.page))
    assert "The last change did not go through." in shown
    assert (
        "lacks a Microsoft Graph permission: CloudPC.ReadWrite.All. What to do: Grant it." in shown
    )
    assert "lacks a Microsoft Graph permission" in page(reader, office.page)
    never = scene.policy(office.tenant, "Never", graph_id="")
    job(never, "failed", error_text="There is one of that name.")
    shown = text(page(client, never.get_absolute_url()))
    assert "It was not created. There is one of that name." in shown
    assert "Not created" in row(page(client, office.url("w365-policy-list")), "Never")


def test_the_licence_overrun_is_told(client: Client, office: Office) -> None:
    Windows365.objects.update(assigned_users=14)
    for url in (office.page, office.url("w365-policy-list")):
        assert "14 users are assigned, and there are 10 licences." in page(client, url)


def test_a_policy_is_not_there_under_another_tenant(client: Client, office: Office) -> None:
    theirs = scene.policy(factories.tenant(office.tenant.organization), "Theirs")
    assert client.get(theirs.get_absolute_url()).status_code == 200
    for name in ("w365-policy", "w365-policy-delete"):
        assert client.get(office.url(name, theirs.pk)).status_code == 404
    assert client.post(office.url("w365-policy-dismiss", theirs.pk)).status_code == 404


def test_the_pages_keep_the_rules_of_every_page(client: Client, office: Office) -> None:
    conflict(office.policy)
    job(scene.policy(office.tenant, "Never", graph_id=""), "failed", error_text="No.")
    wizard = Walk(client, f"{office.url('w365-policy-edit')}?policy={office.policy.pk}")
    config = wizard.post(policy=office.policy.pk)
    create = Walk(client, office.url("w365-policy-new"))
    create.post(network=office.amsterdam.graph_id)
    for url in (
        office.url("w365-policy-list"), office.page, *wizard.at.values(), *create.at.values(),
        office.url("w365-policy-delete", scene.policy(office.tenant, "Idle").pk),
    ):  # fmt: skip
        check(client.get(url).content.decode())
    assert "Edit Configurations" in config


# Newer values in Windows 365


def conflict(of: ProvisioningPolicy) -> Job:
    differences = [["Description", "Front desks, all sites", "Reception <b>desks</b>"]]
    return job(of, "failed", error_code="policy-changed", error_text="Somebody changed it.",
               facts={"conflict": differences})  # fmt: skip


def test_newer_values_are_shown_beside_ones_own(
    client: Client, reader: Client, office: Office
) -> None:
    conflict(office.policy)
    markup = client.get(office.page).content.decode()
    assert "Reception &lt;b&gt;desks&lt;/b&gt;" in markup
    shown = text(markup)
    assert "An edit was not saved: somebody changed this policy in Windows 365 meanwhile." in shown
    assert "Field Yours Now in Windows 365 Description Front desks, all sites" in shown
    assert "Nothing was overwritten." in shown
    assert "The last change did not go through." not in shown, "told once"
    assert f'href="{office.url("w365-policy-edit")}?policy={office.policy.pk}"' in markup
    seen = page(reader, office.page)
    assert "An edit was not saved" in seen
    assert office.url("w365-policy-dismiss", office.policy.pk) not in seen
    assert reader.post(office.url("w365-policy-dismiss", office.policy.pk)).status_code == 403


def test_the_notice_goes_when_it_is_dismissed(client: Client, office: Office) -> None:
    conflict(office.policy)
    answer = client.post(office.url("w365-policy-dismiss", office.policy.pk), follow=True)
    assert answer.redirect_chain == [(office.page, 302)]
    assert "An edit was not saved" not in answer.content.decode()
    assert AuditEvent.objects.get().action == "w365_policy.dismiss_conflict"
    client.post(office.url("w365-policy-dismiss", office.policy.pk))
    assert AuditEvent.objects.count() == 1


# Deleting


def test_deleting_asks_and_then_starts_a_job(client: Client, office: Office) -> None:
    idle = scene.policy(office.tenant, "Idle")
    url = office.url("w365-policy-delete", idle.pk)
    asked = page(client, url)
    assert "Delete Idle?" in asked
    assert "No Cloud PC can be provisioned or reprovisioned from it any more." in asked
    answer = client.post(url, follow=True)
    assert "Idle is being deleted." in answer.content.decode()
    running = active_job(idle)
    assert running is not None
    assert running.kind == services.POLICY_DELETE
    assert AuditEvent.objects.get().subject == "Idle"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_policy_in_use_is_not_deleted(client: Client, office: Office, method: str) -> None:
    cases = {
        office.policy: "It is assigned to a group. Edit it and remove the groups first.",
        scene.policy(office.tenant, "With Cloud PCs"): "It still has 1 Cloud PC.",
        scene.policy(office.tenant, "Busy"): "is running. Wait until it has ended.",
    }
    _, with_pcs, busy = cases
    scene.cloud_pc(with_pcs, "eva@alder.example")
    job(busy, "waiting")
    for policy, words in cases.items():
        url = office.url("w365-policy-delete", policy.pk)
        answer = getattr(client, method)(url, follow=True)
        assert answer.redirect_chain == [(policy.get_absolute_url(), 302)]
        assert words in answer.content.decode().replace("&#x27;", "'"), policy
    assert not Job.objects.filter(kind=services.POLICY_DELETE).exists()
    assert AuditEvent.objects.count() == 0


def test_what_never_came_to_be_is_only_an_entry_here(client: Client, office: Office) -> None:
    never = scene.policy(office.tenant, "Never", graph_id="", group_ids=[office.staff.graph_id])
    job(never, "failed", error_text="There is one of that name.")
    asked = page(client, office.url("w365-policy-delete", never.pk))
    assert "In Windows 365 it was never created." in asked
