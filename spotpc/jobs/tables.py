"""The jobs of a tenant."""

from __future__ import annotations

import django_filters
import django_tables2 as tables

from spotpc.jobs.kinds import title_of
from spotpc.jobs.models import Job
from spotpc.web.tables import Filters, StatusColumn, Table, WhenColumn


class JobTable(Table):
    poll_seconds = 10

    kind = tables.Column(
        verbose_name="Job", linkify=("job-detail", [tables.A("tenant_id"), tables.A("pk")])
    )
    subject_name = tables.Column(verbose_name="Of")
    state = StatusColumn()
    note = tables.Column(
        verbose_name="Waiting for, or why it failed", empty_values=(), orderable=False
    )
    created_by = tables.Column(verbose_name="Asked for by")
    created_at = WhenColumn(verbose_name="Asked for")
    finished_at = WhenColumn(verbose_name="Ended")

    class Meta:
        empty_text = "Nothing has run here yet. Config Actions starts something."

    def render_kind(self, value: str) -> str:
        return title_of(value)

    def value_kind(self, value: str) -> str:
        return title_of(value)

    def render_note(self, record: Job) -> str:
        return (record.waiting_for if record.active else record.error_text) or "–"

    def value_note(self, record: Job) -> str:
        return record.waiting_for if record.active else record.error_text


class JobFilters(Filters):
    search_in = ("subject_name", "kind", "created_by", "error_text")
    state = django_filters.ChoiceFilter(choices=Job.State.choices, empty_label="Any state")

    class Meta:
        model = Job
        fields: list[str] = []
