"""The wizard's steps, notes, and Connect as."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms

from images.models import ImageNote, ImageSet, ImageVersion
from images.services import Status, check_number_free, next_version, subject
from images.versions import BadVersion, VersionNumber, parse
from spotpc.web.errors import DomainError
from spotpc.web.forms import ChoiceText

MARKETPLACE = "marketplace"
NOTE_LENGTH = ImageNote._meta.get_field("text").max_length


class VersionForm(forms.Form):
    number = forms.CharField(
        label="Version",
        help_text="Three whole numbers with dots between them, for example 1.0.3. "
        "The next free one is filled in.",
        error_messages={"required": "Give the version a number, for example 1.0.3."},
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "size": 20}),
    )

    def __init__(self, *args: Any, image_set: ImageSet, **kwargs: Any) -> None:
        first = {"number": str(next_version(image_set))}
        super().__init__(*args, **{**kwargs, "initial": {**first, **kwargs.get("initial", {})}})
        self.image_set = image_set

    def clean_number(self) -> VersionNumber:
        try:
            number = parse(self.cleaned_data["number"])
            check_number_free(self.image_set, number)
        except BadVersion as complaint:
            raise forms.ValidationError(str(complaint)) from complaint
        except DomainError as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        return number

    def summary(self) -> list[tuple[str, str]]:
        return [("Version", str(self.cleaned_data["number"]))]


class SourceForm(forms.Form):
    """A source is one of the tenant's versions in the set's site, or the Marketplace image."""

    source = forms.ChoiceField(
        label="Image Source",
        help_text="The new version starts as a copy of what you choose here.",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what the new version starts from.",
            "invalid_choice": "That source cannot be used here. Choose one of those listed.",
        },
    )

    def __init__(
        self, *args: Any, image_set: ImageSet, versions: Iterable[ImageVersion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(version.pk): version for version in versions}
        choices = _source_choices(image_set, list(self.versions.values()))
        self.labels = {value: label for _, group in choices for value, label in group}
        cast("forms.ChoiceField", self.fields["source"]).choices = choices
        open_ones = (value for value, label in self.labels.items() if not label.disabled_because)
        self.initial.setdefault("source", next(open_ones))

    def clean_source(self) -> ImageVersion | None:
        """None is the Marketplace image."""
        value = self.cleaned_data["source"]
        label = self.labels[value]
        if label.disabled_because:
            raise forms.ValidationError(f"{label}: {label.disabled_because}")
        return None if value == MARKETPLACE else self.versions[value]

    def summary(self) -> list[tuple[str, str]]:
        source = self.cleaned_data["source"]
        return [("Image Source", self.labels[str(source.pk) if source else MARKETPLACE])]


Choices = list[tuple[str, list[tuple[str, ChoiceText]]]]


def _source_choices(image_set: ImageSet, versions: list[ImageVersion]) -> Choices:
    """This set's versions, the Marketplace image, then the other sets'; newest first."""
    own = [version for version in versions if version.image_set_id == image_set.pk]
    # What can be chosen stands above what cannot.
    own.sort(key=lambda version: version.status != Status.AVAILABLE)
    groups: Choices = [("Versions of this image set", [_choice(version) for version in own])]
    name = f"Marketplace image {image_set.marketplace_name} (newest)"
    anew = ChoiceText(name, help="As Microsoft publishes it, with nothing of yours in it.")
    groups.append(("Start anew", [(MARKETPLACE, anew)]))
    others: dict[str, list[tuple[str, ChoiceText]]] = {}
    for version in versions:
        if version.image_set_id != image_set.pk and version.status == Status.AVAILABLE:
            others.setdefault(version.image_set.name, []).append(_choice(version))
    groups += [(f"Image set {name}", others[name]) for name in sorted(others, key=str.casefold)]
    return [(title, choices) for title, choices in groups if choices]


def _choice(version: ImageVersion) -> tuple[str, ChoiceText]:
    because = ""
    if version.status != Status.AVAILABLE:
        because = f"Not a source: it is {version.get_status_display()}, not Available."
    help_ = f"Made from {version.source_name}" if version.source_name else ""
    return str(version.pk), ChoiceText(subject(version), help=help_, disabled_because=because)


class NotesForm(forms.Form):
    notes = forms.CharField(
        label="Notes",
        required=False,
        max_length=NOTE_LENGTH,
        help_text="What changes in this version? Your colleagues read it before they roll it out.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label="New note",
        max_length=NOTE_LENGTH,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    number = forms.ChoiceField(label="About", required=False)

    def __init__(self, *args: Any, numbers: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ChoiceField", self.fields["number"])
        versions = [(number, f"Version {number}") for number in numbers]
        field.choices = [("", "The whole image set"), *versions]


class ConnectAsForm(forms.Form):
    """Whose account goes into the .rdp file. The password never does."""

    user = forms.CharField(
        max_length=256,
        label="User name",
        help_text="For example jane, or jane@contoso.com.",
        error_messages={"required": "Whose account? For example jane or jane@contoso.com."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    domain = forms.CharField(
        max_length=255,
        required=False,
        help_text="Empty: an account of the VM itself.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
