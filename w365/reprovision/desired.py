"""From a run's rows to what the planner is asked for. Reads the database, never Graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.conf import settings
from django.db.models import F

from spotpc.jobs.transitions import lease_length
from w365.models import CloudPc, ProvisioningPolicy, ReprovisionedPc, Reprovisioning
from w365.reprovision.preview import USUAL
from w365.reprovision.state import Desired, Failure, Observed, Pc

HISTORY = 20  # reprovisions that the estimate is made of


def azure_time(span: timedelta, at_least: timedelta) -> timedelta:
    """A span of Azure's time at the pace of the configured cloud."""
    pace: float = settings.AZURE_PACE
    return max(span / pace, at_least)


def desired_of(run: Reprovisioning, cancelled: bool = False) -> Desired:
    usual = Desired(run.image_id, run.image_name, run.starts_at)
    return Desired(
        image_id=run.image_id,
        image_name=run.image_name,
        starts_at=run.starts_at,
        ring_pause=timedelta(minutes=run.ring_pause_minutes),
        message=bool(run.message),
        notice=timedelta(minutes=run.notice_minutes),
        believed_after=azure_time(usual.believed_after, timedelta(seconds=2)),
        # A worker that was held up between the record and the request is surely gone by then.
        begins_within=azure_time(usual.begins_within, lease_length()),
        timeout=azure_time(usual.timeout, 2 * lease_length()),
        attempts=run.attempts,
        failure_budget=run.failure_budget,
        paused=run.paused,
        cancelled=cancelled,
    )


def facts_of(row: ReprovisionedPc) -> dict[str, Any]:
    """What a row knows of its Cloud PC, whatever is seen of it now."""
    failed = bool(row.error_code)
    return {
        "id": row.graph_id,
        "name": row.old_device or row.name,
        "user": row.user,
        "ring": row.ring,
        "excluded": row.excluded,
        "old_device_id": row.old_device_id,
        "old_image": row.old_image,
        "noticed_at": row.noticed_at,
        "attempt": row.attempt,
        "asked_at": row.asked_at,
        "finished_at": row.finished_at,
        "error": Failure(row.error_code, row.error_text) if failed else None,
        "forgiven": row.forgiven,
    }


def from_rows(
    run: Reprovisioning, pcs: Iterable[ReprovisionedPc], policy: ProvisioningPolicy | None
) -> Observed:
    """As of the last reading of the tenant; for a run that is saved, or not. One query."""
    known: Mapping[str, CloudPc] = (
        {pc.graph_id: pc for pc in CloudPc.objects.filter(policy=policy)} if policy else {}
    )
    return Observed(
        pcs=tuple(_seen(row, known.get(row.graph_id)) for row in pcs),
        policy_exists=policy is not None,
        policy_image_id=policy.image_id if policy else "",
        policy_image_name=policy.image_name if policy else "",
        halted=run.halted,
    )


def _seen(row: ReprovisionedPc, pc: CloudPc | None) -> Pc:
    if pc is None:
        return Pc(**facts_of(row), listed=False, status="")
    return Pc(
        **facts_of(row),
        status=pc.status,
        device_id=pc.managed_device_id,
        device_name=pc.device_name,
        image_name=pc.image_name,
    )


def usual_time(tenant_id: int) -> timedelta:
    """What a reprovision takes in real time: the median of this tenant's last ones."""
    done = ReprovisionedPc.objects.filter(
        tenant_id=tenant_id, error_code="", asked_at__isnull=False, finished_at__gt=F("asked_at")
    ).order_by("-finished_at")[:HISTORY]
    took = [_seconds(row.asked_at, row.finished_at) for row in done]
    return timedelta(seconds=median(took)) if took else USUAL / settings.AZURE_PACE


def _seconds(begun: datetime | None, ended: datetime | None) -> float:
    return (ended - begun).total_seconds() if begun and ended else 0.0
