"""Before Cloud PCs are brought over: what the wizard's last step shows of a run not yet made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from spotpc.web.schedule import in_zone
from tenants.models import Tenant
from w365.reprovision import services
from w365.reprovision.message import SUBJECT, body
from w365.reprovision.preview import Preview

OLD_READING = timedelta(minutes=5)


def review(draft: services.Draft, tenant: Tenant) -> dict[str, Any]:
    plan = services.preview(draft)
    run = draft.run
    sync = getattr(tenant, "sync", None)
    read_at = sync.finished_at if sync else None
    return {
        "run": run,
        "plan": plan,
        "timeline": [(each, in_zone(each.when, run.zone)) for each in plan.timeline],
        "ends_there": in_zone(plan.ends_at, run.zone),
        "later": _later_than_wanted(plan, draft),
        "mail": _mail(plan, draft),
        "subject": SUBJECT,
        "read_at": read_at,
        "old_reading": read_at is None or timezone.now() - read_at > OLD_READING,
    }


def _later_than_wanted(plan: Preview, draft: services.Draft) -> bool:
    """The users' time begins with the message, so a short time until the start is not enough."""
    first = plan.rings[0].begins_at if plan.rings else draft.run.starts_at
    return first - draft.run.starts_at > timedelta(minutes=1)


def _mail(plan: Preview, draft: services.Draft) -> str:
    """As the first user reads it."""
    run = draft.run
    lines = [line for ring in plan.rings for line in ring.pcs if line.user]
    if not run.message or not lines:
        return ""
    return body(run.message, plan.rings[0].begins_at, run.zone, lines[0].name)
