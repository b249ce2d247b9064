"""The long job of a Spot Group update: check, then observe, plan and apply until it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.desired import desired_of
from spotgroups.models import SpotGroup, SpotGroupUpdate, UpdateHost
from spotgroups.rollout import build
from spotgroups.rollout.actions import HostPhase, Outcome, Phase, Plan
from spotgroups.rollout.apply import Hands
from spotgroups.rollout.observe import View, observe
from spotgroups.rollout.planner import plan
from spotgroups.rollout.pool import Pool
from spotgroups.rollout.state import Build, Observed
from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError, Decision, NotFound, RetryLater, Stopped
from spotpc.jobs.kinds import Cancelled, Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job, JobEvent, JobResource
from spotpc.jobs.tick import STANDING, record
from tenants.steps import azure_for, check_room, plan_from_facts, plan_to_facts

PASS_SECONDS = 10  # between passes, in Azure's time
LONGEST_SLEEP = timedelta(minutes=5)  # even if nothing is due before a scheduled time


def update_of(tick: Tick) -> SpotGroupUpdate:
    return SpotGroupUpdate.objects.select_related(
        "tenant__credential", "spot_group__site", "image_version__image_set"
    ).get(pk=tick.job.subject_id)


def prepare(tick: Tick) -> Result:
    """Everything that can be known before the first host is built."""
    if tick.cancel_requested:
        return Cancelled("Nothing had been built yet.")
    update = update_of(tick)
    azure = azure_for(update.tenant)
    _check_pool(azure, update.spot_group)
    tick.facts["plan"] = _check_image(azure, update)
    most = min(update.surge, update.hosts_wanted)
    check_room(azure, update.spot_group.site, update.spot_group.vm_size, most)
    return Done("Quota, network and image are as they should be")


def _check_pool(azure: Azure, group: SpotGroup) -> None:
    pool = azure.avd.get_host_pool(group.site.resource_group, group.host_pool)
    if pool is None:
        raise Stopped(
            "host-pool-missing",
            f"The host pool {group.host_pool} does not exist any more.",
            "Restore it in Azure, or correct the Spot Group, then start the update again.",
            Decision.FAIL,
        )
    if pool.personal:
        raise Stopped(
            "host-pool-personal",
            f"{group.name} holds personal desktops; an update would delete what users keep there.",
            "Personal desktops are never rebuilt by an update. Nothing was changed.",
            Decision.FAIL,
        )


def _check_image(azure: Azure, update: SpotGroupUpdate) -> dict[str, str] | None:
    """The pinned version is there, in this region. Returns its purchase plan, if it has one."""
    version = update.image_version
    if version is None or version.status != ImageVersion.Status.AVAILABLE:
        raise Stopped(
            "image-missing",
            f"{update.image_name} is not Available any more.",
            "Choose another version. Nothing was changed, users are not affected.",
            Decision.FAIL,
        )
    site, definition = version.image_set.site, version.image_set.definition
    at = (site.resource_group, site.gallery, definition)
    found = azure.gallery.get_version(*at, version.number, replication=True)
    region = _plain(update.spot_group.site.region)
    if found is None or not any(
        _plain(each.region) == region and each.state.casefold() == "completed"
        for each in found.replicas
    ):
        raise RetryLater(
            "image-not-in-region",
            f"{update.image_name} has not been copied to {update.spot_group.site.region} yet.",
            "The update goes on by itself when it has.",
            Decision.WAIT,
        )
    known = azure.gallery.get_definition(*at)
    return plan_to_facts(known.plan if known else None)


def _plain(region: str) -> str:
    """Azure calls a region "West Europe" here and "westeurope" there."""
    return region.replace(" ", "").casefold()


def roll_out(tick: Tick) -> Result:
    """Pass after pass. What only an admin can mend is waited for: a group is not left half done.

    An expired secret, a lock, a permission taken away: the update says so and goes on afterwards.
    """
    try:
        return _pass(tick)
    except Stopped as trouble:
        if trouble.decision != Decision.PAUSE or tick.cancel_requested:
            raise
        told = f"{trouble.sentence} {trouble.remedy}"
        if tick.job.waiting_for != told:
            tick.event(told, level="error")
        return Wait(told, seconds=60)


def _pass(tick: Tick) -> Result:
    """One pass: go on building, look, decide, act, write down how it stands."""
    update = update_of(tick)
    desired = desired_of(update, cancelled=tick.cancel_requested)
    site = build.Site(tick, azure_for(update.tenant), update, plan_from_facts(tick.facts))
    try:
        view = observe(site.azure, update)
    except AzureError as trouble:
        unreadable = Observed((), {}, update.cut_over_at, False, trouble.sentence)
        _record_status(update, plan(desired, unreadable, timezone.now()))
        if isinstance(trouble, NotFound):
            _check_pool(site.azure, update.spot_group)
        raise
    _note_changes(site, view, Pool(desired, view.observed, timezone.now()))
    decided = plan(desired, view.observed, timezone.now())
    _record_hosts(view, decided.hosts)
    _record_status(update, decided)
    hands = Hands(site, view)
    for action in decided.actions:
        hands.do(action)
    busy = _go_on_building(site, view)
    tick.progress(_on_target(view, desired.version), desired.hosts_wanted)
    if busy is not None:
        raise busy
    return _result(tick, view, decided)


def _go_on_building(site: build.Site, seen: View) -> RetryLater | None:
    """One pass over every host under construction. Azure's longest wish to wait, if it has one."""
    stages = (Build.VM, Build.JOINING, Build.REGISTERING)
    rows = site.update.hosts.filter(build__in=stages, removing=False, removed_at=None)
    troubles = [trouble for row in rows if (trouble := build.advance(site, row, seen))]
    return max(troubles, key=lambda trouble: trouble.after or 0, default=None)


