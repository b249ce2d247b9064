"""The connections of a tenant."""

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
from w365.actions import actions_of_connection
from w365.describe import Standing
from w365.models import NetworkConnection
from w365.network import network_of_connection
from w365.services import Uses
from w365.standing import of_connection

Join = NetworkConnection.Join
SHORT = {Join.ENTRA.value: "Entra join", Join.HYBRID.value: "Entra hybrid join"}


class ConnectionTable(Live):
    """Rows come with `last_error` (see `tables.rows.with_last_error`)."""

    uses: ClassVar[Uses]
    permissions: ClassVar[Collection[Permission]] = ()
    region = "connections"

    name = tables.Column(linkify=True)
    join_type = tables.Column(verbose_name="Join")
    site = tables.Column(
        accessor="location", verbose_name="Site / Region", empty_values=(), order_by=("site__name",
        "location"),
    )  # fmt: skip
    network = tables.Column(accessor="virtual_network_id", verbose_name="Network")
    health = tables.Column(verbose_name="Health", attrs={"td": {"class": "status-cell"}})
    in_use = tables.Column(verbose_name="In use by", empty_values=(), orderable=False)
    actions = tables.Column(
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "actions-cell"}},
    )

    class Meta:
        order_by = "name"
        empty_text = (
            "This tenant has no connection yet. Create one to have Cloud PCs in a network of the "
            "customer's own; without one they stand in Microsoft's network."
        )

    def render_join_type(self, record: NetworkConnection) -> str:
        return SHORT.get(record.join_type, record.join_type)

    def value_join_type(self, record: NetworkConnection) -> str:
        return record.get_join_type_display()

    def render_site(self, record: NetworkConnection) -> str:
        return self.value_site(record)

    def value_site(self, record: NetworkConnection) -> str:
        return ", ".join(each for each in (str(record.site or ""), record.location) if each)

    def render_network(self, record: NetworkConnection) -> str:
        return network_of_connection(record).short

    def value_network(self, record: NetworkConnection) -> str:
        return network_of_connection(record).words

    def _standing(self, record: Any) -> Standing:
        busy = (NetworkConnection, record.pk) in self.uses.busy
        return of_connection(record, busy, record.last_error or "")

    def render_health(self, record: NetworkConnection) -> str:
        return render_to_string("w365/_status_cell.html", {"standing": self._standing(record)})

    def value_health(self, record: NetworkConnection) -> str:
        return self._standing(record).label

    def _users(self, record: NetworkConnection) -> Collection[str]:
        return self.uses.policies.get(record.graph_id, ()) if record.graph_id else ()

    def render_in_use(self, record: NetworkConnection) -> str:
        users = self._users(record)
        if not users:
            return ui.when(None, "no policy")
        return render_to_string("w365/_users_cell.html", {"users": users})

    def value_in_use(self, record: NetworkConnection) -> str:
        return ", ".join(self._users(record))

    def render_actions(self, record: NetworkConnection) -> str:
        actions = actions_of_connection(record, self.uses, self.permissions)
        found = {"actions": actions, "row": record, "view": True, "small": True}
        return render_to_string("w365/_actions.html", found)


class ConnectionFilters(Filters):
    search_in = ("name", "site__name", "location", "virtual_network_id", "ad_domain")
    health = django_filters.ChoiceFilter(
        choices=NetworkConnection.Health.choices, label="Health", empty_label="Any health"
    )

    class Meta:
        model = NetworkConnection
        fields: list[str] = []
