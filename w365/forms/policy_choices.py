"""What the steps for provisioning policies offer. What cannot be chosen stands there with why.

What a policy has already can always be kept, also where it could not be chosen anew: an admin who
only mends the name must not be made to change the image.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms

from spotpc.azure.graph_types import PolicySpec
from spotpc.web.forms import ChoiceText
from w365 import describe
from w365.eligible import (
    device_warning,
    gallery_warning,
    why_not_connection,
    why_not_device,
    why_not_gallery,
)
from w365.known import Known
from w365.models import DeviceImage, EntraGroup, GalleryImage, NetworkConnection
from w365.words import AUTOMATIC, REGIONS, counted, region

MICROSOFT = "microsoft"  # instead of a connection's id
Choices = list[tuple[str, ChoiceText]]


def offer(form: forms.Form, name: str, choices: Iterable[Any]) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)


def why_not(choices: Choices, key: str) -> str:
    """Why this choice cannot be made; empty if it can."""
    label = dict(choices).get(key)
    return f"{label}: {label.disabled_because}" if label and label.disabled_because else ""


def networks(known: Known, current: PolicySpec | None) -> Choices:
    """Connections, then Microsoft's own network."""
    now = current.connection_id if current else ""
    rows = known.all_connections
    found = usable_first([_connection(each, bool(now) and each.graph_id == now) for each in rows])
    if current and now and now not in known.connections:
        kept = "It is no longer in Windows 365; no new Cloud PC can use it."
        found.append((now, ChoiceText(f"{describe.network(current, known)} (current)", kept)))
    hosted = "Microsoft hosted network"
    if current and not now:
        hosted = f"{hosted} (current)"
    help_ = "Nothing to set up in Azure. Cloud PCs are Microsoft Entra joined."
    return [*found, (MICROSOFT, ChoiceText(hosted, help_))]


def _connection(row: NetworkConnection, current: bool) -> tuple[str, ChoiceText]:
    because = why_not_connection(row)
    state = describe.health(row).label
    where = f", {row.location}" if row.location else ""
    help_ = f"{row.get_join_type_display()}{where}. {state}."
    if current and because:
        help_, because = f"{help_} {because}", ""
    name = f"{row.name} (current)" if current else row.name
    return row.graph_id or f"row-{row.pk}", ChoiceText(name, help_, because)


def regions(current: PolicySpec | None) -> list[tuple[str, str]]:
    """Groups of regions in which Microsoft picks one; and the one region a policy has now."""
    found = [("", "Choose a region"), *REGIONS.items()]
    key = region_key(current)
    if current and key and key not in REGIONS:
        words = region(current.region_group, current.region_name)
        found.append((key, f"{words} (current)"))
    return found


def region_key(current: PolicySpec | None) -> str:
    if current is None or current.connection_id:
        return ""
    if current.region_name in ("", AUTOMATIC):
        return current.region_group
    return f"{current.region_group}:{current.region_name}"


def network_spec(
    key: str, region_: str, known: Known, current: PolicySpec | None
) -> dict[str, str]:
    """The answers as fields of a `PolicySpec`."""
    if key == MICROSOFT:
        group, _, name = region_.partition(":")
        return {
            "join_type": NetworkConnection.Join.ENTRA.value,
            "connection_id": "",
            "region_group": group,
            "region_name": name or AUTOMATIC,
        }
    found = known.connections.get(key)
    kept = current.join_type if current else ""
    return {
        "join_type": found.join_type if found else kept,
        "connection_id": key,
        "region_group": "",
        "region_name": "",
    }


def gallery(known: Known, current: PolicySpec | None, today: date) -> Choices:
    now = _current_image(current, "gallery")
    rows = known.gallery_images
    found = [_gallery(each, each.graph_id == now, today) for each in rows.values()]
    return usable_first(found + _missing(now, rows, current, known))


def custom(known: Known, current: PolicySpec | None, today: date) -> Choices:
    now = _current_image(current, "custom")
    rows = known.all_device_images
    found = [_device(each, bool(now) and each.graph_id == now, today) for each in rows]
    return usable_first(found + _missing(now, known.device_images, current, known))


def _current_image(current: PolicySpec | None, kind: str) -> str:
    return current.image_id if current and current.image_type == kind else ""


def _gallery(row: GalleryImage, current: bool, today: date) -> tuple[str, ChoiceText]:
    because = why_not_gallery(row, today)
    return row.graph_id, _image(row.name, gallery_warning(row), because, current)


def _device(row: DeviceImage, current: bool, today: date) -> tuple[str, ChoiceText]:
    because = why_not_device(row, today)
    about = device_warning(row) or f"{row.operating_system} {row.os_build}".strip()
    return row.graph_id or f"row-{row.pk}", _image(str(row), about, because, current)


def _image(name: str, about: str, because: str, current: bool) -> ChoiceText:
    if current:
        return ChoiceText(f"{name} (current)", because or about)
    return ChoiceText(name, about, because)


def _missing(now: str, rows: Iterable[str], current: PolicySpec | None, known: Known) -> Choices:
    if current is None or not now or now in rows:
        return []
    kept = "Windows 365 does not list it any more. Choose another one soon."
    return [(now, ChoiceText(f"{describe.image(current, known)} (current)", kept))]


def usable_first(choices: Choices) -> Choices:
    return sorted(choices, key=lambda choice: bool(choice[1].disabled_because))


def groups(known: Known, current: PolicySpec | None) -> Choices:
    """Those that are assigned now come first."""
    now = current.group_ids if current else ()
    found = [_group(each, each.graph_id in now) for each in known.groups.values()]
    gone = [(each, ChoiceText(describe.group(each, known))) for each in now
            if each not in known.groups]  # fmt: skip
    return sorted(found, key=lambda choice: choice[0] not in now) + gone


def _group(row: EntraGroup, assigned: bool) -> tuple[str, ChoiceText]:
    told = ["assigned now"] if assigned else []
    if row.members is not None:
        told.append(counted(row.members, "user"))
    if row.description:
        told.append(row.description)
    return row.graph_id, ChoiceText(row.name, ", ".join(told))
