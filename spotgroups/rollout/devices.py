"""The records Entra ID and Intune keep of a host that joined: they go when the host is gone.

A record that stays keeps its name: the next host of that name would not join (errors say
"hostname duplicate"), and the customer's device list fills with ghosts. They are told by name, as
nothing else about a deleted VM is left to tell them by. What cannot be removed holds nothing up:
it is noted beside the host, with what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from spotgroups.models import UpdateHost
from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError, RetryLater
from spotpc.azure.graph_types import EntraDevice, ManagedDevice

# Azure time. Graph's outages are shorter; an update must not wait for ever to tidy up.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Devices:
    """What is left of one host in the directory. `trouble`: why that could not be read."""

    entra: tuple[EntraDevice, ...] = ()
    managed: tuple[ManagedDevice, ...] = ()
    trouble: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        if self.trouble:
            return ("device records",)
        return tuple(
            [f"Entra device {each.name}" for each in self.entra]
            + [f"Intune device {each.name}" for each in self.managed]
        )


def left_of(azure: Azure, rows: Iterable[UpdateHost]) -> Mapping[str, Devices]:
    """By row name, for hosts whose VM is gone: two list calls, none where there is no such host."""
    by_name = {computer_name(row): row for row in rows if not row.devices_note}
    if not by_name:
        return {}
    try:
        entra = azure.graph.directory.devices_named(tuple(by_name))
        managed = azure.graph.directory.managed_devices_named(tuple(by_name))
    except AzureError as trouble:
        waiting = [row for row in by_name.values() if not give_up(row, trouble)]
        return {row.name: Devices(trouble=trouble.sentence) for row in waiting}
    return {
        row.name: Devices(
            tuple(each for each in entra if each.name.casefold() == name),
            tuple(each for each in managed if each.name.casefold() == name),
        )
        for name, row in by_name.items()
    }


def remove(azure: Azure, row: UpdateHost, found: Devices) -> None:
    """Intune first: it would enrol the host anew from an Entra device that still stands."""
    try:
        for managed in found.managed:
            azure.graph.directory.delete_managed_device(managed.id)
        for device in found.entra:
            azure.graph.directory.delete_device(device.id)
    except AzureError as trouble:
        give_up(row, trouble)


def give_up(row: UpdateHost, trouble: AzureError) -> bool:
    """Whether the records are left where they are, noted beside the host."""
    now = timezone.now()
    row.devices_since = row.devices_since or now
    tried_long = now - row.devices_since > PATIENCE / settings.AZURE_PACE
    if tried_long or not isinstance(trouble, RetryLater):
        row.devices_note = (
            f"Its device records stay in Entra ID and Intune: {trouble.sentence} {trouble.remedy}"
        )
    row.save(update_fields=["devices_since", "devices_note"])
    return bool(row.devices_note)


def computer_name(row: UpdateHost) -> str:
    return row.name.partition(".")[0].casefold()
