"""What the jobs of connections, images and policies share.

Graph gives a thing its id, so nothing of ours is in what we create. Before a create its name is
looked for, and the ledger tells whether a thing of that name is this job's own, made by a pass
whose answer was lost, or somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model
from django.utils import timezone

from spotpc.azure.errors import Decision, Stopped
from spotpc.jobs.kinds import Tick
from spotpc.jobs.models import Job
from tenants.models import Tenant
from tenants.steps import azure_for
from w365.models import DeviceImage, NetworkConnection, ProvisioningPolicy

if TYPE_CHECKING:
    from spotpc.azure.graph.windows365 import Windows365

Row = TypeVar("Row", NetworkConnection, DeviceImage, ProvisioningPolicy)
ASKED, HERE_ALREADY = "asked for", "it is in Windows 365"


def row_of(tick: Tick, model: type[Row]) -> Row:
    return model.objects.select_related("tenant__credential").get(pk=tick.job.subject_id)


def windows365(tenant: Tenant) -> Windows365:
    return azure_for(tenant).graph.windows365


def update(row: Row, **values: object) -> None:
    """Write these columns and no others, as read from Graph just now."""
    values["seen_at"] = timezone.now()
    type(row).objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)


def made_once(tick: Tick, kind: str, key: str, find: Find, create: Callable[[], str]) -> str:
    """Graph's id of a thing that this job makes exactly once.

    `key` is its unique name. Raises Stopped if there is a namesake that is not this job's.
    """
    found = find()
    if found is None:
        tick.claim(kind, ledger_id(kind, key), key)
        return create()
    if not _ours(tick, kind):
        raise Stopped(
            "w365-name-taken",
            f"Windows 365 has a {kind} named {key} already, made somewhere else.",
            "Choose another name. Spot PC shows the other one after the next refresh.",
            Decision.FAIL,
        )
    return found


Find = Callable[[], str | None]


def ledger_id(kind: str, key: str) -> str:
    return f"windows365/{kind}/{key}"


def _ours(tick: Tick, kind: str) -> bool:
    return bool(tick.resources(kind))


def keep(tick: Tick, row: Row, graph_id: str) -> None:
    """It is made, and stays, whatever becomes of the job: its row knows where it is."""
    update(row, graph_id=graph_id)
    for resource in tick.resources():
        tick.kept(resource.resource_id, HERE_ALREADY)


def settle(tick: Tick, row: Row, find: Find) -> None:
    """The job failed and does not know whether what it asked for came to be: look."""
    if tick.job.outcome == Job.State.SUCCEEDED or not tick.resources():
        return
    found = find()
    if found is not None:
        keep(tick, row, found)
        return
    for resource in tick.resources():
        tick.gone(resource.resource_id)


def missing(what: str, name: str) -> Stopped:
    return Stopped(
        "w365-gone",
        f"The {what} {name} is not in Windows 365 any more: somebody deleted it there.",
        "There is nothing to do. Spot PC removes it at the next refresh.",
        Decision.FAIL,
    )


def url_of(model: type[Row]) -> Callable[[Job], str]:
    """The page of the row that a job is about; a deleted one has none."""

    def url(job: Job) -> str:
        row: Model | None = model.objects.filter(pk=job.subject_id).first()
        return row.get_absolute_url() if row else ""  # type: ignore[attr-defined]

    return url
