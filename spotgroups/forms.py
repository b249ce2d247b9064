"""The steps of Update Spot Group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.forms.boundfield import BoundWidget

from images.models import ImageVersion
from spotgroups.message import default_message
from spotgroups.models import SpotGroup, SpotGroupUpdate
from spotgroups.services import LONGEST_WARNING, Choices, why_not_updatable
from spotpc.web.forms import ChoiceText
from spotpc.web.schedule_fields import date_field, offer_zones, resolved, time_field, zone_field

Method = SpotGroupUpdate.Method
VERSIONS_SHOWN = 5  # of each image set; older ones open on request
MESSAGE_LENGTH = SpotGroupUpdate._meta.get_field("message").max_length


def _set_choices(form: forms.Form, name: str, choices: Iterable[Any]) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)


class GroupForm(forms.Form):
    """`groups` come with the counts of `tables.with_standing`."""

    group = forms.ChoiceField(
        label="Spot Group to update",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the Spot Group to update.",
            "invalid_choice": "That Spot Group is not one of this tenant's. Choose a listed one.",
        },
    )

    def __init__(
        self,
        *args: Any,
        groups: Iterable[SpotGroup],
        running: Mapping[int, SpotGroupUpdate],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.groups = {str(group.pk): group for group in groups}
        self.refused = {
            key: why_not_updatable(group, running.get(group.pk))
            for key, group in self.groups.items()
        }
        choices = [
            (key, ChoiceText(group.label, _group_help(group), self.refused[key]))
            for key, group in self.groups.items()
        ]
        _set_choices(self, "group", choices)
        open_ones = [key for key, because in self.refused.items() if not because]
        if self.initial.get("group") not in open_ones:
            self.initial["group"] = open_ones[0] if len(open_ones) == 1 else None

    def clean_group(self) -> SpotGroup:
        key: str = self.cleaned_data["group"]
        if self.refused[key]:
            raise forms.ValidationError(self.refused[key])
        return self.groups[key]

    def summary(self) -> list[tuple[str, str]]:
        return [("Spot Group", self.cleaned_data["group"].label)]


def _group_help(group: Any) -> str:
    hosts = f"{group.hosts_seen} host{'' if group.hosts_seen == 1 else 's'}"
    users = f"{group.total} user{'' if group.total == 1 else 's'} signed in"
    return f"{image_of(group)}, {hosts}, {users}"


def image_of(group: SpotGroup) -> str:
    """ "Front desk 0.0.1": what the group runs, as far as we know."""
    number = f" {group.image_version.number}" if group.image_version else ""
    return f"{group.image_set.name}{number}"


class VersionForm(forms.Form):
    """`versions`: all that `services.versions_for` finds, also those that cannot be chosen yet."""

    version = forms.ChoiceField(
        label="Image set and version",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the image version that the hosts should run.",
            "invalid_choice": "That version cannot be used for this Spot Group. "
            "Choose one of those listed.",
        },
    )

    def __init__(
        self, *args: Any, group: SpotGroup, versions: Iterable[ImageVersion], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        ordered = sorted(versions, key=lambda version: _place(group, version))
        self.versions = {str(version.pk): version for version in ordered}
        self.listed = [version for version in ordered if _is_listed(version)]
        choices = [(str(one.pk), _version_choice(group, one)) for one in self.listed]
        _set_choices(self, "version", choices)
        if "version" not in self.initial:
            newest = next((one for one in self.listed if _is_available(one)), None)
            fits = newest is not None and newest.image_set_id == group.image_set_id
            self.initial["version"] = str(newest.pk) if newest and fits else None

    def clean(self) -> dict[str, Any] | None:
        """A known version that is not Available is refused by its name and status."""
        asked = self.versions.get(self.data.get(self.add_prefix("version"), ""))
        if asked is not None and not _is_available(asked):
            name = f"{asked.image_set.name} {asked.number}"
            self.errors.pop("version", None)
            self.add_error("version", f"{name} is {asked.get_status_display()}, not Available. "
                           "Choose another version.")  # fmt: skip
        elif asked is not None:
            self.cleaned_data["version"] = asked
        return self.cleaned_data

    def summary(self) -> list[tuple[str, str]]:
        version = self.cleaned_data["version"]
        return [("Image Set", version.image_set.name), ("Version", version.number)]

    @property
    def any_available(self) -> bool:
        return any(_is_available(version) for version in self.listed)

    def sets(self) -> list[tuple[str, list[BoundWidget], list[BoundWidget], bool]]:
        """By image set: name, the newest, the older ones, and whether one of those is chosen."""
        widgets = {str(each.data["value"]): each for each in self["version"]}
        found = []
        for name, versions in groupby(self.listed, key=lambda version: version.image_set.name):
            options = [widgets[str(version.pk)] for version in versions]
            shown, older = options[:VERSIONS_SHOWN], options[VERSIONS_SHOWN:]
            found.append((name, shown, older, any(each.data["selected"] for each in older)))
        return found


def _is_available(version: ImageVersion) -> bool:
    return version.status == ImageVersion.Status.AVAILABLE


def _is_listed(version: ImageVersion) -> bool:
    """Versions under way are shown with their status: somebody is waiting for them."""
    status = ImageVersion.Status
    return version.status not in (status.FAILED, status.DELETING)


def _place(group: SpotGroup, version: ImageVersion) -> tuple[bool, str, int, int, int]:
    """The group's own set first, then by name; newest first by number."""
    name = version.image_set.name
    foreign = version.image_set_id != group.image_set_id
    return foreign, name.casefold(), -version.major, -version.minor, -version.patch


