"""The step Rings of Bring Cloud PCs Over: who goes first, and how fast the others follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator

from spotpc.web.forms import ChoiceText
from w365.forms.policy_choices import offer
from w365.models import CloudPc
from w365.reprovision.rings import By, Rings
from w365.words import counted

LONGEST_PAUSE = 14 * 24 * 60  # minutes
UNITS = {"minutes": 1, "hours": 60, "days": 24 * 60}
OUT_OF_RANGE = ("required", "invalid", "min_value", "max_value")


class Pilot(StrEnum):
    NONE = "none"
    NUMBER = "number"
    PICKED = "picked"


class Rest(StrEnum):
    ALL = "all"
    NUMBER = "number"
    PERCENT = "percent"


PILOTS = (
    (Pilot.NUMBER, "The first few", "As many as you say, in order of their users."),
    (Pilot.PICKED, "Users you pick", "People who will tell you what does not work."),
    (Pilot.NONE, "Nobody first", "The rings begin with everybody."),
)
RESTS = (
    (Rest.PERCENT, "In rings of a share", "Each ring is so many percent of those after the pilot."),
    (Rest.NUMBER, "In rings of a number", "Each ring is so many Cloud PCs."),
    (Rest.ALL, "All at once", "Nobody is left to protect if the image turns out bad."),
)
# What each field is for; answers to the others are not looked at.
USED_BY: dict[str, tuple[str, Collection[str]]] = {
    "pilot_count": ("pilot", (Pilot.NUMBER,)),
    "pilots": ("pilot", (Pilot.PICKED,)),
    "ring_size": ("rest", (Rest.NUMBER,)),
    "ring_percent": ("rest", (Rest.PERCENT,)),
}


def _choice(label: str, choices: Sequence[tuple[StrEnum, str, str]], wrong: str) -> Any:
    return forms.ChoiceField(
        label=label,
        widget=forms.RadioSelect,
        choices=[(each.value, ChoiceText(name, words)) for each, name, words in choices],
        error_messages={"required": wrong, "invalid_choice": wrong},
    )


def _number(label: str, initial: int | None = None, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        initial=initial,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class RingsForm(forms.Form):
    """`pcs`: those that were ticked. Adds `rings` and `pause_minutes` to the cleaned data.

    Complaints about fields that the choices above them do not use are dropped.
    """

    use_required_attribute = False

    pilot = _choice("Who goes first", PILOTS, "Choose who goes first.")
    pilot_count = _number("Cloud PCs in the first ring", 1)
    pilots = forms.MultipleChoiceField(
        label="Pilot users",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Pick at least one user, or choose otherwise who goes first.",
            "invalid_choice": "A Cloud PC you picked is not among those to bring over any more.",
        },
    )
    rest = _choice("How the others follow", RESTS, "Choose how the others follow.")
    ring_size = _number("Cloud PCs in a ring", 5)
    ring_percent = _number("Percent in a ring", 25)
    pause = forms.IntegerField(
        label="Pause between rings",
        min_value=0,
        initial=4,
        widget=forms.NumberInput(
            attrs={"inputmode": "numeric", "aria-describedby": "id_pause_about id_pause_error"}
        ),
    )
    pause_unit = forms.ChoiceField(
        label="Unit",
        initial="hours",
        choices=[(unit, unit) for unit in UNITS],
        error_messages={"invalid_choice": "Choose minutes, hours or days."},
    )
    failure_budget = forms.IntegerField(
        label="Failed Cloud PCs it goes on with",
        min_value=0,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text="Once more than so many have failed, nothing new begins until you decide.",
    )

    def __init__(self, *args: Any, pcs: Sequence[CloudPc], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pcs = {pc.graph_id: pc for pc in pcs}
        offer(self, "pilots", [(key, _who(pc)) for key, pc in self.pcs.items()])
        several = len(self.pcs) > 1
        self.initial.setdefault("pilot", (Pilot.NUMBER if several else Pilot.NONE).value)
        self.initial.setdefault("rest", (Rest.PERCENT if several else Rest.ALL).value)
        self._limit("pilot_count", 1, max(len(self.pcs), 1))
        self._limit("ring_size", 1, max(len(self.pcs), 1))
        self._limit("ring_percent", 1, 100)
        self._limit("failure_budget", 0, len(self.pcs))
        self._limit("pause", 0, LONGEST_PAUSE)

    def _limit(self, name: str, least: int, most: int) -> None:
        field = cast("forms.IntegerField", self.fields[name])
        told = f"Give a whole number from {least} to {most}."
        field.error_messages |= dict.fromkeys(OUT_OF_RANGE, told)
        field.max_value = most
        field.widget.attrs["max"] = most
        field.validators.append(MaxValueValidator(most))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for name, (chooser, uses) in USED_BY.items():
            if given.get(chooser) not in uses:
                self.errors.pop(name, None)
                given[name] = None
        self._clean_pause(given)
        if not self.errors:
            given["rings"] = rings_from(given)
        return given

    def _clean_pause(self, given: dict[str, Any]) -> None:
        if given.get("pause") is None or "pause_unit" not in given:
            return
        given["pause_minutes"] = given["pause"] * UNITS[given["pause_unit"]]
        if given["pause_minutes"] > LONGEST_PAUSE:
            self.add_error("pause", "Choose a pause of at most 14 days.")

    def summary(self) -> list[tuple[str, str]]:
        given = self.cleaned_data
        pause, unit = given["pause"], given["pause_unit"]
        waits = f"{pause} {unit if pause != 1 else unit[:-1]}" if pause else "none"
        return [
            ("First", self._first()),
            ("Then", self._then()),
            ("Pause", waits),
            ("Goes on with", f"{given['failure_budget']} failed"),
        ]

    def _first(self) -> str:
        given = self.cleaned_data
        if given["pilot"] == Pilot.PICKED:
            return ", ".join(self.pcs[key].user or str(self.pcs[key]) for key in given["pilots"])
        return counted(given["pilot_count"] or 0, "Cloud PC").replace("no Cloud PCs", "nobody")

    def _then(self) -> str:
        given = self.cleaned_data
        if given["rest"] == Rest.ALL:
            return "all at once"
        if given["rest"] == Rest.PERCENT:
            return f"rings of {given['ring_percent']} %"
        return f"rings of {given['ring_size']}"


def rings_from(given: dict[str, Any]) -> Rings:
    percent = given["rest"] == Rest.PERCENT
    return Rings(
        pilots=tuple(given["pilots"] or ()),
        pilot_count=given["pilot_count"] or 0,
        size=given["ring_percent"] or given["ring_size"] or 0,
        by=By.PERCENT if percent else By.NUMBER,
    )


def _who(pc: CloudPc) -> ChoiceText:
    return ChoiceText(pc.user, str(pc)) if pc.user else ChoiceText(str(pc), "no user")
