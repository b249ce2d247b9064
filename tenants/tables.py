"""The tenants of an organization."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables

from spotpc.web.tables import Filters, NumberColumn, StatusColumn, Table
from spotpc.web.templatetags import ui
from tenants.models import Tenant


class TenantTable(Table):
    name = tables.Column(linkify=("tenant-overview", [tables.A("pk")]))
    custom_id = tables.Column(verbose_name="Custom ID", default="–")
    status = StatusColumn()
    sessions = NumberColumn(verbose_name="Active User Sessions")
    machines = NumberColumn(verbose_name="Active Machines")
    running_jobs = NumberColumn(verbose_name="Running jobs")
    read_at = tables.Column(verbose_name="Read from Azure", accessor="sync__finished_at")

    class Meta:
        order_by = "name"
        empty_text = (
            "No tenant of this organization is open to you yet. "
            "Ask an organization administrator for a role in one."
        )

    def render_read_at(self, value: Any) -> str:
        return ui.ago(value, prefix="")

    def value_read_at(self, value: Any) -> Any:
        return value


class TenantFilters(Filters):
    search_in = ("name", "custom_id")
    status = django_filters.ChoiceFilter(choices=Tenant.Status.choices, empty_label="Any status")

    class Meta:
        model = Tenant
        fields: list[str] = []
