"""Network connections: made, changed, checked and deleted; findings, trouble, dead workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_django import Settings

from spotpc.azure.graph.windows365 import Windows365
from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from tests.scene import finish
from tests.steps.trouble import run_until, told
from tests.w365.mishaps import (
    behaviour,
    dies_once,
    fault,
    register,
    survive,
    throttle,
    writes,
)
from tests.w365.scene import DOMAIN, SPEED, Desks
from w365 import services
from w365.models import NetworkConnection
from w365.services import ConnectionChoices

KIND = "onPremisesConnections"
PASSWORD = DOMAIN["password"]


def hybrid(desks: Desks, **changes: object) -> ConnectionChoices:
    choices = ConnectionChoices(
        name="Head office", site=desks.site, join_type="hybridAzureADJoin",
        ad_domain=DOMAIN["name"], ad_username=DOMAIN["username"], ad_password=PASSWORD,
        organizational_unit="OU=Cloud PCs,DC=corp,DC=example",
    )  # fmt: skip
    return replace(choices, **changes)  # type: ignore[arg-type]


def create(desks: Desks, **changes: object) -> tuple[NetworkConnection, Job]:
    row = services.create_connection(desks.admin, desks.tenant, hybrid(desks, **changes))
    return row, desks.job(services.CONNECTION_SAVE)


def created(desks: Desks) -> NetworkConnection:
    row, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    row.refresh_from_db()
    return row


def test_created_in_graph_and_checked_to_the_end(desks: Desks) -> None:
    row, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED
    row.refresh_from_db()
    held = desks.held_one(KIND, "Head office")
    assert row.graph_id == held["body"]["id"]
    assert held["body"]["subnetId"] == desks.site.subnet_id
    assert held["body"]["organizationalUnit"] == "OU=Cloud PCs,DC=corp,DC=example"
    assert held["inner"]["passwordSet"] is True
    assert (row.health, len(row.checks)) == ("passed", 15)
    assert row.checked_at is not None
    assert "Windows 365 has the connection and checks it" in told(job)
    assert "Checks successful" in told(job)
    assert [(each.kind, each.fate) for each in job.resources.all()] == [
        ("network connection", "kept")
    ]


def test_the_password_is_gone_as_soon_as_graph_has_it(desks: Desks) -> None:
    row, job = create(desks)
    assert row.ad_password == PASSWORD
    desks.speed(1)  # so that the checks do not end
    run_tick(job.pk)
    row.refresh_from_db()
    assert (row.graph_id != "", row.ad_password) == (True, "")
    assert PASSWORD not in str(job.params)
    assert PASSWORD not in str(desks.scene.control.get("/state"))


def test_what_is_being_checked_stands_on_the_page(desks: Desks) -> None:
    _, job = create(desks)
    desks.speed(100)
    run_until(job, "Windows 365 checks: ")
    assert job.progress_total == 15
    assert desks.connection("Head office").health in ("pending", "running")


def test_a_failed_check_is_a_finding_and_says_what_to_do(desks: Desks) -> None:
    row, job = create(desks, ad_password="wrong-Passw0rd")
    assert finish(job).state == Job.State.SUCCEEDED
    row.refresh_from_db()
    assert row.health == "failed"
    failed = [each for each in row.checks if each["status"] == "failed"]
    assert [each["error_type"] for each in failed] == ["adJoinCheckIncorrectCredentials"]
    warnings = [each.text for each in job.events.filter(level="warning")]
    assert len(warnings) == 1
    assert warnings[0].startswith("Active Directory domain join failed. The user name or the pass")
    assert "Check the account" in warnings[0]


def test_a_warning_is_told_too(desks: Desks) -> None:
    behaviour(
        desks, "health-check-fails", {"connection": "Head office"},
        errorType="udpConnectivityCheckTurnUrlNotAllowListed", warning=True,
    )  # fmt: skip
    row, job = create(desks)
    finish(job)
    row.refresh_from_db()
    assert (job.state, row.health) == (Job.State.SUCCEEDED, "warning")
    assert "UDP connection check passed with a warning. The TURN relays" in told(job)


def test_edited_with_a_new_password_and_checked_again(desks: Desks) -> None:
    row, job = create(desks, ad_password="wrong-Passw0rd")
    finish(job)
    row.refresh_from_db()
    job = services.edit_connection(desks.admin, row, hybrid(desks, name="Main office"))
    assert finish(job).state == Job.State.SUCCEEDED
    row.refresh_from_db()
    assert (row.name, row.health, row.ad_password) == ("Main office", "passed", "")
    assert desks.held_names(KIND) == ["Main office", "Office network"]
    assert len(writes(desks, row.graph_id)) == 1


def test_an_edit_waits_for_a_check_that_graph_began(desks: Desks) -> None:
    row = created(desks)
    desks.speed(1)
    desks.graph("PATCH", f"{KIND}/{row.graph_id}", {"displayName": "Head office"})
    job = services.edit_connection(desks.admin, row, hybrid(desks, name="Main office"))
    run_tick(job.pk)
    job.refresh_from_db()
    assert "is checking the connection and changes nothing" in job.waiting_for
    assert "Main office" not in desks.held_names(KIND)
    desks.speed(SPEED)
    assert finish(job).state == Job.State.SUCCEEDED
    assert "Main office" in desks.held_names(KIND)


def test_a_health_check_asked_for(desks: Desks) -> None:
    row = desks.connection()
    before = row.checked_at
    job = services.run_health_check(desks.admin, row)
    assert finish(job).state == Job.State.SUCCEEDED
    row.refresh_from_db()
    assert row.health == "passed"
    assert row.checked_at is not None
    assert before is not None
    assert row.checked_at > before


def test_the_last_check_is_not_taken_for_the_one_that_was_asked_for(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Graph may take a moment to begin; until then it tells of the one before."""
    settings.AZURE_PACE = 1  # so that the moment is long
    row = desks.connection()
    monkeypatch.setattr(Windows365, "run_health_checks", lambda self, connection_id: None)
    job = services.run_health_check(desks.admin, row)
    run_until(job, "has not begun the health check yet")
    desks.graph("PATCH", f"{KIND}/{row.graph_id}", {"displayName": row.name})
    assert finish(job).state == Job.State.SUCCEEDED
    before = row.checked_at
    row.refresh_from_db()
    assert row.checked_at != before


