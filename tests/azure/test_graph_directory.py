"""Groups, licences, devices and mail through the real SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, connect, forget
from spotpc.azure.errors import NotFound, Stopped
from spotpc.azure.types import Connection, Credential
from tests.emulator.client import SUBSCRIPTION, TENANT, Client

from . import graph_scene
from .graph_scene import ANN, BEN, NOBODY
from .graph_wire import Asked, Wire, refused, values
from .replay import Answer


@pytest.fixture
def opened() -> Iterator[Callable[[Client], Azure]]:
    """The facade on another emulator than the usual one."""
    known: list[Connection] = []

    def to(client: Client) -> Azure:
        cloud = clouds.private(client.url, client.url, ca_file=client.ca_file)
        known.append(Connection(cloud, Credential(TENANT, "app", "secret"), SUBSCRIPTION))
        return connect(known[-1])

    yield to
    for connection in known:
        forget(connection)


def test_security_groups_and_their_users_are_read(azure: Azure, emulator: Client) -> None:
    directory = azure.graph.directory
    graph_scene.directory(
        emulator,
        groups=[
            {"name": "Inner", "members": [BEN]},
            {"name": "Staff", "members": [ANN, "Inner"]},
        ],
    )
    groups = {group.name: group.id for group in directory.groups()}
    assert set(groups) == {"Inner", "Staff"}
    assert sorted(directory.member_upns(groups["Staff"])) == [ANN, BEN]  # those inside, no groups
    assert directory.member_upns(groups["Inner"]) == (BEN,)
    with pytest.raises(NotFound):
        directory.member_upns(NOBODY)


def test_every_page_of_members_is_read(
    make_emulator: Callable[..., Client], opened: Callable[[Client], Azure]
) -> None:
    client = make_emulator(page_size=3)
    users = [f"user{number:02}@example.com" for number in range(10)]
    ids = graph_scene.directory(client, groups=[{"name": "All", "members": users}])
    directory = opened(client).graph.directory
    assert sorted(directory.member_upns(ids["groups"]["All"])) == users


def test_a_cast_is_an_advanced_query_on_each_page() -> None:
    """Graph refuses it without the header, on the second page as on the first."""

    def answer(asked: Asked) -> Answer:
        if "skiptoken" in str(asked.url):
            return values({"userPrincipalName": "b"})
        link = f"https://graph.microsoft.com{asked.path}?$skiptoken=1"
        return Answer(body={"value": [{"userPrincipalName": "a"}], "@odata.nextLink": link})

    wire = Wire(answer)
    assert wire.graph().directory.member_upns("g") == ("a", "b")
    assert [asked.headers["ConsistencyLevel"] for asked in wire.asked] == ["eventual"] * 2
    assert wire.asked[0].query["$count"] == "true"


def test_licences_are_read(azure: Azure, emulator: Client) -> None:
    graph_scene.staff(emulator, licences=7)
    (sku,) = azure.graph.directory.skus()
    assert (sku.part_number, sku.enabled, sku.consumed) == ("CPC_E_2C_8GB_128GB", 7, 0)
    assert sku.plans


def test_devices_are_found_by_name_and_deleted(azure: Azure, emulator: Client) -> None:
    directory = azure.graph.directory
    graph_scene.staff(emulator)
    graph_scene.policy(azure)
    made = emulator.control(
        "POST", "cloud-pcs", {"tenant": TENANT, "policy": "Staff", "user": ANN}
    ).json()
    name = made["managedDeviceName"]

    (device,) = directory.devices_named([name, "it's not there"])
    (managed,) = directory.managed_devices_named([name, "it's not there"])
    assert (device.name, device.device_id) == (name, made["aadDeviceId"])
    assert (managed.id, managed.device_id) == (made["managedDeviceId"], device.device_id)

    directory.delete_managed_device(managed.id)
    directory.delete_device(device.id)
    assert directory.devices_named([name]) == ()
    assert directory.managed_devices_named([name]) == ()
    directory.delete_managed_device(managed.id)  # gone is done
    directory.delete_device(device.id)


def test_many_names_are_asked_for_in_portions() -> None:
    wire = Wire(values())
    names = [f"pc-{number}" for number in range(20)]
    directory = wire.graph().directory
    directory.devices_named([*names, *names])
    directory.managed_devices_named(names)
    assert directory.devices_named([]) == ()
    filters = [asked.query["$filter"] for asked in wire.asked]
    assert [text.count("'pc-") for text in filters] == [15, 5, 15, 5]
    assert filters[1].startswith("displayName in ('pc-15', ")
    assert filters[3].startswith("deviceName eq 'pc-15' or ")


def test_a_quote_in_a_name_stays_in_the_name() -> None:
    wire = Wire(values())
    wire.graph().directory.devices_named(["o'hara') or true"])
    assert wire.asked[0].query["$filter"] == "displayName in ('o''hara'') or true')"


def test_mail_is_sent(azure: Azure, emulator: Client) -> None:
    graph_scene.directory(emulator, users=[ANN], mailboxes=["it@example.com"])
    azure.graph.directory.send_mail("it@example.com", ANN, "Tonight", "It will be wiped.\nSave it.")
    (mail,) = emulator.control("GET", "messages").json()["messages"]
    assert (mail["kind"], mail["user"], mail["title"]) == ("mail", ANN, "Tonight")
    assert mail["body"] == "It will be wiped.\nSave it."


def test_mail_is_plain_text_and_leaves_no_copy() -> None:
    wire = Wire(Answer(202))
    wire.graph().directory.send_mail("it@example.com", "ann@example.com", "<b>", "<i>")
    (asked,) = wire.asked
    assert asked.path == "/v1.0/users/it@example.com/sendMail"
    message = asked.body["Message"]
    assert message["body"] == {"content": "<i>", "contentType": "text"}
    assert asked.body["SaveToSentItems"] is False


@pytest.mark.parametrize("sender", ["nobody@example.com", ANN])
def test_a_sender_without_a_mailbox_is_named(azure: Azure, emulator: Client, sender: str) -> None:
    graph_scene.directory(emulator, users=[ANN])
    with pytest.raises(Stopped) as caught:
        azure.graph.directory.send_mail(sender, ANN, "Hello", "Hello")
    assert caught.value.code == "mail-sender-unknown"
    assert sender in caught.value.sentence


def test_a_mailbox_that_is_not_discovered_is_no_missing_resource() -> None:
    """Literal: microsoft-graph-docs issue 5143."""
    wire = Wire(refused(404, "ResourceNotFound", "Resource could not be discovered."))
    with pytest.raises(Stopped) as caught:
        wire.graph().directory.send_mail("it@example.com", ANN, "Hello", "Hello")
    assert caught.value.code == "mail-sender-unknown"


def test_a_recipient_that_is_none_is_named(azure: Azure, emulator: Client) -> None:
    graph_scene.directory(emulator, mailboxes=["it@example.com"])
    with pytest.raises(Stopped) as caught:
        azure.graph.directory.send_mail("it@example.com", "nobody", "Hello", "Hello")
    assert caught.value.code == "mail-recipient-refused"
    assert "nobody" in caught.value.sentence


def test_a_national_cloud_is_asked_at_its_own_address() -> None:
    wire = Wire(values())
    wire.graph(clouds.US_GOVERNMENT).directory.skus()
    assert urlsplit(str(wire.asked[0].url)).hostname == "graph.microsoft.us"
    assert wire.asked[0].headers["Authorization"] == "Bearer a-token"
