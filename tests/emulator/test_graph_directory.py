"""The directory: people, groups, licences, mail; and the control plane that fills it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .client import Client
from .graph_client import GraphClient, graph, refusal, with_roles

EVENTUAL = {"ConsistencyLevel": "eventual"}
ANN, BEN, CAT = "ann@harbor.example", "ben@harbor.example", "cat@harbor.example"
SKU = "CPC_E_2C_8GB_128GB"


@pytest.fixture
def msgraph(emulator: Client) -> GraphClient:
    return graph(emulator)


@pytest.fixture
def group(msgraph: GraphClient) -> str:
    """Everybody: Ann and, by way of the group Sales, Ben and again Ann."""
    groups = [{"name": "Sales", "members": [BEN, ANN]}, {"name": "All", "members": [ANN, "Sales"]}]
    return str(msgraph.add(groups=groups)["groups"]["All"])


def test_adding_twice_adds_once(msgraph: GraphClient, group: str) -> None:
    ids = msgraph.add(users=[ANN.upper()], groups=[{"name": "all", "members": [CAT]}])
    assert ids["groups"]["all"] == group
    assert {each["userPrincipalName"] for each in msgraph.values("/users")} == {ANN, BEN, CAT}


def test_members_are_found_through_groups_and_each_once(msgraph: GraphClient, group: str) -> None:
    found = msgraph.values(f"/groups/{group}/transitiveMembers")
    kinds = [(each["@odata.type"], each["displayName"]) for each in found]
    assert sorted(kinds) == [
        ("#microsoft.graph.group", "Sales"),
        ("#microsoft.graph.user", "Ann"),
        ("#microsoft.graph.user", "Ben"),
    ]


@pytest.mark.parametrize("cast", ["microsoft.graph.user", "graph.user"])
def test_the_cast_to_users_is_an_advanced_query(
    msgraph: GraphClient, group: str, cast: str
) -> None:
    path = f"/groups/{group}/transitiveMembers/{cast}"
    page = msgraph.get(f"{path}?$count=true", EVENTUAL)
    assert {each["userPrincipalName"] for each in page["value"]} == {ANN, BEN}
    assert page["@odata.count"] == 2
    for headers, query in (({}, "?$count=true"), (EVENTUAL, "")):
        answer = msgraph.ask("GET", path + query, headers=headers)
        assert refusal(answer) == (400, "Request_UnsupportedQuery")


def test_groups_in_a_circle_end(msgraph: GraphClient) -> None:
    circle = [
        {"name": "A", "members": ["B", ANN]},
        {"name": "B", "members": ["C", "A"]},
        {"name": "C", "members": ["B"]},
    ]
    ids = msgraph.add(groups=circle)["groups"]
    found = msgraph.values(f"/groups/{ids['A']}/transitiveMembers")
    assert {each["displayName"] for each in found} == {"B", "C", "Ann"}


def test_who_may_not_read_users_sees_only_their_ids(emulator: Client, group: str) -> None:
    limited = with_roles(emulator, "GroupMember.Read.All")
    path = f"/groups/{group}/transitiveMembers/microsoft.graph.user?$count=true"
    for each in limited.get(path, EVENTUAL)["value"]:
        assert each["id"]
        assert each["userPrincipalName"] is None
    allowed = with_roles(emulator, "GroupMember.Read.All", "User.Read.All")
    assert all(each["userPrincipalName"] for each in allowed.get(path, EVENTUAL)["value"])


def test_licences_are_counted_and_taken_away(msgraph: GraphClient) -> None:
    from spotpc.emulator.graph import people

    ids = msgraph.add(users=[ANN, BEN], skus=[{"partNumber": SKU, "enabled": 1}])["users"]
    world = msgraph.client.emulator.world
    assert people.take_cloud_pc_licence(world, msgraph.tenant, ids[ANN])
    assert people.take_cloud_pc_licence(world, msgraph.tenant, ids[ANN])
    assert people.take_cloud_pc_licence(world, msgraph.tenant, ids[BEN]) is None
    (sku,) = msgraph.values("/subscribedSkus")
    assert (sku["skuPartNumber"], sku["consumedUnits"]) == (SKU, 1)
    assert sku["prepaidUnits"]["enabled"] == 1
    (chosen,) = msgraph.get(f"/users/{ANN}?$select=assignedLicenses")["assignedLicenses"]
    assert chosen["skuId"] == sku["skuId"]
    body = {"tenant": msgraph.tenant, "licences": [ANN]}
    assert msgraph.client.control("DELETE", "directory", body).is_success
    assert msgraph.values("/subscribedSkus")[0]["consumedUnits"] == 0
    assert people.cloud_pc_licence(world, msgraph.tenant, ids[ANN]) is None


def test_deleted_users_are_in_no_group(msgraph: GraphClient, group: str) -> None:
    body = {"tenant": msgraph.tenant, "users": [ANN]}
    msgraph.client.control("DELETE", "directory", body)
    found = msgraph.values(f"/groups/{group}/transitiveMembers")
    assert {each["displayName"] for each in found} == {"Ben", "Sales"}


def test_the_state_tells_everything_but_passwords(
    make_emulator: Callable[..., Client],
) -> None:
    msgraph = graph(make_emulator())
    domain = {"name": "Corp.example", "username": "join", "password": "Secret-1"}
    msgraph.add(users=[ANN], domains=[domain])
    msgraph.client.emulator.stop()
    again = graph(make_emulator())
    (held,) = again.held("domains")
    assert held["inner"] == {"username": "join", "passwordSet": True}
    assert "Secret-1" not in again.client.control("GET", "state").text
    assert again.values("/users")[0]["userPrincipalName"] == ANN


def test_the_directory_needs_a_tenant(emulator: Client) -> None:
    assert emulator.control("POST", "directory", {"users": [ANN]}).status_code == 400


# -- mail ---------------------------------------------------------------------------------------


def send(msgraph: GraphClient, sender: str, *recipients: str, **message: Any) -> httpx.Response:
    body = {
        "message": {
            "subject": "New desktop",
            "body": {"contentType": "Text", "content": "Save your work."},
            "toRecipients": [{"emailAddress": {"address": each}} for each in recipients],
            **message,
        },
        "saveToSentItems": False,
    }
    return msgraph.ask("POST", f"/users/{sender}/sendMail", body)


def messages(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.control("GET", "messages").json()["messages"]
    return found


def test_mail_is_accepted_and_can_be_read(msgraph: GraphClient) -> None:
    ids = msgraph.add(mailboxes=["portal@harbor.example"])["mailboxes"]
    answer = send(msgraph, "portal@harbor.example", ANN, BEN)
    assert (answer.status_code, answer.content) == (202, b"")
    assert send(msgraph, next(iter(ids.values())), CAT).status_code == 202
    told = messages(msgraph.client)
    assert [each["user"] for each in told] == [ANN, BEN, CAT]
    first = told[0]
    assert (first["kind"], first["title"], first["body"], first["from"]) == (
        "mail",
        "New desktop",
        "Save your work.",
        "portal@harbor.example",
    )
    assert first["time"]


def test_mail_of_nobody_and_of_who_has_no_mailbox(msgraph: GraphClient) -> None:
    nobody = send(msgraph, "nobody@harbor.example", ANN)
    assert refusal(nobody) == (404, "ErrorInvalidUser")
    assert nobody.json()["error"]["message"] == (
        "The requested user 'nobody@harbor.example' is invalid."
    )
    msgraph.add(users=[BEN])
    assert refusal(send(msgraph, BEN, ANN)) == (404, "MailboxNotEnabledForRESTAPI")
    assert messages(msgraph.client) == []


def test_mail_needs_recipients_and_the_role(emulator: Client, msgraph: GraphClient) -> None:
    msgraph.add(mailboxes=[BEN])
    assert refusal(send(msgraph, BEN)) == (400, "ErrorInvalidRecipients")
    assert refusal(send(msgraph, BEN, "no address")) == (400, "ErrorInvalidRecipients")
    limited = with_roles(emulator, "User.Read.All")
    assert refusal(send(limited, BEN, ANN)) == (403, "ErrorAccessDenied")
    assert messages(emulator) == []