def _version_choice(group: SpotGroup, version: ImageVersion) -> ChoiceText:
    name = f"{version.image_set.name} {version.number}"
    if not _is_available(version):
        return ChoiceText(name, "", f"{version.get_status_display()}, not Available yet.")
    current = group.image_version
    if current is not None and current.pk == version.pk:
        return ChoiceText(f"{name} (current)", "Hosts that run it already are kept.")
    if current is not None and _is_older(version, current):
        return ChoiceText(name, f"Older than the current version {current.number}.")
    return ChoiceText(name, f"Made from {version.source_name}" if version.source_name else "")


def _is_older(version: ImageVersion, current: ImageVersion) -> bool:
    """Only within one set do numbers say which is older."""
    numbers = [(each.major, each.minor, each.patch) for each in (version, current)]
    return version.image_set_id == current.image_set_id and numbers[0] < numbers[1]


METHOD_TEXTS = {
    Method.OPPORTUNISTIC: "Nobody is signed out. New hosts are built now; as they become "
    "available, old hosts stop taking log-ons and new log-ons land on the new version. An old "
    "host is removed when its last user has signed out. Usually done within a day; until then "
    "some users are on the old version.",
    Method.IMMEDIATE: "All users switch together, as soon as possible. All new hosts are built "
    "now. When every one is available, new log-ons land there, and users on old hosts are told "
    "to save their work; after the warning time they are signed out. Then the old hosts are "
    "removed.",
    Method.SCHEDULED: "As Immediate, at the date and time you choose. New hosts are built just "
    "before, early enough to be available by then. Until that time nothing changes for anybody.",
}
FORCED = (Method.IMMEDIATE, Method.SCHEDULED)
# What each field is for; answers to the others are not looked at.
USED_BY: dict[str, Collection[str]] = {
    "date": (Method.SCHEDULED,),
    "time": (Method.SCHEDULED,),
    "zone": (Method.SCHEDULED,),
    "warning_minutes": FORCED,
    "message": FORCED,
    "surge": (Method.OPPORTUNISTIC,),
}
OUT_OF_RANGE = ("invalid", "min_value", "max_value")
WHOLE_MINUTES = f"Give whole minutes from 0 to {LONGEST_WARNING}."


class MethodForm(forms.Form):
    """Complaints about fields that the chosen method does not use are dropped."""

    use_required_attribute = False

    method = forms.ChoiceField(
        label="Release Method",
        widget=forms.RadioSelect,
        choices=[(each.value, ChoiceText(each.label, METHOD_TEXTS[each])) for each in Method],
        initial=Method.OPPORTUNISTIC.value,
        error_messages={
            "required": "Choose how the hosts are replaced.",
            "invalid_choice": "Choose Opportunistic, Immediate or Scheduled.",
        },
    )
    date = date_field("the switch")
    time = time_field("the switch")
    zone = zone_field()
    warning_minutes = forms.IntegerField(
        label="Warning time in minutes",
        min_value=0,
        max_value=LONGEST_WARNING,
        initial=5,
        help_text="From 0 to 60. So long users have, after the message, until they are signed out.",
        error_messages=dict.fromkeys(("required", *OUT_OF_RANGE), WHOLE_MINUTES),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    message = forms.CharField(
        label="Message to users",
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    surge = forms.IntegerField(
        label="New hosts at one time",
        required=False,
        min_value=1,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, group: SpotGroup, viewer_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_zones(self, group.site.time_zone, viewer_zone)
        self.fields["message"].help_text = f"Left empty, they read: “{default_message(5)}”"
        self._limit_surge(max(group.hosts_wanted, 1))

    def _limit_surge(self, most: int) -> None:
        field = cast("forms.IntegerField", self.fields["surge"])
        told = f"Give a whole number from 1 to {most}."
        field.error_messages |= dict.fromkeys(OUT_OF_RANGE, told)
        field.help_text = (
            f"From 1 to {most}. More is faster, and takes more quota and addresses meanwhile."
        )
        field.max_value = most
        field.widget.attrs["max"] = most
        field.validators.append(MaxValueValidator(most))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        method = given.get("method", "")
        for name, methods in USED_BY.items():
            if method not in methods:
                self.errors.pop(name, None)
                given[name] = None
        if moment := resolved(self):
            given["scheduled_at"], given["note"] = moment.at, moment.note
        return given

    def summary(self) -> list[tuple[str, str]]:
        given = self.cleaned_data
        lines = [("Release Method", Method(given["method"]).label)]
        if given["method"] == Method.SCHEDULED:
            at = given["scheduled_at"].astimezone(ZoneInfo(given["zone"]))
            lines.append(("At", f"{at:%a %-d %b %Y, %H:%M} ({given['zone']})"))
        if given["method"] in FORCED:
            lines.append(("Warning", f"{given['warning_minutes']} min"))
            lines += [("Message", given["message"])] if given["message"] else []
        elif given["surge"]:
            lines.append(("At one time", f"{given['surge']}"))
        return lines


def choices_of(given: dict[str, Any]) -> Choices:
    """The release step's answers as the service takes them."""
    return Choices(
        method=given["method"],
        scheduled_at=given.get("scheduled_at"),
        scheduled_zone=given["zone"] or "",
        warning_minutes=5 if given["warning_minutes"] is None else given["warning_minutes"],
        message=given["message"] or "",
        surge=given["surge"],
    )


class ReviewForm(forms.Form):
    """Nothing is asked any more; the plan stands above the button."""
