"""Names of things in Windows 365."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms

# Source: learn.microsoft.com, "Create provisioning policies", the tip on names. Believed to hold
# for connections and device images as well.
REFUSED = '<>&|"^'
# Pictures, invisible signs and what has no meaning: believed; they only make names hard to type.
REFUSED_KINDS = ("So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn")


class NameField(forms.CharField):
    """What Windows 365 and a colleague at a keyboard can both take."""

    def __init__(self, *, max_length: int, what: str, **kwargs: Any) -> None:
        self.most = max_length
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(error_messages={"required": f"Give the {what} a name."}, **kwargs)
        self.widget.attrs["maxlength"] = max_length

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if len(name) > self.most:
            raise forms.ValidationError(
                f"A name has at most {self.most} characters; this one has {len(name):,}."
            )
        if bad := refused_in(name):
            raise forms.ValidationError(
                f"Windows 365 takes no {' '.join(bad)} in a name. Leave that out."
            )
        return name


def refused_in(name: str) -> list[str]:
    """Each character that may not be in a name, once; those one cannot see by their number."""
    bad = dict.fromkeys(
        each for each in name if each in REFUSED or unicodedata.category(each) in REFUSED_KINDS
    )
    return [each if each.isprintable() else f"U+{ord(each):04X}" for each in bad]
