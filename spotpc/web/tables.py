"""Tables: sort, filter, page, export. One function serves the page, the fragment and the CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters as filters
import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from spotpc.web.csv import csv_response
from spotpc.web.htmx import render_page
from spotpc.web.templatetags import ui

PAGE_SIZES = (10, 25, 50, 100)
DEFAULT_PAGE_SIZE = 25


class Table(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Columns in a class body as django-tables2 has them. `Meta.empty_text`: what to do first."""

    region = "table"  # the id of the part that htmx renews
    poll_seconds = 0  # renew by itself so often; 0: never
    ties: tuple[str, ...] = ("pk",)  # what decides between rows that sort alike


class NumberColumn(tables.Column):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", {"th": {"class": "num"}, "td": {"class": "num"}})
        super().__init__(*args, **kwargs)


class WhenColumn(tables.Column):  # type: ignore[misc]
    """A time in the viewer's zone; UTC in the CSV."""

    def render(self, value: Any) -> str:
        return ui.when(value)

    def value(self, value: Any) -> Any:
        return value


class StatusColumn(tables.Column):  # type: ignore[misc]
    """A status as icon, word and colour; see `ui.status` for the words it knows."""

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        shown = getattr(record, f"get_{bound_column.name}_display", None)
        raw = getattr(record, bound_column.name, value)
        return ui.status(str(raw), shown() if shown else str(value))

    def value(self, value: Any) -> Any:
        return value


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """A search field, and what the subclass adds. `search_in`: the lookups it searches."""

    search_in: ClassVar[tuple[str, ...]] = ()
    q = filters.CharFilter(method="search", label="Search", widget=SearchInput)

    def search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in value.split():
            found = Q()
            for lookup in self.search_in:
                found |= Q(**{f"{lookup}__icontains": word})
            rows = rows.filter(found)
        return rows

    @property
    def narrowed(self) -> bool:
        """Has the viewer filtered anything?"""
        return self.form.is_valid() and any(self.form.cleaned_data.values())


def table_page(
    request: HttpRequest,
    template: str,
    table_class: type[Table],
    rows: QuerySet[Any],
    *,
    name: str,
    filter_class: type[Filters] | None = None,
    context: Mapping[str, Any] | None = None,
    fragment: str = "web/table.html",
) -> HttpResponseBase:
    """A page with one table, `{% include "web/table_section.html" %}` in its template.

    `?sort=`, `?page=`, `?per_page=`, the filters, and `?export=csv` (as `name`.csv) are understood;
    nonsense in them means the default.
    """
    narrowing = filter_class(request.GET, queryset=rows, request=request) if filter_class else None
    table = table_class(
        narrowing.qs if narrowing else rows, order_by=request.GET.get("sort") or None
    )
    _break_ties(table)
    if request.GET.get("export") == "csv":
        return csv_response(name, table.as_values())
    size = request.GET.get("per_page", "")
    per_page = int(size) if size in map(str, PAGE_SIZES) else DEFAULT_PAGE_SIZE
    table.paginator = Paginator(table.rows, per_page)
    table.page = table.paginator.get_page(request.GET.get("page"))
    table.page_sizes, table.filters = PAGE_SIZES, narrowing
    found = {**(context or {}), "table": table, "filters": narrowing}
    return render_page(request, template, found, fragment=fragment)


def _break_ties(table: Table) -> None:
    """Rows that sort alike keep one order, or one could be on two pages and another on none."""
    rows: QuerySet[Any] = table.data.data
    usual = () if rows.query.combinator else rows.model._meta.ordering
    order = rows.query.order_by or usual or ()
    table.data.data = rows.order_by(*order, *table.ties)
