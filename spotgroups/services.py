"""Every change to Spot Groups: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.desired import build_lead
from spotgroups.hosts import USABLE
from spotgroups.models import SessionHost, SpotGroup, SpotGroupUpdate
from spotgroups.rollout.actions import Phase
from spotgroups.rollout.state import Build, Method, default_surge
from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, enqueue, request_cancel, run_now, too_late
from spotpc.web.errors import DomainError
from tenants.models import Admin, Site
from tenants.services import audit

UPDATE = "spotgroups.update"
LONGEST_WARNING = 60  # minutes


@dataclass(frozen=True)
class Choices:
    """What the wizard's steps ask for."""

    method: str
    scheduled_at: datetime | None = None
    scheduled_zone: str = ""
    warning_minutes: int = 5
    message: str = ""
    surge: int | None = None  # hosts above the wanted number; None: the method's own default


def check_updatable(group: SpotGroup) -> None:
    """Raises DomainError for a group that cannot be updated now."""
    because = why_not_updatable(group, group.updates.filter(outcome="").first())
    if because:
        raise DomainError(because, field="group")


def why_not_updatable(group: SpotGroup, running: SpotGroupUpdate | None) -> str:
    """Empty if it can be; `running` is the group's update that has not ended, if there is one."""
    if group.personal:
        return (
            f"{group.name} holds personal desktops. They keep what their users installed, so an "
            "update never rebuilds them."
        )
    if running is not None:
        return (
            f"{group.name} is being updated to {running.image_name} already "
            f"(started by {running.created_by}). Wait until that ends, or cancel it."
        )
    return ""


def versions_for(group: SpotGroup) -> QuerySet[ImageVersion]:
    """Every version, Available or not, that is kept where the group's hosts are built."""
    sites = Site.objects.filter(tenant_id=group.tenant_id)
    here = [site.pk for site in sites if _plain(site.region) == _plain(group.site.region)]
    rows = ImageVersion.objects.filter(tenant_id=group.tenant_id, image_set__site_id__in=here)
    return rows.select_related("image_set").defer("admin_password")


def _plain(region: str) -> str:
    """Azure calls a region "West Europe" here and "westeurope" there."""
    return region.replace(" ", "").casefold()


def check_version(group: SpotGroup, version: ImageVersion) -> None:
    """Locked, so that nobody deletes it before the update names it."""
    rows = versions_for(group).filter(pk=version.pk).select_for_update(of=("self",))
    found = rows.first()
    if found is None or found.status != ImageVersion.Status.AVAILABLE:
        is_now = f" It is {found.get_status_display()}." if found else ""
        raise DomainError(
            f"{version.image_set.name} {version.number} cannot be used for {group.name}.{is_now} "
            "Choose another version.",
            field="version",
        )


def check_time(choices: Choices) -> None:
    if choices.method != Method.SCHEDULED:
        return
    if choices.scheduled_at is None or choices.scheduled_at <= timezone.now():
        raise DomainError("That time is over by now. Choose a later one.", field="date")


def draft_update(
    admin: Admin, group: SpotGroup, version: ImageVersion, choices: Choices
) -> SpotGroupUpdate:
    """The update as it would be, not saved. The wizard's preview and `start_update` share it."""
    hosts = SessionHost.objects.filter(spot_group=group)
    serving = hosts.filter(USABLE)
    wanted = max(group.hosts_wanted, 1)
    method = Method(choices.method)
    return SpotGroupUpdate(
        tenant_id=group.tenant_id,
        spot_group=group,
        image_version=version,
        image_name=f"{version.image_set.name} {version.number}",
        from_image_name=(
            f"{group.image_set.name} {group.image_version.number}" if group.image_version else ""
        ),
        method=method,
        scheduled_at=choices.scheduled_at if method is Method.SCHEDULED else None,
        scheduled_zone=choices.scheduled_zone if method is Method.SCHEDULED else "",
        warning_minutes=choices.warning_minutes,
        message=choices.message,
        hosts_wanted=wanted,
        surge=choices.surge or default_surge(method, wanted, hosts.count()),
        floor_seats=min(serving.count(), wanted) * group.session_limit,
        build_lead_seconds=int(build_lead(group.tenant_id).total_seconds()),
        created_by=admin.email,
    )


