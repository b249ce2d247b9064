"""Virtual networks, their subnets, and who holds which address.

Source: learn.microsoft.com, REST reference "Virtual Networks" and "Subnets".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from .. import durations
from ..operations import accepted, completes, created, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World

VNET = "Microsoft.Network/virtualNetworks"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"


def _vnet_view(call: Call, vnet: Resource) -> Json:
    subnets = [_subnet_view(call, subnet) for subnet in call.world.each(SUBNET, vnet.id)]
    return {**vnet.body, "properties": {**vnet.properties, "subnets": subnets}}


def _subnet_view(call: Call, subnet: Resource) -> Json:
    held = [{"id": holder} for holder, _ in holders(call.world, subnet.id)]
    more = {"ipConfigurations": held} if held else {}
    return {**subnet.body, "properties": {**subnet.properties, **more}}


declare(ResourceType(VNET, _vnet_view))
declare(ResourceType(SUBNET, _subnet_view))


def holders(world: World, subnet_id: str) -> Iterator[tuple[str, str]]:
    """(id of the ipConfiguration, its private address) of all that use the subnet."""
    for nic in world.each("Microsoft.Network/networkInterfaces"):
        for configuration in nic.properties.get("ipConfigurations", []):
            properties = configuration["properties"]
            if (properties.get("subnet") or {}).get("id", "").lower() == subnet_id.lower():
                yield configuration["id"], properties.get("privateIPAddress", "")


def prefixes(subnet: Resource) -> list[str]:
    many = subnet.properties.get("addressPrefixes")
    return list(many) if many else [subnet.properties["addressPrefix"]]


def free_address(world: World, subnet: Resource) -> str:
    """The lowest address nobody holds. Azure keeps the first four of a subnet and the last.

    Source: learn.microsoft.com, "Azure Virtual Network FAQ".
    """
    taken = {address for _, address in holders(world, subnet.id)}
    for prefix in prefixes(subnet):
        network = ipaddress.ip_network(prefix)
        for offset in range(4, network.num_addresses - 1):
            if str(network[offset]) not in taken:
                return str(network[offset])
    # Source: https://github.com/Azure/karpenter-provider-azure/issues/734
    raise ArmError(
        400,
        "SubnetIsFull",
        f"Subnet {subnet.id} with address prefix {', '.join(prefixes(subnet))} does not have"
        " enough capacity for 1 IP addresses.",
        details=[],
    )


@route("PUT", VNET)
def _put_vnet(call: Call) -> Answer:
    id_ = call.canonical_id()
    known = call.find(id_)
    given = dict(call.body.get("properties") or {})
    subnets = given.pop("subnets", None) or []
    vnet = Resource(id_, VNET, {
        "name": call.path.name,
        "id": id_,
        "type": VNET,
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "properties": {
            "addressSpace": given.get("addressSpace") or {"addressPrefixes": ["10.0.0.0/16"]},
            "virtualNetworkPeerings": [],
            "enableDdosProtection": False,
            "provisioningState": "Updating",
        },
    })  # fmt: skip
    call.world.save(vnet)
    for subnet in subnets:
        _save_subnet(call.world, f"{id_}/subnets/{subnet['name']}", subnet.get("properties") or {})
    operation = start(call, vnet, then="network-settles", seconds=durations.VNET)
    return created(call, operation, vnet, 200 if known else 201)


@route("PUT", SUBNET)
def _put_subnet(call: Call) -> Answer:
    id_ = call.canonical_id()
    known = call.find(id_)
    subnet = _save_subnet(call.world, id_, call.body.get("properties") or {})
    operation = start(call, subnet, then="network-settles", seconds=durations.VNET)
    return created(call, operation, subnet, 200 if known else 201)


def _save_subnet(world: World, id_: str, given: Json) -> Resource:
    properties: Json = {
        key: given[key] for key in ("addressPrefix", "addressPrefixes") if given.get(key)
    }
    for prefix in [properties.get("addressPrefix"), *properties.get("addressPrefixes", [])]:
        _check_prefix(prefix)
    properties |= {
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "provisioningState": "Succeeded",
    }
    name = id_.rsplit("/", 1)[-1]
    body: Json = {"name": name, "id": id_, "type": SUBNET, "properties": properties}
    return world.save(Resource(id_, SUBNET, body))


def _check_prefix(prefix: str | None) -> None:
    if prefix is None:
        return
    try:
        ipaddress.ip_network(prefix)
    except ValueError:
        raise ArmError(
            400,
            "InvalidAddressPrefixFormat",
            f"Address prefix {prefix} is not formatted correctly.",
        ) from None


@completes("network-settles")
def _settled(world: World) -> None:
    """Nothing more happens: the resource turns Succeeded."""


@route("DELETE", VNET)
@route("DELETE", SUBNET)
def _delete(call: Call) -> Answer:
    found = call.find(call.path.path)
    if found is None:
        return Answer(204)
    subnets = [found] if found.type == SUBNET else list(call.world.each(SUBNET, found.id))
    for subnet in subnets:
        used = next(holders(call.world, subnet.id), None)
        if used:
            # Source: learn.microsoft.com, "Troubleshoot: failed to delete a virtual network".
            raise ArmError(
                400,
                "InUseSubnetCannotBeDeleted",
                f"Subnet {subnet.name} is in use by {used[0]} and cannot be deleted. In order to"
                " delete the subnet, delete all the resources within the subnet.",
                details=[],
            )
    operation = start(
        call,
        found,
        then="resource-gone",
        seconds=durations.VNET,
        state="Deleting",
        resource=found.id,
    )
    return accepted(call, operation)
