"""The device images of a tenant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.template.loader import render_to_string

from images.tables import Live
from spotpc.web.scoping import Permission
from spotpc.web.tables import Filters
from spotpc.web.templatetags import ui
from w365.actions import actions_of_image
from w365.describe import Standing
from w365.models import DeviceImage
from w365.services import Uses
from w365.standing import of_image
from w365.words import day


class DeviceImageTable(Live):
    """Rows come with `last_error` (see `tables.rows.with_last_error`)."""

    uses: ClassVar[Uses]
    permissions: ClassVar[Collection[Permission]] = ()
    region = "device-images"

    name = tables.Column(linkify=True)
    version = tables.Column()
    source = tables.Column(accessor="source_name", order_by="source_id")
    site = tables.Column(accessor="site__name", verbose_name="Site", default="–")
    status = tables.Column(attrs={"td": {"class": "status-cell"}})
    os_build = tables.Column(verbose_name="OS build", default="–")
    expires_on = tables.Column(verbose_name="Usable until", default="–")
    used_by = tables.Column(
        accessor="graph_id", verbose_name="Used by", orderable=False, empty_values=()
    )
    actions = tables.Column(
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "actions-cell"}},
    )

    class Meta:
        order_by = ("name", "-version")
        empty_text = (
            "This tenant has no device image yet. Create one from an image in its Azure; policies "
            "can also use the images that Microsoft publishes."
        )

    def _standing(self, record: Any) -> Standing:
        busy = (DeviceImage, record.pk) in self.uses.busy
        return of_image(record, busy, record.last_error or "")

    def render_status(self, record: DeviceImage) -> str:
        return render_to_string("w365/_status_cell.html", {"standing": self._standing(record)})

    def value_status(self, record: DeviceImage) -> str:
        standing = self._standing(record)
        return f"{standing.label}: {standing.why}" if standing.why else standing.label

    def render_expires_on(self, record: DeviceImage) -> str:
        return day(record.expires_on) if record.expires_on else "–"

    def value_expires_on(self, record: DeviceImage) -> str:
        return f"{record.expires_on:%Y-%m-%d}" if record.expires_on else ""

    def _users(self, record: DeviceImage) -> Collection[str]:
        return self.uses.policies.get(record.graph_id, ()) if record.graph_id else ()

    def render_used_by(self, record: DeviceImage) -> str:
        users = self._users(record)
        if not users:
            return ui.when(None, "no policy")
        return render_to_string("w365/_users_cell.html", {"users": users})

    def value_used_by(self, record: DeviceImage) -> str:
        return ", ".join(self._users(record))

    def render_actions(self, record: DeviceImage) -> str:
        actions = actions_of_image(record, self.uses, self.permissions)
        found = {"actions": actions, "row": record, "view": True, "small": True}
        return render_to_string("w365/_actions.html", found)


class DeviceImageFilters(Filters):
    search_in = ("name", "version", "source_id", "site__name", "os_build")
    status = django_filters.ChoiceFilter(
        choices=DeviceImage.Status.choices, label="Status", empty_label="Any status"
    )

    class Meta:
        model = DeviceImage
        fields: list[str] = []
