"""Runs in which Windows 365, Graph or Exchange do not do what they should."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spotpc.jobs.models import Job
from tests.scene import PACE, finish, run_jobs
from tests.w365.mishaps import behaviour, fault, register, throttle
from tests.w365.reprovision.runs import (
    MESSAGE,
    SENDER,
    asked,
    begin,
    ended,
    give_newer_image,
    hours_pass,
    mails,
    phases,
    row_of,
    told,
    until,
)
from tests.w365.scene import GALLERY_IMAGE, OFFICE, PLAN, WAREHOUSE, Desks, assign, upn
from w365.models import Reprovisioning
from w365.reprovision import services
from w365.services import run_health_check

INTERNAL = {"code": "internalServerError", "message": "There was an internal server error."}
NO_LICENCE = {
    "code": "licenseNotFound",
    "message": "While a provisioning is in progress, someone has removed the user's Windows 365 "
    "license.",
}
REPROVISION = "/reprovision$"


def test_one_that_fails_is_tried_once_more(desks: Desks) -> None:
    behaviour(desks, "reprovision-fails", {"user": upn("bob")}, **INTERNAL)
    run, job = begin(desks)
    until(run, lambda: row_of(run, "bob").attempt == 2)
    desks.scene.control.delete("/behaviours")
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "bob", "cem"]
    assert phases(run)["bob"] == "Brought over"
    assert "Microsoft could not provision the Cloud PC of bob" in told(job)


def test_one_that_fails_for_good_is_told_and_the_others_go_on(desks: Desks) -> None:
    behaviour(desks, "reprovision-fails", {"user": upn("bob")}, **NO_LICENCE)
    run, job = begin(desks)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]  # trying again would not help
    row = row_of(run, "bob")
    assert (row.phase, row.error_code) == ("Failed", "cloudpc-licence")
    assert row.error_text == (
        f"{upn('bob')} lost the Windows 365 licence while the Cloud PC was being made. Assign the "
        "licence again and retry this user; all others go on."
    )
    assert "2 of 3 Cloud PCs brought over, 1 failed." in told(job)


def test_with_nobody_brought_over_the_run_has_failed(desks: Desks) -> None:
    behaviour(desks, "reprovision-fails", {}, **NO_LICENCE)
    run, job = begin(desks, failure_budget=3)
    ended(job, Job.State.FAILED)
    run.refresh_from_db()
    assert run.outcome == Reprovisioning.Outcome.FAILED
    assert "No Cloud PC was brought over. 0 of 3 Cloud PCs brought over, 3 failed." in told(job)


def test_one_that_never_ends_counts_as_failed_but_is_welcome_later(desks: Desks) -> None:
    behaviour(desks, "reprovision-stuck", {"user": upn("bob")})
    run, job = begin(desks, failure_budget=0)
    until(run, lambda: phases(run)["ann"] == phases(run)["cem"] == "Brought over")
    hours_pass(run, 7)
    until(run, lambda: bool(run.halted))
    assert "It was not done after" in run.halted
    desks.scene.control.delete("/behaviours")
    ended(job)
    assert phases(run)["bob"] == "Brought over"
    assert row_of(run, "bob").error_text == ""
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]


def test_a_cloud_pc_in_its_grace_period_is_skipped_and_a_gone_one_has_failed(desks: Desks) -> None:
    office, warehouse = (desks.group(name).graph_id for name in (OFFICE, WAREHOUSE))
    assign(desks, desks.policy().graph_id, office, warehouse)
    run_jobs(lambda: seen(desks, "dora").get("status") == "provisioned")
    run, job = begin(desks, "ann")
    desks.speed(1)  # nothing is over before its moment here
    until(run, lambda: bool(asked(desks)))
    assign(desks, desks.policy().graph_id, office)
    services.pause(desks.admin, run)
    desks.speed(PACE)
    until(run, lambda: phases(run)["ann"] == "Brought over")
    desks.speed(1)
    services.resume(desks.admin, run)
    until(run, lambda: phases(run)["dora"] == "Skipped")
    assert "grace period" in row_of(run, "dora").note
    desks.graph("POST", f"cloudPCs/{seen(desks, 'dora')['id']}/endGracePeriod")
    desks.speed(PACE)
    deadline = time.monotonic() + 60
    while seen(desks, "dora"):  # without a worker, who would bring the run to its end
        assert time.monotonic() < deadline
    ended(job)
    assert set(phases(run).values()) == {"Brought over", "Failed"}
    assert "not among the policy's Cloud PCs any more" in row_of(run, "dora").error_text
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]


def seen(desks: Desks, person: str) -> dict[str, Any]:
    """A Cloud PC in Graph; empty if it is not there."""
    bodies = [each["body"] for each in desks.held("cloudPCs")]
    return next((each for each in bodies if each["userPrincipalName"] == upn(person)), {})


def test_one_that_windows_365_works_on_is_waited_for(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    desks.speed(1)
    restore = {"cloudPcSnapshotId": "any"}
    desks.graph("POST", f"cloudPCs/{seen(desks, 'ann')['id']}/restore", restore)
    until(run, lambda: "being restored" in run.waiting_for)
    assert phases(run)["ann"] == "Not ready"
    assert asked(desks) == []
    desks.speed(PACE)
    ended(job)
    assert asked(desks)[0] == "ann"


# Graph's answers to a request


def test_throttled_requests_are_made_later_and_count_once(desks: Desks) -> None:
    throttle(desks, "POST", REPROVISION)
    throttle(desks, "POST", REPROVISION)
    run, job = begin(desks)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert len(asked(desks, status=None)) == 5
    assert {row.attempt for row in run.pcs.all()} == {1}
    assert "Microsoft Graph asks Spot PC to slow down" in told(job)


def test_an_answer_that_was_lost_is_not_asked_for_again(desks: Desks) -> None:
    fault(desks, method="POST", path=REPROVISION, drop=True, after=True)
    run, job = begin(desks)
    ended(job)
    person = {each["id"]: each["body"]["userPrincipalName"] for each in desks.held("cloudPCs")}
    assert len(asked(desks, status=None)) == len(person) == 3
    assert {row.attempt for row in run.pcs.all()} == {1}


def test_a_conflict_counts_as_under_way(desks: Desks) -> None:
    """And when nothing came of it, it is asked for once more."""
    conflict = {"error": {"code": "Conflict", "message": "The current state conflicts with what "
                          "the request expects."}}  # fmt: skip
    fault(desks, method="POST", path=REPROVISION, status=409, body=conflict)
    run, job = begin(desks)
    until(run, lambda: list(phases(run).values()).count("Brought over") == 2)
    assert list(phases(run).values()).count("Asked") == 1
    assert "at work on the Cloud PC" not in told(job)  # it held up nobody else
    hours_pass(run, 4 / 60)
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert sorted(row.attempt for row in run.pcs.all()) == [1, 1, 2]


def test_a_missing_permission_is_named_and_waited_for(desks: Desks) -> None:
    every = ["Group.Read.All", "User.Read.All", "Organization.Read.All", "Mail.Send"]
    run, job = begin(desks)
    register(desks, roles=[*every, "CloudPC.Read.All"])
    until(run, lambda: "CloudPC.ReadWrite.All" in told(job))
    assert asked(desks) == []
    assert {row.attempt for row in run.pcs.all()} == {0}
    register(desks, roles=[*every, "CloudPC.ReadWrite.All"])
    ended(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert {row.attempt for row in run.pcs.all()} == {1}


def test_a_graph_that_is_down_for_a_while_changes_nothing(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    until(run, lambda: bool(asked(desks)))
    busy = {"error": {"code": "ServiceUnavailable", "message": "The service is temporarily "
                      "unavailable for maintenance or is overloaded."}}  # fmt: skip
    fault(desks, method="GET", path="/cloudPCs$", status=503, body=busy, times=4)
    ended(job)
    assert "Windows 365 is being serviced or overloaded" in told(job)
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]


# The message


def test_a_sender_without_a_mailbox_ends_the_run_before_anybody_is_wiped(desks: Desks) -> None:
    run, job = begin(desks, message=MESSAGE, sender="nobody@test.example", notice_minutes=0)
    ended(job, Job.State.FAILED)
    assert [each for each in asked(desks) if each != "mail"] == []
    assert "nobody@test.example cannot send mail" in job.error_text
    assert "Nobody's Cloud PC has been touched" in job.error_remedy
    assert set(phases(run).values()) == {"Left as it was"}


def test_a_mailbox_that_goes_away_later_stops_the_run(desks: Desks) -> None:
    run, job = begin(desks, "ann", message=MESSAGE, sender=SENDER, notice_minutes=0)
    until(run, lambda: "ann" in asked(desks))
    gone = {"error": {"code": "MailboxNotEnabledForRESTAPI", "message": "It is inactive."}}
    fault(desks, method="POST", path="/sendMail$", status=404, body=gone)
    until(run, lambda: bool(run.halted))
    assert f"{SENDER} cannot send mail" in run.halted
    assert [each for each in asked(desks) if each != "mail"] == ["ann"]
    services.try_again(desks.admin, run)
    ended(job)
    assert len(mails(desks)) == 3


def test_who_cannot_be_written_to_is_not_wiped(desks: Desks) -> None:
    refused = {"error": {"code": "ErrorInvalidRecipients", "message": "At least one recipient "
                         "isn't valid."}}  # fmt: skip
    fault(desks, method="POST", path="/sendMail$", status=400, body=refused)
    run, job = begin(desks, message=MESSAGE, sender=SENDER, notice_minutes=0)
    ended(job)
    assert sorted(phases(run).values()) == ["Brought over", "Brought over", "Failed"]
    [failed] = [row for row in run.pcs.all() if row.error_code]
    assert failed.error_code == "mail-recipient-refused"
    assert failed.user.partition("@")[0] not in asked(desks)


# Before it begins


@pytest.mark.parametrize("also", ["warning", ""])
def test_a_connection_that_failed_its_checks_stops_it(desks: Desks, also: str) -> None:
    told_of = {"errorType": "endpointConnectivityCheckIntuneUrlNotAllowListed"} | (
        {"warning": True} if also else {}
    )
    behaviour(desks, "health-check-fails", {"connection": "Office network"}, **told_of)
    check_again(desks)
    _, job = begin(desks)
    if also:  # warnings are allowed
        ended(job)
        return
    ended(job, Job.State.FAILED)
    assert asked(desks) == []
    assert "Office network failed its health check" in job.error_text
    assert "endpointConnectivityCheckIntuneUrlNotAllowListed" in job.error_text
    assert "TLS inspection" in job.error_remedy


def check_again(desks: Desks) -> None:
    finish(run_health_check(desks.admin, desks.connection()))


def test_a_connection_that_fails_later_holds_the_next_ring(desks: Desks) -> None:
    run, job = begin(desks, "ann")
    desks.speed(1)  # so that the second ring cannot begin before the pause
    until(run, lambda: phases(run)["ann"] == "Reprovisioning")
    services.pause(desks.admin, run)
    desks.speed(PACE)
    until(run, lambda: phases(run)["ann"] == "Brought over")
    behaviour(desks, "health-check-fails", {"connection": "Office network"},
              errorType="endpointConnectivityCheckIntuneUrlNotAllowListed")  # fmt: skip
    check_again(desks)
    services.resume(desks.admin, run)
    until(run, lambda: "failed its health check" in told(job))
    assert asked(desks) == ["ann"]
    assert {row_of(run, each).attempt for each in ("bob", "cem")} == {0}
    desks.scene.control.delete("/behaviours")
    check_again(desks)
    ended(job)


def test_a_policy_edited_before_the_first_pass_ends_the_run(desks: Desks) -> None:
    _, job = begin(desks)
    give_newer_image(desks, GALLERY_IMAGE)
    ended(job, Job.State.FAILED)
    assert "Somebody gave the policy another image" in job.error_text
    assert asked(desks) == []


def test_too_few_licences_end_the_run(desks: Desks) -> None:
    _, job = begin(desks)
    desks.directory(skus=[{"partNumber": PLAN, "enabled": 2}])
    ended(job, Job.State.FAILED)
    assert "licences are for 2 Cloud PCs, and 3 are to be brought over" in job.error_text
    assert asked(desks) == []
