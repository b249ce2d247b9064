"""What somebody else changed of a policy while it was edited here, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spotpc.azure.graph_types import PolicySpec
from w365.models import EntraGroup, NetworkConnection, ProvisioningPolicy

LABELS: Mapping[str, str] = {
    "name": "Name",
    "description": "Description",
    "image_type": "Image Type",
    "image_id": "Device Image",
    "join_type": "Join type",
    "connection_id": "Connection",
    "region_name": "Region",
    "region_group": "Region group",
    "single_sign_on": "Single sign-on",
    "local_admin": "Users are local administrators",
    "naming_template": "Naming template",
    "locale": "Language",
    "provisioning_type": "Provisioning type",
    "group_ids": "Groups",
}
NOTHING = "none"


def clashes(base: PolicySpec, wanted: PolicySpec, current: PolicySpec) -> list[str]:
    """Fields in which Graph has neither what was shown nor what is wanted.

    A field that is as wanted already is no clash: a pass that was cut short may have written it.
    """
    return [
        name
        for name in LABELS
        if getattr(current, name) not in (getattr(base, name), getattr(wanted, name))
    ]


@dataclass(frozen=True)
class Names:
    """What the tenant's ids are called."""

    connections: Mapping[str, str]
    groups: Mapping[str, str]


def names_of(tenant_id: int) -> Names:
    connections = NetworkConnection.objects.filter(tenant_id=tenant_id)
    groups = EntraGroup.objects.filter(tenant_id=tenant_id)
    return Names(
        dict(connections.values_list("graph_id", "name")),
        dict(groups.values_list("graph_id", "name")),
    )


def in_words(spec: PolicySpec, name: str, names: Names) -> str:
    value = getattr(spec, name)
    match name:
        case "image_id":
            return spec.image_name or spec.image_id
        case "connection_id":
            return names.connections.get(value, value) or "Microsoft hosted network"
        case "group_ids":
            return ", ".join(sorted(names.groups.get(each, each) for each in value)) or NOTHING
        case "image_type":
            return _label(ProvisioningPolicy.ImageType, value)
        case "join_type":
            return _label(NetworkConnection.Join, value)
        case "single_sign_on" | "local_admin":
            return "yes" if value else "no"
    return str(value) or NOTHING


def _label(choices: type[NetworkConnection.Join | ProvisioningPolicy.ImageType], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value
