"""Azure networks by name. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tenants.models import Site
from w365.models import NetworkConnection


@dataclass(frozen=True)
class Network:
    virtual_network: str
    subnet: str
    resource_group: str

    @property
    def words(self) -> str:
        return f"{self.virtual_network}, subnet {self.subnet}"

    @property
    def short(self) -> str:
        return f"{self.virtual_network} / {self.subnet}"


def network_of_site(site: Site) -> Network:
    return _of(site.subnet_id, site.resource_group)


def network_of_connection(connection: NetworkConnection) -> Network:
    return _of(connection.subnet_id, connection.resource_group_id.rpartition("/")[2])


def _of(subnet_id: str, resource_group: str) -> Network:
    """The last names of …/virtualNetworks/<network>/subnets/<subnet>."""
    before, _, subnet = subnet_id.rpartition("/subnets/")
    return Network(before.rpartition("/")[2] or "unknown", subnet or "unknown", resource_group)
