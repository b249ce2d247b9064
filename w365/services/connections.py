"""Every change to network connections: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from spotpc.web.errors import DomainError
from tenants.models import Admin, Site, Tenant
from tenants.services import audit
from w365.models import NetworkConnection
from w365.services.common import (
    NOT_CREATED,
    Uses,
    busy_with,
    check_name,
    check_new,
    refuse,
    used_by,
)

CONNECTION_SAVE, CONNECTION_CHECK, CONNECTION_DELETE = (
    f"w365.connection-{act}" for act in ("save", "check", "delete")
)
Join = NetworkConnection.Join

UNDER_CHECK = (
    "A health check is running, and Windows 365 changes nothing meanwhile. It takes some minutes."
)


@dataclass(frozen=True)
class ConnectionChoices:
    """What the wizard asks for. In an edit no site means the same network, and no password the
    one that Windows 365 has."""

    name: str
    site: Site | None
    join_type: str
    ad_domain: str = ""
    ad_username: str = ""
    ad_password: str = field(default="", repr=False)
    organizational_unit: str = ""


def why_not_edit_connection(connection: NetworkConnection, uses: Uses | None = None) -> str:
    if not connection.graph_id:
        return busy_with(connection, uses) or NOT_CREATED
    busy = busy_with(connection, uses)
    if connection.health in NetworkConnection.UNDER_CHECK:
        return UNDER_CHECK
    return busy


def why_not_delete_connection(connection: NetworkConnection, uses: Uses | None = None) -> str:
    """Source: learn.microsoft.com, cloudPcOnPremisesConnection, Delete: not while in use."""
    if busy := busy_with(connection, uses):
        return busy
    if users := used_by(connection.graph_id, connection.tenant, uses):
        return (
            f"It is used by {', '.join(users)}. Give these policies another connection first; "
            "then this one can be deleted."
        )
    if connection.in_use:
        return (
            "Windows 365 says that it is in use. Look in the Intune admin center which policy or "
            "Cloud PC uses it."
        )
    return UNDER_CHECK if _is_checked(connection) else ""


def _is_checked(connection: NetworkConnection) -> bool:
    return bool(connection.graph_id) and connection.health in NetworkConnection.UNDER_CHECK


@transaction.atomic
def create_connection(
    admin: Admin, tenant: Tenant, choices: ConnectionChoices
) -> NetworkConnection:
    """A row and a job that makes it in Windows 365 and follows the health check."""
    check_new(tenant)
    check_name(choices.name, _names(tenant), "connection")
    site = choices.site
    if site is None or site.tenant_id != tenant.pk:
        raise DomainError("Choose the site whose network Cloud PCs are to use.", field="site")
    _check_credentials(choices, known_username="")
    wanted = {**_decided(choices), **_network(tenant, site)}
    connection = NetworkConnection.objects.create(
        tenant=tenant,
        site=site,
        location=site.region,
        ad_password=choices.ad_password,
        **{name: value for name, value in wanted.items() if name != "subscription_id"},
    )
    audit(
        admin, tenant, "w365_connection.create", connection.name,
        site=site.name, join_type=choices.join_type,
    )  # fmt: skip
    params = {"new": True, "wanted": wanted}
    enqueue(CONNECTION_SAVE, tenant, connection, params, admin.email)
    return connection


@transaction.atomic
def edit_connection(admin: Admin, connection: NetworkConnection, choices: ConnectionChoices) -> Job:
    """Change it in Windows 365, which then checks it again. The row follows what Graph says."""
    rows = NetworkConnection.objects.select_for_update(of=("self",))
    connection = rows.select_related("tenant", "site").get(pk=connection.pk)
    refuse(why_not_edit_connection(connection))
    check_name(choices.name, _names(connection.tenant, connection.pk), "connection")
    if choices.join_type != connection.join_type:
        raise DomainError(
            "Windows 365 does not change how a connection joins Cloud PCs. Create another "
            "connection for that.",
            field="join_type",
        )
    _check_credentials(choices, known_username=connection.ad_username)
    wanted = _wanted_of_edit(connection, choices)
    changed = sorted(name for name, value in wanted.items() if _before(connection, name) != value)
    if not changed and not choices.ad_password:
        raise DomainError("Nothing was changed.")
    audit(
        admin, connection.tenant, "w365_connection.edit", connection.name,
        changed=changed, password=bool(choices.ad_password),
    )  # fmt: skip
    params = {"new": False, "wanted": wanted}
    job = enqueue(CONNECTION_SAVE, connection.tenant, connection, params, admin.email)
    site = choices.site or connection.site
    NetworkConnection.objects.filter(pk=connection.pk).update(
        ad_password=choices.ad_password, site=site
    )
    return job


@transaction.atomic
def run_health_check(admin: Admin, connection: NetworkConnection) -> Job:
    refuse(why_not_edit_connection(connection))
    audit(admin, connection.tenant, "w365_connection.check", connection.name)
    return enqueue(CONNECTION_CHECK, connection.tenant, connection, {}, admin.email)


@transaction.atomic
def delete_connection(admin: Admin, connection: NetworkConnection) -> Job:
    """In Windows 365, then the row. Refused while a policy uses it or a check runs."""
    refuse(why_not_delete_connection(connection))
    audit(admin, connection.tenant, "w365_connection.delete", connection.name)
    return enqueue(CONNECTION_DELETE, connection.tenant, connection, {}, admin.email)


def _names(tenant: Tenant, but: int | None = None) -> list[str]:
    rows = NetworkConnection.objects.filter(tenant=tenant).exclude(pk=but or 0)
    return list(rows.values_list("name", flat=True))


def _check_credentials(choices: ConnectionChoices, known_username: str) -> None:
    """A hybrid join needs an account of the domain; its password is asked for with the account."""
    if choices.join_type not in Join.values:
        raise DomainError("Choose how Cloud PCs are joined.", field="join_type")
    if choices.join_type != Join.HYBRID:
        return
    if not choices.ad_domain:
        raise DomainError("Enter the name of the Active Directory domain.", field="ad_domain")
    if not choices.ad_username:
        raise DomainError("Enter the account that joins Cloud PCs.", field="ad_username")
    if not choices.ad_password and choices.ad_username != known_username:
        raise DomainError("Enter the password of this account.", field="ad_password")


def _decided(choices: ConnectionChoices) -> dict[str, Any]:
    """What the admin decided but the network and the password, as Graph's spec calls it."""
    hybrid = choices.join_type == Join.HYBRID
    return {
        "name": choices.name,
        "join_type": choices.join_type,
        "ad_domain": choices.ad_domain if hybrid else "",
        "ad_username": choices.ad_username if hybrid else "",
        "organizational_unit": choices.organizational_unit if hybrid else "",
    }


def _network(tenant: Tenant, site: Site) -> dict[str, str]:
    group = f"/subscriptions/{tenant.subscription_id}/resourceGroups/{site.resource_group}"
    return {
        "subscription_id": str(tenant.subscription_id),
        "resource_group_id": group,
        "virtual_network_id": site.subnet_id.rpartition("/subnets/")[0],
        "subnet_id": site.subnet_id,
    }


def _wanted_of_edit(connection: NetworkConnection, choices: ConnectionChoices) -> dict[str, Any]:
    site = choices.site
    if site is None or site.pk == connection.site_id:
        return _decided(choices)
    if site.tenant_id != connection.tenant_id:
        raise DomainError("Choose a site of this tenant.", field="site")
    return {**_decided(choices), **_network(connection.tenant, site)}


def _before(connection: NetworkConnection, name: str) -> object:
    if name == "subscription_id":
        return str(connection.tenant.subscription_id)
    return getattr(connection, name)
