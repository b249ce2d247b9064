"""What the wizard decides, the run as it would be, and why it cannot be started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from spotpc.web.errors import DomainError
from w365.eligible import why_not_device, why_not_gallery
from w365.models import (
    CloudPc,
    DeviceImage,
    GalleryImage,
    ProvisioningPolicy,
    ReprovisionedPc,
    Reprovisioning,
)
from w365.reprovision.actions import Phase
from w365.reprovision.desired import desired_of, from_rows, usual_time
from w365.reprovision.preview import Preview
from w365.reprovision.preview import preview as previewed
from w365.reprovision.rings import Candidate, Rings, rings_of
from w365.reprovision.state import NOBODYS

JUST_PASSED = timedelta(minutes=1)  # a time chosen for "now" is not in the past
GONE = "It is not in Windows 365 any more. Edit the policy and choose another image."


@dataclass(frozen=True)
class Choices:
    """What the wizard's steps ask for. Cloud PCs are named by Graph's ids."""

    rings: Rings = field(default_factory=Rings)
    only: tuple[str, ...] | None = None  # None: all the policy's; whoever is not named is left out
    include_same: bool = False  # also those with an image of the same name
    starts_at: datetime | None = None  # None: at once
    zone: str = "UTC"
    ring_pause_minutes: int = 0
    message: str = ""  # empty: nobody is written to
    sender: str = ""
    notice_minutes: int = 60
    failure_budget: int = 1
    confirm: str = ""  # the policy's name, typed


@dataclass(frozen=True)
class Draft:
    """A run as it would be; nothing of it is saved."""

    policy: ProvisioningPolicy
    run: Reprovisioning
    pcs: Sequence[ReprovisionedPc]

    @property
    def included(self) -> list[ReprovisionedPc]:
        return [row for row in self.pcs if not row.excluded]


# Before it runs


def why_not(policy: ProvisioningPolicy, running: Reprovisioning | None = None) -> str:
    """Why its Cloud PCs cannot be brought over now; empty if they can.

    `running`: its run that has not ended, where the caller has read it already. Two queries else.
    """
    if not policy.graph_id:
        return "It has not been created in Windows 365."
    if policy.provisioning_type != "dedicated":
        return "It is for Cloud PCs that are shared (Windows 365 Frontline)."
    running = running or policy.reprovisionings.filter(outcome="").first()
    if running is not None:
        return (
            f"Its Cloud PCs are being brought over to {running.image_name} already (started by "
            f"{running.created_by}). Wait until that has ended, or cancel it."
        )
    if not CloudPc.objects.filter(policy=policy).exists():
        return "It has no Cloud PCs."
    return ""


def why_not_image(policy: ProvisioningPolicy) -> str:
    """Why no Cloud PC can be made of the policy's image; empty if it can."""
    today = timezone.now().date()
    here = {"tenant_id": policy.tenant_id, "graph_id": policy.image_id}
    if policy.image_type == ProvisioningPolicy.ImageType.CUSTOM:
        device = DeviceImage.objects.filter(**here).first()
        because = why_not_device(device, today) if device else GONE
    else:
        gallery = GalleryImage.objects.filter(**here).first()
        because = why_not_gallery(gallery, today) if gallery else GONE
    return f"{policy.image_name} cannot be used. {because}" if because else ""


def draft(policy: ProvisioningPolicy, choices: Choices, by: str = "") -> Draft:
    """The wizard's preview and `start` share it."""
    told = bool(choices.message.strip())
    run = Reprovisioning(
        tenant_id=policy.tenant_id,
        policy=policy,
        policy_name=policy.name,
        image_id=policy.image_id,
        image_name=policy.image_name,
        starts_at=max(choices.starts_at or timezone.now(), timezone.now()),
        zone=choices.zone,
        ring_pause_minutes=choices.ring_pause_minutes,
        notice_minutes=choices.notice_minutes if told else 0,
        message=choices.message.strip(),
        sender=choices.sender if told else "",
        failure_budget=choices.failure_budget,
        created_by=by,
    )
    return Draft(policy, run, _pcs(policy, choices))


def _pcs(policy: ProvisioningPolicy, choices: Choices) -> list[ReprovisionedPc]:
    found = list(CloudPc.objects.filter(policy=policy))
    same = {pc.graph_id for pc in found if pc.image_name == policy.image_name}
    unnamed = set() if choices.only is None else {pc.graph_id for pc in found} - {*choices.only}
    excluded = unnamed if choices.include_same else unnamed | same
    candidates = [Candidate(pc.graph_id, pc.user, pc.device_name or pc.name) for pc in found]
    rings = rings_of(candidates, choices.rings, excluded)
    number = {each: n for n, ring in enumerate(rings, 1) for each in ring}
    return [
        ReprovisionedPc(
            tenant_id=policy.tenant_id,
            graph_id=pc.graph_id,
            name=pc.name,
            user=pc.user,
            ring=number.get(pc.graph_id, 1),
            excluded=pc.graph_id in excluded,
            phase=Phase.EXCLUDED if pc.graph_id in excluded else Phase.PLANNED,
            old_device=pc.device_name,
            old_device_id=pc.managed_device_id,
            old_image=pc.image_name,
        )
        for pc in found
    ]


def preview(of: Draft) -> Preview:
    """What it would do from now on, with what was last seen."""
    return previewed(
        desired_of(of.run),
        from_rows(of.run, of.pcs, of.policy),
        timezone.now(),
        usual_time(of.run.tenant_id),
    )


def check(of: Draft, choices: Choices) -> None:
    """Raises DomainError, with the field it is about, for what cannot be started."""
    refused = [
        ("policy", why_not(of.policy)),
        ("image", why_not_image(of.policy)),
        ("excluded", _nobody(of)),
        ("starts_at", _past(choices)),
        ("sender", _no_sender(of.run)),
        ("confirm", _not_confirmed(of.policy, choices)),
    ]
    for name, because in refused:
        if because:
            raise DomainError(because, field=name)


def _nobody(of: Draft) -> str:
    status = dict(CloudPc.objects.filter(policy=of.policy).values_list("graph_id", "status"))
    if any(status[row.graph_id] not in NOBODYS for row in of.included):
        return ""
    same = [row for row in of.pcs if row.old_image == of.run.image_name]
    if same and not of.included:
        return (
            f"There is nobody to bring over: every Cloud PC that is not left out has an image "
            f"named {of.run.image_name} already. Include those too if theirs is an older version."
        )
    return "There is nobody to bring over: every Cloud PC is left out or has no user any more."


def _past(choices: Choices) -> str:
    if choices.starts_at is None or choices.starts_at >= timezone.now() - JUST_PASSED:
        return ""
    return "That time is over by now. Choose a later one."


def _no_sender(run: Reprovisioning) -> str:
    if not run.message or run.sender:
        return ""
    return "Name the mailbox the message is sent from, or send no message."


def _not_confirmed(policy: ProvisioningPolicy, choices: Choices) -> str:
    if choices.confirm.strip() == policy.name:
        return ""
    return f"Type the policy's name as it is written: {policy.name}"
