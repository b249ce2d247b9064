"""From an update's row to what the planner is asked for. Reads the database, never Azure."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from spotgroups.models import SpotGroupUpdate, UpdateHost
from spotgroups.rollout.state import Desired, Method
from spotpc.azure.names import folded

# How long a build takes until users could sign on, and the margin on what past builds took.
# Source: behaviour of Azure as users report it, "typically 15-20 minutes"; agents update
# themselves for a little over half an hour more.
USUAL_BUILD = timedelta(minutes=45)
MARGIN = 1.5
SHORTEST_LEAD = timedelta(minutes=2)


def azure_time(span: timedelta, at_least: timedelta) -> timedelta:
    """A span of Azure's time at the pace of the configured cloud."""
    pace: float = settings.AZURE_PACE
    return max(span / pace, at_least)


def desired_of(update: SpotGroupUpdate, cancelled: bool = False) -> Desired:
    version = update.image_version
    return Desired(
        method=Method(update.method),
        version=folded(version.azure_id) if version else "",
        version_name=update.image_name,
        hosts_wanted=update.hosts_wanted,
        surge=update.surge,
        floor_seats=update.floor_seats,
        session_limit=update.spot_group.session_limit,
        warning=timedelta(minutes=update.warning_minutes),
        cut_over_at=update.scheduled_at,
        build_lead=timedelta(seconds=update.build_lead_seconds),
        idle_confirm=azure_time(timedelta(seconds=60), timedelta(seconds=3)),
        ready_timeout=azure_time(timedelta(minutes=60), timedelta(seconds=90)),
        message=update.message,
        failure_budget=update.failure_budget,
        build_attempts=update.build_attempts,
        paused=update.paused,
        cancelled=cancelled,
    )


def build_lead(tenant_id: int) -> timedelta:
    """How long before a scheduled time to begin: what this tenant's builds took, with a margin."""
    done = UpdateHost.objects.filter(
        tenant_id=tenant_id, ready_at__isnull=False, build_started_at__isnull=False
    ).order_by("-ready_at")[:10]
    times = [
        row.ready_at - row.build_started_at for row in done if row.ready_at and row.build_started_at
    ]
    longest = max(times) if times else USUAL_BUILD / settings.AZURE_PACE
    return max(longest * MARGIN, azure_time(SHORTEST_LEAD, timedelta(seconds=30)))
