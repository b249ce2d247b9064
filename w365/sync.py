"""From Microsoft Graph to rows: what a tenant has in Windows 365, and what it may make images of.

Its own trouble is noted in `Windows365` and never keeps the tenant's session hosts from being read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from spotpc.azure import graph_types, names
from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError, NotFound
from spotpc.azure.types import SourceImage as FoundSource
from tenants.models import Site, Tenant
from tenants.steps import azure_for
from tenants.sync import source
from w365 import licences, rows
from w365.mirror import mirror
from w365.models import (
    CloudPc,
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
    SourceImage,
    Windows365,
)

if TYPE_CHECKING:
    from spotpc.azure.graph.directory import Directory
    from spotpc.azure.graph.windows365 import Windows365 as Door

logger = logging.getLogger(__name__)

# Images in Azure change seldom, and reading them takes a call per gallery and definition.
SOURCES_EVERY = timedelta(minutes=15)
# Source: memdocs, windows-365/enterprise/provisioning-errors.md: Windows 365 checks by itself.
CHECKED_EVERY = timedelta(hours=6)


@source
def sync_windows_365(tenant: Tenant) -> None:
    """One call for a tenant without Windows 365; else eight, and one per assigned group."""
    if not hasattr(tenant, "credential"):
        return
    asked_at = timezone.now()
    try:
        azure = azure_for(tenant)
        if _licensed(tenant, azure, asked_at):
            _read(tenant, azure, asked_at)
            _read_sources(tenant, azure, asked_at)
    except AzureError as trouble:
        logger.warning("Windows 365 of tenant %s: %s", tenant.pk, trouble)
        _note(
            tenant,
            error_code=trouble.code,
            error_text=f"{trouble.sentence} {trouble.remedy}".strip(),
        )
        return
    _note(tenant, read_at=asked_at, error_code="", error_text="")


def _note(tenant: Tenant, **fields: object) -> None:
    Windows365.objects.update_or_create(tenant=tenant, defaults=fields)


def _licensed(tenant: Tenant, azure: Azure, asked_at: datetime) -> bool:
    """Whether there is anything to read: licences, or what was made while there were some."""
    plans = licences.plans(azure.graph.directory.skus())
    _note(
        tenant,
        licences=sum(plan.cloud_pcs for plan in plans),
        plans=[asdict(plan) for plan in plans],
    )
    return bool(plans) or ProvisioningPolicy.objects.filter(tenant=tenant).exists()


def _read(tenant: Tenant, azure: Azure, asked_at: datetime) -> None:
    door, directory = azure.graph.windows365, azure.graph.directory
    _read_connections(tenant, door, asked_at)
    images = {each.id: rows.of_device_image(each) for each in door.device_images()}
    mirror(DeviceImage, tenant, images, asked_at)
    gallery = {each.id: rows.of_gallery_image(each) for each in door.gallery_images()}
    mirror(GalleryImage, tenant, gallery, asked_at)
    policies = door.policies()
    mirror(
        ProvisioningPolicy,
        tenant,
        {each.id: rows.of_policy(each.spec) for each in policies},
        asked_at,
    )
    _read_cloud_pcs(tenant, door, asked_at)
    _read_groups(tenant, directory, policies, asked_at)


def _read_connections(tenant: Tenant, door: Door, asked_at: datetime) -> None:
    """The list has no checks: those are read where there may be newer ones."""
    known = {row.graph_id: row for row in _connections(tenant)}
    sites = list(Site.objects.filter(tenant=tenant))
    found = {}
    for each in door.connections():
        row = known.get(each.id)
        fields = rows.of_connection(each)
        fields["site_id"] = row.site_id if row and row.site_id else _site_of(each, sites)
        fields |= _checks(door, each, row, asked_at)
        found[each.id] = fields
    mirror(NetworkConnection, tenant, found, asked_at)


def _connections(tenant: Tenant) -> Iterable[NetworkConnection]:
    return NetworkConnection.objects.filter(tenant=tenant).exclude(graph_id="").defer("ad_password")


def _site_of(found: graph_types.NetworkConnection, sites: Iterable[Site]) -> int | None:
    same = (each.pk for each in sites if names.same_id(each.subnet_id, found.subnet_id))
    return next(same, None)


def _checks(
    door: Door,
    found: graph_types.NetworkConnection,
    row: NetworkConnection | None,
    asked_at: datetime,
) -> rows.Fields:
    fresh = row and row.checked_at and asked_at - row.checked_at < CHECKED_EVERY
    if row is not None and fresh and row.health == found.health:
        return {"checks": row.checks, "checked_at": row.checked_at}
    whole = door.get_connection(found.id)
    return rows.of_checks(whole.checks if whole else ())


def _read_cloud_pcs(tenant: Tenant, door: Door, asked_at: datetime) -> None:
    policies = ProvisioningPolicy.objects.filter(tenant=tenant).exclude(graph_id="")
    by_id = dict(policies.order_by().values_list("graph_id", "pk"))
    found = {each.id: rows.of_cloud_pc(each, by_id) for each in door.cloud_pcs()}
    mirror(CloudPc, tenant, found, asked_at)


def _read_groups(
    tenant: Tenant,
    directory: Directory,
    policies: Iterable[graph_types.Policy],
    asked_at: datetime,
) -> None:
    """Members are counted of the groups that policies are assigned to, and of no others."""
    assigned = {group for policy in policies for group in policy.spec.group_ids}
    members = {group: _members(directory, group) for group in sorted(assigned)}
    found = {
        each.id: {
            "name": each.name,
            "description": each.description,
            "members": len(members[each.id]) if each.id in members else None,
        }
        for each in directory.groups()
    }
    mirror(EntraGroup, tenant, found, asked_at)
    _note(tenant, assigned_users=len(set().union(*members.values())))


def _members(directory: Directory, group: str) -> set[str]:
    try:
        return set(directory.member_upns(group))
    except NotFound:  # deleted in Entra ID; the policy still names it
        return set()


def _read_sources(tenant: Tenant, azure: Azure, asked_at: datetime) -> None:
    last = Windows365.objects.get(tenant=tenant).sources_read_at
    if last is not None and asked_at - last < SOURCES_EVERY:
        return
    listed = (*azure.compute.list_images(), *azure.gallery.list_all_versions())
    mirror(
        SourceImage, tenant, {each.id: _source(each) for each in listed}, asked_at, "resource_id"
    )
    _note(tenant, sources_read_at=asked_at)


def _source(found: FoundSource) -> dict[str, object]:
    plan = found.plan
    sold_as = f"{plan.publisher}/{plan.product}/{plan.name}" if plan else ""
    return {
        "kind": found.kind,
        "name": found.name,
        "region": found.region,
        "os_type": found.os_type,
        "os_state": found.os_state,
        "generation": found.generation,
        "security_type": found.security_type,
        "definition": found.definition,
        "identifier": found.identifier or sold_as,
        "usable": found.usable,
    }
