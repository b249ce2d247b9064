"""What the health checks find out by themselves: about the domain, the subscription, the network.

Each function answers an error type of the v1.0 metadata, or nothing. A domain this world knows (by
`POST /emulator/directory`) refuses other credentials; any other one takes all.
"""

from __future__ import annotations

import re

from ...network.networks import SUBNET, VNET, free_address
from ...wire import ArmError
from ...world import Json, World
from ..routing import documents_of


def domain(world: World, tenant: str, connection: Json) -> str:
    name = str(connection["body"].get("adDomainName") or "")
    if not name:
        return "dnsCheckFqdnNotFound"
    return "" if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "dnsCheckNameWithInvalidCharacter"


def join(world: World, tenant: str, connection: Json) -> str:
    body = connection["body"]
    unit = str(body.get("organizationalUnit") or "")
    if unit and not re.fullmatch(r"(OU|CN)=[^,]+(,\s*(OU|CN|DC)=[^,]+)+", unit, re.IGNORECASE):
        return "adJoinCheckOrganizationalUnitIncorrectFormat"
    known = documents_of(world, tenant, "domains").get(str(body.get("adDomainName") or "").lower())
    if known is None:
        return ""
    account = _account(str(body.get("adDomainUsername") or ""))
    password = connection["inner"].get("adDomainPassword")
    good = (
        account == _account(known["inner"]["username"]) and password == known["inner"]["password"]
    )
    return "" if good else "adJoinCheckIncorrectCredentials"


def _account(name: str) -> str:
    """`join@corp.example` and `CORP\\join` are the account `join`."""
    return name.rpartition("\\")[2].partition("@")[0].lower()


def subscription(world: World, tenant: str, connection: Json) -> str:
    tie = world.documents("subscriptions").get(str(connection["body"]["subscriptionId"]).lower())
    if tie and tie["tenant"].lower() != tenant:
        return "resourceAvailabilityCheckSubscriptionNotFound"
    group = world.find(str(connection["body"]["resourceGroupId"]))
    if group is None:
        return "resourceAvailabilityCheckResourceGroupInvalid"
    if group.properties.get("provisioningState") == "Deleting":
        return "resourceAvailabilityCheckResourceGroupBeingDeleted"
    return ""


def network(world: World, tenant: str, connection: Json) -> str:
    found = world.find(str(connection["body"]["virtualNetworkId"]))
    if found is None or found.type != VNET:
        return "resourceAvailabilityCheckVNetInvalid"
    subnet = world.find(str(connection["body"]["subnetId"]))
    if subnet is None or subnet.type != SUBNET:
        return "resourceAvailabilityCheckSubnetInvalid"
    return ""


def addresses(world: World, tenant: str, connection: Json) -> str:
    """One free address is enough (believed); a subnet that isn't there is not this check's."""
    subnet = world.find(str(connection["body"]["subnetId"]))
    if subnet is None or subnet.type != SUBNET:
        return ""
    try:
        free_address(world, subnet)
    except ArmError:
        return "resourceAvailabilityCheckNoSubnetIP"
    return ""
