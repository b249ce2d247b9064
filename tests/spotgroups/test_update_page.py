"""The page of one update, its buttons, and who may press them."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotgroups.models import SignOutWarning, SpotGroupUpdate, UpdateHost
from spotgroups.progress import headline
from spotpc.jobs.models import Job, JobEvent
from spotpc.web.times import local_times
from tenants.models import AuditEvent
from tests import factories
from tests.spotgroups.conftest import Office

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
POSTS = ["cancel", "pause", "resume", "try-again"]
STOPPED = {"type": "Paused", "status": "True", "reason": "TooManyFailures",
           "message": "Stopped: 2 new hosts failed where 1 may.",
           "since": "2026-03-01T10:00:00+00:00"}  # fmt: skip
RUNNING = {**STOPPED, "status": "False", "reason": "NotPaused", "message": "Not paused."}


@pytest.fixture
def update(office: Office) -> SpotGroupUpdate:
    return office.start()


def row(update: SpotGroupUpdate, name: str, phase: str, **fields: Any) -> UpdateHost:
    if "." not in name:
        fields = {"slot": 0, "image_name": "Front desk 0.0.2", **fields}
    found = {"image_name": "Front desk 0.0.1", "phase": phase, **fields}
    return UpdateHost.objects.create(tenant=update.tenant, update_row=update, name=name, **found)


def change(update: SpotGroupUpdate, **fields: Any) -> None:
    SpotGroupUpdate.objects.filter(pk=update.pk).update(**fields)


def end(update: SpotGroupUpdate, outcome: str) -> None:
    change(update, outcome=outcome, finished_at=timezone.now())
    Job.objects.filter(subject_id=update.pk).update(state=outcome, next_run_at=None)


def shown(client: Client, office: Office, update: SpotGroupUpdate, **more: Any) -> str:
    url = office.url("spot-group-update-detail", update.pk)
    return unescape(client.get(url, **more).content.decode())


def test_before_the_first_look(client: Client, office: Office, update: SpotGroupUpdate) -> None:
    page = shown(client, office, update)
    for words in ("Update of FrontDesk to Front desk 0.0.2", "Updating", "0 of 2", "New host 1",
                  "New host 2", "Planned", "Azure is looked at in a moment.", "every 3s",
                  "asked for by ann@provider.example", "Not looked at yet."):  # fmt: skip
        assert words in page, words


def test_every_host_user_condition_and_event(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    now = timezone.now()
    session = factories.user_session(office.hosts[0], "amira@customer.example")
    factories.user_session(office.hosts[1], "ben@customer.example", state="Disconnected")
    row(update, office.hosts[0].name, "Warned", sessions=1, sign_out_at=now + timedelta(minutes=3))
    row(update, office.hosts[1].name, "Waiting for users", sessions=2)
    row(update, "front-abcde", "Ready")
    row(update, "front-fghij", "Failed", slot=1, note="Azure has no room in zone 1.")
    SignOutWarning.objects.create(
        tenant=update.tenant, update_row=update, host=office.hosts[0].name,
        session_id=session.session_id, user=session.user, warned_at=now,
    )  # fmt: skip
    change(update, conditions=[RUNNING, {**STOPPED, "type": "Available", "message": "4 seats."}])
    job = Job.objects.get()
    Job.objects.update(waiting_for="Cut-over at 2026-03-01 10:00 UTC; <b>1 of 2</b>.")
    for number in range(3):
        at = now + timedelta(seconds=number)
        JobEvent.objects.create(tenant=update.tenant, job=job, text=f"Event {number}", at=at)
    page = shown(client, office, update)
    for words in (
        "1 of 2", "front-1", "front-abcde", "Warned", "Sign-out from", "Waiting for 2 users",
        "Azure has no room in zone 1.", "amira@customer.example", "ben@customer.example", "not yet",
        "Enough seats for new log-ons", "4 seats.", "Paused or stopped", "New host 2",
    ):  # fmt: skip
        assert words in page, words
    assert page.index("Event 2") < page.index("Event 1") < page.index("Event 0")
    raw = client.get(office.url("spot-group-update-detail", update.pk)).content.decode()
    assert "<b>1 of 2" not in raw
    assert 'title="2026-03-01 10:00:00 UTC">1 Mar' in raw


def test_times_in_sentences_are_the_viewers() -> None:
    with timezone.override("Europe/Amsterdam"):
        said = local_times("Cut-over at 2026-07-01 10:00 UTC & after <i>.")
    assert "1 Jul, 12:00 CEST</time> &amp; after &lt;i&gt;." in said


@pytest.mark.parametrize(
    ("fields", "phases", "label"),
    [
        ({}, [], "Updating"),
        ({"paused": True}, ["Warned"], "Paused"),
        ({"paused": True, "conditions": [STOPPED]}, [], "Stopped: needs you"),
        ({"conditions": [RUNNING]}, ["Waiting for users"], "Waiting for users"),
        ({}, ["Warned", "Draining"], "Waiting for users"),
        ({}, ["Waiting for users", "Building VM"], "Updating"),
        ({"outcome": "succeeded"}, ["Warned"], "Updated"),
        ({"outcome": "failed", "conditions": [STOPPED]}, [], "Failed"),
        ({"outcome": "cancelled"}, [], "Cancelled"),
    ],
)
def test_headline(
    update: SpotGroupUpdate, fields: dict[str, Any], phases: list[str], label: str
) -> None:
    change(update, **fields)
    for number, phase in enumerate(phases):
        row(update, f"front-{number}.example", phase)
    update.refresh_from_db()
    assert headline(update).label == label


def test_scheduled_until_the_first_host_is_built(office: Office) -> None:
    at = timezone.now() + timedelta(days=1)
    update = office.start("scheduled", scheduled_at=at, scheduled_zone="Europe/Amsterdam")
    row(update, office.hosts[0].name, "Serving")
    assert (headline(update).label, headline(update).when) == ("Scheduled for", at)
    row(update, "front-new", "Building VM")
    assert headline(update).label == "Updating"


def test_the_fragment_polls_until_the_end(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    part = shown(client, office, update, **HTMX)
    assert "<html" not in part
    assert "every 3s" in part
    row(update, office.hosts[0].name, "Removed", removed_at=timezone.now())
    row(update, "front-abcde", "Ready")
    end(update, "succeeded")
    part = shown(client, office, update, **HTMX)
    assert "every 3s" not in part
    for words in ("Updated", "1 new host on Front desk 0.0.2.", "1 old host removed",
                  "0 users warned, 0 signed out.", "Update again", "Ended"):  # fmt: skip
        assert words in part, words
    for words in ("Pause", ">Cancel<", "Planned", "Users still on old hosts"):
        assert words not in part.replace("Paused", ""), words


def test_a_failed_update_says_why_and_what_to_do(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    end(update, "failed")
    Job.objects.update(error_text="No <quota>.", error_remedy="Ask for more.", cleanup_error="VM x")
    page = shown(client, office, update)
    for words in ("Failed", "No <quota>.", "What to do: Ask for more.", "left behind", "VM x"):
        assert words in page, words


def test_the_usual_duration(client: Client, office: Office, update: SpotGroupUpdate) -> None:
    assert "usually takes" not in shown(client, office, update)
    end(update, "succeeded")
    change(update, created_at=timezone.now() - timedelta(minutes=40))
    later = office.start()
    assert "this method usually takes about 40 minutes" in shown(client, office, later)


def test_pause_and_resume(client: Client, office: Office, update: SpotGroupUpdate) -> None:
    page = shown(client, office, update)
    assert "Resume" not in page
    for _ in range(2):
        client.post(office.url("spot-group-update-pause", update.pk))
    assert SpotGroupUpdate.objects.get().paused
    page = shown(client, office, update)
    assert 'id="resume"' in page
    assert 'id="pause"' not in page
    client.post(office.url("spot-group-update-resume", update.pk))
    assert not SpotGroupUpdate.objects.get().paused
    told = AuditEvent.objects.exclude(action="spot_group.update").order_by("at")
    assert [each.action for each in told] == ["spot_group.update.pause", "spot_group.update.resume"]


def test_try_again_only_when_stopped(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    url = office.url("spot-group-update-try-again", update.pk)
    assert 'id="try-again"' not in shown(client, office, update)
    assert "nothing to try again" in client.post(url, follow=True).content.decode()
    change(update, conditions=[STOPPED])
    failed = row(update, "front-a", "Failed", build="failed", error_code="quota",
                 error_text="No quota.", error_permanent=True)  # fmt: skip
    row(update, "front-b", "Removed", attempt=2, removing=True)  # was never healthy
    row(update, "front-c", "Ready", slot=1)
    assert 'id="try-again"' in shown(client, office, update)
    client.post(url)
    update.refresh_from_db()
    failed.refresh_from_db()
    assert (update.failure_budget, update.build_attempts) == (3, 5)
    assert not failed.error_permanent


def test_cancel_says_what_it_will_do_and_asks(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    url = office.url("spot-group-update-cancel", update.pk)
    page = client.get(url).content.decode()
    assert "Nothing has been built yet. The group stays as it is." in page
    assert "serving on: front-1, front-2." in page
    assert Job.objects.get().cancel_requested_at is None
    for _ in range(2):
        page = client.post(url, follow=True).content.decode()
    assert "Cancelling" in page
    assert "It is being cancelled already." in page
    assert Job.objects.get().cancel_requested_by == "ann@provider.example"
    assert AuditEvent.objects.filter(action="spot_group.update.cancel").count() == 1
    for name in ("pause", "resume"):
        url = office.url(f"spot-group-update-{name}", update.pk)
        assert "cancelled already" in client.post(url, follow=True).content.decode()


def test_cancel_before_the_cut_over(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    for host in office.hosts:
        row(update, host.name, "Serving")
    row(update, "front-a", "Ready", build="done")
    office.host("front-a", image_version=office.new)
    row(update, "front-b", "Building VM", build="vm", slot=1)
    page = client.get(office.url("spot-group-update-cancel", update.pk)).content.decode()
    for words in ("The cut-over has not begun. The group goes back to how it was.",
                  "Removed, with their VMs: front-a, front-b.",
                  "serving on: front-1, front-2."):  # fmt: skip
        assert words in page, words


def test_cancel_after_the_cut_over(client: Client, office: Office, update: SpotGroupUpdate) -> None:
    now = timezone.now()
    change(update, cut_over_at=now)
    for host in office.hosts:
        row(update, host.name, "Draining", drained_at=now)
        type(host).objects.filter(pk=host.pk).update(allow_new_session=False)
    UpdateHost.objects.filter(name=office.hosts[1].name).update(removing=True)
    factories.user_session(office.hosts[0])
    for slot, name in enumerate(["front-a", "front-b"]):
        row(update, name, "Ready", build="done", slot=slot)
        office.host(name, image_version=office.new)
    page = client.get(office.url("spot-group-update-cancel", update.pk)).content.decode()
    for words in ("The cut-over began at", "new hosts stay",
                  "In service on Front desk 0.0.2 from now on: front-a, front-b.",
                  "Already being removed, and brought to an end: front-2.",
                  "Left in drain mode with their users: front-1."):  # fmt: skip
        assert words in page, words
    # Without enough new seats the old hosts serve again.
    type(office.hosts[0]).objects.filter(name__startswith="front-a").update(status="Unavailable")
    page = client.get(office.url("spot-group-update-cancel", update.pk)).content.decode()
    assert "Taken out of drain mode, so that they serve again: front-1." in page
    assert "Removed, with their VMs: front-a." in page


def test_an_ended_update_is_left_alone(
    client: Client, office: Office, update: SpotGroupUpdate
) -> None:
    end(update, "succeeded")
    cancel = office.url("spot-group-update-cancel", update.pk)
    assert "ended already" in client.get(cancel, follow=True).content.decode()
    for name in POSTS:
        url = office.url(f"spot-group-update-{name}", update.pk)
        assert "This update has ended already." in client.post(url, follow=True).content.decode()
    assert AuditEvent.objects.exclude(action="spot_group.update").count() == 0


@pytest.mark.parametrize("name", POSTS)
def test_readers_may_look_only(
    client: Client, reader: Client, office: Office, update: SpotGroupUpdate, name: str
) -> None:
    change(update, conditions=[STOPPED])
    url = office.url(f"spot-group-update-{name}", update.pk)
    assert reader.post(url).status_code == 403
    page = shown(reader, office, update)
    assert "Your role in this tenant does not allow it." in page
    assert url not in page
    assert 'class="button primary"' not in page
    assert client.get(url).status_code == (200 if name == "cancel" else 405)


@pytest.mark.parametrize("name", ["detail", *POSTS])
def test_foreign_updates_are_not_found(client: Client, office: Office, name: str) -> None:
    theirs = factories.spot_group(factories.image_set())
    foreign = SpotGroupUpdate.objects.create(
        tenant=theirs.tenant, spot_group=theirs, image_name="x", method="immediate",
        hosts_wanted=1, surge=1, floor_seats=1, created_by="x",
    )  # fmt: skip
    for tenant in (theirs.tenant_id, office.tenant.pk):
        path = office.url(f"spot-group-update-{name}", foreign.pk)
        path = path.replace(f"/tenants/{office.tenant.pk}/", f"/tenants/{tenant}/")
        assert client.post(path).status_code in ((405, 404) if name == "detail" else (404,))
        if name in ("detail", "cancel"):
            assert client.get(path).status_code == 404


def test_the_page_costs_the_same_for_many(
    client: Client, office: Office, update: SpotGroupUpdate, django_assert_num_queries: Any
) -> None:
    job = Job.objects.get()

    def more(number: int) -> None:
        host = office.host(f"old-{number}")
        session = factories.user_session(host)
        row(update, host.name, "Warned", sessions=1)
        row(update, f"new-{number}", "Ready", slot=number)
        JobEvent.objects.create(tenant=update.tenant, job=job, text="x")
        SignOutWarning.objects.create(
            tenant=update.tenant, update_row=update, host=host.name, user=session.user,
            session_id=session.session_id, warned_at=timezone.now(),
        )  # fmt: skip

    more(1)
    shown(client, office, update)
    with django_assert_num_queries(10):
        shown(client, office, update, **HTMX)
    for number in range(2, 9):
        more(number)
    with django_assert_num_queries(10):
        shown(client, office, update, **HTMX)
