"""The image sets of a tenant, and the versions of a set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self

import django_tables2 as tables
from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.template.loader import render_to_string
from django.utils.html import format_html

from images.actions import actions_of
from images.models import ImageSet, ImageVersion
from images.services import Status
from spotpc.jobs.models import Job
from spotpc.web.scoping import Permission
from spotpc.web.tables import Filters, StatusColumn, Table, WhenColumn
from spotpc.web.templatetags import ui

UNDER_WAY = (
    Status.CREATING, Status.CONFIGURING, Status.SEALING, Status.VALIDATING, Status.DELETING
)  # fmt: skip


class Live(Table):
    """A table that knows what the page knows; `table_page` makes the instance."""

    @classmethod
    def of(cls, **facts: Any) -> type[Self]:
        return type(cls.__name__, (cls,), {"Meta": cls.Meta, **facts})


def with_standing(sets: QuerySet[ImageSet]) -> QuerySet[ImageSet]:
    """Adds how each set stands.

    `newest` with its three parts is the newest Available version. `status` is that of the version
    `status_of`: the newest one under way, else the newest one. `updated` is the last change.
    """
    mine = ImageVersion.objects.filter(image_set=OuterRef("pk")).annotate(
        text=Concat(
            Cast("major", CharField()), Value("."), Cast("minor", CharField()), Value("."),
            Cast("patch", CharField()),
        )
    )  # fmt: skip
    available = mine.filter(status=Status.AVAILABLE)
    idle = Case(When(status__in=UNDER_WAY, then=0), default=1)
    current = mine.order_by(idle, "-major", "-minor", "-patch")
    published = mine.filter(available_at__isnull=False).order_by("-available_at")
    parts = {f"newest_{part}": _first(available, part) for part in ("major", "minor", "patch")}
    return sets.annotate(
        newest=_first(available, "text"),
        status=_first(current, "status"),
        status_of=_first(current, "text"),
        updated=Greatest(
            Coalesce(_first(published, "available_at"), F("created_at")),
            Coalesce(_first(mine.order_by("-created_at"), "created_at"), F("created_at")),
        ),
        **parts,
    )


def _first(versions: QuerySet[ImageVersion], column: str) -> Subquery:
    return Subquery(versions.values(column)[:1])


class ImageSetTable(Live):
    region = "image-sets"
    name = tables.Column(linkify=True)
    site = tables.Column(accessor="site__name", verbose_name="Site")
    newest = tables.Column(
        verbose_name="Available Version",
        order_by=("newest_major", "newest_minor", "newest_patch"),
        default="–",
    )
    status = tables.Column(default="–", attrs={"td": {"class": "status-cell"}})
    used_by = tables.Column(
        verbose_name="Used by", accessor="pk", orderable=False, attrs={"td": {"class": "used-by"}}
    )
    updated = WhenColumn(verbose_name="Last Update")

    class Meta:
        order_by = "name"
        empty_text = (
            "This tenant has no image set yet. One is made for each site when the tenant is set up."
        )

    def render_status(self, value: Any, record: Any) -> str:
        shown = ui.status(value, Status(value).label)
        if value == Status.AVAILABLE:
            return shown
        number = format_html('<span class="muted small">{}</span>', record.status_of)
        return format_html('<span class="row">{} {}</span>', shown, number)

    def value_status(self, value: Any, record: Any) -> str:
        return f"{record.status_of} {Status(value).label}"

    def render_used_by(self, record: Any) -> str:
        return self.value_used_by(record) or ui.when(None)

    def value_used_by(self, record: Any) -> str:
        return ", ".join(group.name for group in record.spot_groups.all())


class ImageSetFilters(Filters):
    search_in = ("name", "description", "site__name", "spot_groups__name")

    class Meta:
        model = ImageSet
        fields: list[str] = []

    def search(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return super().search(rows, name, value).distinct()


class VersionTable(Live):
    users: ClassVar[Mapping[int, list[str]]] = {}
    jobs: ClassVar[Mapping[int, Job]] = {}
    permissions: ClassVar[Collection[Permission]] = ()
    region = "versions"

    number = tables.Column(
        verbose_name="Version Number", order_by=("major", "minor", "patch"), linkify=True
    )
    created_at = WhenColumn(verbose_name="Creation Date")
    status = StatusColumn(attrs={"td": {"class": "status-cell"}})
    source_name = tables.Column(verbose_name="Source")
    used_by = tables.Column(verbose_name="Used by", accessor="pk", orderable=False)
    actions = tables.Column(
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "actions-cell"}},
    )

    class Meta:
        order_by = "-number"
        empty_text = "This image set has no version yet. Add the first one."

    def value_status(self, record: ImageVersion) -> str:
        return record.get_status_display()

    def render_used_by(self, record: ImageVersion) -> str:
        return self.value_used_by(record) or ui.when(None)

    def value_used_by(self, record: ImageVersion) -> str:
        return ", ".join(self.users.get(record.pk, []))

    def render_actions(self, record: ImageVersion) -> str:
        users, job = self.users.get(record.pk, []), self.jobs.get(record.pk)
        actions = actions_of(record, job, users, self.permissions)
        return render_to_string(
            "images/_actions.html", {"actions": actions, "version": record, "small": True}
        )
