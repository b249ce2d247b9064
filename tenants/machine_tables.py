"""The table of the Machines tab."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.html import format_html

from spotpc.web.tables import Filters, NumberColumn, Table, WhenColumn
from spotpc.web.templatetags import ui
from tenants import machines
from tenants.access import admin_of

POLL_SECONDS = 30
NOTHING_YET = (
    "Nothing was seen in Azure. If the tenant has just been connected, wait for the first "
    "reading, or press Refresh."
)


class MachineTable(Table):
    name = tables.Column(accessor="machine", verbose_name="Name")
    source = tables.Column(verbose_name="Source")
    image = tables.Column(
        verbose_name="Image version",
        order_by="image_order",
        empty_values=(),
        attrs={"td": {"class": "text"}},
    )
    status = tables.Column(verbose_name="Status")
    allow_new_session = tables.Column(verbose_name="New sessions")
    active = NumberColumn(verbose_name="Active")
    inactive = NumberColumn(verbose_name="Disconnected")
    last_heartbeat = WhenColumn(verbose_name="Last heartbeat")

    poll_seconds = POLL_SECONDS
    ties = ("machine", "kind", "id")

    class Meta:
        order_by = "name"
        empty_text = NOTHING_YET

    def render_name(self, value: str, record: machines.Row) -> str:
        name = self.value_name(value)
        if not record["user"]:
            return name
        return format_html('{}<br><span class="muted small">{}</span>', name, record["user"])

    def value_name(self, value: str) -> str:
        return value.partition(".")[0]  # AVD names a host with its domain

    def render_source(self, value: str, record: machines.Row) -> str:
        url = machines.source_url(record)
        return format_html('<a href="{}">{}</a>', url, value) if url else value

    def value_source(self, value: str) -> str:
        return value

    def render_image(self, value: str | None) -> str:
        return self.value_image(value) or format_html('<span class="muted">{}</span>', "unknown")

    def value_image(self, value: str | None) -> str:
        """An image's name, or the last part of an ARM id where it is not one of ours."""
        return (value or "").rpartition("/")[2]

    def render_status(self, value: str, record: machines.Row) -> str:
        words, tone = machines.parts()[record["kind"]].status(value)
        return ui.status(value, words, tone)

    def value_status(self, value: str, record: machines.Row) -> str:
        return machines.parts()[record["kind"]].status(value)[0]

    def render_allow_new_session(self, value: bool) -> str:
        return ui.status("ok", "Allowed") if value else ui.status("draining", "Draining")

    def value_allow_new_session(self, value: bool | None) -> str:
        return "" if value is None else "Allowed" if value else "Draining"


class MachineFilters(Filters):
    """Narrows each part before they are put together: SQL filters no union."""

    search_in = ("machine", "source", "status", "user")
    source = django_filters.ChoiceFilter(label="Source", empty_label="Any source")
    new_sessions = django_filters.ChoiceFilter(
        field_name="allow_new_session",
        choices=[("True", "Allowed"), ("False", "Draining")],
        empty_label="Any",
        label="New sessions",
    )

    class Meta:
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = machines.parts_of(self.request.tenant, admin_of(self.request))
        names = machines.sources(self.parts)
        self.filters["source"].extra["choices"] = [(name, name) for name in names]

    @property
    def qs(self) -> QuerySet[Any, Any]:
        valid = self.is_valid()
        return machines.together(
            [self.filter_queryset(rows) if valid else rows for rows in self.parts]
        )