def _note_changes(site: build.Site, seen: View, pool: Pool) -> None:
    """Facts that only looking can tell: a new host became ready, an old one is gone."""
    for host in seen.observed.hosts:
        row = seen.rows[host.name]
        if row.removing and not host.present:
            _note_gone(site, row)
        elif host.ours and host.build == Build.DONE:
            _note_readiness(site, row, pool.sound(host))


def _note_gone(site: build.Site, row: UpdateHost) -> None:
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])
    for part in (row.parts.get("vm"), *row.parts.get("nics", ()), *row.parts.get("disks", ())):
        if part:
            site.tick.gone(part)
    site.tick.event(f"{row.name} is gone, with its VM, network card and disk")
    if row.devices_note:
        site.tick.event(f"{row.name}: {row.devices_note}", "warning")


def _note_readiness(site: build.Site, row: UpdateHost, sound: bool) -> None:
    now = timezone.now()
    if sound and row.unready_since is not None:
        row.unready_since = None
        row.ready_at = row.ready_at or now
        row.save(update_fields=["unready_since", "ready_at"])
        site.tick.event(f"{row.name} is ready")
    elif not sound and row.unready_since is None:
        row.unready_since = now
        row.save(update_fields=["unready_since"])


def _on_target(view: View, target: str) -> int:
    return sum(
        1 for host in view.observed.hosts
        if host.version == target and host.record_exists and host.health == "healthy"
    )  # fmt: skip


def _record_hosts(view: View, phases: Iterable[HostPhase]) -> None:
    sessions = {host.name: len(host.sessions) for host in view.observed.hosts}
    for phase in phases:
        row = view.rows.get(phase.name)
        if row is None:
            continue
        row.phase, row.note, row.sign_out_at = phase.phase, phase.note, phase.sign_out_at
        row.sessions = sessions.get(phase.name, 0)
    for row in view.rows.values():
        if row.removed_at:
            row.phase, row.sessions, row.sign_out_at = Phase.REMOVED, 0, None
            row.note = row.devices_note
    UpdateHost.objects.bulk_update(view.rows.values(), ["phase", "note", "sign_out_at", "sessions"])


def _record_status(update: SpotGroupUpdate, decided: Plan) -> None:
    """Conditions keep the moment since when they hold."""
    before = {each["type"]: each for each in update.conditions}
    now = timezone.now().isoformat()
    update.conditions = [
        {
            "type": each.type,
            "status": each.status,
            "reason": each.reason,
            "message": each.message,
            "since": before[each.type]["since"]
            if each.type in before and before[each.type]["status"] == each.status
            else now,
        }
        for each in decided.conditions
    ]
    update.waiting_for = decided.waiting_for
    update.save(update_fields=["conditions", "waiting_for"])


def _result(tick: Tick, view: View, decided: Plan) -> Result:
    if decided.outcome is Outcome.SUCCEEDED:
        _keep_new_hosts(tick)
        return Done("Every session host runs the new version")
    if decided.outcome is Outcome.CANCELLED:
        _keep_new_hosts(tick)
        return Cancelled(" ".join(decided.left) or "The group is as it was.")
    doing = decided.actions[0].reason if decided.actions else ""
    reason = decided.waiting_for or doing or "Building the new hosts."
    until = _wake_up(view, decided)
    return Wait(reason, until=until) if until else Wait(reason, seconds=PASS_SECONDS)


def _wake_up(view: View, decided: Plan) -> datetime | None:
    """Hours before a scheduled time nothing needs looking at every few seconds."""
    if decided.actions or any(host.building or host.removing for host in view.observed.hosts):
        return None
    times = [wait.until for wait in decided.waits if wait.until]
    if not times or len(times) < len(decided.waits):
        return None
    return min(min(times), timezone.now() + LONGEST_SLEEP)


def _keep_new_hosts(tick: Tick) -> None:
    """What was built and stands is the product, not a leftover."""
    for resource in tick.resources():
        tick.kept(resource.resource_id, "it serves the Spot Group")


def ended(job: Job) -> None:
    """The group's image changes when its hosts did, never before."""
    update = SpotGroupUpdate.objects.get(pk=job.subject_id)
    update.outcome = job.state
    update.finished_at = timezone.now()
    update.waiting_for = ""
    update.save(update_fields=["outcome", "finished_at", "waiting_for"])
    if job.state == Job.State.SUCCEEDED and update.image_version is not None:
        SpotGroup.objects.filter(pk=update.spot_group_id).update(
            image_version=update.image_version,
            image_set=update.image_version.image_set,
            hosts_wanted=update.hosts_wanted,
        )
    if job.state == Job.State.FAILED:
        _list_what_stays(job)


def _list_what_stays(job: Job) -> None:
    """A failed update leaves its hosts alone: nobody knows whether users are on them."""
    left = JobResource.objects.filter(job=job, fate__in=STANDING)
    names = ", ".join(str(each) for each in left)
    if left.update(fate=JobResource.Fate.KEPT, reason=f"The update failed: {job.error_text}"):
        record(job, f"What it had built stays in Azure: {names}.", JobEvent.Level.WARNING)


def url_of(job: Job) -> str:
    return reverse("spot-group-update-detail", args=[job.tenant_id, job.subject_id])


UPDATE = register(
    JobKind(
        name="spotgroups.update",
        title="Update the Spot Group",
        steps=(
            Step("prepare", "Check quota, network and image", prepare, expected=10),
            Step("roll-out", "Replace the session hosts", roll_out, expected=2100),
        ),
        on_end=ended,
        url=url_of,
        handles_cancel=True,
    )
)
