"""The table of the User Sessions tab."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from spotgroups.models import SessionHost, SpotGroup, UserSession
from spotpc.web.tables import Filters, StatusColumn, Table, WhenColumn
from tenants.access import admin_of

POLL_SECONDS = 30


def _image(host: SessionHost) -> str:
    """The version a host runs, or what Azure says where it is none of ours."""
    version = host.image_version
    if version is not None:
        return f"{version.image_set.name} {version.number}"
    return host.image_id.rsplit("/", 1)[-1] if host.image_id else ""


class ImageColumn(tables.Column):  # type: ignore[misc]  # no types
    """The image version of the host at `host_path` of the record."""

    def __init__(self, host_path: str = "") -> None:
        self.host_path = host_path
        order = [
            f"{host_path}image_version__{part}"
            for part in ("image_set__name", "major", "minor", "patch")
        ]
        super().__init__(verbose_name="Image version", empty_values=(), order_by=order)

    def render(self, record: Any) -> str:
        host = record.host if self.host_path else record
        words = _image(host)
        return words or format_html('<span class="muted">{}</span>', "unknown")

    def value(self, record: Any) -> str:
        return _image(record.host if self.host_path else record)


class SessionTable(Table):
    name = tables.Column(accessor="user", verbose_name="Name")
    machine = tables.Column(
        accessor="host__short_name", order_by="host__name", verbose_name="Machine"
    )
    source = tables.Column(accessor="host__spot_group__name", verbose_name="Source")
    image = ImageColumn("host__")
    status = StatusColumn(accessor="state", verbose_name="Status")
    created_at = WhenColumn(verbose_name="Since")

    poll_seconds = POLL_SECONDS

    class Meta:
        order_by = "name"
        empty_text = "Nobody is signed in, as far as Azure was last read."


def _groups(request: HttpRequest | None) -> QuerySet[SpotGroup]:
    """The tenant's Spot Groups; a filter without a request offers nothing."""
    tenant = getattr(request, "tenant", None)
    if request is None or tenant is None:
        return SpotGroup.objects.none()
    return SpotGroup.objects.visible_to(admin_of(request)).filter(tenant=tenant)


class SessionFilters(Filters):
    search_in = ("user", "host__name", "host__spot_group__name", "state")
    group = django_filters.ModelChoiceFilter(
        field_name="host__spot_group", queryset=_groups, label="Source", empty_label="Any source"
    )

    class Meta:
        model = UserSession
        fields: list[str] = []
