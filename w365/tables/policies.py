"""The provisioning policies of a tenant, and the Cloud PCs of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import Count, F, Q, QuerySet
from django.template.loader import render_to_string

from images.tables import Live
from spotpc.web.scoping import Permission
from spotpc.web.tables import Filters, NumberColumn
from spotpc.web.templatetags import ui
from w365 import describe
from w365.known import Known
from w365.models import CloudPc, ProvisioningPolicy, Reprovisioning
from w365.policies import Pcs, actions_of, assigned_users, on_image, standing
from w365.services import Uses, spec_of
from w365.words import cloud_pc_status


def with_counts(policies: QuerySet[ProvisioningPolicy]) -> QuerySet[ProvisioningPolicy]:
    """Adds `cloud_pcs`, and how many of them are on another image than the policy's: `behind`."""
    other = ~Q(pcs__image_name="") & ~Q(pcs__image_name=F("image_name"))
    return policies.annotate(
        cloud_pcs=Count("pcs"), behind=Count("pcs", filter=Q(pcs__isnull=False) & other)
    )


class PolicyTable(Live):
    known: ClassVar[Known]
    uses: ClassVar[Uses]
    today: ClassVar[date]
    permissions: ClassVar[Collection[Permission]] = ()
    running: ClassVar[Mapping[int, Reprovisioning]] = {}
    region = "policies"

    name = tables.Column()
    image = tables.Column(
        accessor="image_name", verbose_name="Image", attrs={"td": {"class": "w365-image-cell"}}
    )
    connection = tables.Column(
        accessor="connection_id", verbose_name="Connection", empty_values=(), orderable=False
    )
    groups = tables.Column(
        accessor="group_ids", verbose_name="Groups", empty_values=(), orderable=False
    )
    users = NumberColumn(
        accessor="group_ids", verbose_name="Users assigned", empty_values=(), orderable=False
    )
    cloud_pcs = NumberColumn(verbose_name="Cloud PCs")
    actions = tables.Column(
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        attrs={"td": {"class": "actions-cell"}},
    )

    class Meta:
        order_by = "name"
        empty_text = (
            "This tenant has no provisioning policy yet. Create one: it says what a user's Cloud "
            "PC is made of, and who gets one."
        )

    def render_name(self, record: Any) -> str:
        kind = self.uses.busy.get((ProvisioningPolicy, record.pk), "")
        told = {"policy": record, "standing": standing(record, kind)}
        return render_to_string("w365/policies_cell_name.html", told)

    def value_name(self, record: Any) -> str:
        return str(record.name)

    def render_image(self, record: Any) -> str:
        spec = spec_of(record)
        told = {
            "type": describe.image_type(spec),
            "image": describe.image(spec, self.known),
            "standing": describe.image_standing(spec, self.known, self.today),
        }
        return render_to_string("w365/policies_cell_image.html", told)

    def value_image(self, record: Any) -> str:
        spec = spec_of(record)
        return f"{describe.image_type(spec)}: {describe.image(spec, self.known)}"

    def render_connection(self, record: Any) -> str:
        found = self.known.connections.get(record.connection_id)
        told = {
            "connection": found,
            "name": describe.network(spec_of(record), self.known),
            "health": describe.health(found) if found else None,
        }
        return render_to_string("w365/policies_cell_connection.html", told)

    def value_connection(self, record: Any) -> str:
        return describe.network(spec_of(record), self.known)

    def render_groups(self, record: Any) -> str:
        return self.value_groups(record) or ui.when(None, "none")

    def value_groups(self, record: Any) -> str:
        return ", ".join(describe.groups(spec_of(record), self.known))

    def render_users(self, record: Any) -> str:
        return assigned_users(record, self.known).words or ui.when(None)

    def value_users(self, record: Any) -> str:
        return assigned_users(record, self.known).words

    def render_cloud_pcs(self, record: Any) -> str:
        return render_to_string("w365/policies_cell_pcs.html", {"policy": record})

    def value_cloud_pcs(self, record: Any) -> str:
        behind = f", {record.behind} not on its image" if record.behind else ""
        return f"{record.cloud_pcs}{behind}"

    def render_actions(self, record: Any) -> str:
        pcs, running = Pcs(record.cloud_pcs, record.behind), self.running.get(record.pk)
        actions = actions_of(record, self.uses, running, self.permissions, pcs, "Bring over")
        told = {"actions": actions, "row": record, "view": True, "small": True}
        return render_to_string("w365/_actions.html", told)


class PolicyFilters(Filters):
    search_in = ("name", "description", "image_name")
    image_type = django_filters.ChoiceFilter(
        choices=ProvisioningPolicy.ImageType.choices, label="Image type", empty_label="Any type"
    )

    class Meta:
        model = ProvisioningPolicy
        fields: list[str] = []


class CloudPcTable(Live):
    """The Cloud PCs of one policy, `policy`."""

    policy: ClassVar[ProvisioningPolicy]
    known: ClassVar[Known]
    region = "cloud-pcs"

    device_name = tables.Column(verbose_name="Device", empty_values=())
    user = tables.Column(default="–")
    plan_name = tables.Column(verbose_name="Plan", default="–")
    image_name = tables.Column(verbose_name="Image", empty_values=())
    status = tables.Column()

    class Meta:
        order_by = "device_name"
        empty_text = (
            "No Cloud PC was made from this policy yet. Licensed members of its groups get one by "
            "itself."
        )

    def render_device_name(self, record: CloudPc) -> str:
        return str(record)

    def render_image_name(self, record: CloudPc) -> str:
        told = {"pc": record, "same": on_image(record, self.policy, self.known)}
        return render_to_string("w365/policies_cell_pc_image.html", told)

    def value_image_name(self, record: CloudPc) -> str:
        return record.image_name

    def render_status(self, record: CloudPc) -> str:
        label, tone = cloud_pc_status(record.status)
        told = {"pc": record, "label": label, "tone": tone}
        return render_to_string("w365/policies_cell_status.html", told)

    def value_status(self, record: CloudPc) -> str:
        return cloud_pc_status(record.status)[0]
