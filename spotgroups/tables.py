"""The Spot Groups of a tenant, and the hosts of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import django_filters
import django_tables2 as tables
from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html

from images.models import ImageSet
from spotgroups.hosts import USABLE, why_unusable
from spotgroups.models import SessionHost, SpotGroup, SpotGroupUpdate, UserSession
from spotgroups.progress import headline, progress
from spotgroups.services import why_not_updatable
from spotgroups.tenant_tables import ImageColumn
from spotpc.web.tables import Filters, NumberColumn, StatusColumn, Table, WhenColumn
from spotpc.web.templatetags import ui
from tenants.access import admin_of

SECONDS_WHILE_UPDATING = 3
SECONDS_OTHERWISE = 30


class Standing(models.TextChoices):
    """How a group stands for its users."""

    AVAILABLE = "available", "Available"
    LIMITED = "limited", "Limited Availability"
    UNAVAILABLE = "unavailable", "Not available"
    UPDATING = "updating", "Updating"


TONES = {
    Standing.AVAILABLE: "ok",
    Standing.LIMITED: "warn",
    Standing.UNAVAILABLE: "bad",
    Standing.UPDATING: "busy",
}


def with_standing(groups: QuerySet[SpotGroup]) -> QuerySet[SpotGroup]:
    """Adds `hosts_seen`, `hosts_usable`, `active`, `disconnected`, `total` and `status`.

    `unusable`: the hosts that take nobody, for the reason why.
    """
    hosts = SessionHost.objects.filter(spot_group=OuterRef("pk")).order_by()
    sessions = UserSession.objects.filter(host__spot_group=OuterRef("pk")).order_by()
    mine = "host__spot_group"
    running = SpotGroupUpdate.objects.filter(spot_group=OuterRef("pk"), outcome="")
    # One that waits for its time has changed nothing yet.
    begun = running.filter(Q(scheduled_at=None) | Q(hosts__slot__isnull=False))
    unusable = SessionHost.objects.exclude(USABLE)
    counted = groups.annotate(
        hosts_seen=_count(hosts, "spot_group"),
        hosts_usable=_count(hosts.filter(USABLE), "spot_group"),
        active=_count(sessions.filter(state="Active"), mine),
        total=_count(sessions, mine),
        updating=Exists(begun),
    ).prefetch_related(Prefetch("hosts", queryset=unusable, to_attr="unusable"))
    return counted.annotate(
        disconnected=F("total") - F("active"),
        status=Case(
            When(updating=True, then=Value(Standing.UPDATING)),
            When(hosts_usable=0, then=Value(Standing.UNAVAILABLE)),
            When(hosts_usable=F("hosts_seen"), then=Value(Standing.AVAILABLE)),
            default=Value(Standing.LIMITED),
            output_field=models.CharField(),
        ),
    )


def _count(rows: QuerySet[Any], by: str) -> Coalesce:
    """A subquery each, so that counts never multiply."""
    number = Subquery(rows.values(by).annotate(n=Count("pk")).values("n"), IntegerField())
    return Coalesce(number, 0)


def why_limited(group: Any) -> str:
    """Which hosts take nobody; empty where all do. For a group `with_standing`."""
    if not group.hosts_seen:
        return "No session host was seen in Azure."
    if not group.unusable:
        return ""
    names = ", ".join(why_unusable(host) for host in group.unusable[:3])
    more = f" and {len(group.unusable) - 3} more" if len(group.unusable) > 3 else ""
    take = "takes" if len(group.unusable) == 1 else "take"
    return f"{len(group.unusable)} of {group.hosts_seen} hosts {take} no log-ons: {names}{more}."


class GroupTable(Table):
    running: ClassVar[Mapping[int, SpotGroupUpdate]] = {}
    may_change: ClassVar[bool] = False
    region = "spot-groups"

    name = tables.Column(linkify=("spot-group", [tables.A("tenant_id"), tables.A("pk")]))
    friendly_name = tables.Column(verbose_name="Friendly Name", default="–")
    image_set = tables.Column(accessor="image_set__name", verbose_name="Image Set")
    image_version = tables.Column(
        verbose_name="Image Version",
        default="–",
        order_by=("image_version__major", "image_version__minor", "image_version__patch"),
    )
    status = tables.Column()
    hosts = NumberColumn(accessor="hosts_seen", verbose_name="Hosts")
    active = NumberColumn(verbose_name="Active Sessions")
    disconnected = NumberColumn(verbose_name="Disconnected Sessions")
    total = NumberColumn(verbose_name="Total Sessions")
    update = tables.Column(accessor="pk", verbose_name="Update", orderable=False)

    class Meta:
        order_by = "name"
        empty_text = (
            "This tenant has no Spot Group yet. One appears here when a host pool of the tenant "
            "is taken over by the portal."
        )

    @classmethod
    def of(cls, **facts: Any) -> type[Self]:
        """With what the page knows; `table_page` makes the instance."""
        return type(cls.__name__, (cls,), facts)

    def render_status(self, value: str, record: Any) -> str:
        shown = group_status(value)
        why = why_limited(record)
        if value == Standing.AVAILABLE or not why:
            return shown
        because = format_html('<span class="muted small group-why">{}</span>', why)
        return format_html("<span>{}{}</span>", shown, because)

    def value_status(self, value: str, record: Any) -> str:
        return str(Standing(value).label)

    def render_update(self, record: SpotGroup) -> str:
        running = self.running.get(record.pk)
        because = why_not_updatable(record, running)
        if not self.may_change:
            because = "Your role in this tenant does not allow it."
        known: dict[str, Any] = {"group": record, "running": running, "because": because}
        if running is not None:
            known |= {"headline": headline(running), "progress": progress(running)}
        return render_to_string("spotgroups/_update_cell.html", known)

    def value_update(self, record: SpotGroup) -> str:
        running = self.running.get(record.pk)
        return f"{running.image_name}: {headline(running).label}" if running else ""


def group_status(value: str) -> str:
    standing = Standing(value)
    return ui.status(value, str(standing.label), TONES[standing])


def _sets(request: HttpRequest | None) -> QuerySet[ImageSet]:
    tenant = getattr(request, "tenant", None)
    if request is None or tenant is None:
        return ImageSet.objects.none()
    return ImageSet.objects.visible_to(admin_of(request)).filter(tenant=tenant)


class GroupFilters(Filters):
    search_in = ("name", "friendly_name", "image_set__name", "host_pool")
    image_set = django_filters.ModelChoiceFilter(
        queryset=_sets, label="Image Set", empty_label="Any image set"
    )
    status = django_filters.ChoiceFilter(
        choices=Standing.choices, label="Status", empty_label="Any status"
    )

    class Meta:
        model = SpotGroup
        fields: list[str] = []


class HostTable(Table):
    name = tables.Column(accessor="short_name", order_by="name", verbose_name="Name")
    image = ImageColumn()
    status = StatusColumn()
    allow_new_session = tables.Column(verbose_name="New sessions")
    active = NumberColumn(verbose_name="Active")
    inactive = NumberColumn(verbose_name="Disconnected")
    last_heartbeat = WhenColumn(verbose_name="Last heartbeat")

    region = "hosts"
    poll_seconds = 10

    class Meta:
        order_by = "name"
        empty_text = "No session host of this group was seen in Azure."

    def render_allow_new_session(self, value: bool) -> str:
        return ui.status("ok", "Allowed") if value else ui.status("draining", "Draining")

    def value_allow_new_session(self, value: bool) -> str:
        return "Allowed" if value else "Draining"


def with_sessions(hosts: QuerySet[SessionHost]) -> QuerySet[SessionHost]:
    """What `HostTable` needs."""
    state = "user_sessions__state"
    return hosts.select_related("spot_group", "image_version__image_set").annotate(
        active=Count("user_sessions", filter=Q(**{state: "Active"})),
        inactive=Count("user_sessions", filter=~Q(**{state: "Active"})),
    )
