"""Network interfaces.

Source: learn.microsoft.com, REST reference "Network Interfaces"; the refusals name theirs.
"""

from __future__ import annotations

import secrets
from uuid import uuid4

from .. import durations
from ..operations import accepted, created, running_on, start
from ..router import Call, ResourceType, declare, route
from ..wire import Answer, ArmError
from ..world import Json, Resource, World, event
from . import networks

NIC = "Microsoft.Network/networkInterfaces"

declare(ResourceType(NIC))


@route("PUT", NIC)
def _put(call: Call) -> Answer:
    id_ = call.canonical_id()
    known = call.find(id_)
    refuse_busy(call, id_)
    configurations = (call.body.get("properties") or {}).get("ipConfigurations") or []
    if not configurations:
        raise ArmError(
            400,
            "NetworkInterfaceMustHaveOneIpConfiguration",
            f"Network interface {id_} must have one or more IP configurations.",
            details=[],
        )
    shown = [_configuration(call, id_, each, known) for each in configurations]
    nic = known or Resource(id_, NIC, {"name": call.path.name, "id": id_, "type": NIC})
    nic.body |= {
        "location": call.body.get("location"),
        "tags": call.body.get("tags") or {},
        "etag": f'W/"{uuid4()}"',
    }
    nic.properties.update(_fresh(call), ipConfigurations=shown)
    call.world.save(nic)
    operation = start(call, nic, then="network-settles", seconds=durations.NIC)
    return created(call, operation, nic, 200 if known else 201)


def _fresh(call: Call) -> Json:
    asked = call.body.get("properties") or {}
    domain = secrets.token_hex(8)
    fresh: Json = {
        "resourceGuid": str(uuid4()),
        "dnsSettings": {
            "dnsServers": (asked.get("dnsSettings") or {}).get("dnsServers") or [],
            "appliedDnsServers": [],
            "internalDomainNameSuffix": f"{domain}.bx.internal.cloudapp.net",
        },
        "enableAcceleratedNetworking": bool(asked.get("enableAcceleratedNetworking")),
        "enableIPForwarding": bool(asked.get("enableIPForwarding")),
        "vnetEncryptionSupported": False,
        "nicType": "Standard",
    }
    if asked.get("networkSecurityGroup"):
        fresh["networkSecurityGroup"] = asked["networkSecurityGroup"]
    return fresh


def _configuration(call: Call, nic_id: str, given: Json, known: Resource | None) -> Json:
    properties = given.get("properties") or {}
    subnet = call.find((properties.get("subnet") or {}).get("id", ""))
    if subnet is None or subnet.type != networks.SUBNET:
        raise _missing((properties.get("subnet") or {}).get("id", ""), nic_id)
    _check_ready(subnet, nic_id)
    kept = _known_configuration(known, given["name"])
    same = (kept.get("subnet") or {}).get("id", "").lower() == subnet.id.lower()
    address = kept["privateIPAddress"] if same else networks.free_address(call.world, subnet)
    return {
        "name": given["name"],
        "id": f"{nic_id}/ipConfigurations/{given['name']}",
        "type": f"{NIC}/ipConfigurations",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": properties.get("privateIPAddress") or address,
            "privateIPAllocationMethod": properties.get("privateIPAllocationMethod") or "Dynamic",
            "privateIPAddressVersion": "IPv4",
            "primary": bool(properties.get("primary", True)),
            "subnet": {"id": subnet.id},
        },
    }


def _known_configuration(nic: Resource | None, name: str) -> Json:
    configurations = nic.properties.get("ipConfigurations", []) if nic else []
    return next((each["properties"] for each in configurations if each["name"] == name), {})


def _missing(resource_id: str, nic_id: str) -> ArmError:
    """Source: public Terraform logs of the network provider."""
    return ArmError(
        400,
        "InvalidResourceReference",
        f"Resource {resource_id} referenced by resource {nic_id} was not found. Please make sure"
        " that the referenced resource exists, and that both resources are in the same region.",
        details=[],
    )


