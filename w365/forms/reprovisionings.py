"""The first and the last step of Bring Cloud PCs Over: which ones, and the policy's name typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from w365.forms.policy_choices import offer
from w365.models import CloudPc, ProvisioningPolicy
from w365.reprovision.state import FAILED, GRACE, NOBODYS, REPROVISIONABLE
from w365.words import cloud_pc_status, counted

NAMED = 3  # in the summary of the step
REFUSED: Final = {
    GRACE: "Its user lost the licence or the assignment. Windows 365 removes it soon.",
    "deprovisioning": "It is being removed.",
    "notProvisioned": "It has not been provisioned.",
}


@dataclass(frozen=True)
class PcChoice:
    """One Cloud PC as the step shows it. `because`: why it cannot be brought over."""

    pc: CloudPc
    same: bool  # an image of this name is on it already
    ticked: bool

    @property
    def because(self) -> str:
        return why_not_pc(self.pc)

    @property
    def status(self) -> tuple[str, str]:
        return cloud_pc_status(self.pc.status)

    @property
    def note(self) -> str:
        if self.pc.status == FAILED:
            return "Nobody can use it now; a reprovision may mend it."
        if self.pc.status in REPROVISIONABLE or self.because:
            return ""
        return "Waited for until Windows 365 is done with it."


def why_not_pc(pc: CloudPc) -> str:
    return REFUSED[pc.status] if pc.status in NOBODYS else ""


class CloudPcsForm(forms.Form):
    """Ticked ones are brought over; the others are left out, also those that come later."""

    pcs = forms.MultipleChoiceField(
        label="Cloud PCs to bring over",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Tick at least one Cloud PC.",
            "invalid_choice": "A Cloud PC you ticked is not one of this policy any more. "
            "Look at the list again.",
        },
    )

    def __init__(
        self, *args: Any, policy: ProvisioningPolicy, pcs: Iterable[CloudPc], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.known = {pc.graph_id: pc for pc in pcs}
        offer(self, "pcs", [(key, f"{pc} {pc.user}".strip()) for key, pc in self.known.items()])
        self.initial.setdefault("pcs", [key for key, pc in self.known.items() if self._due(pc)])

    def _due(self, pc: CloudPc) -> bool:
        return not why_not_pc(pc) and not self._same(pc)

    def _same(self, pc: CloudPc) -> bool:
        return pc.image_name == self.policy.image_name

    def clean_pcs(self) -> list[str]:
        ticked: list[str] = self.cleaned_data["pcs"]
        for key in ticked:
            if because := why_not_pc(self.known[key]):
                raise forms.ValidationError(f"{self.known[key]} cannot be brought over. {because}")
        return ticked

    @property
    def lines(self) -> list[PcChoice]:
        ticked = self["pcs"].value() or []
        return [PcChoice(pc, self._same(pc), key in ticked) for key, pc in self.known.items()]

    @property
    def same(self) -> int:
        return sum(self._same(pc) for pc in self.known.values())

    def summary(self) -> list[tuple[str, str]]:
        ticked = [str(self.known[key]) for key in self.cleaned_data["pcs"]]
        shown = ", ".join(ticked[:NAMED])
        if len(ticked) > NAMED:
            shown = f"{shown} and {len(ticked) - NAMED} more"
        out = len(self.known) - len(ticked)
        return [("Cloud PCs", shown), *([("Left out", counted(out, "Cloud PC"))] if out else [])]


class ReviewForm(forms.Form):
    """Whether the name is the right one, `reprovision.services.start` decides."""

    use_required_attribute = False

    confirm = forms.CharField(
        label="Type the policy's name to confirm",
        error_messages={"required": "Type the policy's name. Nothing has been started."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )

    def summary(self) -> list[tuple[str, str]]:
        return []
