"""Whole runs against the emulator, as they should go, and what an administrator does meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from spotpc.azure.graph.windows365 import Windows365
from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from tenants.models import AuditEvent
from tests.scene import run_jobs
from tests.w365.mishaps import behaviour
from tests.w365.reprovision.runs import (
    MESSAGE,
    SENDER,
    asked,
    begin,
    choices,
    devices,
    ended,
    give_newer_image,
    hours_pass,
    images,
    mails,
    pc_of,
    phases,
    row_of,
    told,
    until,
)
from tests.w365.scene import GALLERY_IMAGE, Desks, upn
from w365.models import Reprovisioning
from w365.reprovision import services

Outcome = Reprovisioning.Outcome
INTERNAL = {"code": "internalServerError", "message": "There was an internal server error."}


def test_three_cloud_pcs_are_brought_over_ring_by_ring(desks: Desks) -> None:
    before = devices(desks)
    run, job = begin(desks, "cem")
    assert (run.image_name, run.policy_name) == (desks.policy().image_name, "Office")
    ended(job)
    run.refresh_from_db()
    assert (run.outcome, run.halted, run.waiting_for) == (Outcome.SUCCEEDED, "", "")
    assert set(images(desks).values()) == {run.image_name}
    assert asked(desks)[0] == "cem"
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert not set(devices(desks).values()) & set(before.values())
    assert phases(run) == dict.fromkeys(("ann", "bob", "cem"), "Brought over")
    cem, ann = row_of(run, "cem"), row_of(run, "ann")
    assert (cem.ring, ann.ring, cem.attempt) == (1, 2, 1)
    assert ann.asked_at is not None
    assert cem.finished_at is not None
    assert cem.finished_at <= ann.asked_at
    names = {each["body"]["managedDeviceName"] for each in desks.held("cloudPCs")}
    assert {row.new_device for row in run.pcs.all()} == names
    assert "3 of 3 Cloud PCs brought over." in told(job)
    audit = AuditEvent.objects.get(action="w365_policy.reprovision")
    assert (audit.subject, audit.detail["cloud_pcs"], audit.detail["rings"]) == ("Office", 3, 2)


def test_users_are_told_before_they_are_wiped(desks: Desks) -> None:
    run, job = begin(desks, "ann", message=MESSAGE, sender=SENDER, notice_minutes=60)
    run_jobs(lambda: bool(mails(desks)))
    until(run, lambda: "reprovisioning begins at" in run.waiting_for)
    assert phases(run) == {"ann": "User told", "bob": "Planned", "cem": "Planned"}
    assert asked(desks) == ["mail"]
    [mail] = mails(desks)
    row = row_of(run, "ann")
    assert mail["user"] == upn("ann")
    assert MESSAGE in mail["body"]
    assert f"Cloud PC: {row.old_device}" in mail["body"]
    assert row.noticed_at is not None
    hours_pass(run, 1)
    until(run, lambda: row_of(run, "bob").noticed_at is not None)
    hours_pass(run, 1)
    ended(job)
    assert asked(desks)[:4] == ["mail", "ann", "mail", "mail"]
    assert sorted(asked(desks)[4:]) == ["bob", "cem"]
    assert [each["user"] for each in mails(desks)] == [upn("ann"), upn("bob"), upn("cem")]


def test_the_device_of_before_is_the_one_right_before_the_request(desks: Desks) -> None:
    """The tenant may have been read long ago."""
    give_newer_image(desks)
    assert desks.sync()
    desks.policy().pcs.update(managed_device_id="a device of long ago")
    before = devices(desks)
    run = services.start(desks.admin, desks.policy(), choices(desks))
    until(run, lambda: row_of(run, "ann").asked_at is not None)
    assert row_of(run, "ann").old_device_id == before["ann"]
    ended(desks.job(services.REPROVISION))


def test_nothing_happens_before_its_time(desks: Desks) -> None:
    at = timezone.now() + timedelta(hours=3)
    run, job = begin(desks, starts_at=at)
    until(run, lambda: run.waiting_for.startswith("Ring 1 begins at"))
    job.refresh_from_db()
    assert job.next_run_at is not None
    assert job.next_run_at > timezone.now() + timedelta(minutes=4)
    assert asked(desks) == []
    Reprovisioning.objects.filter(pk=run.pk).update(starts_at=timezone.now())
    ended(job)


def test_who_is_left_out_stays_as_he_was(desks: Desks) -> None:
    before = devices(desks)
    run, job = begin(desks, only=[pc_of(desks, each).graph_id for each in ("ann", "cem")])
    ended(job)
    assert sorted(asked(desks)) == ["ann", "cem"]
    assert devices(desks)["bob"] == before["bob"]
    assert phases(run)["bob"] == "Left out"


def test_one_with_the_same_image_name_is_brought_over_if_wanted(desks: Desks) -> None:
    """A newer version of a custom image has the same name: only the device proves anything."""
    give_newer_image(desks, GALLERY_IMAGE)
    assert desks.sync()
    with pytest.raises(DomainError, match="Include those too"):
        services.start(desks.admin, desks.policy(), choices(desks))
    run = services.start(desks.admin, desks.policy(), choices(desks, include_same=True))
    job = Job.objects.get(kind=services.REPROVISION)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert set(phases(run).values()) == {"Brought over"}


# What an administrator does


def test_a_pause_holds_the_next_ring(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    until(run, lambda: bool(asked(desks)))
    services.pause(desks.admin, run)
    until(run, lambda: phases(run)["ann"] == "Brought over")
    until(run, lambda: run.waiting_for == "Paused by an administrator.")
    assert asked(desks) == ["ann"]
    services.resume(desks.admin, run)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_it_stops_between_two_cloud_pcs_of_a_ring(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    run, job = begin(desks)
    real = Windows365.reprovision

    def pressed(self: Windows365, cloud_pc_id: str) -> None:
        real(self, cloud_pc_id)
        getattr(services, act)(desks.admin, run)

    monkeypatch.setattr(Windows365, "reprovision", pressed)
    until(run, lambda: list(phases(run).values()).count("Brought over") == 1)
    assert len(asked(desks)) == 1
    monkeypatch.undo()
    if act == "pause":
        services.resume(desks.admin, run)
        ended(job)
    else:
        ended(job, Job.State.CANCELLED)
    assert len(asked(desks)) == (3 if act == "pause" else 1)


def test_a_cancel_brings_to_an_end_what_was_begun(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    until(run, lambda: bool(asked(desks)))
    services.cancel(desks.admin, run)
    ended(job, Job.State.CANCELLED)
    run.refresh_from_db()
    assert run.outcome == Outcome.CANCELLED
    assert asked(desks) == ["ann"]
    assert phases(run) == {"ann": "Brought over", "bob": "Left as it was", "cem": "Left as it was"}
    assert "1 of 3 Cloud PCs brought over, 2 left as before." in told(job)
    with pytest.raises(DomainError, match="ended already"):
        services.cancel(desks.admin, run)


def test_a_cancel_before_anything_was_asked(desks: Desks) -> None:
    run, job = begin(desks)
    services.cancel(desks.admin, run)
    ended(job, Job.State.CANCELLED)
    assert set(phases(run).values()) == {"Left as it was"}


def test_a_policy_with_another_image_stops_the_run(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    until(run, lambda: bool(asked(desks)))
    give_newer_image(desks, GALLERY_IMAGE)
    until(run, lambda: bool(run.halted))
    until(run, lambda: phases(run)["ann"] == "Brought over")
    assert asked(desks) == ["ann"]
    assert "the policy's image is" in run.halted
    assert "nothing more is reprovisioned until an administrator acts" in told(job)
    give_newer_image(desks)
    until(run, lambda: "Stopped" in run.waiting_for)
    services.try_again(desks.admin, run)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]


def test_over_the_budget_nobody_else_is_asked_until_it_is_tried_again(desks: Desks) -> None:
    behaviour(desks, "reprovision-fails", {"user": upn("ann")}, **INTERNAL)
    run, job = begin(desks, "ann", failure_budget=0)
    until(run, lambda: bool(run.halted))
    assert asked(desks) == ["ann", "ann"]
    assert run.halted.startswith("1 Cloud PC failed where 0 may (Microsoft could not provision")
    row = row_of(run, "ann")
    assert (row.phase, row.attempt, row.error_code) == ("Failed", 2, "cloudpc-internal")
    desks.scene.control.delete("/behaviours")
    services.try_again(desks.admin, run)
    ended(job)
    assert asked(desks)[:3] == ["ann", "ann", "ann"]
    assert set(phases(run).values()) == {"Brought over"}
    assert row_of(run, "ann").error_text == ""


def test_or_it_goes_on_without_those_that_failed(desks: Desks) -> None:
    behaviour(desks, "reprovision-fails", {"user": upn("ann")}, **INTERNAL)
    run, job = begin(desks, "ann", failure_budget=0)
    until(run, lambda: bool(run.halted))
    services.try_again(desks.admin, run, retry=False)
    ended(job)
    assert phases(run) == {"ann": "Failed", "bob": "Brought over", "cem": "Brought over"}
    assert "2 of 3 Cloud PCs brought over, 1 failed." in told(job)
