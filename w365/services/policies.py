"""Every change to provisioning policies: check, change, audit row, job - in one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from spotpc.azure.graph_types import PolicySpec
from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue, jobs_of
from spotpc.web.errors import DomainError
from tenants.models import Admin, Tenant
from tenants.services import audit
from w365.eligible import why_not_connection, why_not_device, why_not_gallery, why_not_policy
from w365.models import (
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
)
from w365.services.common import Uses, busy_with, check_name, check_new, refuse

POLICY_SAVE, POLICY_DELETE = "w365.policy-save", "w365.policy-delete"
CHANGED = "policy-changed"  # the code with which an edit stops that would overwrite newer values
ImageType = ProvisioningPolicy.ImageType
Join = NetworkConnection.Join
NETWORK = ("connection_id", "join_type", "region_name", "region_group")
IMAGE = ("image_type", "image_id")


@dataclass(frozen=True)
class Conflict:
    """An edit that was not saved, because somebody else had changed the policy meanwhile."""

    job: Job
    by: str
    at: datetime
    differences: list[tuple[str, str, str]]  # what, as it was to be, as it is now


def spec_of(policy: ProvisioningPolicy) -> PolicySpec:
    """The row as Graph's facade calls it."""
    values = {field.name: getattr(policy, field.name) for field in fields(PolicySpec)}
    return PolicySpec(**{**values, "group_ids": tuple(policy.group_ids)})


def spec_from(values: dict[str, Any]) -> PolicySpec:
    """From a job's params."""
    return PolicySpec(**{**values, "group_ids": tuple(values["group_ids"])})


def why_not_edit_policy(policy: ProvisioningPolicy, uses: Uses | None = None) -> str:
    return busy_with(policy, uses) or why_not_policy(policy)


def why_not_delete_policy(policy: ProvisioningPolicy, uses: Uses | None = None) -> str:
    """Source: learn.microsoft.com, "Delete provisioning policies": only without assignments."""
    if busy := busy_with(policy, uses):
        return busy
    if _brought_over(policy, uses):
        return "Its Cloud PCs are being reprovisioned. Wait until that has ended, or cancel it."
    if policy.graph_id and policy.group_ids:
        groups = "a group" if len(policy.group_ids) == 1 else f"{len(policy.group_ids)} groups"
        return (
            f"It is assigned to {groups}. Edit it and remove the groups first. Their users keep "
            "their Cloud PCs for seven days then, unless another policy is assigned to them."
        )
    return ""


def _brought_over(policy: ProvisioningPolicy, uses: Uses | None) -> bool:
    if uses is not None:
        return policy.pk in uses.brought_over
    return policy.reprovisionings.filter(outcome="").exists()


@transaction.atomic
def create_policy(admin: Admin, tenant: Tenant, wanted: PolicySpec) -> ProvisioningPolicy:
    """A row and a job that makes it in Windows 365 and assigns it to its groups."""
    check_new(tenant)
    wanted = _in_order(wanted)
    check_name(wanted.name, _names(tenant), "policy")
    _check(tenant, wanted, before=None)
    policy = ProvisioningPolicy.objects.create(
        tenant=tenant, **{**asdict(wanted), "group_ids": list(wanted.group_ids)}
    )
    audit(
        admin, tenant, "w365_policy.create", policy.name,
        image=wanted.image_name, groups=_group_names(tenant, wanted.group_ids),
    )  # fmt: skip
    params = {"wanted": asdict(wanted), "base": None}
    enqueue(POLICY_SAVE, tenant, policy, params, admin.email)
    return policy


@transaction.atomic
def edit_policy(
    admin: Admin, policy: ProvisioningPolicy, wanted: PolicySpec, base: PolicySpec
) -> Job:
    """Change it in Windows 365, unless it has newer values than `base`, from which was edited."""
    rows = ProvisioningPolicy.objects.select_for_update(of=("self",)).select_related("tenant")
    policy = rows.get(pk=policy.pk)
    refuse(why_not_edit_policy(policy))
    wanted, base = _in_order(wanted), _in_order(base)
    check_name(wanted.name, _names(policy.tenant, policy.pk), "policy")
    changed = changed_fields(base, wanted)
    if not changed:
        raise DomainError("Nothing was changed.")
    _check(policy.tenant, wanted, before=base)
    audit(
        admin, policy.tenant, "w365_policy.edit", policy.name,
        changed={name: [getattr(base, name), getattr(wanted, name)] for name in changed},
    )  # fmt: skip
    params = {"wanted": asdict(wanted), "base": asdict(base)}
    return enqueue(POLICY_SAVE, policy.tenant, policy, params, admin.email)


