"""From host pools in Azure to rows: session hosts, user sessions, and each host's image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.models import SessionHost, SpotGroup, UserSession
from spotpc.azure.connect import Azure
from spotpc.azure.names import folded
from spotpc.azure.types import AvdHost, AvdSession, Vm
from tenants.models import Tenant
from tenants.steps import azure_for
from tenants.sync import source

HOST_FIELDS = [
    "vm_id", "status", "power", "allow_new_session", "sessions", "last_heartbeat",
    "image_version", "image_id", "agent_version", "seen_at",
]  # fmt: skip


@dataclass(frozen=True)
class Pool:
    """One host pool as Azure shows it now."""

    hosts: tuple[AvdHost, ...]
    sessions: tuple[AvdSession, ...]
    vms: Mapping[str, Vm]  # by folded id; of the whole subscription

    def vm_of(self, host: AvdHost) -> Vm | None:
        return self.vms.get(folded(host.vm_id)) if host.vm_id else None


def read_pool(azure: Azure, group: SpotGroup, vms: Mapping[str, Vm]) -> Pool:
    """Two calls, however many hosts there are."""
    at = (group.site.resource_group, group.host_pool)
    return Pool(azure.avd.list_hosts(*at), azure.avd.list_sessions(*at), vms)


def read_vms(azure: Azure) -> dict[str, Vm]:
    return {folded(vm.id): vm for vm in azure.compute.list_vms()}


@source
def sync_spot_groups(tenant: Tenant) -> None:
    groups = list(SpotGroup.objects.filter(tenant=tenant).select_related("site"))
    if not groups:
        return
    azure = azure_for(tenant)
    vms = read_vms(azure)
    versions = versions_by_image(tenant.pk)
    for group in groups:
        pool = azure.avd.get_host_pool(group.site.resource_group, group.host_pool)
        if pool is not None:
            SpotGroup.objects.filter(pk=group.pk).update(
                session_limit=pool.session_limit, personal=pool.personal
            )
        record_pool(group, read_pool(azure, group, vms), versions)
        if group.image_version_id is None:
            _recognise_image(group)


def _recognise_image(group: SpotGroup) -> None:
    """A group set up around hosts that were there before: what all of them run is its version."""
    found = set(group.hosts.values_list("image_version_id", "image_version__image_set_id"))
    if len(found) == 1 and (only := found.pop())[0] is not None:
        SpotGroup.objects.filter(pk=group.pk).update(image_version_id=only[0], image_set_id=only[1])


def versions_by_image(tenant_id: int) -> dict[str, ImageVersion]:
    """Image versions by the folded id of their gallery version."""
    rows = ImageVersion.objects.filter(tenant_id=tenant_id).exclude(azure_id="")
    return {folded(row.azure_id): row for row in rows.select_related("image_set")}


@transaction.atomic
def record_pool(group: SpotGroup, pool: Pool, versions: Mapping[str, ImageVersion]) -> None:
    """Make the rows say what the pool says. A constant number of queries."""
    now = timezone.now()
    SessionHost.objects.bulk_create(
        [_host_row(group, host, pool.vm_of(host), versions, now) for host in pool.hosts],
        update_conflicts=True,
        unique_fields=["spot_group", "name"],
        update_fields=HOST_FIELDS,
    )
    SessionHost.objects.filter(spot_group=group, seen_at__lt=now).delete()
    _record_sessions(group, pool.sessions)


def _host_row(
    group: SpotGroup,
    host: AvdHost,
    vm: Vm | None,
    versions: Mapping[str, ImageVersion],
    now: datetime,
) -> SessionHost:
    image_id = (vm and vm.image_version_id) or ""
    return SessionHost(
        tenant_id=group.tenant_id,
        spot_group=group,
        name=host.name,
        vm_id=host.vm_id or "",
        status=host.status,
        power=vm.power if vm else "",
        allow_new_session=host.allow_new_session,
        sessions=host.sessions,
        last_heartbeat=host.last_heartbeat,
        image_version=versions.get(folded(image_id)) if image_id else None,
        image_id=image_id,
        agent_version=host.agent_version,
        seen_at=now,
    )


def _record_sessions(group: SpotGroup, sessions: Iterable[AvdSession]) -> None:
    hosts = dict(SessionHost.objects.filter(spot_group=group).values_list("name", "pk"))
    wanted = {(hosts[each.host], each.session_id): each for each in sessions if each.host in hosts}
    UserSession.objects.bulk_create(
        [
            UserSession(
                tenant_id=group.tenant_id,
                host_id=host_id,
                session_id=session_id,
                user=each.user,
                state=each.state,
                created_at=each.created_at,
            )
            for (host_id, session_id), each in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["host", "session_id"],
        update_fields=["user", "state", "created_at"],
    )
    known = UserSession.objects.filter(host__spot_group=group)
    stale = [
        pk
        for pk, host_id, session_id in known.values_list("pk", "host_id", "session_id")
        if (host_id, session_id) not in wanted
    ]
    UserSession.objects.filter(pk__in=stale).delete()
