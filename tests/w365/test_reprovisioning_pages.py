"""A run's page in every state, its buttons, who may press them, and the page before Cancel."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.kinds import kind_of
from spotpc.jobs.models import Job, JobEvent
from tenants.models import AuditEvent
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365 import reprovision_scene as runs
from tests.w365.policies_scene import Office, page, signed_in
from w365.models import ProvisioningPolicy, Reprovisioning
from w365.reprovision.actions import Phase
from w365.reprovision.services import REPROVISION

LIVE = {"HX-Request": "true", "HX-Target": "live"}
POSTS = ("cancel", "pause", "resume", "try-again")
NOT_ALLOWED = "Your role in this tenant does not allow it."


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


def text(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def shown(client: Client, run: Reprovisioning) -> str:
    return page(client, run.get_absolute_url())


def words(client: Client, run: Reprovisioning) -> str:
    return text(shown(client, run))


def row(client: Client, run: Reprovisioning, user: str) -> str:
    """The table row of this user, without its markup."""
    rows = re.findall(r"<tr role=\"row\".*?</tr>", shown(client, run), re.DOTALL)
    return text(next(each for each in rows if user in each))


def act(client: Client, run: Reprovisioning, name: str, **given: str) -> str:
    url = f"{run.get_absolute_url()}{name}/"
    return text(client.post(url, given, follow=True).content.decode())


# What stands there while it runs


def test_before_it_starts(client: Client, office: Office) -> None:
    at = timezone.now() + timedelta(hours=5)
    run = runs.run(
        office.policy, starts_at=at,
        waiting_for=f"Ring 1 begins at {at:%Y-%m-%d %H:%M} UTC; its 1 user will be told soon.",
    )  # fmt: skip
    runs.row(run, "amira@alder.example")
    said = words(client, run)
    for each in ("Scheduled for", "0 of 1", "its 1 user will be told", "Ring 1 Waiting", "Planned"):
        assert each in said, each
    assert "so far" not in said
    assert f"{at:%Y-%m-%d %H:%M} UTC;" not in said, "in the viewer's zone, not in UTC"


def test_users_who_were_told(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    runs.row(run, "amira@alder.example", Phase.TOLD)
    assert "Ring 1 Users told" in words(client, run)
    told = row(client, run, "amira@alder.example")
    assert "User told Not wiped before" in told
    Reprovisioning.objects.update(message="", sender="")
    assert "not told" in row(client, run, "amira@alder.example")
    assert "Users told nobody" in words(client, run)


def test_while_it_runs(client: Client, office: Office) -> None:
    run = runs.run(office.policy, waiting_for="Windows 365 is reprovisioning 1 Cloud PC: CPC-b.")
    runs.row(run, "amira@alder.example", Phase.DONE)
    runs.row(run, "bram@alder.example", Phase.REPROVISIONING, ring=2)
    runs.row(run, "carla@alder.example", Phase.AGAIN, ring=2, note="There was an <i>error</i>.")
    runs.row(run, "daan@alder.example", Phase.PLANNED, ring=3)
    runs.row(run, "eva@alder.example", Phase.EXCLUDED, note="Chosen to be left out.")
    runs.row(run, "fleur@alder.example", Phase.SKIPPED, ring=2)
    said = words(client, run)
    for each in (
        "Bringing over", "1 of 5", "Windows 365 is reprovisioning 1 Cloud PC", "so far.",
        "Ring 1 Done 1 of 1", "Ring 2 Under way 0 of 3", "Ring 3 Waiting 0 of 1",
        "Under way 1 Waiting 2 Failed 0", "Skipped or left out 2",
        "CPC-eva, eva@alder.example Chosen to be left out.", runs.MESSAGE, runs.SENDER,
        "Begun for Reception.",
    ):  # fmt: skip
        assert each in said, each
    assert "CPC-amira → is now CPC-amira-new" in row(client, run, "amira@")
    assert "Reprovisioning" in row(client, run, "bram@")
    assert "Windows 10 Enterprise 22H2" in row(client, run, "bram@")
    assert "It is in its grace period." in row(client, run, "fleur@")
    raw = client.get(run.get_absolute_url()).content.decode()
    assert "<i>error" not in raw
    assert f'href="{office.page}"' in raw


def test_it_renews_itself_until_it_has_ended(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    runs.row(run, "amira@alder.example", Phase.DONE)
    part = page(client, run.get_absolute_url(), **LIVE)
    assert "<html" not in part
    assert "data-poll" in part
    Reprovisioning.objects.update(outcome="succeeded", finished_at=timezone.now())
    part = page(client, run.get_absolute_url(), **LIVE)
    assert "data-poll" not in part
    assert "Nothing is left to do." in part


def test_trouble_with_graph_is_told_before_anything_else(client: Client, office: Office) -> None:
    trouble = {"waiting_for": "The app lacks CloudPC.ReadWrite.All. Grant it."}
    run = runs.run(office.policy, waiting_for="Ring 1 begins.", job=trouble)
    runs.row(run, "amira@alder.example")
    said = words(client, run)
    assert "The app lacks CloudPC.ReadWrite.All. Grant it." in said
    assert "Ring 1 begins." not in said


def test_the_newest_event_is_first(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    job = Job.objects.get(subject_id=run.pk, kind=REPROVISION)
    for number in range(3):
        at = timezone.now() + timedelta(seconds=number)
        JobEvent.objects.create(tenant=run.tenant, job=job, text=f"Event {number}", at=at)
    said = words(client, run)
    assert said.index("Event 2") < said.index("Event 1") < said.index("Event 0")
    assert f'href="{office.url("job-detail", job.pk)}"' in shown(client, run)


def test_the_jobs_page_is_the_runs(office: Office) -> None:
    run = runs.run(office.policy)
    job = Job.objects.get(subject_id=run.pk, kind=REPROVISION)
    url = kind_of(REPROVISION).url
    assert url is not None
    assert url(job) == run.get_absolute_url()


# Stopped, paused, cancelling


@pytest.fixture
def halted(office: Office) -> Reprovisioning:
    because = "2 Cloud PCs failed where 1 may (There was no address left in the subnet)"
    run = runs.run(office.policy, halted=because)
    runs.row(run, "amira@alder.example", Phase.FAILED)
    runs.row(run, "bram@alder.example", Phase.FAILED)
    runs.row(run, "carla@alder.example", Phase.PLANNED, ring=2)
    return run


def test_stopped_by_failures(client: Client, halted: Reprovisioning) -> None:
    said = words(client, halted)
    for each in (
        "Stopped: needs you", "It has stopped: 2 Cloud PCs failed where 1 may",
        "CPC-amira (amira@alder.example): There was no address left in the subnet. Free some",
        "What to do: correct the cause.", "Try again", "Go on without them",
        "Ring 1 Done, 2 failed",
    ):  # fmt: skip
        assert each in said, each
    assert 'class="bad"' in shown(client, halted)


def test_stopped_by_another_image(client: Client, office: Office) -> None:
    run = runs.run(office.policy, halted="the policy's image is Other now instead of This")
    runs.row(run, "amira@alder.example")
    said = words(client, run)
    assert "put that right, then try again; or cancel" in said
    assert "Try again" in said
    assert "Go on without them" not in said


def test_the_failed_ones_once_more(client: Client, halted: Reprovisioning) -> None:
    assert "It tries again." in act(client, halted, "try-again", failed="retry")
    assert not Reprovisioning.objects.get().halted
    assert set(halted.pcs.values_list("error_code", flat=True)) == {""}
    assert AuditEvent.objects.filter(action="w365_policy.reprovision.try_again").count() == 1
    assert "there is nothing to try again" in act(client, halted, "try-again")


def test_on_without_the_failed_ones(client: Client, halted: Reprovisioning) -> None:
    assert "It goes on without those that failed." in act(
        client, halted, "try-again", failed="leave"
    )
    assert halted.pcs.filter(forgiven=True).count() == 2
    said = words(client, halted)
    assert "An administrator went on without it." in said
    assert "2 Cloud PCs failed." not in said, "they are settled, and stand in the table"


def test_within_the_budget_it_says_that_it_goes_on(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    runs.row(run, "amira@alder.example", Phase.FAILED)
    runs.row(run, "bram@alder.example", Phase.PLANNED, ring=2)
    assert "1 Cloud PC failed. It goes on, for 1 may." in words(client, run)
    assert "Stopped" not in words(client, run)


def test_pause_and_resume(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    runs.row(run, "amira@alder.example")
    assert 'id="resume"' not in shown(client, run)
    said = act(client, run, "pause")
    assert "nothing new is wiped until you resume it" in said
    assert " Paused Refresh" in said
    assert 'id="pause"' not in shown(client, run)
    assert "It goes on." in act(client, run, "resume")
    assert " Bringing over Refresh" in words(client, run)


def test_cancel_asks_first_and_says_what_will_finish(client: Client, office: Office) -> None:
    run = runs.run(office.policy)
    runs.row(run, "amira@alder.example", Phase.REPROVISIONING)
    runs.row(run, "bram@alder.example", Phase.PLANNED, ring=2)
    asked = text(page(client, office.url("w365-reprovisioning-cancel", run.pk)))
    for each in (
        "Stop bringing Cloud PCs over?", "no other Cloud PC is wiped any more",
        "Wiped already, and brought to an end: CPC-amira.", "Left as before: 1 Cloud PC.",
    ):  # fmt: skip
        assert each in asked, each
    assert Job.objects.get(kind=REPROVISION).cancel_requested_at is None
    said = act(client, run, "cancel")
    assert "It is being cancelled." in said
    assert " Cancelling Refresh" in said
    assert "It is being cancelled already." in words(client, run), "why no button acts any more"
    for name in ("pause", "cancel", "try-again"):
        assert f'id="{name}"' not in shown(client, run)
    assert "It is being cancelled already." in act(client, run, "pause")


# After the end


def test_ended_well(client: Client, office: Office) -> None:
    run = runs.run(office.policy, outcome="succeeded")
    runs.row(run, "amira@alder.example", Phase.DONE)
    runs.row(run, "bram@alder.example", Phase.DONE, attempt=2)
    said = words(client, run)
    for each in (
        "Brought over", "2 of 2 Cloud PCs brought over.", "2 users told by e-mail.",
        "1 Cloud PC needed a second attempt.", "Nothing is left to do.", "Ended",
    ):  # fmt: skip
        assert each in said, each
    for name in (*POSTS, "again"):
        assert f'id="{name}"' not in shown(client, run)


def test_ended_partly(client: Client, reader: Client, office: Office) -> None:
    run = runs.run(office.policy, outcome="succeeded")
    runs.row(run, "amira@alder.example", Phase.DONE)
    runs.row(run, "bram@alder.example", Phase.FAILED)
    runs.row(run, "carla@alder.example", Phase.SKIPPED)
    said = words(client, run)
    for each in (
        "Brought over, 1 failed", "1 of 3 Cloud PCs brought over, 1 failed, 1 skipped.",
        "1 Cloud PC failed.", "CPC-bram (bram@alder.example): There was no address left",
        "Correct what stands beside each failed Cloud PC", "1 Cloud PC could not be touched",
    ):  # fmt: skip
        assert each in said, each
    again = office.url("w365-policy-reprovision", office.policy.pk)
    assert f'href="{again}"' in shown(client, run)
    assert f'href="{again}"' not in shown(reader, run)


def test_ended_in_failure(client: Client, office: Office) -> None:
    told = {"error_text": "No Cloud PC was brought over.", "error_remedy": "Correct the causes."}
    run = runs.run(office.policy, outcome="failed", job=told)
    runs.row(run, "amira@alder.example", Phase.FAILED)
    said = words(client, run)
    for each in (
        "Failed",
        "0 of 1",
        "No Cloud PC was brought over. What to do: Correct the causes",
    ):
        assert each in said, each


def test_ended_by_a_cancel(client: Client, office: Office) -> None:
    run = runs.run(office.policy, outcome="cancelled")
    runs.row(run, "amira@alder.example", Phase.DONE)
    runs.row(run, "bram@alder.example", Phase.LEFT, ring=2)
    said = words(client, run)
    for each in ("Cancelled", "1 left as before", "Ring 2 Not brought over", "keep their image"):
        assert each in said, each


def test_of_a_policy_that_is_gone(client: Client, office: Office) -> None:
    run = runs.run(office.policy, outcome="failed")
    runs.row(run, "amira@alder.example", Phase.FAILED)
    ProvisioningPolicy.objects.filter(pk=office.policy.pk).delete()
    said = words(client, run)
    assert "Reception (deleted)" in said
    assert "Bring over again" not in said


@pytest.mark.parametrize("name", POSTS)
def test_nothing_is_done_to_one_that_has_ended(client: Client, office: Office, name: str) -> None:
    run = runs.run(office.policy, outcome="succeeded")
    runs.row(run, "amira@alder.example", Phase.DONE)
    assert "It has ended already." in act(client, run, name)
    assert not AuditEvent.objects.exists()


def test_cancel_of_one_that_has_ended_leads_back(client: Client, office: Office) -> None:
    run = runs.run(office.policy, outcome="succeeded")
    answer = client.get(office.url("w365-reprovisioning-cancel", run.pk), follow=True)
    assert answer.redirect_chain == [(run.get_absolute_url(), 302)]
    assert "It has ended already." in answer.content.decode()


# Who may, and where it is found


def test_a_reader_sees_why_nothing_can_be_pressed(
    reader: Client, office: Office, halted: Reprovisioning
) -> None:
    said = shown(reader, halted)
    for label in ("Try again", "Go on without them", "Pause", "Cancel"):
        assert f"{label}: {NOT_ALLOWED}" in text(said).replace(" :", ":"), label
    for name in POSTS:
        assert f'id="{name}"' not in said
        url = office.url(f"w365-reprovisioning-{name}", halted.pk)
        assert reader.post(url).status_code == 403
    assert Reprovisioning.objects.get().halted


def test_runs_of_another_tenant_are_not_there(client: Client, office: Office) -> None:
    foreign = runs.run(scene.policy(factories.tenant(name="Elsewhere"), "Theirs"))
    assert client.get(foreign.get_absolute_url()).status_code == 404
    mixed = office.url("w365-reprovisioning", foreign.pk)
    assert client.get(mixed).status_code == 404
    for name in POSTS:
        assert client.post(f"{mixed}{name}/").status_code == 404
    assert not Reprovisioning.objects.get().paused


def test_a_run_is_found_below_its_own_tenant_only(client: Client, office: Office) -> None:
    sibling = factories.tenant(office.tenant.organization, name="Sibling")
    run = runs.run(scene.policy(sibling, "Theirs"))
    assert client.get(run.get_absolute_url()).status_code == 200
    assert client.get(office.url("w365-reprovisioning", run.pk)).status_code == 404


def test_the_policys_page_leads_to_its_runs(client: Client, office: Office) -> None:
    past = runs.run(office.policy, outcome="succeeded")
    now = runs.run(office.policy)
    shown_there = page(client, office.page)
    for run in (past, now):
        assert f'href="{run.get_absolute_url()}"' in shown_there
    assert "See progress" in shown_there
