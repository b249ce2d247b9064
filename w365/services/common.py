"""What the services of connections, images and policies share: what stands in the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from spotpc.jobs.kinds import title_of
from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, jobs_of
from spotpc.web.errors import DomainError
from tenants.models import Admin, Tenant
from tenants.services import audit
from w365.models import (
    DeviceImage,
    NetworkConnection,
    ProvisioningPolicy,
    Reprovisioning,
    Windows365,
)

Row = NetworkConnection | DeviceImage | ProvisioningPolicy
MODELS = (NetworkConnection, DeviceImage, ProvisioningPolicy)

UNLICENSED = (
    "The tenant has no Windows 365 licence that provisioning policies can use. Buy Windows 365 "
    "Enterprise for it first; Spot PC sees it at the next refresh."
)
NOT_CREATED = "It was never created in Windows 365. Delete it and create it anew."


@dataclass(frozen=True)
class Uses:
    """What in a tenant keeps what from being changed; read once for a whole list."""

    busy: Mapping[tuple[type, int], str]  # the kind of the job that runs on a row
    policies: Mapping[str, Sequence[str]]  # their names, by Graph's id of an image or connection
    brought_over: frozenset[int]  # policies whose Cloud PCs are being reprovisioned


def uses_of(tenant: Tenant) -> Uses:
    """In three queries."""
    policies: dict[str, list[str]] = defaultdict(list)
    rows = ProvisioningPolicy.objects.filter(tenant=tenant)
    for name, image, connection in rows.values_list("name", "image_id", "connection_id"):
        for used in {image, connection} - {""}:
            policies[used].append(name)
    runs = Reprovisioning.objects.filter(tenant=tenant, outcome="", policy__isnull=False)
    return Uses(
        _busy(tenant), policies, frozenset(runs.order_by().values_list("policy_id", flat=True))
    )


def _busy(tenant: Tenant) -> dict[tuple[type, int], str]:
    types = ContentType.objects.get_for_models(*MODELS)
    of = {content_type.pk: model for model, content_type in types.items()}
    jobs = Job.objects.filter(tenant=tenant, state__in=Job.ACTIVE, subject_type__in=list(of))
    rows = jobs.order_by().values_list("subject_type_id", "subject_id", "kind")
    return {(of[type_id], pk): kind for type_id, pk, kind in rows}


def busy_with(row: Row, uses: Uses | None) -> str:
    """Why nothing else can begin on a row now."""
    if uses is not None:
        kind = uses.busy.get((type(row), row.pk), "")
    else:
        job = active_job(row)
        kind = job.kind if job else ""
    return f"“{title_of(kind)}” is running. Wait until it has ended." if kind else ""


def used_by(graph_id: str, tenant: Tenant, uses: Uses | None) -> Sequence[str]:
    """Names of the policies that use an image or a connection."""
    if not graph_id:
        return []
    if uses is not None:
        return uses.policies.get(graph_id, [])
    rows = ProvisioningPolicy.objects.filter(tenant=tenant)
    using = rows.filter(Q(image_id=graph_id) | Q(connection_id=graph_id))
    return list(using.values_list("name", flat=True))


def why_not_new(tenant: Tenant) -> str:
    """Why nothing of Windows 365 can be created for a tenant; empty if it can."""
    known = Windows365.objects.filter(tenant=tenant).first()
    return UNLICENSED if known is not None and known.unlicensed else ""


def refuse(because: str, field: str | None = None) -> None:
    """Raise the reason, if there is one."""
    if because:
        raise DomainError(because, field=field)


def check_new(tenant: Tenant) -> None:
    refuse(why_not_new(tenant))


def check_name(name: str, others: Sequence[str], what: str) -> None:
    """Names tell things apart, for people and for the look before a create."""
    if not name.strip():
        raise DomainError(f"Give the {what} a name.", field="name")
    if name.casefold() in [each.casefold() for each in others]:
        raise DomainError(
            f"There is a {what} named {name} already. Choose another name.", field="name"
        )


def failed_job(row: Row) -> Job | None:
    """The job that says why a row is not in Windows 365; None if it is, or is on its way."""
    job = jobs_of(row).first() if not row.graph_id else None
    return job if job is not None and not job.active else None


def discard(admin: Admin, row: Row) -> None:
    """Drop a row that never came to be in Windows 365: for a wizard that is run again.

    Call it in the transaction that creates the next one.
    """
    refuse(busy_with(row, None))
    if row.graph_id:
        raise DomainError(f"{row} is in Windows 365. Delete it there first.")
    audit(admin, row.tenant, f"{ACTIONS[type(row)]}.discard", str(row))
    row.delete()


ACTIONS: Mapping[type, str] = {
    NetworkConnection: "w365_connection",
    DeviceImage: "w365_image",
    ProvisioningPolicy: "w365_policy",
}
