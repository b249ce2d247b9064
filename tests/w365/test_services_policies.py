"""Changes to policies: what is refused, and what one act leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from tenants.models import AuditEvent
from tests.w365.cast import Cast, actions, nothing_happened
from w365 import services
from w365.models import (
    DeviceImage,
    NetworkConnection,
    ProvisioningPolicy,
    Reprovisioning,
)


def test_a_new_policy_leaves_a_row_a_job_and_an_audit_row(cast: Cast) -> None:
    wanted = cast.spec(name="Warehouse", group_ids=("team2", "team1", "team2"))
    row = services.create_policy(cast.admin, cast.tenant, wanted)
    assert row.group_ids == ["team1", "team2"]
    assert services.spec_of(row) == replace(wanted, group_ids=("team1", "team2"))
    assert (Job.objects.get().kind, Job.objects.get().subject_id) == ("w365.policy-save", row.pk)
    event = AuditEvent.objects.get()
    assert (event.action, event.detail["groups"]) == ("w365_policy.create", ["Team 1", "Team 2"])


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": " "}, "name", "Give the policy a name"),
        ({"name": "STAFF"}, "name", "There is a policy named STAFF already"),
        ({"connection_id": "c9"}, "connection", "not in Windows 365 any more"),
        ({"join_type": "hybridAzureADJoin"}, "connection", "joins Cloud PCs in another way"),
        ({"connection_id": ""}, "connection", "Choose a region"),
        ({"connection_id": "", "join_type": "hybridAzureADJoin"}, "connection", "of your own"),
        ({"image_id": "g9"}, "image", "not in Windows 365 any more"),
        ({"image_type": "custom", "image_id": "i9"}, "image", "not in Windows 365 any more"),
        ({"group_ids": ("team9",)}, "groups", "not in Entra ID any more"),
    ],
)
def test_a_new_policy_of_what_is_not_there(
    cast: Cast, change: dict[str, object], field: str, words: str
) -> None:
    wanted = cast.spec(**{"name": "New", **change})
    with pytest.raises(DomainError, match=words) as refusal:
        services.create_policy(cast.admin, cast.tenant, wanted)
    assert refusal.value.field == field
    assert nothing_happened()


@pytest.mark.parametrize("status", ["uploading", "pending", "failed", "deleting"])
def test_a_custom_image_must_be_ready(cast: Cast, status: str) -> None:
    DeviceImage.objects.update(status=status)
    wanted = cast.spec(name="New", image_type="custom", image_id="i1")
    with pytest.raises(DomainError) as refusal:
        services.create_policy(cast.admin, cast.tenant, wanted)
    assert refusal.value.field == "image"
    assert nothing_happened()


def test_a_connection_whose_checks_failed_is_not_given_to_a_policy(cast: Cast) -> None:
    NetworkConnection.objects.update(health="failed")
    with pytest.raises(DomainError, match="checks failed"):
        services.create_policy(cast.admin, cast.tenant, cast.spec(name="New"))
    base = cast.spec()  # but one that has it keeps it
    assert services.edit_policy(cast.admin, cast.policy, replace(base, name="Staffs"), base)


def test_an_edit_carries_what_was_shown_and_what_is_wanted(cast: Cast) -> None:
    base = cast.spec()
    wanted = replace(base, image_id="g2", image_name="W11 25H2")
    job = services.edit_policy(cast.admin, cast.policy, wanted, base)
    assert (job.params["base"]["image_id"], job.params["wanted"]["image_id"]) == ("g1", "g2")
    cast.policy.refresh_from_db()
    assert cast.policy.image_id == "g1"
    event = AuditEvent.objects.get()
    assert event.action == "w365_policy.edit"
    assert event.detail == {"changed": {"image_id": ["g1", "g2"]}}


def test_an_edit_of_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Nothing was changed"):
        services.edit_policy(cast.admin, cast.policy, cast.spec(), cast.spec())
    assert nothing_happened()


def test_a_policy_is_deleted_only_without_groups_and_reprovisionings(cast: Cast) -> None:
    assert "It is assigned to a group" in services.why_not_delete(cast.policy)
    ProvisioningPolicy.objects.update(group_ids=[])
    run = Reprovisioning.objects.create(
        tenant=cast.tenant, policy=cast.policy, policy_name="Staff", image_id="g1",
        image_name="x", starts_at=timezone.now() + timedelta(hours=1), created_by="x",
    )  # fmt: skip
    cast.policy.refresh_from_db()
    with pytest.raises(DomainError, match="are being reprovisioned"):
        services.delete_policy(cast.admin, cast.policy)
    assert nothing_happened()
    run.outcome = Reprovisioning.Outcome.CANCELLED
    run.save()
    assert services.delete_policy(cast.admin, cast.policy).kind == "w365.policy-delete"
    assert actions() == ["w365_policy.delete"]
