"""Provisioning policies: made, assigned, changed and deleted; edits elsewhere; dead workers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spotpc.jobs.models import Job
from tests.scene import finish
from tests.steps.trouble import told
from tests.w365.mishaps import dies_once, fault, register, survive, throttle, writes
from tests.w365.scene import (
    NEWER_GALLERY_IMAGE,
    OFFICE,
    WAREHOUSE,
    Desks,
    assign,
)
from w365 import services
from w365.models import ProvisioningPolicy

KIND = "provisioningPolicies"


def create(desks: Desks) -> tuple[ProvisioningPolicy, Job]:
    row = services.create_policy(desks.admin, desks.tenant, desks.new_spec())
    return row, desks.job(services.POLICY_SAVE)


def edit(desks: Desks, **changes: object) -> Job:
    base = desks.spec()
    wanted = replace(base, **changes)  # type: ignore[arg-type]
    return services.edit_policy(desks.admin, desks.policy(), wanted, base)


def in_graph(desks: Desks, path: str, **body: object) -> None:
    """Somebody at the Intune admin center."""
    desks.graph("PATCH", f"{KIND}/{desks.policy().graph_id}{path}", body)


def newer_image(desks: Desks) -> dict[str, str]:
    image = desks.gallery_image(NEWER_GALLERY_IMAGE)
    return {"image_id": image.graph_id, "image_name": image.name}


def test_created_and_assigned(desks: Desks) -> None:
    row, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    row.refresh_from_db()
    held = desks.held_one(KIND, "Front desk")
    assert row.graph_id == held["body"]["id"]
    assert held["body"]["description"] == "Reception"
    assert held["body"]["enableSingleSignOn"] is True
    [join] = held["body"]["domainJoinConfigurations"]
    assert (join["domainJoinType"], join["regionName"]) == ("azureADJoin", "westeurope")
    assert desks.assigned("Front desk") == {desks.group(WAREHOUSE).graph_id}
    assert "Windows 365 has the policy" in told(job)
    assert "Licensed members of its groups" in told(job)
    assert services.spec_of(row) == desks.new_spec()


def test_an_edit_writes_what_changed_and_nothing_else(desks: Desks) -> None:
    groups = tuple(sorted(desks.group(name).graph_id for name in (OFFICE, WAREHOUSE)))
    job = edit(desks, description="All of us", group_ids=groups, **newer_image(desks))
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    body = desks.held_one(KIND, "Office")["body"]
    assert (body["imageId"], body["description"]) == (NEWER_GALLERY_IMAGE, "All of us")
    assert body["windowsSetting"] == {"locale": "en-GB"}
    assert desks.assigned("Office") == set(groups)
    row = desks.policy()
    assert (row.description, row.image_id) == ("All of us", NEWER_GALLERY_IMAGE)
    assert row.group_ids == list(groups)
    assert "Cloud PCs that exist keep the image they have" in told(job)
    assert {pc.image_name for pc in desks.pcs()} == {desks.gallery_image().name}


def test_an_edit_of_the_name_alone_does_not_assign(desks: Desks) -> None:
    since = len(writes(desks, KIND))
    assert finish(edit(desks, name="Offices")).state == Job.State.SUCCEEDED
    assert len(writes(desks, KIND)) == since + 1
    assert desks.policy("Offices").graph_id


def test_one_edited_elsewhere_is_not_overwritten(desks: Desks) -> None:
    job = edit(desks, name="Offices", description="Mine")
    in_graph(desks, "", description="Theirs", enableSingleSignOn=False)
    since = len(writes(desks, KIND))
    assert finish(job).state == Job.State.FAILED
    assert len(writes(desks, KIND)) == since
    row = desks.policy()
    assert (row.name, row.description, row.single_sign_on) == ("Office", "Theirs", False)
    assert job.error_code == "policy-changed"
    assert "Description, Single sign-on" in job.error_text
    conflict = services.policy_conflict(row)
    assert conflict is not None
    assert conflict.by == desks.admin.email
    assert conflict.differences == [
        ("Description", "Mine", "Theirs"),
        ("Single sign-on", "yes", "no"),
    ]


def test_groups_assigned_elsewhere_are_named(desks: Desks) -> None:
    office, warehouse = (desks.group(name).graph_id for name in (OFFICE, WAREHOUSE))
    job = edit(desks, group_ids=())
    assign(desks, desks.policy().graph_id, office, warehouse)
    finish(job)
    conflict = services.policy_conflict(desks.policy())
    assert conflict is not None
    assert conflict.differences == [("Groups", "none", f"{OFFICE}, {WAREHOUSE}")]
    assert desks.assigned("Office") == {office, warehouse}


def test_a_conflict_stands_until_an_edit_succeeds_or_it_is_dismissed(desks: Desks) -> None:
    job = edit(desks, description="Mine")
    in_graph(desks, "", description="Theirs")
    finish(job)
    assert services.policy_conflict(desks.policy()) is not None
    services.dismiss_conflict(desks.admin, desks.policy())
    assert services.policy_conflict(desks.policy()) is None
    job = edit(desks, description="Mine")
    in_graph(desks, "", description="Theirs again")
    finish(job)
    assert services.policy_conflict(desks.policy()) is not None
    assert finish(edit(desks, description="Mine after all")).state == Job.State.SUCCEEDED
    assert services.policy_conflict(desks.policy()) is None


def test_one_that_is_as_wanted_already_is_fine(desks: Desks) -> None:
    job = edit(desks, description="The same")
    in_graph(desks, "", description="The same")
    since = len(writes(desks, KIND))
    assert finish(job).state == Job.State.SUCCEEDED
    assert len(writes(desks, KIND)) == since
    assert desks.policy().description == "The same"
    assert "has the change" not in told(job)


def test_a_custom_image_must_be_ready(desks: Desks) -> None:
    source = desks.source_image()
    image = services.create_device_image(desks.admin, desks.site, "Desk", "1.0.0", source)
    assert finish(desks.job(services.IMAGE_UPLOAD)).state == Job.State.SUCCEEDED
    image.refresh_from_db()
    custom = {"image_type": "custom", "image_id": image.graph_id, "image_name": "Desk"}
    job = edit(desks, **custom)
    desks.graph("DELETE", f"deviceImages/{image.graph_id}")
    assert finish(job).state == Job.State.FAILED
    assert "The device image Desk is gone from Windows 365" in job.error_text
    assert desks.held_one(KIND, "Office")["body"]["imageType"] == "gallery"


def test_deleted_when_its_groups_are_removed(desks: Desks) -> None:
    policy = desks.policy()
    assert "assigned to a group" in services.why_not_delete(policy)
    assert finish(edit(desks, group_ids=())).state == Job.State.SUCCEEDED
    job = services.delete_policy(desks.admin, desks.policy())
    assert finish(job).state == Job.State.SUCCEEDED
    assert desks.held(KIND) == []
    assert not ProvisioningPolicy.objects.exists()
    assert "3 Cloud PCs that were made from it stay" in told(job)


def test_one_that_was_assigned_meanwhile_is_not_deleted(desks: Desks) -> None:
    finish(edit(desks, group_ids=()))
    policy = desks.policy()
    job = services.delete_policy(desks.admin, policy)
    assign(desks, policy.graph_id, desks.group(OFFICE).graph_id)
    assert finish(job).state == Job.State.FAILED
    assert "groups are still assigned to it" in job.error_text
    assert desks.policy().group_ids == [desks.group(OFFICE).graph_id]
    assert desks.held_names(KIND) == ["Office"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["create_policy", "assign_policy"])
def test_a_worker_that_dies_while_it_creates(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, method: str, when: str
) -> None:
    row, job = create(desks)
    survive(job, dies_once(monkeypatch, method, when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    row.refresh_from_db()
    assert desks.held_names(KIND) == ["Front desk", "Office"]
    assert row.graph_id == desks.held_one(KIND, "Front desk")["body"]["id"]
    assert desks.assigned("Front desk") == {desks.group(WAREHOUSE).graph_id}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["update_policy", "assign_policy"])
def test_a_worker_that_dies_while_it_edits(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, method: str, when: str
) -> None:
    """Half of it written is no conflict."""
    groups = (desks.group(WAREHOUSE).graph_id,)
    job = edit(desks, name="Stock", group_ids=groups)
    survive(job, dies_once(monkeypatch, method, when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    assert desks.held_names(KIND) == ["Stock"]
    assert desks.assigned("Stock") == set(groups)
    assert len([each for each in writes(desks, KIND) if each.startswith("PATCH")]) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_while_it_deletes(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    finish(edit(desks, group_ids=()))
    job = services.delete_policy(desks.admin, desks.policy())
    survive(job, dies_once(monkeypatch, "delete_policy", when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    assert desks.held(KIND) == []


def test_lost_answers_throttling_and_outages(desks: Desks) -> None:
    throttle(desks, "POST", f"{KIND}$")
    fault(desks, method="POST", path=f"{KIND}$", drop=True, after=True)
    fault(desks, method="POST", path="/assign$", status=503)
    fault(desks, method="POST", path="/assign$", drop=True, after=True)
    _, job = create(desks)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    assert desks.held_names(KIND) == ["Front desk", "Office"]
    assert desks.assigned("Front desk") == {desks.group(WAREHOUSE).graph_id}


def test_a_name_that_graph_refuses(desks: Desks) -> None:
    row = services.create_policy(desks.admin, desks.tenant, desks.new_spec("Front<desk"))
    job = finish(desks.job(services.POLICY_SAVE), seconds=120)
    assert job.state == Job.State.FAILED
    assert "must not contain any of" in job.error_text
    row.refresh_from_db()
    assert services.failed_job(row) == job
    assert [each.fate for each in job.resources.all()] == ["gone"]


def test_a_missing_permission_is_named(desks: Desks) -> None:
    job = edit(desks, description="Mine")
    register(desks, roles=["CloudPC.Read.All"])
    assert finish(job).state == Job.State.FAILED
    assert "CloudPC.ReadWrite.All" in job.error_text
    assert desks.policy().description == "Everybody in the office"
    assert services.policy_conflict(desks.policy()) is None
