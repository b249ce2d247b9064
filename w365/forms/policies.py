"""The steps of Create and Edit Provisioning Policy that choose the policy, name it and review it.

Each form's `cleaned_data["spec"]` holds its answers as fields of a `PolicySpec`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from spotpc.azure.graph_types import PolicySpec
from spotpc.web.forms import ChoiceText
from w365.describe import Change
from w365.forms.names import NameField
from w365.forms.policy_choices import offer, usable_first
from w365.models import ProvisioningPolicy
from w365.words import counted

NAME_LENGTH = 120  # of the column
DESCRIPTION_LENGTH = 512  # believed; Graph documents no limit


class PolicyForm(forms.Form):
    """Which one to edit. `refused`: by row id, why not."""

    policy = forms.ChoiceField(
        label="Provisioning Policy",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the provisioning policy to edit.",
            "invalid_choice": "That provisioning policy is not one of this tenant's. "
            "Choose a listed one.",
        },
    )

    def __init__(
        self,
        *args: Any,
        policies: Iterable[ProvisioningPolicy],
        refused: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.policies = {str(policy.pk): policy for policy in policies}
        self.refused = refused
        choices = [_policy_choice(each, refused) for each in self.policies.values()]
        offer(self, "policy", usable_first(choices))
        usable = [key for key, each in self.policies.items() if not refused.get(each.pk)]
        if self.initial.get("policy") not in usable:
            self.initial["policy"] = usable[0] if len(usable) == 1 else None

    def clean_policy(self) -> ProvisioningPolicy:
        policy = self.policies[self.cleaned_data["policy"]]
        if because := self.refused.get(policy.pk):
            raise forms.ValidationError(f"{policy.name}: {because}")
        return policy

    def summary(self) -> list[tuple[str, str]]:
        return [("Provisioning Policy", self.cleaned_data["policy"].name)]


def _policy_choice(
    policy: ProvisioningPolicy, refused: Mapping[int, str]
) -> tuple[str, ChoiceText]:
    help_ = f"{policy.get_image_type_display()}: {policy.image_name}"
    return str(policy.pk), ChoiceText(policy.name, help_, refused.get(policy.pk, ""))


class DetailForm(forms.Form):
    """Name and description. `taken`: the other policies' names."""

    name = NameField(max_length=NAME_LENGTH, what="policy", label="Provisioning Policy Name")
    description = forms.CharField(
        label="Provisioning Policy Description",
        required=False,
        max_length=DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, taken: Iterable[str], current: PolicySpec | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.taken = {name.casefold() for name in taken}
        if current is not None:
            self.initial.update(name=current.name, description=current.description)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name.casefold() in self.taken:
            raise forms.ValidationError(
                f"There is a provisioning policy named {name} already. Choose another name."
            )
        return name

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        # A text area sends line ends as CR LF; Graph may hold them otherwise.
        told = given.get("description", "").replace("\r\n", "\n")
        given["spec"] = {"name": given.get("name", ""), "description": told}
        return given

    def summary(self) -> list[tuple[str, str]]:
        told = self.cleaned_data["description"]
        return [("Name", self.cleaned_data["name"])] + ([("Description", told)] if told else [])


class CreateForm(forms.Form):
    """Nothing is asked any more; the review stands above the button."""


class ReviewForm(forms.Form):
    """Refuses to save nothing, and to save over what changed since the wizard showed it."""

    def __init__(
        self, *args: Any, changes: Sequence[Change], newer: Sequence[Change], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.changes, self.newer = changes, newer

    def clean(self) -> dict[str, Any]:
        if self.newer:
            raise forms.ValidationError(
                f"Nothing was saved: {counted(len(self.newer), 'value')} of this policy changed "
                "since you began. Start again from the newer values."
            )
        if not self.changes:
            raise forms.ValidationError(
                "Nothing is changed, so there is nothing to save. Change a step, or cancel."
            )
        return self.cleaned_data
