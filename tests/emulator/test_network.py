"""Virtual networks, NICs and Bastion."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from . import builders
from .client import Client


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_addresses_are_given_from_the_fourth_on_and_counted(emulator: Client) -> None:
    builders.vnet(emulator)
    nic = emulator.arm("GET", builders.nic(emulator, "nic")).json()
    (configuration,) = nic["properties"]["ipConfigurations"]
    assert configuration["properties"]["privateIPAddress"] == "10.1.0.4"
    subnet = emulator.arm("GET", builders.SUBNET_ID).json()
    assert subnet["properties"]["ipConfigurations"] == [{"id": configuration["id"]}]
    vnet = emulator.arm("GET", "Microsoft.Network/virtualNetworks/vnet").json()
    assert vnet["properties"]["subnets"] == [subnet]


def test_a_full_subnet_refuses_and_gives_back(emulator: Client) -> None:
    """A /29 has eight addresses, of which Azure keeps five."""
    builders.vnet(emulator, "10.1.0.0/29")
    for number in range(3):
        builders.nic(emulator, f"nic-{number}")
    path = "Microsoft.Network/networkInterfaces/nic-3"
    refused = emulator.arm("PUT", path, builders.nic_body())
    assert code(refused) == (400, "SubnetIsFull")
    assert refused.json()["error"]["message"] == (
        f"Subnet {builders.SUBNET_ID} with address prefix 10.1.0.0/29 does not have enough"
        " capacity for 1 IP addresses."
    )
    emulator.wait(emulator.arm("DELETE", "Microsoft.Network/networkInterfaces/nic-1"))
    builders.nic(emulator, "nic-3")


def test_a_repeated_put_keeps_the_address(emulator: Client) -> None:
    builders.vnet(emulator)
    first, second = builders.nic(emulator, "one"), builders.nic(emulator, "two")
    builders.nic(emulator, "one")
    addresses = [
        emulator.arm("GET", nic).json()["properties"]["ipConfigurations"][0]["properties"][
            "privateIPAddress"
        ]
        for nic in (first, second)
    ]
    assert addresses == ["10.1.0.4", "10.1.0.5"]


def test_a_nic_needs_its_subnet(emulator: Client) -> None:
    answer = emulator.arm("PUT", "Microsoft.Network/networkInterfaces/nic", builders.nic_body())
    assert code(answer) == (400, "InvalidResourceReference")


def test_a_nic_in_use_is_not_deleted(emulator: Client) -> None:
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    refused = emulator.arm("DELETE", f"{builders.NETWORK}/networkInterfaces/vm-one-nic")
    assert code(refused) == (400, "NicInUse")
    assert refused.json()["error"]["message"].endswith(f"is used by existing VM {machine}.")
    subnet = emulator.arm("DELETE", builders.SUBNET_ID)
    assert code(subnet) == (400, "InUseSubnetCannotBeDeleted")


def test_a_second_write_waits_for_the_first(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(speed=1000)
    client.group()
    builders.vnet(client)
    client.control("POST", "speed", {"speed": 1})
    path = "Microsoft.Network/networkInterfaces/nic"
    assert client.arm("PUT", path, builders.nic_body()).status_code == 201
    refused = client.arm("PUT", path, builders.nic_body())
    assert code(refused) == (409, "AnotherOperationInProgress")
    assert f"{client.url}/subscriptions/" in refused.json()["error"]["message"]


def test_deleting_what_is_not_there_is_204(emulator: Client) -> None:
    answer = emulator.arm("DELETE", "Microsoft.Network/networkInterfaces/none")
    assert answer.status_code == 204


def _bastion(client: Client, *, links: bool) -> str:
    path = f"{builders.NETWORK}/bastionHosts/bastion"
    body = {
        "location": "westeurope",
        "sku": {"name": "Standard"},
        "properties": {"enableShareableLink": links},
    }
    client.wait(client.arm("PUT", path, body))
    return path


def test_bastion_links_are_made_read_and_deleted(emulator: Client) -> None:
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    bastion = _bastion(emulator, links=True)
    asked = {"vms": [{"vm": {"id": machine}}]}
    answer = emulator.arm("POST", f"{bastion}/createShareableLinks", asked)
    emulator.wait(answer)
    made = emulator.arm("GET", answer.headers["Location"]).json()["value"]
    assert made[0]["vm"]["id"] == machine
    assert made[0]["bsl"].startswith("https://bst-")
    read = emulator.arm("POST", f"{bastion}/getShareableLinks", asked).json()["value"]
    assert read == made
    emulator.wait(emulator.arm("POST", f"{bastion}/deleteShareableLinks", asked))
    assert emulator.arm("POST", f"{bastion}/getShareableLinks", asked).json()["value"] == []


def test_a_bastion_without_the_feature_makes_no_links(emulator: Client) -> None:
    bastion = _bastion(emulator, links=False)
    answer = emulator.arm("POST", f"{bastion}/createShareableLinks", {"vms": []})
    assert code(answer) == (400, "BastionShareableLinkNotEnabled")
