"""NICs, subnets and Bastion shareable links.

A write returns the URL of its operation (see `Operations`), or None, and is never waited for.
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from azure.mgmt.network import NetworkManagementClient, models

from spotpc.azure import convert
from spotpc.azure.calls import found, listed, removed, started
from spotpc.azure.names import parse_id, same_id
from spotpc.azure.types import Bastion, BastionLink, Nic, NicSpec, Subnet

# learn.microsoft.com, "Choose the right Azure Bastion tier".
_TIERS_WITH_LINKS = frozenset({"standard", "premium"})


class Network:
    def __init__(self, client: NetworkManagementClient) -> None:
        self._client = client

    def get_subnet(self, subnet_id: str) -> Subnet | None:
        """A subnet and how many of its addresses are taken: one IP configuration is one address."""
        arm_id = parse_id(subnet_id)
        network, subnet = arm_id.names
        return found(
            lambda: _subnet(self._client.subnets.get(arm_id.resource_group, network, subnet)),
            "read subnet",
            subnet=subnet,
        )

    def create_nic(self, spec: NicSpec) -> str | None:
        """A NIC with one dynamic private address; it never gets a public one."""
        nics = self._client.network_interfaces
        address = models.NetworkInterfaceIPConfigurationPropertiesFormat(
            subnet=models.Subnet(id=spec.subnet_id),
            private_ip_allocation_method="Dynamic",
            primary=True,
        )
        body = models.NetworkInterface(
            location=spec.location,
            tags=dict(spec.tags),
            properties=models.NetworkInterfacePropertiesFormat(
                ip_configurations=[
                    models.NetworkInterfaceIPConfiguration(name="ipconfig", properties=address)
                ]
            ),
        )
        return started(
            lambda how: nics.begin_create_or_update(spec.resource_group, spec.name, body, **how),
            "create network interface",
            nic=spec.name,
            subnet=spec.subnet_id,
        )

    def get_nic(self, resource_group: str, name: str) -> Nic | None:
        nics = self._client.network_interfaces
        return found(
            lambda: _nic(nics.get(resource_group, name)), "read network interface", nic=name
        )

    def list_nics(self, resource_group: str) -> tuple[Nic, ...]:
        nics = self._client.network_interfaces
        return listed(lambda: nics.list(resource_group), _nic, "list network interfaces")

    def delete_nic(self, resource_group: str, name: str) -> str | None:
        """Azure keeps a NIC reserved for its VM for 180 seconds (NicReservedForAnotherVm)."""
        nics = self._client.network_interfaces
        return removed(
            lambda how: nics.begin_delete(resource_group, name, **how),
            "delete network interface",
            nic=name,
        )

    def get_bastion(self, bastion_id: str) -> Bastion | None:
        arm_id = parse_id(bastion_id)
        hosts = self._client.bastion_hosts
        return found(
            lambda: _bastion(hosts.get(arm_id.resource_group, arm_id.name)),
            "read Bastion host",
            bastion=arm_id.name,
        )

    def create_shareable_link(self, bastion_id: str, vm_id: str) -> str | None:
        """Ask for a link that opens the VM in a browser. The answer has no link: read it later.

        Asking again for a VM that has a link keeps that link (believed).
        """
        arm_id = parse_id(bastion_id)
        return started(
            lambda how: self._client.begin_put_bastion_shareable_link(
                arm_id.resource_group, arm_id.name, _links(vm_id), **how
            ),
            "create Bastion link",
            bastion=arm_id.name,
        )

    def get_shareable_link(self, bastion_id: str, vm_id: str) -> BastionLink | None:
        """The link of one VM, or None while there is none. Whoever has it may open the VM's
        log-on screen, so treat it as a secret."""
        arm_id = parse_id(bastion_id)
        links = listed(
            lambda: self._client.get_bastion_shareable_link(
                arm_id.resource_group, arm_id.name, _links(vm_id)
            ),
            _link,
            "read Bastion link",
            bastion=arm_id.name,
        )
        return next((link for link in links if link.url and same_id(link.vm_id, vm_id)), None)

    def delete_shareable_link(self, bastion_id: str, vm_id: str) -> str | None:
        arm_id = parse_id(bastion_id)
        return removed(
            lambda how: self._client.begin_delete_bastion_shareable_link(
                arm_id.resource_group, arm_id.name, _links(vm_id), **how
            ),
            "delete Bastion link",
            bastion=arm_id.name,
        )


def _links(vm_id: str) -> models.BastionShareableLinkListRequest:
    link = models.BastionShareableLink(vm=models.VM(id=vm_id))
    return models.BastionShareableLinkListRequest(vms=[link])


def _nic(model: models.NetworkInterface) -> Nic:
    properties = model.properties or models.NetworkInterfacePropertiesFormat()
    addresses = [
        address.properties.private_ip_address
        for address in properties.ip_configurations or []
        if address.properties
    ]
    machine = properties.virtual_machine
    return Nic(
        id=model.id or "",
        name=model.name or "",
        provisioning=convert.provisioning(properties.provisioning_state),
        private_ip=next((address for address in addresses if address), None),
        vm_id=machine.id if machine else None,
        tags=convert.tags(model.tags),
    )


def _subnet(model: models.Subnet) -> Subnet:
    """IPv6 prefixes are left out: a desktop needs an IPv4 address, and a /64 is never full."""
    properties = model.properties or models.SubnetPropertiesFormat()
    prefixes = properties.address_prefixes or [properties.address_prefix or ""]
    return Subnet(
        id=model.id or "",
        name=model.name or "",
        address_prefixes=tuple(prefix for prefix in prefixes if prefix and _is_ipv4(prefix)),
        used_addresses=len(properties.ip_configurations or []),
    )


def _is_ipv4(prefix: str) -> bool:
    return isinstance(ip_network(prefix, strict=False), IPv4Network)


def _bastion(model: models.BastionHost) -> Bastion:
    properties = model.properties or models.BastionHostPropertiesFormat()
    # Azure leaves the tier out of hosts older than tiers: they are Basic (believed).
    sku = convert.text(model.sku.name if model.sku else None) or "Basic"
    return Bastion(
        id=model.id or "",
        name=model.name or "",
        provisioning=convert.provisioning(properties.provisioning_state),
        sku=sku,
        shareable_links=bool(properties.enable_shareable_link)
        and sku.casefold() in _TIERS_WITH_LINKS,
    )


def _link(model: models.BastionShareableLink) -> BastionLink:
    return BastionLink(
        vm_id=model.vm.id or "",
        url=model.bsl or "",
        created_at=convert.utc_from_text(model.created_at),
    )