def _check_ready(subnet: Resource, nic_id: str) -> None:
    """Source: public Terraform logs; the network provider answers 429 for a lock."""
    state = subnet.properties.get("provisioningState")
    if state == "Succeeded":
        return
    message = (
        f"Cannot proceed with operation because resource {subnet.id} used by resource {nic_id} is"
        f" not in Succeeded state. Resource is in {state} state and the last operation that"
        " updated/is updating the resource is PutSubnetOperation."
    )
    raise ArmError(
        429,
        "RetryableError",
        "A retryable error occurred.",
        details=[{"code": "ReferencedResourceNotProvisioned", "message": message}],
        headers={"Retry-After": "10"},
    )


def refuse_busy(call: Call, resource_id: str) -> None:
    """Source: Azure/ARO-RP test fixtures (409 with this code and sentence)."""
    operation = running_on(call.world, resource_id)
    if operation is None:
        return
    uri = (
        f"{call.base_url}/subscriptions/{call.path.subscription}/providers/Microsoft.Network/"
        f"locations/{operation['location']}/operations/{operation['id']}"
        f"?api-version={call.api_version}"
    )
    raise ArmError(
        409,
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve status of"
        f" the operation use uri: {uri}.",
        details=[],
        headers={"x-ms-error-code": "AnotherOperationInProgress"},
    )


@route("PATCH", NIC)
def _tag(call: Call) -> Answer:
    nic = call.resource
    nic.body["tags"] = call.body.get("tags") or {}
    call.world.save(nic)
    return Answer(200, nic.body)


@route("DELETE", NIC)
def _delete(call: Call) -> Answer:
    nic = call.find(call.path.path)
    if nic is None:
        return Answer(204)
    user = nic.properties.get("virtualMachine")
    if user:
        raise in_use(nic.id, user["id"])
    check_reservation(nic, "")
    refuse_busy(call, nic.id)
    operation = start(
        call,
        nic,
        then="resource-gone",
        seconds=durations.NIC_DELETE,
        state="Deleting",
        resource=nic.id,
    )
    return accepted(call, operation)


def in_use(nic_id: str, vm_id: str) -> ArmError:
    """Source: known issues of bosh-azure-cpi."""
    return ArmError(
        400,
        "NicInUse",
        f"Network Interface {nic_id} is used by existing VM {vm_id}.",
        details=[],
    )


def check_reservation(nic: Resource, vm_id: str) -> None:
    """Source: https://github.com/cloudfoundry/bosh-azure-cpi-release/issues/366"""
    holder = nic.inner.get("reservedFor")
    if holder and holder.lower() != vm_id.lower():
        seconds = durations.NIC_RESERVED
        raise ArmError(
            400,
            "NicReservedForAnotherVm",
            f"Nic(s) in request is reserved for another Virtual Machine for {seconds} seconds."
            f" Please provide another nic(s) or retry after {seconds} seconds. Reserved VM:"
            f" {holder}",
        )


def attach(world: World, nic: Resource, vm_id: str) -> None:
    nic.properties["virtualMachine"] = {"id": vm_id}
    nic.properties["primary"] = True
    nic.inner.pop("reservedFor", None)
    world.save(nic)


def detach(world: World, nic_id: str) -> None:
    nic = world.find(nic_id)
    if nic:
        nic.properties.pop("virtualMachine", None)
        world.save(nic)


def reserve(world: World, nic_id: str, vm_id: str) -> None:
    """After a failed create, Azure keeps the NIC for that VM a while."""
    nic = world.find(nic_id)
    if nic:
        nic.inner["reservedFor"] = vm_id
        world.save(nic)
        world.after(durations.NIC_RESERVED, "nic-released", nic=nic.id)


@event("nic-released")
def _released(world: World, *, nic: str) -> None:
    found = world.find(nic)
    if found:
        found.inner.pop("reservedFor", None)
        world.save(found)
