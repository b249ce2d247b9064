"""The step of Bring Cloud PCs Over that says when it begins and what users are told."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from spotpc.web.forms import ChoiceText
from spotpc.web.schedule import zones as known_zones
from spotpc.web.schedule_fields import date_field, offer_zones, resolved, time_field, zone_field
from w365.reprovision.message import default_message

LONGEST_NOTICE = 7 * 24 * 60  # minutes
MESSAGE_LENGTH = 2000
WHOLE_MINUTES = f"Give whole minutes from 0 to {LONGEST_NOTICE}."


class Begin(StrEnum):
    NOW = "now"
    SCHEDULED = "scheduled"


class Tell(StrEnum):
    MAIL = "mail"
    NOBODY = "nobody"


BEGINS = (
    (Begin.NOW, "Start now", "The first ring begins at once; or, if users are written to first, "
     "when they have had their time."),
    (Begin.SCHEDULED, "At a date and time", "Nothing is wiped before."),
)  # fmt: skip
TELLS = (
    (Tell.MAIL, "Write to them first", "Each user gets an e-mail before their Cloud PC is wiped."),
    (Tell.NOBODY, "Tell nobody", "Users lose their session and everything on the Cloud PC without "
     "a warning."),
)  # fmt: skip
MAIL_FIELDS = ("sender", "notice_minutes", "message")


class WhenForm(forms.Form):
    """`cleaned_data["starts_at"]` is None for now. The zone is also that of the time in the mail.

    Complaints about fields that the choices above them do not use are dropped.
    """

    use_required_attribute = False

    begin = forms.ChoiceField(
        label="When it begins",
        widget=forms.RadioSelect,
        initial=Begin.NOW.value,
        choices=[(each.value, ChoiceText(name, words)) for each, name, words in BEGINS],
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose when it begins."),
    )
    date = date_field("the begin")
    time = time_field("the begin")
    zone = zone_field()
    tell = forms.ChoiceField(
        label="What users are told",
        widget=forms.RadioSelect,
        initial=Tell.MAIL.value,
        choices=[(each.value, ChoiceText(name, words)) for each, name, words in TELLS],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose whether users are written to."
        ),
    )
    sender = forms.EmailField(
        label="Sender's mailbox",
        help_text="A mailbox of this tenant that users know, such as that of the IT support. The "
        "tenant's app needs the permission Mail.Send.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "it@example.com"}),
        error_messages={
            "required": "Name the mailbox the message is sent from, or choose to tell nobody.",
            "invalid": "That is not an e-mail address. Give one like it@example.com.",
        },
    )
    notice_minutes = forms.IntegerField(
        label="Minutes between the message and the wipe",
        min_value=0,
        max_value=LONGEST_NOTICE,
        initial=60,
        help_text="At least so long; up to 10080, a week. Nobody's Cloud PC is wiped sooner, "
        "whatever time the ring begins.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), WHOLE_MINUTES
        ),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    message = forms.CharField(
        label="Message to users",
        max_length=MESSAGE_LENGTH,
        initial=default_message,
        help_text="The time and the name of their Cloud PC are added below your text.",
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={
            "required": "Write what users should know, or choose to tell nobody.",
            "max_length": f"Write at most {MESSAGE_LENGTH} characters.",
        },
    )

    def __init__(self, *args: Any, zones: tuple[str, ...], sender: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_zones(self, *zones)
        self.initial.setdefault("sender", sender)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("begin") != Begin.SCHEDULED:
            self._forget("date", "time")
        if given.get("tell") != Tell.MAIL:
            self._forget(*MAIL_FIELDS)
        given["starts_at"], given["note"] = None, ""
        if moment := resolved(self):
            given["starts_at"], given["note"] = moment.at, moment.note
        elif given.get("begin") == Begin.NOW and given.get("zone"):
            self._check_zone(given["zone"])
        return given

    def _check_zone(self, zone: str) -> None:
        """It is not looked at where there is no date, but the mail's time is told in it."""
        if zone not in known_zones():
            self.add_error("zone", f"There is no time zone called {zone[:60]!r}.")

    def _forget(self, *names: str) -> None:
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data[name] = None

    def summary(self) -> list[tuple[str, str]]:
        given = self.cleaned_data
        at = "Now"
        if given["starts_at"]:
            there = given["starts_at"].astimezone(ZoneInfo(given["zone"]))
            at = f"{there:%a %-d %b %Y, %H:%M} ({given['zone']})"
        if given["tell"] == Tell.NOBODY:
            return [("Begins", at), ("Users", "nobody is told")]
        told = f"by {given['sender']}, {given['notice_minutes']} min before"
        return [("Begins", at), ("Users told", told)]
