"""Update Spot Group, from the first step to the update that it starts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.models import SpotGroup, SpotGroupUpdate
from spotpc.jobs.services import active_job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent, TenantSync
from tests import factories
from tests.spotgroups.conftest import Office

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
GOOD = {"method": "scheduled", "date": "2026-03-27", "time": "22:30", "zone": "Europe/Amsterdam",
        "warning_minutes": "15", "message": "Please save."}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


class Walk:
    """Goes through the wizard as a browser does; keeps the URL of each step."""

    def __init__(self, client: Client, office: Office) -> None:
        self.client, self.office = client, office
        self.url = client.get(office.url("spot-group-update"), follow=True).redirect_chain[-1][0]
        self.at: dict[str, str] = {}

    def post(self, **given: Any) -> str:
        """The page that comes; the address of the step that shows it is kept."""
        response = self.client.post(self.url, given, follow=True)
        if response.redirect_chain:
            self.url = response.redirect_chain[-1][0]
        self.at[self.url.rstrip("/").rsplit("/", 1)[-1]] = self.url
        return unescape(response.content.decode())

    def to_method(self, version: ImageVersion | None = None) -> str:
        self.post(group=self.office.group.pk)
        return self.post(version=(version or self.office.new).pk)

    def to_review(self, **given: Any) -> str:
        self.to_method()
        return self.post(**(given or {"method": "immediate", "warning_minutes": "5"}))


@pytest.fixture
def walk(client: Client, office: Office) -> Walk:
    return Walk(client, office)


def test_to_the_end(walk: Walk, office: Office) -> None:
    factories.user_session(office.hosts[0], "amira@customer.example")
    shown = walk.to_review(**GOOD)
    for words in (
        "FrontDesk - Reception", "Front desk 0.0.1", "Front desk 0.0.2", "Scheduled",
        "Fri 27 Mar 2026, 22:30 (Europe/Amsterdam)", "15 min", "new host 1, new host 2",
        "front-1, front-2", "amira@customer.example", "Active", "1 user signed in", "Please save.",
        "27 Mar, 21:30 UTC", "27 Mar, 22:30 CET", "At least 20 seats stay open",
        "At most 4 hosts exist at one time, 2 more than now",
        "Personal desktops are never rebuilt by an update.", "Update Spot Group",
    ):  # fmt: skip
        assert words in shown, words
    assert "Old" not in shown
    assert walk.at["review"].endswith("/review/")
    assert SpotGroupUpdate.objects.count() == 0
    walk.post()
    update = SpotGroupUpdate.objects.get()
    assert walk.url == office.url("spot-group-update-detail", update.pk)
    assert update.image_version == office.new
    assert update.method == "scheduled"
    assert update.scheduled_at == datetime(2026, 3, 27, 21, 30, tzinfo=UTC)
    assert (update.scheduled_zone, update.warning_minutes) == ("Europe/Amsterdam", 15)
    assert (update.message, update.created_by) == ("Please save.", "ann@provider.example")
    job = active_job(update)
    assert job is not None
    assert job.subject_name == "FrontDesk to Front desk 0.0.2"
    assert AuditEvent.objects.get(action="spot_group.update").subject == "FrontDesk"


def test_two_clicks_make_one_update(client: Client, walk: Walk) -> None:
    walk.to_review()
    review = walk.url
    answers = [client.post(review) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url  # type: ignore[attr-defined]
    assert SpotGroupUpdate.objects.count() == 1


def test_two_tabs_make_one_update(client: Client, office: Office) -> None:
    first, second = Walk(client, office), Walk(client, office)
    first.to_review()
    second.to_review()
    first.post()
    refused = second.post()
    assert second.url.endswith("/group/")
    assert "FrontDesk is being updated to Front desk 0.0.2 already" in refused
    assert SpotGroupUpdate.objects.count() == 1


def test_a_group_is_preselected_by_its_link(client: Client, office: Office) -> None:
    factories.spot_group(office.old.image_set, "Second", version=office.old)
    url = office.url("spot-group-update")
    assert " checked" not in client.get(url, follow=True).content.decode()
    asked = client.get(url, {"group": office.group.pk}, follow=True).content.decode()
    chosen = re.search(r'value="(\d+)"[^>]* checked', asked)
    assert chosen is not None
    assert chosen[1] == str(office.group.pk)


def test_groups_that_cannot_be_updated_say_why(client: Client, walk: Walk, office: Office) -> None:
    personal = factories.spot_group(office.old.image_set, "Own desks", personal=True)
    foreign = factories.spot_group(factories.image_set(), "Theirs")
    shown = client.get(walk.url).content.decode()
    assert "Own desks holds personal desktops." in shown
    assert "Theirs" not in shown
    for group, words in (
        (personal.pk, "an update never rebuilds them"),
        (foreign.pk, "not one of this tenant's"),
        ("", "Choose the Spot Group to update."),
        ("x" * 5000, "not one of this tenant's"),
    ):
        assert words in walk.post(group=group)
        assert walk.url.endswith("/group/")
    assert WizardDraft.objects.count() == 0


def test_versions_to_choose_from(walk: Walk, office: Office) -> None:
    images = office.old.image_set
    for number in ("0.0.0", "0.0.10"):
        factories.image_version(images, number)
    factories.image_version(images, "0.1.0", "sealing")
    factories.image_version(images, "0.2.0", "failed")
    near = factories.site(office.tenant, "Rotterdam", region="West Europe")
    factories.image_version(factories.image_set(at=near, name="Nearby"), "1.0.0")
    far = factories.site(office.tenant, "Boston", region="eastus")
    factories.image_version(factories.image_set(at=far, name="Far away"), "1.0.0")
    shown = walk.post(group=office.group.pk)
    order = ["0.1.0", "0.0.10", "0.0.2", "0.0.1 (current)", "0.0.0"]
    places = [shown.index(f">Front desk {number}<") for number in order]
    assert places == sorted(places)
    assert places[-1] < shown.index(">Nearby 1.0.0<")
    assert "Sealing, not Available yet." in shown
    assert "Hosts that run it already are kept." in shown
    assert shown.count("Older than the current version 0.0.1.") == 1
    assert "Front desk 0.2.0" not in shown
    assert "Far away" not in shown


def test_many_versions_fold_up(walk: Walk, office: Office) -> None:
    for patch in range(3, 9):
        factories.image_version(office.old.image_set, f"0.0.{patch}")
    shown = walk.post(group=office.group.pk)
    assert "3 older versions" in shown


@pytest.mark.parametrize(
    ("status", "words"),
    [("sealing", "Front desk 0.0.3 is Sealing, not Available."),
     ("failed", "Front desk 0.0.3 is Failed, not Available."),
     ("deleting", "Front desk 0.0.3 is Deleting, not Available.")],
)  # fmt: skip
def test_a_version_that_is_not_available(
    walk: Walk, office: Office, status: str, words: str
) -> None:
    version = factories.image_version(office.old.image_set, "0.0.3", status)
    assert words in walk.to_method(version)
    assert walk.url.endswith("/image/")


def test_versions_of_others_cannot_be_used(walk: Walk, office: Office) -> None:
    foreign = factories.image_version()
    far = factories.site(office.tenant, "Boston", region="eastus")
    elsewhere = factories.image_version(factories.image_set(at=far))
    for version in (foreign, elsewhere):
        assert "That version cannot be used for this Spot Group." in walk.to_method(version)
        walk.url = walk.at["image"].replace("/image/", "/group/")
    walk.post(group=office.group.pk)
    assert "Choose the image version" in walk.post()


def test_without_any_version_it_says_what_to_do(walk: Walk, office: Office) -> None:
    SpotGroup.objects.update(image_version=None)
    for host in office.hosts:
        type(host).objects.filter(pk=host.pk).update(image_version=None)
    ImageVersion.objects.all().delete()
    shown = walk.post(group=office.group.pk)
    assert "No image version is Available in westeurope." in shown


def test_each_method_says_what_it_does(walk: Walk) -> None:
    shown = walk.to_method()
    for words in (
        "Nobody is signed out.", "new log-ons land on the new version",
        "after the warning time they are signed out", "at the date and time you choose",
        "The site Amsterdam is in Europe/Amsterdam", "“Your desktop has been updated.",
    ):  # fmt: skip
        assert words in shown, words
    assert '<option value="Europe/Amsterdam" selected>' in shown
    assert 'type="date"' in shown
    assert 'type="time"' in shown
    assert 'name="warning_minutes" value="5"' in shown


BAD = [
    ({"method": ""}, "method", "Choose how the hosts are replaced."),
    ({"method": "whenever"}, "method", "Choose Opportunistic, Immediate or Scheduled."),
    ({"date": ""}, "date", "Give the date of the switch."),
    ({"date": "27.03.2026"}, "date", "Give the date as year, month, day: 2026-11-30."),
    ({"date": "2026-02-30"}, "date", "Give the date as year, month, day: 2026-11-30."),
    ({"date": "2026-03-19"}, "date", "2026-03-19 22:30 (Europe/Amsterdam) is in the past."),
    ({"date": "2026-03-20", "time": "12:59"}, "time", "12:59 (Europe/Amsterdam) is in the past."),
    ({"date": "1026-03-19"}, "date", "is in the past."),
    ({"date": "9999-12-31"}, "date", "Choose a time within the next year."),
    ({"time": ""}, "time", "Give the time of the switch."),
    ({"time": "25:00"}, "time", "Give the time as hours and minutes: 22:30."),
    ({"date": "2026-03-29", "time": "02:30"}, "time",
     "in Europe/Amsterdam the clock goes from 02:00 straight to 03:00; "
     "the next valid time is 2026-03-29 03:00."),
    ({"zone": ""}, "zone", "Choose the time zone this date and time is in."),
    ({"zone": "Europe/Atlantis"}, "zone", "There is no time zone called 'Europe/Atlantis'."),
    ({"zone": "../../etc/passwd"}, "zone", "There is no time zone called"),
    ({"warning_minutes": ""}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"warning_minutes": "-1"}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"warning_minutes": "61"}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"warning_minutes": "five"}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"warning_minutes": "2.5"}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"warning_minutes": "9" * 5000}, "warning_minutes", "Give whole minutes from 0 to 60."),
    ({"message": "x" * 501}, "message", "at most 500 characters (it has 501)"),
    ({"method": "opportunistic", "surge": "0"}, "surge", "Give a whole number from 1 to 2."),
    ({"method": "opportunistic", "surge": "3"}, "surge", "Give a whole number from 1 to 2."),
    ({"method": "opportunistic", "surge": "x"}, "surge", "Give a whole number from 1 to 2."),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "field", "words"), BAD)
def test_bad_input_keeps_what_was_typed(
    walk: Walk, changed: dict[str, str], field: str, words: str
) -> None:
    walk.to_method()
    shown = walk.post(**{**GOOD, **changed})
    assert walk.url.endswith("/method/")
    errors = shown.split(f'id="id_{field}_error"', 1)
    assert len(errors) == 2, "the complaint stands beside another field"
    assert words in errors[1].split("</ul>", 1)[0]
    if "message" not in changed:
        assert "Please save.</textarea>" in shown
    assert SpotGroupUpdate.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"method": "opportunistic", "date": "junk", "zone": "junk", "warning_minutes": "junk"},
        {"method": "immediate", "warning_minutes": "0", "date": "junk", "surge": "junk"},
        {"method": "immediate", "warning_minutes": "60", "zone": "", "time": "25:99"},
    ],
)
def test_fields_of_other_methods_are_not_asked(walk: Walk, given: dict[str, str]) -> None:
    walk.to_review(**given)
    assert walk.url.endswith("/review/")
    walk.post()
    update = SpotGroupUpdate.objects.get()
    assert update.scheduled_at is None
    assert update.warning_minutes == int(given["warning_minutes"].replace("junk", "5"))


def test_a_time_that_happens_twice_is_explained(walk: Walk) -> None:
    shown = walk.to_review(**{**GOOD, "date": "2026-10-25", "time": "02:30"})
    assert "02:30 happens twice on 2026-10-25" in shown


def test_surge_is_for_opportunistic(walk: Walk) -> None:
    shown = walk.to_review(method="opportunistic", surge="2")
    assert "Nobody is signed out" in shown
    assert "<blockquote" not in shown
    walk.post()
    assert SpotGroupUpdate.objects.get().surge == 2


def test_everything_is_looked_at_again_in_the_end(walk: Walk, office: Office) -> None:
    walk.to_review()
    ImageVersion.objects.filter(pk=office.new.pk).update(status="deleting")
    shown = walk.post()
    assert walk.url.endswith("/image/")
    assert "Front desk 0.0.2 is Deleting, not Available." in shown
    ImageVersion.objects.filter(pk=office.new.pk).update(status="available")
    SpotGroup.objects.update(personal=True)
    walk.url = walk.at["review"]
    assert "holds personal desktops" in walk.post()
    assert SpotGroupUpdate.objects.count() == 0


def test_a_time_that_passes_meanwhile_is_refused(walk: Walk) -> None:
    walk.to_review(**{**GOOD, "date": "2026-03-20", "time": "15:00"})
    with time_machine.travel(NOW + timedelta(hours=3)):
        shown = walk.post()
    assert walk.url.endswith("/method/")
    assert "is in the past." in shown
    assert SpotGroupUpdate.objects.count() == 0


def test_a_later_step_leads_to_the_first_open_one(client: Client, walk: Walk) -> None:
    walk.post(group=walk.office.group.pk)
    later = walk.url.replace("/image/", "/review/")
    assert client.get(later).headers["Location"] == walk.url


def test_another_group_asks_for_the_image_again(walk: Walk, office: Office) -> None:
    second = factories.spot_group(office.old.image_set, "Second", version=office.old)
    walk.to_review()
    walk.url = walk.at["image"].replace("/image/", "/group/")
    walk.post(group=second.pk)
    assert walk.client.get(walk.at["review"]).headers["Location"] == walk.at["image"]


def test_an_old_reading_is_said(walk: Walk, office: Office) -> None:
    refresh = office.url("tenant-refresh")
    shown = walk.to_review()
    assert "This plan is made from what Azure showed" not in shown
    TenantSync.objects.update(finished_at=timezone.now() - timedelta(minutes=6))
    shown = walk.client.get(walk.url).content.decode()
    assert "This plan is made from what Azure showed" in shown
    assert f'formaction="{refresh}"' in shown
    TenantSync.objects.all().delete()
    assert "has not been read yet" in walk.client.get(walk.url).content.decode()


def test_hosts_on_the_version_already_are_kept(walk: Walk, office: Office) -> None:
    host = office.hosts[0]
    type(host).objects.filter(pk=host.pk).update(image_version=office.new)
    shown = walk.to_review()
    assert "front-1, on Front desk 0.0.2 already" in shown
    assert "new host 1, new host 2" not in shown


def test_without_a_warning_it_says_so(walk: Walk) -> None:
    shown = walk.to_review(method="immediate", warning_minutes="0")
    assert "signed out at once" in shown
    assert "You are being signed out now" in shown


def test_readers_may_not(reader: Client, office: Office) -> None:
    url = office.url("spot-group-update")
    assert reader.get(url).status_code == 403
    assert reader.post(f"{url}group/", {"group": office.group.pk}).status_code == 403
    assert WizardDraft.objects.count() == 0


def test_a_foreign_tenant_is_not_found(client: Client) -> None:
    foreign = factories.tenant()
    assert client.get(f"/tenants/{foreign.pk}/spot-groups/update/group/").status_code == 404


def test_the_steps_cost_the_same_for_many(
    client: Client, office: Office, django_assert_num_queries: Any
) -> None:
    walk = Walk(client, office)
    walk.to_review()
    costs = {}
    for step, url in walk.at.items():
        with CaptureQueriesContext(connection) as counted:
            client.get(url)
        costs[step] = len(counted)
    assert max(costs.values()) <= 26
    for number in range(6):
        group = factories.spot_group(office.old.image_set, f"G{number}", version=office.old)
        for index in range(3):
            factories.user_session(office.host(f"g{number}-{index}", group))
            factories.user_session(office.host(f"front-{number}{index}"))
        factories.image_version(office.old.image_set, f"1.0.{number}")
    for step, url in walk.at.items():
        with django_assert_num_queries(costs[step]):
            client.get(url)


def test_an_old_reading_makes_no_host_ill(walk: Walk, office: Office) -> None:
    then = timezone.now() - timedelta(hours=3)
    for host in office.hosts:
        type(host).objects.filter(pk=host.pk).update(seen_at=then, last_heartbeat=then)
    assert "Not healthy now" not in walk.to_review()
    late = then - timedelta(hours=1)
    type(office.hosts[0]).objects.filter(pk=office.hosts[0].pk).update(last_heartbeat=late)
    assert (
        "Not healthy now, offering no seats: front-1" in walk.client.get(walk.url).content.decode()
    )
