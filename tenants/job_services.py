"""What an admin may tell a job: audited, in one transaction."""

from __future__ import annotations

from django.db import transaction

from spotpc.jobs import services
from spotpc.jobs.kinds import title_of
from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from tenants.models import Admin
from tenants.services import audit


@transaction.atomic
def cancel_job(admin: Admin, job: Job) -> None:
    """Ask a job to stop and clean up. DomainError where it is too late. A second time is no act."""
    job.refresh_from_db()
    reason = services.too_late(job)
    if reason:
        raise DomainError(f"It cannot be cancelled. {reason}")
    if job.cancel_requested_at is None:
        audit(admin, job.tenant, "job.cancel", _name(job), job=job.pk)
        services.request_cancel(job, admin.email)


@transaction.atomic
def run_job_now(admin: Admin, job: Job) -> None:
    """Have a job look again at once. DomainError when it has ended."""
    job.refresh_from_db()
    if not job.active:
        raise DomainError("It has ended.")
    audit(admin, job.tenant, "job.run_now", _name(job), job=job.pk)
    services.run_now(job, admin.email)


def _name(job: Job) -> str:
    return f"{title_of(job.kind)}: {job.subject_name}"
