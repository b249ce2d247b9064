"""Before something is done: the wizard's plan, and what Cancel would do now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.safestring import SafeString

from spotgroups.message import default_message
from spotgroups.models import SpotGroupUpdate
from spotgroups.preview import Cancelling, plan_of
from spotgroups.rollout.actions import count
from spotpc.web.schedule import in_zone
from spotpc.web.times import local_times
from tenants.models import Tenant

Method = SpotGroupUpdate.Method
OLD_READING = timedelta(minutes=5)


def review(draft: SpotGroupUpdate, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """What the review shows of an update that is not saved."""
    plan = plan_of(draft)
    sync = getattr(tenant, "sync", None)
    read_at = sync.finished_at if sync else None
    zone = draft.scheduled_zone or draft.spot_group.site.time_zone
    return {
        "draft": draft,
        "plan": plan,
        "timeline": [(each, in_zone(each.when, zone)) for each in plan.timeline],
        "zone": zone,
        "at": in_zone(draft.scheduled_at, zone),
        "capacity": _capacity(draft, plan.most_hosts, plan.hosts_to_add),
        "users_told": _users_told(draft, len(plan.users_signed_in)),
        "message": draft.message or default_message(draft.warning_minutes),
        "read_at": read_at,
        "old_reading": read_at is None or now - read_at > OLD_READING,
        "old_hosts": [name.split(".", 1)[0] for name in plan.hosts_to_remove],
        "kept_hosts": [name.split(".", 1)[0] for name in plan.hosts_kept],
        "users": [
            (each.user, each.host.split(".", 1)[0], each.state) for each in plan.users_signed_in
        ],
    }


def _capacity(draft: SpotGroupUpdate, most: int, more: int) -> str:
    size = draft.spot_group.vm_size
    seats = f"At least {count(draft.floor_seats, 'seat')} stay open to new log-ons all the time."
    if not more:
        return f"{seats} No host more than now exists at any moment."
    return (
        f"{seats} At most {count(most, 'host')} exist at one time, {more} more than now: that "
        f"takes quota for {more} × {size} and {count(more, 'free address')[:-1]}"
        f"{'es' if more > 1 else 's'} in the subnet; both are checked before anything is built."
    )


def _users_told(draft: SpotGroupUpdate, users: int) -> str:
    who = f"{count(users, 'user')} signed in on hosts to be replaced"
    if draft.method == Method.OPPORTUNISTIC:
        return f"{who}. Nobody is signed out; a disconnected session keeps its host until it ends."
    if draft.warning_minutes == 0:
        return (
            f"{who}. Whoever is still there at cut-over reads the message and is signed out at "
            "once. Unsaved work is lost."
        )
    return (
        f"{who}. Whoever is still there at cut-over reads the message and is signed out "
        f"{count(draft.warning_minutes, 'minute')} later. Unsaved work is lost then."
    )


def cancel_sentences(seen: Cancelling, update: SpotGroupUpdate) -> Sequence[SafeString]:
    """What Cancel would do at this moment."""
    lines = [_where(seen)]
    if seen.removed:
        lines.append(f"Removed, with their VMs: {_list(seen.removed)}.")
    if seen.finished:
        lines.append(f"Already being removed, and brought to an end: {_list(seen.finished)}.")
    if seen.kept:
        lines.append(f"In service on {update.image_name} from now on: {_list(seen.kept)}.")
    if seen.returned:
        lines.append(f"Taken out of drain mode, so that they serve again: {_list(seen.returned)}.")
    if seen.serving:
        lines.append(f"Not touched, and serving on: {_list(seen.serving)}.")
    if seen.drained:
        lines.append(
            f"Left in drain mode with their users: {_list(seen.drained)}. New log-ons do not "
            "reach them; the next update replaces them."
        )
    lines.append("Nobody is warned or signed out any more.")
    return [local_times(line) for line in lines]


def _where(seen: Cancelling) -> str:
    if seen.cut_over_at:
        began = f"{seen.cut_over_at:%Y-%m-%d %H:%M} UTC"
        return f"The cut-over began at {began}, so the update stops half-way: new hosts stay."
    if not (seen.removed or seen.kept or seen.finished):
        return "Nothing has been built yet. The group stays as it is."
    return "The cut-over has not begun. The group goes back to how it was."


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