@transaction.atomic
def delete_policy(admin: Admin, policy: ProvisioningPolicy) -> Job:
    """In Windows 365, then the row. Refused while it is assigned to groups."""
    refuse(why_not_delete_policy(policy))
    audit(admin, policy.tenant, "w365_policy.delete", policy.name)
    return enqueue(POLICY_DELETE, policy.tenant, policy, {}, admin.email)


def changed_fields(old: PolicySpec, new: PolicySpec) -> list[str]:
    """Names of what differs. An image is told by its id: its name follows from it."""
    names = [field.name for field in fields(PolicySpec) if field.name != "image_name"]
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def policy_conflict(policy: ProvisioningPolicy) -> Conflict | None:
    """Of the last edit, until one succeeds or it is dismissed."""
    saves = jobs_of(policy).filter(kind=POLICY_SAVE)
    last = saves.filter(Q(state=Job.State.SUCCEEDED) | Q(error_code=CHANGED)).first()
    if last is None or last.error_code != CHANGED or last.facts.get("dismissed"):
        return None
    differences = [(what, yours, theirs) for what, yours, theirs in last.facts["conflict"]]
    return Conflict(last, last.created_by, last.finished_at or timezone.now(), differences)


@transaction.atomic
def dismiss_conflict(admin: Admin, policy: ProvisioningPolicy) -> None:
    """It has been read. Nothing happens in Windows 365."""
    conflict = policy_conflict(policy)
    if conflict is None:
        return
    audit(admin, policy.tenant, "w365_policy.dismiss_conflict", policy.name)
    ended = Job.objects.filter(pk=conflict.job.pk, state__in=Job.ENDED)
    ended.update(facts={**conflict.job.facts, "dismissed": True})


def _in_order(spec: PolicySpec) -> PolicySpec:
    return replace(spec, group_ids=tuple(sorted(set(spec.group_ids))))


def _names(tenant: Tenant, but: int | None = None) -> list[str]:
    rows = ProvisioningPolicy.objects.filter(tenant=tenant).exclude(pk=but or 0)
    return list(rows.values_list("name", flat=True))


def _group_names(tenant: Tenant, ids: tuple[str, ...]) -> list[str]:
    rows = EntraGroup.objects.filter(tenant=tenant, graph_id__in=ids)
    return list(rows.values_list("name", flat=True))


def _check(tenant: Tenant, wanted: PolicySpec, before: PolicySpec | None) -> None:
    """Only what the admin changes: a policy may keep what could not be chosen any more."""
    changed = set(changed_fields(before, wanted)) if before else set(wanted.__dataclass_fields__)
    if changed & set(NETWORK):
        _check_network(tenant, wanted)
    if changed & set(IMAGE):
        _check_image(tenant, wanted)
    if "group_ids" in changed:
        new = set(wanted.group_ids) - set(before.group_ids if before else ())
        known = EntraGroup.objects.filter(tenant=tenant, graph_id__in=new).count()
        if known != len(new):
            raise DomainError("A group is not in Entra ID any more. Choose again.", field="groups")


def _check_network(tenant: Tenant, wanted: PolicySpec) -> None:
    if not wanted.connection_id:
        if wanted.join_type != Join.ENTRA:
            raise DomainError(
                "A hybrid join needs a network connection of your own.", field="connection"
            )
        if not wanted.region_name:
            raise DomainError("Choose a region for the network.", field="connection")
        return
    rows = NetworkConnection.objects.filter(tenant=tenant, graph_id=wanted.connection_id)
    connection = rows.defer("ad_password").first()
    if connection is None:
        raise DomainError(
            "This connection is not in Windows 365 any more. Choose another one.",
            field="connection",
        )
    refuse(why_not_connection(connection), field="connection")
    if wanted.join_type != connection.join_type:
        raise DomainError(
            f"{connection.name} joins Cloud PCs in another way "
            f"({connection.get_join_type_display()}).",
            field="connection",
        )


def _check_image(tenant: Tenant, wanted: PolicySpec) -> None:
    today = timezone.now().date()
    if wanted.image_type == ImageType.CUSTOM:
        device = DeviceImage.objects.filter(tenant=tenant, graph_id=wanted.image_id).first()
        refuse(why_not_device(device, today) if device else GONE, field="image")
    else:
        gallery = GalleryImage.objects.filter(tenant=tenant, graph_id=wanted.image_id).first()
        refuse(why_not_gallery(gallery, today) if gallery else GONE, field="image")


GONE = "This image is not in Windows 365 any more. Choose another one."
