"""How provisioning policies stand, and what can be done with them now. Reads no rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse

from images.actions import Action
from spotpc.jobs.kinds import title_of
from spotpc.web.scoping import Permission
from tenants.access import not_allowed
from w365.describe import Standing
from w365.known import Known
from w365.models import CloudPc, ProvisioningPolicy, Reprovisioning
from w365.services import POLICY_DELETE, Uses, why_not_delete, why_not_edit
from w365.words import counted


@dataclass(frozen=True)
class Pcs:
    """How many Cloud PCs a policy has, and how many of them are on another image."""

    total: int
    behind: int


def actions_of(
    policy: ProvisioningPolicy,
    uses: Uses,
    running: Reprovisioning | None,
    permissions: Collection[Permission],
    pcs: Pcs,
    bring: str = "Bring Cloud PCs over",
) -> list[Action]:
    """`running`: the reprovisioning under way on the policy; `bring`: how the way to one is
    called."""
    change = not_allowed(Permission.CHANGE, permissions)
    delete = not_allowed(Permission.DELETE, permissions)
    edit = f"{reverse('w365-policy-edit', args=[policy.tenant_id])}?policy={policy.pk}"
    return [
        Action("edit", "Edit", "edit", edit, change or why_not_edit(policy, uses)),
        _bring(policy, running, change or why_not_bring(policy, uses, pcs), bring),
        Action("delete", "Delete", "trash",
               reverse("w365-policy-delete", args=[policy.tenant_id, policy.pk]),
               delete or why_not_remove(policy, uses, pcs), danger=True),
    ]  # fmt: skip


def _bring(
    policy: ProvisioningPolicy, running: Reprovisioning | None, because: str, label: str
) -> Action:
    """The way to the wizard; or to the run that is under way."""
    if running is not None:
        return Action("bringing", "See progress", "update", running.get_absolute_url(), "")
    url = reverse("w365-policy-reprovision", args=[policy.tenant_id, policy.pk])
    return Action("bring", label, "update", url, because)


def standing(policy: ProvisioningPolicy, kind: str) -> Standing:
    """`kind`: of the job that runs on it, if one does."""
    if kind == POLICY_DELETE:
        return Standing("Being deleted", "busy")
    if kind:
        return Standing("Being saved" if policy.graph_id else "Being created", "busy")
    return Standing("In Windows 365") if policy.graph_id else Standing("Not created", "bad")


def why_not_bring(policy: ProvisioningPolicy, uses: Uses, pcs: Pcs) -> str:
    if not policy.graph_id:
        return "It is not in Windows 365 yet."
    if policy.provisioning_type != "dedicated":
        return "It is for Cloud PCs that are shared (Windows 365 Frontline)."
    if not pcs.total:
        return "It has no Cloud PCs."
    kind = uses.busy.get((ProvisioningPolicy, policy.pk))
    return f"“{title_of(kind)}” is running. Wait until it has ended." if kind else ""


def why_not_remove(policy: ProvisioningPolicy, uses: Uses | None, pcs: Pcs) -> str:
    """Windows 365 asks only that it is not assigned; its Cloud PCs would have no way back then."""
    if because := why_not_delete(policy, uses):
        return because
    if pcs.total:
        return (
            f"It still has {counted(pcs.total, 'Cloud PC')}. After its groups are removed they "
            "stay for seven days, in case the groups are assigned again; then Windows 365 deletes "
            "them, and the policy can be deleted."
        )
    return ""


@dataclass(frozen=True)
class Users:
    """Users that a policy is assigned to, as far as its groups have been read."""

    number: int | None
    exact: bool  # somebody may be in two of the groups

    @property
    def words(self) -> str:
        if self.number is None:
            return ""
        return f"{self.number}" if self.exact else f"up to {self.number}"


def assigned_users(policy: ProvisioningPolicy, known: Known) -> Users:
    found = [known.groups[each] for each in policy.group_ids if each in known.groups]
    counts = [each.members for each in found if each.members is not None]
    if len(counts) < len(policy.group_ids):
        return Users(None, exact=False)
    return Users(sum(counts), exact=len(counts) < 2)


def on_image(pc: CloudPc, policy: ProvisioningPolicy, known: Known) -> bool | None:
    """Whether a Cloud PC is on its policy's image; None where that cannot be told.

    Graph gives a Cloud PC only the image's name. A policy saved here names a custom image with its
    version; one saved elsewhere may not, and then two versions look the same.
    """
    if not pc.image_name:
        return None
    if pc.image_name != policy.image_name:
        return False
    names = [image.name for image in known.all_device_images]
    return None if names.count(policy.image_name) > 1 else True
