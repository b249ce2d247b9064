"""A customer's Windows 365, put up over the wire: people, licences, images, policies, Cloud PCs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from spotpc.demo import cast
from spotpc.demo.arm import Control
from spotpc.demo.world import COMPUTE, Place, furnish_sealed_vm

ENDPOINT = "/deviceManagement/virtualEndpoint"
GALLERY = "microsoftwindowsdesktop_windows-ent-cpc"
# What Windows 365 takes: a single session, no Trusted Launch (a managed image cannot have it).
SINGLE_SESSION = {
    "publisher": "MicrosoftWindowsDesktop",
    "offer": "windows-11",
    "sku": "win11-24h2-ent",
}
HELP_DESK = "it-support"
PATIENCE = 60  # seconds; the emulator runs fast while it is furnished


def furnish_windows365(control: Control, place: Place, customer: cast.Customer) -> None:
    desks = customer.cloud_pcs
    if desks is None:
        return
    groups = _furnish_directory(control, place, customer, desks)
    connection = _furnish_connection(place, customer) if _own_network(desks) else ""
    images = _furnish_custom_image(place, desks.custom_image) if desks.custom_image else {}
    for policy in desks.policies:
        body = _policy_body(policy, connection, images, place.region)
        made = place.arm.graph("POST", f"{ENDPOINT}/provisioningPolicies", body)
        target = {
            "@odata.type": "microsoft.graph.cloudPcManagementGroupAssignmentTarget",
            "groupId": groups[policy.group],
        }
        path = f"{ENDPOINT}/provisioningPolicies/{made['id']}"
        place.arm.graph("POST", f"{path}/assign", {"assignments": [{"target": target}]})
    _wait_for_cloud_pcs(place, desks)
    for policy in desks.policies:
        if policy.image != policy.made_of:
            _change_image(place, policy, images)


def _own_network(desks: cast.CloudPcs) -> bool:
    return any(policy.own_network for policy in desks.policies)


def _furnish_directory(
    control: Control, place: Place, customer: cast.Customer, desks: cast.CloudPcs
) -> dict[str, str]:
    """People, their groups, a mailbox to write from, and licences. Ids of the groups by name."""

    def address(person: str) -> str:
        return f"{person}@{customer.domain}"

    answer = control.post(
        "/directory",
        tenant=place.arm.tenant_id,
        skus=[{"partNumber": desks.plan, "enabled": desks.licences}],
        groups=[
            {"name": policy.group, "members": [address(each) for each in policy.people]}
            for policy in desks.policies
        ],
        mailboxes=[address(HELP_DESK)],
    )
    groups: dict[str, str] = answer.raise_for_status().json()["groups"]
    return groups


def _furnish_connection(place: Place, customer: cast.Customer) -> str:
    network = place.subnet_id.rpartition("/subnets/")[0]
    made = place.arm.graph(
        "POST",
        f"{ENDPOINT}/onPremisesConnections",
        {
            "displayName": f"{customer.name.split()[0]} network",
            "connectionType": "azureADJoin",
            "subscriptionId": place.arm.subscription.rpartition("/")[2],
            "resourceGroupId": place.root,
            "virtualNetworkId": network,
            "subnetId": place.subnet_id,
        },
    )
    path = f"{ENDPOINT}/onPremisesConnections/{made['id']}"
    _wait(lambda: place.arm.graph("GET", path)["healthCheckStatus"] == "passed", "health checks")
    return str(made["id"])


def _furnish_custom_image(place: Place, name: str) -> dict[str, str]:
    """A managed image of a generalized VM, handed to Windows 365. Its id by name."""
    vm_id = furnish_sealed_vm(place, "src-cloud-pc", SINGLE_SESSION, security="Standard")
    source = f"{place.root}/{COMPUTE}/images/{name.casefold().replace(' ', '-')}"
    place.put(source, {"sourceVirtualMachine": {"id": vm_id}, "hyperVGeneration": "V2"})
    place.arm.remove(vm_id)
    body = {"displayName": name, "version": "1.0.0", "sourceImageResourceId": source}
    made = place.arm.graph("POST", f"{ENDPOINT}/deviceImages", body)
    path = f"{ENDPOINT}/deviceImages/{made['id']}"
    _wait(lambda: place.arm.graph("GET", path)["status"] == "ready", "the custom image")
    return {name: str(made["id"])}


def _image(image: str, custom: dict[str, str]) -> dict[str, str]:
    if image in custom:
        return {"imageType": "custom", "imageId": custom[image]}
    return {"imageType": "gallery", "imageId": f"{GALLERY}_{image}"}


def _policy_body(
    policy: cast.Policy, connection: str, custom: dict[str, str], region: str
) -> dict[str, Any]:
    join: dict[str, str] = {"domainJoinType": "azureADJoin"}
    join |= {"onPremisesConnectionId": connection} if policy.own_network else {"regionName": region}
    return {
        "displayName": policy.name,
        "description": policy.description,
        "provisioningType": "dedicated",
        "domainJoinConfigurations": [join],
        "enableSingleSignOn": True,
        "windowsSetting": {"locale": "en-GB"},
        **_image(policy.made_of, custom),
    }


def _change_image(place: Place, policy: cast.Policy, custom: dict[str, str]) -> None:
    """As somebody does who hopes that this reaches the Cloud PCs there are."""
    policies = place.arm.graph("GET", f"{ENDPOINT}/provisioningPolicies")["value"]
    [found] = [each["id"] for each in policies if each["displayName"] == policy.name]
    path = f"{ENDPOINT}/provisioningPolicies/{found}"
    place.arm.graph("PATCH", path, _image(policy.image, custom))


def _wait_for_cloud_pcs(place: Place, desks: cast.CloudPcs) -> None:
    """v1.0 has no status; a Cloud PC that is ready is in Intune."""
    wanted = min(desks.licences, sum(len(policy.people) for policy in desks.policies))

    def all_there() -> bool:
        found = place.arm.graph("GET", f"{ENDPOINT}/cloudPCs")["value"]
        return sum(bool(each["managedDeviceId"]) for each in found) == wanted

    _wait(all_there, f"{wanted} Cloud PCs")


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Windows 365 did not come to {what}.")
