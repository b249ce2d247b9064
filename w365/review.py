"""What saving a provisioning policy does to people, and what it does not do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spotpc.azure.graph_types import PolicySpec
from w365 import describe
from w365.known import Known
from w365.models import CloudPc, ProvisioningPolicy
from w365.words import counted

# Source: learn.microsoft.com, "Troubleshoot Windows 365 Enterprise Cloud PCs grace period issue".
GRACE = "seven days"
NAMED = 10


@dataclass(frozen=True)
class Effects:
    """Sentences. `kept`: Cloud PCs that stay on the image they have, the first of them by name."""

    does: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()
    image: str = ""  # the new one, where it changes
    pcs: int = 0
    kept: tuple[CloudPc, ...] = ()

    @property
    def more(self) -> int:
        return self.pcs - len(self.kept)


def effects_of_new(spec: PolicySpec, known: Known) -> Effects:
    if not spec.group_ids:
        return Effects(does=("Nobody gets a Cloud PC from it until a group is assigned.",))
    return Effects(does=(_newly_assigned(spec.group_ids, known), FIRST_WINS))


FIRST_WINS = (
    "A user who is in the groups of several policies gets the Cloud PC of the policy that was "
    "assigned first."
)


def effects_of_edit(
    policy: ProvisioningPolicy, base: PolicySpec, wanted: PolicySpec, known: Known
) -> Effects:
    """`wanted`: what would be saved; `base`: what the policy was when the edit began."""
    mine = CloudPc.objects.visible_to(known.admin).filter(tenant=known.tenant, policy=policy)
    pcs = list(mine.order_by("name", "pk"))
    added = set(wanted.group_ids) - set(base.group_ids)
    removed = set(base.group_ids) - set(wanted.group_ids)
    other_image = wanted.image_id != base.image_id
    return Effects(
        does=(_newly_assigned(added, known),) if added else (),
        warns=tuple(_warnings(base, wanted, removed, pcs, known)),
        image=describe.image(wanted, known) if other_image else "",
        pcs=len(pcs),
        kept=tuple(pcs[:NAMED]),
    )


def _newly_assigned(group_ids: Iterable[str], known: Known) -> str:
    names = sorted(describe.group(each, known) for each in group_ids)
    return (
        f"Windows 365 makes a Cloud PC for each licensed member of {', '.join(names)} who has none "
        "yet."
    )


def _warnings(
    base: PolicySpec, wanted: PolicySpec, removed: Iterable[str], pcs: list[CloudPc], known: Known
) -> Iterable[str]:
    names = sorted(describe.group(each, known) for each in removed)
    if names:
        yield (
            f"Members of {', '.join(names)} who are in no other assigned group lose their Cloud "
            f"PC: they can use it for {GRACE} more, then Windows 365 deletes it with everything on "
            "it. Assigning the group again before that keeps it."
        )
    before, after = describe.network(base, known), describe.network(wanted, known)
    if before != after and pcs:
        yield (
            f"{counted(len(pcs), 'existing Cloud PC')} stay on {before}. Only Cloud PCs that are "
            f"provisioned or reprovisioned from now on stand on {after}."
        )
