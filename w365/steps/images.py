"""Handing an image to Windows 365, which copies and validates it, and deleting it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

from spotpc.azure.errors import from_failure
from spotpc.azure.graph_types import DeviceImage as Found
from spotpc.azure.types import Failure
from spotpc.jobs.kinds import Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from tenants.steps import stopped_by
from w365 import rows
from w365.models import DeviceImage
from w365.services import IMAGE_DELETE, IMAGE_UPLOAD
from w365.services.images import MOST_IMAGES
from w365.steps.common import (
    keep,
    made_once,
    missing,
    row_of,
    settle,
    update,
    url_of,
    windows365,
)

if TYPE_CHECKING:
    from spotpc.azure.graph.windows365 import Windows365

KIND = "device image"
Status = DeviceImage.Status

# Seconds of Azure. Believed: copying and a trial machine take half an hour and more. Given up after
# a day.
TAKE_OVER_EXPECTED = 2400
TAKE_OVER_TIMEOUT = 24 * 3600
SOONEST, LATEST = 30.0, 300.0


def hand_over(tick: Tick) -> Result:
    row = row_of(tick, DeviceImage)
    graph = windows365(row.tenant)
    graph_id = row.graph_id or made_once(
        tick, KIND, str(row), _finder(row, graph), lambda: _create(row, graph)
    )
    keep(tick, row, graph_id)
    update(row, status=Status.PENDING)
    return Done("Windows 365 is copying the image. It must stay in Azure until that is done")


def _finder(row: DeviceImage, graph: Windows365) -> Callable[[], str | None]:
    """Name and version together are unique. Source: learn.microsoft.com, Create deviceImage."""

    def find() -> str | None:
        for each in graph.device_images():
            if (each.name.casefold(), each.version) == (row.name.casefold(), row.version):
                return each.id
        return None

    return find


def _create(row: DeviceImage, graph: Windows365) -> str:
    if len(graph.device_images()) >= MOST_IMAGES:
        raise stopped_by(from_failure(Failure("w365-image-limit", "")))
    return graph.create_device_image(row.name, row.version, row.source_id).id


def take_over(tick: Tick) -> Result:
    """Wait for what Windows 365 makes of it, ever more patiently."""
    row = row_of(tick, DeviceImage)
    found = windows365(row.tenant).get_device_image(row.graph_id)
    if found is None:
        raise missing(KIND, str(row))
    update(row, **rows.of_device_image(found))
    if found.status == Status.FAILED:
        raise stopped_by(
            from_failure(Failure(f"deviceImage.{found.error_code}", ""), "device image")
        )
    if found.status != Status.READY:
        return Wait("Windows 365 is copying and validating the image", _patience(tick))
    _tell_support(tick, found)
    return Done("Policies can use the image now")


def _patience(tick: Tick) -> float:
    waited: float = tick.waited().total_seconds() * settings.AZURE_PACE
    return min(LATEST, max(SOONEST, waited / 10))


def _tell_support(tick: Tick, found: Found) -> None:
    until = f" until {found.expires_on:%d %B %Y}" if found.expires_on else ""
    if found.os_status == "supportedWithWarning":
        tick.event(
            f"Microsoft's support for its Windows has ended; it can be used{until}. Build a newer "
            "image soon.",
            level="warning",
        )
    elif found.os_status == "unknown":
        tick.event("Windows 365 does not know whether its Windows is supported.", level="warning")


def clear_up(tick: Tick) -> Result:
    """Cancelled: take it away again. Failed: see whether it is there after all."""
    row = row_of(tick, DeviceImage)
    if tick.job.outcome == Job.State.SUCCEEDED:
        return Done()
    graph = windows365(row.tenant)
    if not row.graph_id:
        settle(tick, row, _finder(row, graph))
    if tick.job.outcome != Job.State.CANCELLED or not row.graph_id:
        return Done()
    graph.delete_device_image(row.graph_id)
    update(row, graph_id="")
    return Done("Windows 365 has dropped the image")


def uploaded(job: Job) -> None:
    """What Graph said of it stands already; this is for a job that did not get so far."""
    image = DeviceImage.objects.filter(pk=job.subject_id)
    if job.state == Job.State.SUCCEEDED:
        return
    cancelled = job.state == Job.State.CANCELLED
    image.update(
        status=Status.FAILED,
        error_code="cancelled" if cancelled else job.error_code,
        error_text=(
            f"The upload was cancelled by {job.cancel_requested_by}."
            if cancelled
            else job.error_text
        ),
        error_remedy="Delete this entry; the image in Azure is untouched."
        if cancelled
        else job.error_remedy,
    )


def delete(tick: Tick) -> Result:
    row = row_of(tick, DeviceImage)
    if not row.graph_id:
        return Done("It was never in Windows 365")
    graph = windows365(row.tenant)
    if graph.get_device_image(row.graph_id) is None:
        return Done("It is gone from Windows 365; the image in Azure is untouched")
    graph.delete_device_image(row.graph_id)
    return Wait("Windows 365 is deleting the image", 10)


def deleted(job: Job) -> None:
    """The row goes with it. Where that failed it is what it was, and says why if it was well."""
    image = DeviceImage.objects.filter(pk=job.subject_id)
    if job.state == Job.State.SUCCEEDED:
        image.delete()
        return
    was = job.params["was"]
    image.update(status=was)
    if was == Status.READY:
        image.update(
            error_code=job.error_code, error_text=job.error_text, error_remedy=job.error_remedy
        )


UPLOAD = register(
    JobKind(
        name=IMAGE_UPLOAD,
        title="Upload the device image",
        steps=(
            Step("hand-over", "Hand it to Windows 365", hand_over, expected=5, timeout=3600),
            Step("take-over", "Windows 365 takes it over", take_over,
                 expected=TAKE_OVER_EXPECTED, timeout=TAKE_OVER_TIMEOUT),
        ),
        cleanup=(
            Step("clear-up", "If it failed: look what became of it", clear_up, expected=1,
                 timeout=3600),
        ),
        on_end=uploaded,
        url=url_of(DeviceImage),
    )
)  # fmt: skip
DELETE = register(
    JobKind(
        name=IMAGE_DELETE,
        title="Delete the device image",
        steps=(Step("delete", "Delete it in Windows 365", delete, expected=15, timeout=3600),),
        on_end=deleted,
        url=url_of(DeviceImage),
    )
)
