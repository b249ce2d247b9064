"""Every change to a reprovisioning: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, enqueue, request_cancel, run_now, too_late
from spotpc.web.errors import DomainError
from tenants.models import Admin
from tenants.services import audit
from w365.models import ProvisioningPolicy, ReprovisionedPc, Reprovisioning
from w365.reprovision.drafts import Choices, Draft, check, draft, preview, why_not, why_not_image

__all__ = [
    "Choices",
    "Draft",
    "cancel",
    "check",
    "draft",
    "pause",
    "preview",
    "resume",
    "start",
    "try_again",
    "why_not",
    "why_not_image",
]

REPROVISION = "w365.reprovision"


@transaction.atomic
def start(admin: Admin, policy: ProvisioningPolicy, choices: Choices) -> Reprovisioning:
    """Pin the policy's image and begin. Two at once on one policy: the second one is refused."""
    rows = ProvisioningPolicy.objects.select_for_update(of=("self",)).select_related("tenant")
    policy = rows.get(pk=policy.pk)
    made = draft(policy, choices, admin.email)
    check(made, choices)
    run = made.run
    run.save()
    for row in made.pcs:
        row.run = run
    ReprovisionedPc.objects.bulk_create(made.pcs)
    audit(
        admin,
        policy.tenant,
        "w365_policy.reprovision",
        policy.name,
        image=run.image_name,
        cloud_pcs=len(made.included),
        rings=max(row.ring for row in made.included),
        left_out=len(made.pcs) - len(made.included),
        starts_at=run.starts_at.isoformat(),
        notice_minutes=run.notice_minutes if run.message else None,
        failure_budget=run.failure_budget,
    )
    enqueue(REPROVISION, policy.tenant, run, {}, admin.email)
    return run


@transaction.atomic
def cancel(admin: Admin, run: Reprovisioning) -> None:
    """Ask for it: nothing new begins, and what Windows 365 has begun is awaited.

    A second time is no act.
    """
    job = _running_job(run)
    if reason := too_late(job):
        raise DomainError(f"It cannot be cancelled. {reason}")
    if job.cancel_requested_at is None:
        audit(admin, run.tenant, "w365_policy.reprovision.cancel", run.policy_name)
        request_cancel(job, admin.email)


def pause(admin: Admin, run: Reprovisioning) -> None:
    """Nothing new begins. A second time is no act."""
    _pause(admin, run, True)


def resume(admin: Admin, run: Reprovisioning) -> None:
    _pause(admin, run, False)


@transaction.atomic
def _pause(admin: Admin, run: Reprovisioning, paused: bool) -> None:
    job = _not_cancelled(run)
    if Reprovisioning.objects.filter(pk=run.pk, paused=not paused).update(paused=paused):
        action = "pause" if paused else "resume"
        audit(admin, run.tenant, f"w365_policy.reprovision.{action}", run.policy_name)
        run_now(job, admin.email)


@transaction.atomic
def try_again(admin: Admin, run: Reprovisioning, *, retry: bool = True) -> None:
    """After it stopped by itself: with those that failed once more, or without them.

    Raises DomainError if it has not stopped.
    """
    job = _not_cancelled(run)
    run = Reprovisioning.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.halted:
        raise DomainError("It has not stopped, so there is nothing to try again.")
    failed = run.pcs.exclude(error_code="").filter(forgiven=False)
    action = "try_again" if retry else "go_on"
    audit(
        admin, run.tenant, f"w365_policy.reprovision.{action}", run.policy_name,
        failed=list(failed.values_list("name", flat=True)), stopped=run.halted,
    )  # fmt: skip
    if retry:
        _once_more(failed)
    else:
        failed.update(forgiven=True)
    Reprovisioning.objects.filter(pk=run.pk).update(halted="")
    run_now(job, admin.email)


def _once_more(failed: QuerySet[ReprovisionedPc]) -> None:
    """As if they had never been asked. One that Windows 365 still works on is waited for again."""
    late = Q(error_code="reprovision-timeout")
    fresh = {"attempt": 0, "finished_at": None, "error_code": "", "error_text": ""}
    failed.exclude(late).update(asked_at=None, **fresh)
    failed.filter(late).update(asked_at=timezone.now(), **fresh)


def _not_cancelled(run: Reprovisioning) -> Job:
    job = _running_job(run)
    if job.cancel_requested_at is not None:
        raise DomainError("It is being cancelled already.")
    return job


def _running_job(run: Reprovisioning) -> Job:
    job = active_job(run)
    if job is None:
        raise DomainError("It has ended already.")
    return job
