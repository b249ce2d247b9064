"""The steps of Create Device Image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from images.versions import BadVersion, VersionNumber, parse
from spotpc.web.forms import ChoiceText
from tenants.models import Site
from w365.forms.connections import SiteForm
from w365.forms.names import NameField
from w365.forms.policy_choices import offer
from w365.models import DeviceImage, SourceImage
from w365.sources import SPOT_GROUPS, Verdict

NAME_LENGTH = 64  # believed; Graph documents no limit
FIRST = VersionNumber(1, 0, 0)
GENERATIONS = {"V1": "generation 1", "V2": "generation 2"}


class ImageNameForm(forms.Form):
    name = NameField(
        label="Image Name",
        max_length=NAME_LENGTH,
        what="device image",
        help_text="Provisioning policies show it. Versions of one image have the same name.",
    )

    def summary(self) -> list[tuple[str, str]]:
        return [("Image Name", self.cleaned_data["name"])]


class ImageSiteForm(SiteForm):
    """Whose images can be taken: Azure keeps them by region."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].help_text = "The source image is one in the site's region."

    def summary(self) -> list[tuple[str, str]]:
        site = self.cleaned_data["site"]
        return [("Site", f"{site.name}, {site.region}")]


class ImageVersionForm(forms.Form):
    """`twins`: the tenant's device images of the same name."""

    version = forms.CharField(
        label="Version",
        help_text="Three whole numbers with dots between them, for example 1.0.3. "
        "The next free one is filled in.",
        error_messages={"required": "Give the image a version, for example 1.0.3."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 20}),
    )

    def __init__(self, *args: Any, name: str, twins: Iterable[DeviceImage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name, self.twins = name, {each.version for each in twins}
        self.initial.setdefault("version", str(_next_number(self.twins)))

    def clean_version(self) -> str:
        try:
            version = str(parse(self.cleaned_data["version"]))
        except BadVersion as bad:
            raise forms.ValidationError(str(bad)) from bad
        if version in self.twins:
            raise forms.ValidationError(
                f"There is a device image {self.name} {version} already. The next free version "
                f"is {_next_number(self.twins)}."
            )
        return version

    def summary(self) -> list[tuple[str, str]]:
        return [("Version", self.cleaned_data["version"])]


def _next_number(versions: Iterable[str]) -> VersionNumber:
    """Versions made elsewhere may be of any form; those do not count."""
    numbers = []
    for version in versions:
        try:
            numbers.append(parse(version))
        except BadVersion:
            continue
    return max(numbers).following() if numbers else FIRST


Judged = list[tuple[SourceImage, Verdict]]


class SourceForm(forms.Form):
    """`judged`: the images in the site's region, with why they cannot be taken.

    Those of Spot Group image sets are not listed, only counted: they never can.
    """

    source = forms.ChoiceField(
        label="Source image",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the image that Windows 365 is to take over.",
            "invalid_choice": "That image is not there any more, or cannot be taken. Choose one "
            "of those listed.",
        },
    )

    def __init__(self, *args: Any, site: Site, judged: Judged, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        listed = [each for each in judged if each[1].refusal != SPOT_GROUPS]
        self.spot_group_versions = len(judged) - len(listed)
        self.judged = {str(source.pk): (source, verdict) for source, verdict in listed}
        offer(self, "source", _grouped(listed))
        self.usable = [key for key, (_, verdict) in self.judged.items() if not verdict.refusal]
        if len(self.usable) == 1:
            self.initial.setdefault("source", self.usable[0])

    def clean_source(self) -> SourceImage:
        source, verdict = self.judged[self.cleaned_data["source"]]
        if verdict.refusal:
            raise forms.ValidationError(f"{source.name}: {verdict.refusal}")
        return source

    def summary(self) -> list[tuple[str, str]]:
        return [("Source image", self.cleaned_data["source"].name)]


def _grouped(judged: Judged) -> list[tuple[str, list[tuple[str, ChoiceText]]]]:
    """By kind; what can be chosen stands above what cannot."""
    ordered = sorted(judged, key=lambda each: (bool(each[1].refusal), each[0].name.casefold()))
    titles = {
        SourceImage.Kind.MANAGED: "Managed images",
        SourceImage.Kind.GALLERY: "Versions in Azure Compute Galleries",
    }
    groups = [
        (title, [_choice(source, verdict) for source, verdict in ordered if source.kind == kind])
        for kind, title in titles.items()
    ]
    return [(title, choices) for title, choices in groups if choices]


def _choice(source: SourceImage, verdict: Verdict) -> tuple[str, ChoiceText]:
    known = (source.os_type, GENERATIONS.get(source.generation.upper(), ""), source.identifier)
    facts = ", ".join(each for each in known if each)
    told = " ".join(each for each in (f"{facts}." if facts else "", verdict.warning) if each)
    return str(source.pk), ChoiceText(source.name, told, verdict.refusal)
