"""The steps that choose a policy's network and groups."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.core import signing

from spotpc.azure.graph_types import PolicySpec
from w365 import describe
from w365.forms import policy_choices as offers
from w365.forms.policy_choices import MICROSOFT, offer
from w365.known import Known

BASE_SALT = "w365.policy.base"


def _network_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Connection",
        help_text="The network new Cloud PCs stand in, and how they join the domain.",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a connection, or Microsoft's own network.",
            "invalid_choice": "That connection is not in this tenant, or not any more. Choose one "
            "of those listed.",
        },
    )


def _region_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Region of the Microsoft hosted network",
        help_text="Microsoft picks a data centre there.",
        error_messages={
            "required": "Choose the region in which Microsoft hosts the network.",
            "invalid_choice": "Choose one of the listed regions.",
        },
    )


def _groups_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Groups",
        required=False,
        help_text="Every licensed member who has no Cloud PC yet gets one from this policy.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "A group you chose is not in this tenant, or not any more. "
            "Choose from those listed."
        },
    )


def _clean_network(form: Any, given: dict[str, Any]) -> None:
    """Adds `spec`. The region is looked at only where Microsoft hosts the network."""
    key = given.get("network", "")
    if key != MICROSOFT:
        form.errors.pop("region", None)
        given["region"] = ""
    if because := offers.why_not(form.networks, key):
        form.add_error("network", because)
    elif key and "region" in given:
        given["spec"] = offers.network_spec(key, given["region"], form.known, form.current)


def _network_summary(form: Any) -> tuple[str, str]:
    given = form.cleaned_data
    label = next(label for key, label in form.networks if key == given["network"])
    words = str(label).removesuffix(" (current)")
    where = dict(offers.regions(form.current)).get(given["region"], "")
    named = f"{words}, {where.removesuffix(' (current)')}"
    return "Connection", named if given["network"] == MICROSOFT else words


class NetworkForm(forms.Form):
    """Create: Select Connection."""

    use_required_attribute = False

    network = _network_field()
    region = _region_field()

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.current = known, None
        self.networks = offers.networks(known, None)
        offer(self, "network", self.networks)
        offer(self, "region", offers.regions(None))

    def clean(self) -> dict[str, Any]:
        _clean_network(self, self.cleaned_data)
        return self.cleaned_data

    def summary(self) -> list[tuple[str, str]]:
        return [_network_summary(self)]


class GroupsForm(forms.Form):
    """Create: Select Group."""

    groups = _groups_field()

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        offer(self, "groups", offers.groups(known, None))

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["spec"] = {
            "group_ids": tuple(sorted(self.cleaned_data.get("groups", ())))
        }
        return self.cleaned_data

    def summary(self) -> list[tuple[str, str]]:
        return [_groups_summary(self)]


def _groups_summary(form: Any) -> tuple[str, str]:
    names = [describe.group(each, form.known) for each in form.cleaned_data["groups"]]
    return "Groups", ", ".join(sorted(names, key=str.casefold)) or describe.NOBODY


class ConfigForm(forms.Form):
    """Edit: connection and groups.

    `base` is the policy as this step first showed it: what the later steps start from, and what
    Windows 365 is compared with before anything is written.
    """

    use_required_attribute = False

    network = _network_field()
    region = _region_field()
    groups = _groups_field()
    base = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "Open this step again: it was sent without its values."},
    )

    def __init__(self, *args: Any, known: Known, shown: PolicySpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.current = unsigned(self.data.get("base", "")) or shown
        self.networks = offers.networks(known, self.current)
        offer(self, "network", self.networks)
        offer(self, "region", offers.regions(self.current))
        offer(self, "groups", offers.groups(known, self.current))
        self.initial.update(
            network=self.current.connection_id or MICROSOFT,
            region=offers.region_key(self.current),
            groups=list(self.current.group_ids),
            base=signed(self.current),
        )

    def clean_base(self) -> PolicySpec:
        base = unsigned(self.cleaned_data["base"])
        if base is None:
            raise forms.ValidationError("Open this step again: its values cannot be read.")
        return base

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        _clean_network(self, given)
        if "spec" in given and "groups" in given:
            given["spec"]["group_ids"] = tuple(sorted(given["groups"]))
        return given

    def summary(self) -> list[tuple[str, str]]:
        return [_network_summary(self), _groups_summary(self)]


def signed(spec: PolicySpec) -> str:
    return signing.dumps(asdict(spec), salt=BASE_SALT)


def unsigned(text: str) -> PolicySpec | None:
    """None for what was not written by `signed`, or by a release with other fields."""
    try:
        found = signing.loads(text, salt=BASE_SALT)
        return PolicySpec(**{**found, "group_ids": tuple(found["group_ids"])})
    except (signing.BadSignature, TypeError, KeyError):
        return None
