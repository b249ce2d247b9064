"""The step that chooses a policy's image."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from spotpc.azure.graph_types import PolicySpec
from spotpc.web.forms import ChoiceText
from w365.forms import policy_choices as offers
from w365.forms.policy_choices import Choices, offer
from w365.known import Known
from w365.models import ProvisioningPolicy

ImageType = ProvisioningPolicy.ImageType


class ImageForm(forms.Form):
    """Select Image Type, then the image. The list of the other type is not looked at."""

    use_required_attribute = False

    image_type = forms.ChoiceField(
        label="Select Image Type",
        widget=forms.RadioSelect,
        choices=[
            (ImageType.GALLERY, ChoiceText("Gallery Image", "Windows as Microsoft publishes it.")),
            (ImageType.CUSTOM, ChoiceText("Custom Image", "A device image of this tenant.")),
        ],
        initial=ImageType.GALLERY.value,
        error_messages={
            "required": "Choose Gallery Image or Custom Image.",
            "invalid_choice": "Choose Gallery Image or Custom Image.",
        },
    )
    gallery = forms.ChoiceField(
        label="Select Device Image",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the gallery image.",
                        "invalid_choice": "That is not a gallery image of Windows 365 now. "
                        "Choose one of those listed."},
    )  # fmt: skip
    custom = forms.ChoiceField(
        label="Select Device Image",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the device image.",
                        "invalid_choice": "That is not a device image of this tenant, or not any "
                        "more. Choose one of those listed."},
    )  # fmt: skip

    def __init__(
        self, *args: Any, known: Known, current: PolicySpec | None, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known, self.current = known, current
        self.offered: dict[str, Choices] = {
            "gallery": offers.gallery(known, current, today),
            "custom": offers.custom(known, current, today),
        }
        for name, choices in self.offered.items():
            offer(self, name, choices)
        if current is not None:
            kind = current.image_type
            self.initial.update({"image_type": kind, kind: current.image_id})

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        kind = given.get("image_type", "")
        for other in {"gallery", "custom"} - {kind}:
            self.errors.pop(other, None)
        key = given.get(kind, "")
        if not key:
            return given
        if because := offers.why_not(self.offered[kind], key):
            self.add_error(kind, because)
        else:
            given["spec"] = {
                "image_type": kind,
                "image_id": key,
                "image_name": self._name(kind, key),
            }
        return given

    def _name(self, kind: str, key: str) -> str:
        """A custom image's with its version: it is all that Cloud PCs made from it will tell.

        Believed: Graph keeps an `imageDisplayName` as it was sent.
        """
        if self.current and self.current.image_id == key:
            return self.current.image_name
        if kind == "gallery":
            return self.known.gallery_images[key].name
        return str(self.known.device_images[key])

    def summary(self) -> list[tuple[str, str]]:
        kind = self.cleaned_data["image_type"]
        label = next(label for key, label in self.offered[kind] if key == self.cleaned_data[kind])
        return [
            ("Image Type", str(ImageType(kind).label)),
            ("Device Image", str(label).removesuffix(" (current)")),
        ]
