"""Bring Cloud PCs Over: the four steps, what each refuses, and what is started."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.services import active_job
from tenants.models import AuditEvent, TenantSync
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365 import reprovision_scene as runs
from tests.w365.policies_scene import Office, Walk, page, signed_in
from w365.models import CloudPc, GalleryImage, ProvisioningPolicy, Reprovisioning
from w365.reprovision.message import default_message

RINGS = {"pilot": "number", "pilot_count": "1", "rest": "all", "pause": "4", "pause_unit": "hours",
         "failure_budget": "1"}  # fmt: skip
MAIL = {"begin": "now", "zone": "Europe/Amsterdam", "tell": "mail", "sender": "it@alder.example",
        "notice_minutes": "60", "message": "Save your files."}  # fmt: skip
SILENT = {"begin": "now", "zone": "Europe/Amsterdam", "tell": "nobody"}
LATER = {**SILENT, "begin": "scheduled", "date": "2026-03-27", "time": "22:30"}
NOW = "2026-03-01 12:00+00:00"


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def office() -> Office:
    """Amira's is on the policy's image already, those of Bram, Carla and Daan are not."""
    made = scene.office()
    for name in ("carla", "daan"):
        made.pcs.append(scene.cloud_pc(made.policy, f"{name}@alder.example", image_name="Old"))
    return made


@pytest.fixture
def client(office: Office) -> Client:
    return signed_in(office.admin)


@pytest.fixture
def walk(client: Client, office: Office) -> Walk:
    return Walk(client, office.url("w365-policy-reprovision", office.policy.pk))


def ids(office: Office, *names: str) -> list[str]:
    """Graph's, by the users' first names."""
    return [pc.graph_id for pc in office.pcs if pc.user.partition("@")[0] in names]


def to_rings(walk: Walk, office: Office, *names: str) -> None:
    walk.post(pcs=ids(office, *(names or ("bram", "carla", "daan"))))
    assert walk.step == "rings"


def to_when(walk: Walk, office: Office, **rings: Any) -> None:
    to_rings(walk, office)
    walk.post(**{**RINGS, **rings})
    assert walk.step == "when"


def to_review(walk: Walk, office: Office, **when: str) -> str:
    to_when(walk, office)
    shown = walk.post(**{**MAIL, **when})
    assert walk.step == "review"
    return text(shown)


def back_to_pcs(walk: Walk) -> None:
    """In the same draft; at first there was none."""
    walk.at["pcs"] = walk.at["rings"].replace("/rings/", "/pcs/")
    walk.go("pcs")


def text(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def error_of(markup: str, field: str) -> str:
    found = re.search(rf'id="id_{field}_error".*?</ul>', markup, re.DOTALL)
    return text(found[0].partition(">")[2]) if found else ""


# Which Cloud PCs


def ticks(markup: str) -> dict[str, bool]:
    """By Graph id: whether it is ticked. Disabled ones are not there."""
    boxes = re.findall(r'<input type="checkbox" name="pcs" value="([^"]+)"([^>]*)>', markup)
    return {key: "checked" in rest for key, rest in boxes if "disabled" not in rest}


def test_those_on_another_image_are_ticked(walk: Walk, office: Office) -> None:
    shown = walk.shown()
    assert ticks(shown) == {pc.graph_id: pc.user[0] != "a" for pc in office.pcs}
    for each in (
        "1 Cloud PC has an image of this name already and is not ticked", "its disk is wiped",
        "bram@alder.example", "Windows 10 Enterprise 22H2", "Windows 365 Enterprise 2 vCPU",
        "Provisioned", "Of Reception, to Windows 11 Enterprise",
    ):  # fmt: skip
        assert each in text(shown), each


def test_those_that_cannot_be_brought_over_say_why(walk: Walk, office: Office) -> None:
    CloudPc.objects.filter(user="bram@alder.example").update(status="inGracePeriod")
    CloudPc.objects.filter(user="carla@alder.example").update(status="resizing")
    shown = walk.shown()
    [bram] = ids(office, "bram")
    assert bram not in ticks(shown)
    assert "Its user lost the licence or the assignment." in text(shown)
    assert "Resizing Waited for until Windows 365 is done with it." in text(shown)
    again = walk.post(pcs=[bram])
    assert "cannot be brought over. Its user lost the licence" in error_of(again, "pcs")


def test_nothing_ticked_and_strange_ones_are_refused(walk: Walk, office: Office) -> None:
    assert error_of(walk.post(), "pcs") == "Tick at least one Cloud PC."
    strange = scene.cloud_pc(scene.policy(office.tenant, "Other"), "eva@alder.example")
    shown = walk.post(pcs=[*ids(office, "carla"), strange.graph_id])
    assert "is not one of this policy any more" in error_of(shown, "pcs")
    assert ticks(shown) == {pc.graph_id: pc.user[0] == "c" for pc in office.pcs}, "as typed"


def test_an_older_version_of_the_same_name_can_be_ticked(walk: Walk, office: Office) -> None:
    ProvisioningPolicy.objects.update(image_type="custom", image_id=office.custom.graph_id)
    assert "tick those that still have an older version" in text(walk.shown())
    to_rings(walk, office, "amira")
    walk.post(**RINGS)
    assert "1 Cloud PC of 1 user goes to" in text(walk.post(**SILENT))


# Rings


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"pilot": ""}, "pilot", "Choose who goes first."),
        ({"pilot_count": "0"}, "pilot_count", "Give a whole number from 1 to 3."),
        ({"pilot_count": "4"}, "pilot_count", "Give a whole number from 1 to 3."),
        ({"pilot": "picked"}, "pilots", "Pick at least one user"),
        ({"pilot": "picked", "pilots": "nobody's"}, "pilots", "not among those to bring over"),
        ({"rest": "some"}, "rest", "Choose how the others follow."),
        ({"rest": "number", "ring_size": "x"}, "ring_size", "Give a whole number from 1 to 3."),
        ({"rest": "percent", "ring_percent": "101"}, "ring_percent", "from 1 to 100."),
        ({"pause": ""}, "pause", "Give a whole number from 0 to 20160."),
        ({"pause": "15", "pause_unit": "days"}, "pause", "at most 14 days"),
        ({"pause_unit": "weeks"}, "pause_unit", "Choose minutes, hours or days."),
        ({"failure_budget": "-1"}, "failure_budget", "Give a whole number from 0 to 3."),
    ],
)
def test_bad_rings(
    walk: Walk, office: Office, given: dict[str, str], field: str, words: str
) -> None:
    to_rings(walk, office)
    shown = walk.post(**{**RINGS, "failure_budget": "2", **given})
    assert walk.step == "rings"
    assert words in error_of(shown, field)
    if field != "failure_budget":
        assert 'name="failure_budget" value="2"' in shown, "what was typed stays"


def test_fields_that_the_choice_does_not_use_are_not_looked_at(walk: Walk, office: Office) -> None:
    to_rings(walk, office)
    walk.post(**{**RINGS, "pilot": "none", "pilot_count": "x", "ring_percent": "0"})
    assert walk.step == "when"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"pilot": "number", "pilot_count": "1"}, ["bram", "carla daan"]),
        ({"pilot": "none", "rest": "number", "ring_size": "2"}, ["bram carla", "daan"]),
        ({"pilot": "none", "rest": "percent", "ring_percent": "34"}, ["bram carla", "daan"]),
        ({"pilot": "none"}, ["bram carla daan"]),
    ],
)
def test_rings_as_chosen(
    walk: Walk, office: Office, given: dict[str, str], expected: list[str]
) -> None:
    to_when(walk, office, **given)
    walk.post(**SILENT)
    walk.post(confirm="Reception")
    run = Reprovisioning.objects.get()
    rows = run.pcs.filter(excluded=False).order_by("ring", "user")
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row.ring, []).append(row.user.partition("@")[0])
    assert [" ".join(found[ring]) for ring in sorted(found)] == expected


def test_pilots_are_picked_by_name(walk: Walk, office: Office) -> None:
    to_rings(walk, office)
    walk.post(**{**RINGS, "pilot": "picked", "pilots": ids(office, "daan")})
    assert "First daan@alder.example" in text(walk.shown())
    shown = text(walk.post(**SILENT))
    assert "Ring 1: 1 Cloud PC User Device Image now daan@alder.example" in shown


def test_a_pilot_who_is_not_ticked_any_more_is_asked_for_again(walk: Walk, office: Office) -> None:
    to_rings(walk, office)
    walk.post(**{**RINGS, "pilot": "picked", "pilots": ids(office, "daan")})
    back_to_pcs(walk)
    shown = walk.post(pcs=ids(office, "bram", "carla"))
    assert walk.step == "rings"
    assert "not among those to bring over any more" in error_of(shown, "pilots")


# When, and what users are told


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"begin": ""}, "begin", "Choose when it begins."),
        ({"begin": "scheduled"}, "date", "Give the date of the begin."),
        ({"begin": "scheduled", "date": "2026-03-27"}, "time", "Give the time of the begin."),
        ({**LATER, "date": "2026-02-28"}, "date", "2026-02-28 22:30 (Europe/Amsterdam) is in"),
        ({**LATER, "date": "2026-03-01", "time": "12:59"}, "time", "is in the past"),
        ({**LATER, "date": "2028-03-01"}, "date", "Choose a time within the next year."),
        ({**LATER, "date": "2026-03-29", "time": "02:30"}, "time", "does not exist"),
        ({**LATER, "zone": "Mars/Olympus"}, "zone", "There is no time zone called"),
        ({"zone": "Mars/Olympus"}, "zone", "There is no time zone called"),
        ({"zone": ""}, "zone", "Choose the time zone"),
        ({"tell": ""}, "tell", "Choose whether users are written to."),
        ({"sender": ""}, "sender", "Name the mailbox the message is sent from"),
        ({"sender": "it support"}, "sender", "That is not an e-mail address."),
        ({"notice_minutes": "10081"}, "notice_minutes", "Give whole minutes from 0 to 10080."),
        ({"notice_minutes": "1.5"}, "notice_minutes", "Give whole minutes from 0 to 10080."),
        ({"message": " "}, "message", "Write what users should know"),
        ({"message": "x" * 2001}, "message", "Write at most 2000 characters."),
    ],
)
def test_bad_times_and_messages(
    walk: Walk, office: Office, time_machine: Any, given: dict[str, str], field: str, words: str
) -> None:
    to_when(walk, office)
    time_machine.move_to(datetime.fromisoformat(NOW), tick=False)
    walk.client = signed_in(office.admin)
    shown = walk.post(**{**MAIL, "notice_minutes": "45", **given})
    assert walk.step == "when"
    assert words in error_of(shown, field)
    if "notice_minutes" not in given:
        assert 'name="notice_minutes" value="45"' in shown, "what was typed stays"
    assert not Reprovisioning.objects.exists()


def test_a_time_that_happens_twice_is_told(walk: Walk, office: Office, time_machine: Any) -> None:
    to_when(walk, office)
    time_machine.move_to(datetime.fromisoformat(NOW), tick=False)
    walk.client = signed_in(office.admin)
    shown = text(walk.post(**{**LATER, "date": "2026-10-25", "time": "02:30"}))
    assert "02:30 happens twice on 2026-10-25 in Europe/Amsterdam" in shown


def test_what_is_offered_at_first(walk: Walk, office: Office) -> None:
    site = factories.site(office.tenant, time_zone="Asia/Tokyo")
    type(office.amsterdam).objects.filter(pk=office.amsterdam.pk).update(site=site)
    runs.run(office.policy, outcome="succeeded", sender="desk@alder.example")
    to_when(walk, office)
    shown = walk.shown()
    assert default_message() in shown
    assert 'value="desk@alder.example"' in shown, "the sender of the last run"
    assert 'name="notice_minutes" value="60"' in shown
    assert '<option value="Asia/Tokyo" selected' in shown, "where the Cloud PCs stand"


def test_nobody_need_be_told(walk: Walk, office: Office) -> None:
    said = to_review(walk, office, tell="nobody", sender="junk", notice_minutes="x", message="")
    assert "Nobody is told. Users lose their session" in said
    walk.post(confirm="Reception")
    run = Reprovisioning.objects.get()
    assert (run.message, run.sender, run.notice_minutes) == ("", "", 0)


# Review and start


def test_the_review_says_everything(walk: Walk, office: Office) -> None:
    said = to_review(walk, office)
    for each in (
        "3 Cloud PCs of 3 users go to Windows 11 Enterprise", "in 2 rings",
        "These Cloud PCs are wiped. This cannot be undone", "Whatever is unsaved",
        "What stays: files in OneDrive", "The first ring begins",
        "have 60 minutes from the message",
        "Ring 1 begins: 1 Cloud PC wiped and made anew.", "Ring 2: 2 Cloud PCs",
        "carla@alder.example", "1 Cloud PC stays as it is",
        "An image of this name is on it already.",
        "By e-mail from it@alder.example", "Your Cloud PC will be rebuilt", "Save your files.",
        "(Europe/Amsterdam)", "The policy is called Reception",
    ):  # fmt: skip
        assert each in said, each


def test_an_old_reading_is_told(walk: Walk, office: Office) -> None:
    TenantSync.objects.update(finished_at=timezone.now() - timedelta(minutes=6))
    assert "This plan is made from what Windows 365 showed" in to_review(walk, office)


@pytest.mark.parametrize("typed", ["", "reception", "Reception 2"])
def test_another_name_starts_nothing(walk: Walk, office: Office, typed: str) -> None:
    to_review(walk, office)
    shown = walk.post(confirm=typed)
    assert error_of(shown, "confirm").startswith("Type the policy's name")
    assert f'name="confirm" value="{typed}"' in shown or not typed
    assert not Reprovisioning.objects.exists()
    assert not AuditEvent.objects.exists()


def test_it_is_started(walk: Walk, office: Office) -> None:
    to_review(walk, office)
    shown = walk.post(confirm=" Reception ")
    run = Reprovisioning.objects.get()
    assert walk.url == run.get_absolute_url()
    assert "0 of 3" in text(shown)
    assert active_job(run) is not None
    assert (run.sender, run.message, run.notice_minutes, run.zone) == (
        "it@alder.example", "Save your files.", 60, "Europe/Amsterdam",
    )  # fmt: skip
    assert (run.ring_pause_minutes, run.failure_budget, run.created_by) == (
        240, 1, "ann@provider.example",
    )  # fmt: skip
    assert [row.user for row in run.pcs.filter(excluded=True)] == ["amira@alder.example"]
    [event] = AuditEvent.objects.all()
    assert event.detail["cloud_pcs"] == 3
    second = walk.client.post(walk.at["review"], {"confirm": "Reception"})
    assert second["Location"] == run.get_absolute_url(), "a second click"
    assert Reprovisioning.objects.count() == 1


def test_a_scheduled_start(walk: Walk, office: Office) -> None:
    to_when(walk, office)
    day = timezone.now().date() + timedelta(days=30)
    walk.post(**{**LATER, "date": f"{day}", "time": "22:30", "zone": "UTC"})
    walk.post(confirm="Reception")
    at = datetime(day.year, day.month, day.day, 22, 30, tzinfo=UTC)
    assert Reprovisioning.objects.get().starts_at == at


def test_a_start_that_has_passed_meanwhile_is_asked_for_again(
    walk: Walk, office: Office, time_machine: Any
) -> None:
    to_when(walk, office)
    time_machine.move_to(datetime.fromisoformat(NOW), tick=False)
    walk.client = signed_in(office.admin)
    walk.post(**LATER)
    time_machine.move_to(datetime(2026, 3, 28, tzinfo=UTC), tick=False)
    walk.client = signed_in(office.admin)
    shown = walk.post(confirm="Reception")
    assert walk.step == "when"
    assert "is in the past" in error_of(shown, "date")
    assert not Reprovisioning.objects.exists()


def test_a_cloud_pc_made_meanwhile_is_left_out(walk: Walk, office: Office) -> None:
    to_review(walk, office)
    late = scene.cloud_pc(office.policy, "eva@alder.example", image_name="Old")
    walk.post(confirm="Reception")
    assert Reprovisioning.objects.get().pcs.get(graph_id=late.graph_id).excluded


def test_what_came_in_between_is_told_where_it_is_started(walk: Walk, office: Office) -> None:
    to_review(walk, office)
    GalleryImage.objects.filter(graph_id=office.policy.image_id).update(status="notSupported")
    said = text(walk.shown())
    assert "Nothing can be started now." in said
    assert "cannot be used." in text(walk.post(confirm="Reception"))
    GalleryImage.objects.update(status="supported")
    runs.run(office.policy)
    assert "are being brought over to" in text(walk.post(confirm="Reception"))
    assert Reprovisioning.objects.count() == 1


def test_a_change_of_an_answer_asks_for_the_name_again(walk: Walk, office: Office) -> None:
    to_review(walk, office)
    walk.post(confirm="wrong")
    back_to_pcs(walk)
    walk.post(pcs=ids(office, "bram"))
    walk.post(**RINGS)
    shown = walk.post(**MAIL)
    assert 'value="wrong"' not in shown


# The way in


def test_the_policys_page_leads_here(client: Client, office: Office) -> None:
    url = office.url("w365-policy-reprovision", office.policy.pk)
    assert f'href="{url}"' in page(client, office.page)


def test_no_way_in_while_it_cannot_be_started(client: Client, office: Office) -> None:
    empty = scene.policy(office.tenant, "Empty")
    runs.run(office.policy)
    for policy, words in ((empty, "It has no Cloud PCs."), (office.policy, "already")):
        answer = client.get(office.url("w365-policy-reprovision", policy.pk), follow=True)
        assert answer.redirect_chain[-1][0] == policy.get_absolute_url()
        assert words in answer.content.decode()


def test_readers_and_strangers(client: Client, office: Office) -> None:
    reader = signed_in(factories.member(office.tenant, "reader"))
    assert reader.get(office.url("w365-policy-reprovision", office.policy.pk)).status_code == 403
    foreign = scene.policy(factories.tenant(name="Elsewhere"), "Theirs")
    assert client.get(office.url("w365-policy-reprovision", foreign.pk)).status_code == 404
