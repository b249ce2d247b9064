"""What tables of Windows 365 need beside the rows."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, QuerySet, Subquery

from spotpc.jobs.models import Job
from w365.models import DeviceImage, NetworkConnection

Row = TypeVar("Row", NetworkConnection, DeviceImage)


def with_last_error(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Adds `last_error`: what the newest job on each row failed with, if it did."""
    jobs: QuerySet[Any] = Job.objects.filter(
        subject_type=ContentType.objects.get_for_model(rows.model), subject_id=OuterRef("pk")
    )
    newest = jobs.order_by("-created_at", "-id").values("error_text")[:1]
    return rows.annotate(last_error=Subquery(newest))