def test_deleted_in_graph_then_here(desks: Desks) -> None:
    row = created(desks)
    job = services.delete_connection(desks.admin, row)
    assert finish(job).state == Job.State.SUCCEEDED
    assert desks.held_names(KIND) == ["Office network"]
    assert not NetworkConnection.objects.filter(pk=row.pk).exists()


def test_one_that_came_into_use_meanwhile_is_not_deleted(desks: Desks) -> None:
    row = created(desks)
    job = services.delete_connection(desks.admin, row)
    join = {"domainJoinType": "hybridAzureADJoin", "onPremisesConnectionId": row.graph_id}
    policy = desks.policy().graph_id
    desks.graph("PATCH", f"provisioningPolicies/{policy}", {"domainJoinConfigurations": [join]})
    assert finish(job).state == Job.State.FAILED
    assert "The network connection was kept" in job.error_text
    assert NetworkConnection.objects.filter(pk=row.pk).exists()
    assert "Head office" in desks.held_names(KIND)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_around_the_create_makes_one(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    row, job = create(desks)
    survive(job, dies_once(monkeypatch, "create_connection", when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    row.refresh_from_db()
    assert desks.held_names(KIND) == ["Head office", "Office network"]
    assert (row.graph_id, row.ad_password) == (
        desks.held_one(KIND, "Head office")["body"]["id"], ""
    )  # fmt: skip


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["update_connection", "run_health_checks", "delete_connection"])
def test_a_worker_that_dies_around_any_other_write(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, method: str, when: str
) -> None:
    row = created(desks)
    acts: dict[str, Callable[[], Job]] = {
        "update_connection": lambda: services.edit_connection(
            desks.admin, row, hybrid(desks, name="Main office", ad_password="")
        ),
        "run_health_checks": lambda: services.run_health_check(desks.admin, row),
        "delete_connection": lambda: services.delete_connection(desks.admin, row),
    }
    job = acts[method]()
    survive(job, dies_once(monkeypatch, method, when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    expected = {"update_connection": "Main office", "run_health_checks": "Head office"}
    assert desks.held_names(KIND) == sorted({expected.get(method, ""), "Office network"} - {""})
    assert len(writes(desks, row.graph_id)) == 1


def test_an_answer_that_is_lost_makes_no_second_one(desks: Desks) -> None:
    fault(desks, method="POST", path=f"{KIND}$", drop=True, after=True)
    _, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    assert desks.held_names(KIND) == ["Head office", "Office network"]


def test_429_and_503_are_waited_out(desks: Desks) -> None:
    throttle(desks, "POST", f"{KIND}$")
    fault(desks, method="GET", path=KIND, status=503, times=2)
    _, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    assert "slow down" in told(job)
    assert desks.held_names(KIND) == ["Head office", "Office network"]


def test_a_missing_permission_is_named(desks: Desks) -> None:
    register(desks, roles=["CloudPC.Read.All"])
    row, job = create(desks)
    assert finish(job).state == Job.State.FAILED
    assert "CloudPC.ReadWrite.All" in job.error_text
    row.refresh_from_db()
    assert (row.graph_id, row.ad_password) == ("", "")
    assert services.failed_job(row) == job
    assert services.why_not_edit(row).startswith("It was never created")
    assert [each.fate for each in job.resources.all()] == ["gone"]
    register(desks)
    assert finish(services.delete_connection(desks.admin, row)).state == Job.State.SUCCEEDED
    assert not NetworkConnection.objects.filter(pk=row.pk).exists()
    assert desks.held_names(KIND) == ["Office network"]


def test_an_expired_secret(desks: Desks) -> None:
    register(desks, expired=True)
    row, job = create(desks)
    assert finish(job).state == Job.State.FAILED
    assert "has expired" in job.error_text
    row.refresh_from_db()
    assert row.ad_password == ""


def test_a_name_that_somebody_took_in_intune_is_not_adopted(desks: Desks) -> None:
    row, job = create(desks)
    known = desks.held_one(KIND, "Office network")["body"]["id"]
    desks.graph("PATCH", f"{KIND}/{known}", {"displayName": "Head office"})
    assert finish(job).state == Job.State.FAILED
    assert "named Head office already, made somewhere else" in job.error_text
    row.refresh_from_db()
    assert row.graph_id == ""
    assert desks.held_names(KIND) == ["Head office"]


def test_a_connection_that_somebody_deleted(desks: Desks) -> None:
    row = created(desks)
    desks.graph("DELETE", f"{KIND}/{row.graph_id}")
    job = services.run_health_check(desks.admin, row)
    assert finish(job).state == Job.State.FAILED
    assert "somebody deleted it there" in job.error_text


def test_a_create_that_failed_after_its_lost_answer_is_found_again(desks: Desks) -> None:
    """Graph made it and the job never hears: the row learns at the next refresh where it is."""
    fault(desks, method="POST", path=f"{KIND}$", drop=True, after=True)
    row, job = create(desks)
    run_until(job, "the connection broke")
    register(desks, expired=True)
    assert finish(job).state == Job.State.FAILED
    assert "Left behind" in told(job)
    row.refresh_from_db()
    assert row.graph_id == ""
    register(desks)
    assert desks.sync()
    row.refresh_from_db()
    assert row.graph_id == desks.held_one(KIND, "Head office")["body"]["id"]
    assert NetworkConnection.objects.filter(tenant=desks.tenant).count() == 2