@transaction.atomic
def start_update(
    admin: Admin, group: SpotGroup, version: ImageVersion, choices: Choices
) -> SpotGroupUpdate:
    """Pin the version and begin. Two at once on one group: the second one is refused."""
    group = SpotGroup.objects.select_for_update().get(pk=group.pk)
    # Locked as well: a version must not be deleted between the check and the update.
    version = (
        ImageVersion.objects.select_for_update(of=("self",))
        .select_related("image_set")
        .get(pk=version.pk)
    )
    check_updatable(group)
    check_version(group, version)
    check_time(choices)
    update = draft_update(admin, group, version, choices)
    update.save()
    audit(
        admin,
        group.tenant,
        "spot_group.update",
        group.name,
        image=update.image_name,
        method=update.method,
        scheduled_at=update.scheduled_at.isoformat() if update.scheduled_at else "",
        warning_minutes=update.warning_minutes,
    )
    enqueue(UPDATE, group.tenant, update, {}, admin.email, name=subject(update))
    return update


def subject(update: SpotGroupUpdate) -> str:
    return f"{update.spot_group.name} to {update.image_name}"


@transaction.atomic
def cancel_update(admin: Admin, update: SpotGroupUpdate) -> None:
    """Ask for it; the next pass brings the group to rest and says how it stands then.

    A second time is no act.
    """
    job = _running_job(update)
    reason = too_late(job)
    if reason:
        raise DomainError(f"The update cannot be cancelled. {reason}")
    if job.cancel_requested_at is None:
        audit(admin, update.tenant, "spot_group.update.cancel", update.spot_group.name)
        request_cancel(job, admin.email)


@transaction.atomic
def pause_update(admin: Admin, update: SpotGroupUpdate, paused: bool) -> None:
    """Stop at the next step, or go on. A second time is no act."""
    job = _running_job(update)
    if job.cancel_requested_at is not None:
        raise DomainError("The update is being cancelled already.")
    changed = SpotGroupUpdate.objects.filter(pk=update.pk, paused=not paused).update(paused=paused)
    if changed:
        action = "pause" if paused else "resume"
        audit(admin, update.tenant, f"spot_group.update.{action}", update.spot_group.name)
        run_now(job, admin.email)


@transaction.atomic
def try_again(admin: Admin, update: SpotGroupUpdate) -> None:
    """After too many failed hosts: an admin has mended the cause and allows as many more."""
    job = _running_job(update)
    update.refresh_from_db()
    if not is_stopped(update):
        raise DomainError("The update has not stopped, so there is nothing to try again.")
    audit(admin, update.tenant, "spot_group.update.try_again", update.spot_group.name)
    new = update.hosts.filter(slot__isnull=False)
    came_to_nothing = Q(build=Build.FAILED) | Q(phase=Phase.FAILED) | Q(removing=True)
    failed = new.filter(came_to_nothing).count()
    most = max(new.values_list("attempt", flat=True), default=0)
    # What could not be mended by trying, quota or a policy, is believed to be mended now.
    new.filter(error_permanent=True).update(error_permanent=False)
    SpotGroupUpdate.objects.filter(pk=update.pk).update(
        failure_budget=failed + 1, build_attempts=most + 3
    )
    run_now(job, admin.email)


def is_stopped(update: SpotGroupUpdate) -> bool:
    """Whether the last pass found that too many new hosts failed, and waits for an admin."""
    return any(
        each["type"] == "Paused" and each["reason"] == "TooManyFailures"
        for each in update.conditions
    )


def _running_job(update: SpotGroupUpdate) -> Job:
    job = active_job(update)
    if job is None:
        raise DomainError("This update has ended already.")
    return job
