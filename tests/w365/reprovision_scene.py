"""Runs that bring Cloud PCs over, in every state, written as rows: no job has to work on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from spotpc.jobs.models import Job, JobEvent
from tests.w365 import policies_scene
from w365.models import ProvisioningPolicy, ReprovisionedPc, Reprovisioning
from w365.reprovision.actions import Phase
from w365.reprovision.services import REPROVISION

MESSAGE = "Your Cloud PC gets a new image. Save your files."
SENDER = "it@alder.example"
ENDS = {"succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled", "": "waiting"}


def run(of: ProvisioningPolicy, **fields: Any) -> Reprovisioning:
    """Of two rings, begun an hour ago, with its job; `outcome` is that of both."""
    now = timezone.now()
    job_fields = fields.pop("job", {})
    one = Reprovisioning.objects.create(
        tenant=of.tenant,
        policy=of,
        policy_name=of.name,
        image_id=of.image_id,
        image_name=of.image_name,
        **{
            "starts_at": now - timedelta(hours=1),
            "created_at": now - timedelta(hours=2),
            "finished_at": now if fields.get("outcome") else None,
            "message": MESSAGE,
            "sender": SENDER,
            "created_by": "ann@provider.example",
            **fields,
        },
    )
    job(one, **job_fields)
    return one


def job(of: Reprovisioning, **fields: Any) -> Job:
    state = ENDS[of.outcome]
    active = state in Job.ACTIVE
    made = Job.objects.create(
        tenant=of.tenant,
        kind=REPROVISION,
        subject_type=ContentType.objects.get_for_model(of),
        subject_id=of.pk,
        subject_name=str(of),
        **{
            "state": state,
            "step": "roll-out" if active else "",
            "next_run_at": timezone.now() if active else None,
            "started_at": of.created_at,
            "finished_at": of.finished_at,
            "created_by": of.created_by,
            **fields,
        },
    )
    JobEvent.objects.create(tenant=of.tenant, job=made, text=f"Begun for {of.policy_name}.")
    return made


def row(of: Reprovisioning, user: str, phase: Phase | str = "", **fields: Any) -> ReprovisionedPc:
    """One Cloud PC of the run, with the times its phase stands for."""
    name = user.partition("@")[0]
    return ReprovisionedPc.objects.create(
        tenant=of.tenant,
        run=of,
        graph_id=policies_scene.guid(),
        name=f"{of.policy_name} - {user}",
        user=user,
        phase=phase,
        excluded=phase == Phase.EXCLUDED,
        **{
            "old_device": f"CPC-{name}",
            "old_image": "Windows 10 Enterprise 22H2",
            **_facts(name, phase, timezone.now()),
            **fields,
        },
    )


def _facts(name: str, phase: Phase | str, now: datetime) -> dict[str, Any]:
    told, asked = now - timedelta(minutes=110), now - timedelta(minutes=50)
    asked_for = {"noticed_at": told, "asked_at": asked, "attempt": 1}
    ended = {**asked_for, "finished_at": now - timedelta(minutes=5)}
    facts: dict[str, dict[str, Any]] = {
        Phase.TOLD: {"noticed_at": now},
        Phase.ASKED: asked_for,
        Phase.REPROVISIONING: asked_for,
        Phase.AGAIN: asked_for,
        Phase.DONE: {**ended, "new_device": f"CPC-{name}-new"},
        Phase.FAILED: {
            **ended,
            "error_code": "cloudpc-failed",
            "error_text": "There was no address left in the subnet. Free some, then try again.",
        },
        Phase.SKIPPED: {"note": "It is in its grace period."},
    }
    return facts.get(phase, {})
