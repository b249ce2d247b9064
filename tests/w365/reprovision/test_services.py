"""What can be started and what cannot, and that everything that is done is written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job
from spotpc.web.errors import DomainError
from tenants.models import Admin, AuditEvent
from tests import factories
from tests.w365.reprovision.office import NEW, OLD, cloud_pc, office, policy
from w365.models import CloudPc, DeviceImage, GalleryImage, ProvisioningPolicy, Reprovisioning
from w365.reprovision import services
from w365.reprovision.rings import Rings
from w365.reprovision.services import Choices

pytestmark = pytest.mark.django_db
CONFIRMED = Choices(confirm="Office")


def admin_of(of: ProvisioningPolicy) -> Admin:
    return factories.admin(of.tenant.organization)


def start(of: ProvisioningPolicy, **changes: Any) -> Reprovisioning:
    return services.start(admin_of(of), of, replace(CONFIRMED, **changes))


def job_of(run: Reprovisioning) -> Job:
    job = active_job(run)
    assert job is not None
    return job


def audited(action: str) -> list[str]:
    rows = AuditEvent.objects.filter(action=f"w365_policy.reprovision{action}")
    return list(rows.values_list("subject", flat=True))


def test_the_image_is_pinned_and_every_cloud_pc_gets_its_place() -> None:
    made = office()
    run = start(made, rings=Rings(pilots=("pc-cem",)), only=("pc-bob", "pc-cem", "pc-gone"))
    assert (run.image_id, run.image_name, run.policy_name) == ("gallery-25h2", NEW, "Office")
    rows = run.pcs.order_by("user").values_list(
        "graph_id", "ring", "excluded", "old_device", "old_device_id", "old_image"
    )
    assert list(rows) == [
        ("pc-ann", 1, True, "CPC-ann", "device-ann", OLD),
        ("pc-bob", 2, False, "CPC-bob", "device-bob", OLD),
        ("pc-cem", 1, False, "CPC-cem", "device-cem", OLD),
    ]
    job = job_of(run)
    assert (job.kind, job.subject_name) == (services.REPROVISION, f"Office to {NEW}")
    [event] = AuditEvent.objects.filter(action="w365_policy.reprovision")
    assert (event.subject, event.detail["cloud_pcs"], event.detail["left_out"]) == ("Office", 2, 1)
    assert event.detail["rings"] == 2


def test_a_draft_changes_nothing() -> None:
    made = office()
    draft = services.draft(made, CONFIRMED)
    plan = services.preview(draft)
    assert [len(ring.pcs) for ring in plan.rings] == [3]
    assert not Reprovisioning.objects.exists()
    assert not Job.objects.exists()


def test_those_with_an_image_of_the_same_name_are_left_out_unless_wanted() -> None:
    made = office()
    cloud_pc(made, "dora", image_name=NEW)
    without = services.draft(made, CONFIRMED)
    assert [row.graph_id for row in without.pcs if row.excluded] == ["pc-dora"]
    assert [line.note for line in services.preview(without).left_out] == [
        "An image of this name is on it already."
    ]
    with_all = services.draft(made, replace(CONFIRMED, include_same=True))
    assert len(with_all.included) == 4


def test_without_a_message_there_is_no_notice_and_no_sender() -> None:
    run = start(office(), message="  ", sender="it@customer.example", notice_minutes=90)
    assert (run.message, run.sender, run.notice_minutes) == ("", "", 0)


# Refusals


def refused(of: ProvisioningPolicy, **changes: Any) -> tuple[str, str | None]:
    with pytest.raises(DomainError) as refusal:
        start(of, **changes)
    assert not Reprovisioning.objects.exists()
    assert not Job.objects.exists()
    assert audited("") == []
    return refusal.value.sentence, refusal.value.field


def test_a_policy_without_cloud_pcs() -> None:
    assert refused(policy()) == ("It has no Cloud PCs.", "policy")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"graph_id": ""}, "It has not been created in Windows 365."),
        (
            {"provisioning_type": "sharedByUser"},
            "It is for Cloud PCs that are shared (Windows 365 Frontline).",
        ),
    ],
)
def test_a_policy_that_does_not_fit(fields: dict[str, str], sentence: str) -> None:
    assert refused(office(**fields)) == (sentence, "policy")


def test_everybody_left_out() -> None:
    sentence, field = refused(office("ann"), only=("pc-bob", "pc-cem", "pc-gone"))
    assert (sentence, field) == (
        "There is nobody to bring over: every Cloud PC is left out or has no user any more.",
        "excluded",
    )


def test_everybody_has_an_image_of_that_name() -> None:
    made = office("ann")
    CloudPc.objects.update(image_name=NEW)
    sentence, field = refused(made)
    assert (field, "Include those too" in sentence) == ("excluded", True)


def test_everybody_is_in_the_grace_period() -> None:
    made = office("ann")
    CloudPc.objects.update(status="inGracePeriod")
    assert refused(made)[1] == "excluded"


def test_a_time_that_is_over() -> None:
    past = timezone.now() - timedelta(minutes=5)
    sentence = "That time is over by now. Choose a later one."
    assert refused(office(), starts_at=past) == (sentence, "starts_at")


def test_a_message_without_a_sender() -> None:
    sentence, field = refused(office(), message="Save your files.")
    assert (field, "Name the mailbox" in sentence) == ("sender", True)


@pytest.mark.parametrize("typed", ["", "office", "Office 2"])
def test_a_name_typed_wrong(typed: str) -> None:
    sentence = "Type the policy's name as it is written: Office"
    assert refused(office(), confirm=typed) == (sentence, "confirm")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": "notSupported"}, "Microsoft does not support it any more."),
        ({"expires_on": date(2020, 1, 2)}, "No longer available since"),
    ],
)
def test_a_gallery_image_that_cannot_be_used(fields: dict[str, Any], why: str) -> None:
    made = office()
    GalleryImage.objects.update(**fields)
    sentence, field = refused(made)
    assert field == "image"
    assert sentence.startswith(f"{NEW} cannot be used. {why}")


@pytest.mark.parametrize(
    ("status", "why"), [("pending", "has not taken it over yet"), ("failed", "could not take it")]
)
def test_a_custom_image_that_is_not_ready(status: str, why: str) -> None:
    made = office(image_type="custom", image_id="image-1", image_name="Desk")
    DeviceImage.objects.create(
        tenant=made.tenant, graph_id="image-1", name="Desk", version="1.0.0", status=status
    )
    sentence, field = refused(made)
    assert (field, why in sentence) == ("image", True)


def test_an_image_that_is_gone() -> None:
    made = office(image_id="another")
    assert "not in Windows 365 any more" in refused(made)[0]


def test_a_second_run_on_the_same_policy() -> None:
    made = office()
    run = start(made)
    with pytest.raises(DomainError, match="being brought over to Windows 11 25H2 already") as no:
        start(made)
    assert no.value.field == "policy"
    assert run.created_by in no.value.sentence
    assert services.why_not(made) == no.value.sentence
    assert Reprovisioning.objects.count() == 1


def test_after_one_has_ended_the_next_may_begin() -> None:
    made = office()
    run = start(made)
    Reprovisioning.objects.filter(pk=run.pk).update(outcome="succeeded")
    assert services.why_not(made) == ""


# What is done to a run


def test_pause_and_resume_are_written_down_once() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    services.pause(admin, run)
    services.pause(admin, run)
    assert Reprovisioning.objects.filter(paused=True).exists()
    services.resume(admin, run)
    services.resume(admin, run)
    assert Reprovisioning.objects.filter(paused=False).exists()
    assert (audited(".pause"), audited(".resume")) == (["Office"], ["Office"])


def test_cancel_is_written_down_once() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    services.cancel(admin, run)
    services.cancel(admin, run)
    assert job_of(run).cancel_requested_by == admin.email
    assert audited(".cancel") == ["Office"]
    with pytest.raises(DomainError, match="being cancelled already"):
        services.pause(admin, run)


def test_a_run_that_has_not_stopped_is_not_tried_again() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    with pytest.raises(DomainError, match="has not stopped"):
        services.try_again(admin, run)


def stopped(run: Reprovisioning) -> None:
    now = timezone.now()
    Reprovisioning.objects.filter(pk=run.pk).update(halted="2 Cloud PCs failed")
    run.pcs.filter(graph_id="pc-ann").update(
        attempt=2, asked_at=now, finished_at=now, error_code="cloudpc-internal", error_text="No."
    )
    run.pcs.filter(graph_id="pc-bob").update(
        attempt=1, asked_at=now, finished_at=now, error_code="reprovision-timeout", error_text="No."
    )


def test_try_again_asks_the_failed_ones_once_more() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    stopped(run)
    services.try_again(admin, run)
    run.refresh_from_db()
    assert run.halted == ""
    ann, bob, _ = run.pcs.order_by("user")
    assert (ann.attempt, ann.asked_at, ann.finished_at, ann.error_code) == (0, None, None, "")
    # Windows 365 may still be at work on it: it is waited for again.
    assert (bob.attempt, bob.finished_at, bob.error_code) == (0, None, "")
    assert bob.asked_at is not None
    assert audited(".try_again") == ["Office"]


def test_or_goes_on_without_them() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    stopped(run)
    services.try_again(admin, run, retry=False)
    run.refresh_from_db()
    assert run.halted == ""
    assert list(run.pcs.order_by("user").values_list("forgiven", flat=True)) == [True, True, False]
    assert audited(".go_on") == ["Office"]


def test_nothing_is_done_to_a_run_that_has_ended() -> None:
    made = office()
    admin, run = admin_of(made), start(made)
    Job.objects.update(state=Job.State.SUCCEEDED, next_run_at=None)
    for act in (services.pause, services.resume, services.cancel, services.try_again):
        with pytest.raises(DomainError, match="ended already"):
            act(admin, run)
