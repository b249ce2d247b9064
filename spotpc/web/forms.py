"""What forms need beyond Django's own fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.choices import flatten_choices


class ChoiceText(str):
    """The label of a radio button with a line of help, or with the reason why it is disabled."""

    help: str
    disabled_because: str

    def __new__(cls, label: str, help: str = "", disabled_because: str = "") -> Self:  # noqa: A002
        text = super().__new__(cls, label)
        text.help = help
        text.disabled_because = disabled_because
        return text


def typed_values(form: forms.Form, posted: QueryDict) -> dict[str, list[str]]:
    """What was typed into the form's own fields; `name_0`, `name_1` are parts of one field."""

    def own(key: str) -> bool:
        return key in form.fields or key.rpartition("_")[0] in form.fields

    return {key: posted.getlist(key) for key in posted if own(key)}


def secret_fields(form: forms.Form) -> list[str]:
    """Names of the fields whose text must not be seen again."""
    fields = form.fields.items()
    return [name for name, field in fields if isinstance(field.widget, forms.PasswordInput)]


def summary(form: forms.Form) -> list[tuple[str, str]]:
    """A valid form's answers as (label, words), or what its own `summary()` says."""
    own = getattr(form, "summary", None)
    if own is not None:
        lines: list[tuple[str, str]] = own()
        return lines
    given = [(bound, form.cleaned_data[bound.name]) for bound in form]
    said = [(str(bound.label), _words(bound.field, value)) for bound, value in given]
    return [(label, words) for label, words in said if words]


def _words(field: forms.Field, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(field.widget, forms.PasswordInput):
        return "typed, not shown"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%-d %b %Y, %H:%M %Z}"
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        choices: Any = field.choices  # in groups or not
        pairs: Any = flatten_choices(choices)
        names = {str(key): str(name) for key, name in pairs}
        several = value if isinstance(value, list | tuple) else [value]
        return ", ".join(names.get(str(one), str(one)) for one in several)
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(str(one) for one in value)
    return str(value)
