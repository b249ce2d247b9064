from __future__ import annotations

import functools

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError, NotFound
from spotpc.azure.names import same_id
from spotpc.azure.types import NicSpec, Provisioning
from tests.emulator.client import Client, until

from . import scene
from .replay import Answer, wired


def test_a_nic_takes_an_address_and_gives_it_back(azure: Azure, emulator: Client) -> None:
    scene.network(emulator)
    empty = azure.network.get_subnet(scene.SUBNET)
    assert empty is not None
    assert (empty.used_addresses, empty.free_addresses) == (0, 64 - 5)

    made = scene.nic(azure, "n1")
    found = azure.network.get_nic("rg-one", "n1")
    assert found is not None
    assert same_id(found.id, made)
    assert found.private_ip is not None
    assert found.private_ip.startswith("10.0.0.")
    assert found.tags == {"spotpc-job": "1"}
    assert [one.name for one in azure.network.list_nics("rg-one")] == ["n1"]
    used = azure.network.get_subnet(scene.SUBNET)
    assert used is not None
    assert used.used_addresses == 1

    azure.network.delete_nic("rg-one", "n1")
    until(lambda: azure.network.get_nic("rg-one", "n1"), lambda found: found is None)


def test_deleting_what_is_gone_is_done(azure: Azure) -> None:
    assert azure.network.delete_nic("rg-one", "never-was") is None


def test_a_missing_group_is_not_a_missing_nic(azure: Azure) -> None:
    with pytest.raises(AzureError) as caught:
        azure.network.get_nic("no-such-group", "n1")
    assert not isinstance(caught.value, NotFound)


def test_a_nic_without_its_subnet_is_refused(azure: Azure) -> None:
    with pytest.raises(AzureError):
        azure.network.create_nic(NicSpec("rg-one", "n1", scene.REGION, scene.SUBNET))


def test_a_missing_subnet_is_none(azure: Azure, emulator: Client) -> None:
    scene.network(emulator)
    assert azure.network.get_subnet(f"{scene.VNET}/subnets/other") is None


def test_ipv6_prefixes_do_not_make_a_subnet_roomy() -> None:
    body = {
        "id": "/subnet",
        "name": "s",
        "properties": {"addressPrefixes": ["10.0.0.0/29", "fd00::/64"], "ipConfigurations": [{}]},
    }
    azure, _ = wired(Answer(body=body))
    found = azure.network.get_subnet(scene.SUBNET)
    assert found is not None
    assert found.address_prefixes == ("10.0.0.0/29",)
    assert found.free_addresses == 8 - 5 - 1


def test_an_unknown_state_means_not_ready() -> None:
    body = {"id": "/nic", "name": "n", "properties": {"provisioningState": "Reticulating"}}
    azure, _ = wired(Answer(body=body))
    found = azure.network.get_nic("rg", "n")
    assert found is not None
    assert found.provisioning is Provisioning.RUNNING


@pytest.mark.parametrize(
    ("sku", "enabled", "links"),
    [("Standard", True, True), ("Standard", False, False), ("Basic", True, False), (None, True, 0)],
)
def test_only_some_bastions_make_links(sku: str | None, enabled: bool, links: bool) -> None:
    body = {"id": "/b", "name": "b", "properties": {"enableShareableLink": enabled}}
    azure, _ = wired(Answer(body=body | ({"sku": {"name": sku}} if sku else {})))
    found = azure.network.get_bastion(scene.BASTION)
    assert found is not None
    assert found.shareable_links is bool(links)


def test_a_bastion_link_comes_and_goes(azure: Azure, emulator: Client) -> None:
    scene.template(azure, emulator)
    made = emulator.arm(
        "PUT",
        scene.BASTION,
        {
            "location": scene.REGION,
            "sku": {"name": "Standard"},
            "properties": {"enableShareableLink": True},
        },
    )
    assert made.is_success, made.text
    scene.wait(functools.partial(azure.network.get_bastion, scene.BASTION), scene.done)
    assert azure.network.get_shareable_link(scene.BASTION, scene.VM_ID) is None

    azure.network.create_shareable_link(scene.BASTION, scene.VM_ID)
    link = scene.wait(
        functools.partial(azure.network.get_shareable_link, scene.BASTION, scene.VM_ID.upper()),
        lambda link: True,
    )
    assert link.url.startswith("https://")
    assert link.created_at is not None

    azure.network.delete_shareable_link(scene.BASTION, scene.VM_ID)
    until(
        lambda: azure.network.get_shareable_link(scene.BASTION, scene.VM_ID),
        lambda link: link is None,
    )
