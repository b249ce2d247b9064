"""Microsoft Graph's manners: tokens, roles, refusals, queries, pages, faults, the journal."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from spotpc.emulator.graph.odata import one
from spotpc.emulator.graph.routing import GraphCall

from .client import Client
from .graph_client import GraphClient, graph, refusal, token, with_roles

OTHER_TENANT = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def msgraph(emulator: Client) -> GraphClient:
    return graph(emulator)


def message(answer: object) -> str:
    return str(answer.json()["error"]["message"])  # type: ignore[attr-defined]


# -- who may ask --------------------------------------------------------------------------------


def test_without_a_token_graph_answers_in_its_own_words(msgraph: GraphClient) -> None:
    answer = msgraph.client.http.get("/v1.0/groups", headers={"client-request-id": "mine"})
    assert refusal(answer) == (401, "InvalidAuthenticationToken")
    assert message(answer) == "Access token is empty."
    assert answer.json()["error"]["innerError"]["client-request-id"] == "mine"
    assert answer.headers["client-request-id"] == "mine"
    assert answer.headers["request-id"] == answer.json()["error"]["innerError"]["request-id"]


def test_a_token_for_another_audience_or_of_another_signer_is_refused(emulator: Client) -> None:
    arm = GraphClient(emulator, emulator.token)
    assert "Invalid audience" in message(arm.ask("GET", "/groups"))
    forged = GraphClient(emulator, graph(emulator).token + "x")
    assert refusal(forged.ask("GET", "/groups")) == (401, "InvalidAuthenticationToken")


def test_a_token_whose_audience_is_the_emulator_is_good(emulator: Client) -> None:
    own = token(emulator, client_id="app", scope=f"{emulator.url}/.default")
    assert GraphClient(emulator, own).get("/groups")["value"] == []


def test_roles_are_those_of_the_registration(emulator: Client) -> None:
    limited = with_roles(emulator, "GroupMember.Read.All")
    assert limited.ask("GET", "/groups").status_code == 200
    denied = limited.ask("GET", "/devices")
    assert refusal(denied) == (403, "Authorization_RequestDenied")
    intune = limited.ask("GET", "/deviceManagement/managedDevices")
    assert refusal(intune) == (403, "Forbidden")
    told = json.loads(message(intune))
    assert "one of the following scopes: DeviceManagementManagedDevices" in told["Message"]


def test_consent_needs_a_new_token(emulator: Client) -> None:
    limited = with_roles(emulator)
    wider = with_roles(emulator, "Device.Read.All")
    assert limited.ask("GET", "/devices").status_code == 403
    assert wider.ask("GET", "/devices").status_code == 200


def test_tenants_do_not_see_each_other(emulator: Client) -> None:
    one, other = graph(emulator), graph(emulator, tenant=OTHER_TENANT)
    (group,) = one.add(groups=[{"name": "Ours"}])["groups"].values()
    assert [each["displayName"] for each in one.values("/groups")] == ["Ours"]
    assert other.values("/groups") == []
    assert refusal(other.ask("GET", f"/groups/{group}")) == (404, "Request_ResourceNotFound")


# -- paths --------------------------------------------------------------------------------------


def test_paths_are_compared_without_case_and_keys_may_be_in_brackets(msgraph: GraphClient) -> None:
    (group,) = msgraph.add(groups=[{"name": "Staff"}])["groups"].values()
    for path in (f"/GROUPS/{group.upper()}", f"/groups('{group}')"):
        assert msgraph.get(path)["displayName"] == "Staff"
    assert msgraph.ask("GET", "/groups", version="beta").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "refused", "text"),
    [
        ("GET", "/nowhere", (400, "BadRequest"), "Resource not found for the segment 'nowhere'."),
        ("GET", "/groups/x/y", (400, "BadRequest"), "Resource not found for the segment 'y'."),
        ("PUT", "/groups", (405, "Request_BadRequest"), "Specified HTTP method is not allowed"),
        ("GET", "/groups/x", (404, "Request_ResourceNotFound"), "Resource 'x' does not exist"),
        ("GET", "/deviceManagement/managedDevices/x", (404, "ResourceNotFound"), "'x'"),
    ],
)
def test_what_is_not_there(
    msgraph: GraphClient, method: str, path: str, refused: tuple[int, str], text: str
) -> None:
    answer = msgraph.ask(method, path)
    assert refusal(answer) == refused
    assert text in message(answer)


def test_what_only_beta_has_is_not_found_on_v1(msgraph: GraphClient) -> None:
    path = "/deviceManagement/virtualEndpoint/provisioningPolicies/x/apply"
    refused = refusal(msgraph.ask("POST", path, {}))
    assert refused == (404, "No method match route template")
    assert refusal(msgraph.ask("POST", path, {}, version="beta")) == (404, "itemNotFound")


def test_windows_365_wants_to_know_the_user_agent(msgraph: GraphClient) -> None:
    path = "/deviceManagement/virtualEndpoint/cloudPCs"
    silent = msgraph.ask("GET", path, headers={"User-Agent": ""})
    assert refusal(silent) == (403, "Forbidden")
    assert msgraph.ask("GET", path).status_code == 200
    assert msgraph.ask("GET", "/groups", headers={"User-Agent": ""}).status_code == 200


def test_a_body_that_is_not_json_is_refused(msgraph: GraphClient) -> None:
    headers = {"Authorization": f"Bearer {msgraph.token}"}
    path = "/v1.0/users/a@b.example/sendMail"
    answer = msgraph.client.http.post(path, content=b"{not", headers=headers)
    assert refusal(answer) == (400, "BadRequest")
    assert "Unable to read JSON request payload" in message(answer)


# -- queries ------------------------------------------------------------------------------------


@pytest.fixture
def named(msgraph: GraphClient) -> Callable[[str], list[str]]:
    """The names of the groups a query finds, among Alpha, Beta, and O'Hara."""
    msgraph.add(groups=[{"name": name} for name in ("Beta", "Alpha", "O'Hara")])

    def found(query: str) -> list[str]:
        return [each["displayName"] for each in msgraph.values(f"/groups?{query}")]

    return found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("$filter=displayName eq 'alpha'", {"Alpha"}),
        ("$filter=displayName in ('Alpha','Beta')", {"Alpha", "Beta"}),
        ("$filter=displayName eq 'O''Hara'", {"O'Hara"}),
        ("$filter=startswith(displayName,'b')", {"Beta"}),
        ("$filter=securityEnabled eq true and not (displayName eq 'Beta')", {"Alpha", "O'Hara"}),
        ("$filter=displayName eq 'Beta' or (mailEnabled eq true)", {"Beta"}),
        ("$filter=displayName eq 'Beta' and securityEnabled eq true", {"Beta"}),
        ("$filter=description ne null", set()),
        ("filter=displayName eq 'Beta'", {"Beta"}),
    ],
)
def test_filters(named: Callable[[str], list[str]], query: str, names: set[str]) -> None:
    assert set(named(query)) == names


@pytest.mark.parametrize(
    "wrong",
    [
        "displayName",
        "displayName eq",
        "displayName eq 'Beta",
        "displayName has 'x'",
        "noSuchThing eq 1",
        "(displayName eq 'Beta'",
        "displayName eq 'Beta' displayName",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(
    msgraph: GraphClient, named: Callable[[str], list[str]], wrong: str
) -> None:
    answer = msgraph.ask("GET", f"/groups?$filter={wrong}")
    assert refusal(answer) == (400, "BadRequest")
    assert message(answer) == "Invalid filter clause"


def test_a_filter_must_be_readable_even_where_there_is_nothing(msgraph: GraphClient) -> None:
    assert refusal(msgraph.ask("GET", "/groups?$filter=displayName eq")) == (400, "BadRequest")


def test_more_than_fifteen_clauses_are_too_many(msgraph: GraphClient) -> None:
    def asked(count: int) -> str:
        names = ",".join(f"'host, {at}'" for at in range(count))
        return f"/devices?$filter=displayName in ({names})"

    assert msgraph.values(asked(15)) == []
    answer = msgraph.ask("GET", asked(16))
    assert refusal(answer) == (400, "Request_UnsupportedQuery")
    assert "operators: 16. Max allowed: 15." in message(answer)
    many = " or ".join(f"displayName eq 'host or {at}'" for at in range(16))
    assert msgraph.ask("GET", f"/devices?$filter={many}").status_code == 400


def test_select_shows_just_these_and_refuses_strangers(
    msgraph: GraphClient, named: Callable[[str], list[str]]
) -> None:
    page = msgraph.get("/groups?$select=id,displayName")
    assert all(set(each) == {"id", "displayName"} for each in page["value"])
    assert page["@odata.context"].endswith("/v1.0/$metadata#groups(id,displayName)")
    answer = msgraph.ask("GET", "/groups?$select=status")
    assert refusal(answer) == (400, "BadRequest")
    assert "'status' on type 'microsoft.graph.group'" in message(answer)


def test_what_is_expanded_is_there_whatever_is_selected(msgraph: GraphClient) -> None:
    query = {"$select": "id", "$expand": "members($select=id),owners"}
    call = GraphCall(
        msgraph.client.emulator.world, "GET", "v1.0", "https://x", "/groups/g", {}, query, {}
    )
    value = {"id": "g", "displayName": "G", "members": [], "owners": []}
    body = one(call, value, "group").body
    assert isinstance(body, dict)
    assert set(body) == {"@odata.context", "id", "members", "owners"}


def test_some_properties_are_only_there_when_selected(msgraph: GraphClient) -> None:
    msgraph.add(users=["ann@harbor.example"])
    assert "assignedLicenses" not in msgraph.get("/users/ann@harbor.example")
    chosen = msgraph.get("/users/ann@harbor.example?$select=assignedLicenses")
    assert chosen["assignedLicenses"] == []


@pytest.mark.parametrize(("order", "reverse"), [("", False), (" desc", True)])
def test_pages_hold_everything_once_in_order(
    make_emulator: Callable[..., Client], order: str, reverse: bool
) -> None:
    msgraph = graph(make_emulator(page_size=2))
    names = [f"Group {at}" for at in range(5)]
    msgraph.add(groups=[{"name": name} for name in reversed(names)])
    found = msgraph.values(f"/groups?$orderby=displayName{order}")
    assert [each["displayName"] for each in found] == sorted(names, reverse=reverse)
    page = msgraph.get("/groups?$top=3&$count=true")
    assert (len(page["value"]), page["@odata.count"]) == (3, 5)
    assert len(msgraph.values("/groups?$top=3")) == 5


def test_a_removed_object_hides_no_other_between_two_pages(
    make_emulator: Callable[..., Client],
) -> None:
    msgraph = graph(make_emulator(page_size=2))
    msgraph.add(groups=[{"name": f"Group {at}"} for at in range(4)])
    first = msgraph.get("/groups?$orderby=displayName")
    msgraph.client.control("DELETE", "directory", {"tenant": msgraph.tenant, "groups": ["Group 1"]})
    rest = msgraph.values(first["@odata.nextLink"])
    assert [each["displayName"] for each in rest] == ["Group 2", "Group 3"]


@pytest.mark.parametrize("top", ["0", "1000", "many"])
def test_a_page_that_is_too_large_is_refused(msgraph: GraphClient, top: str) -> None:
    answer = msgraph.ask("GET", f"/groups?$top={top}")
    assert refusal(answer) == (400, "Request_UnsupportedQuery")


# -- faults and the journal ---------------------------------------------------------------------


def test_faults_strike_graph_and_the_journal_tells(msgraph: GraphClient) -> None:
    body = {"error": {"code": "TooManyRequests", "message": "Please retry again later."}}
    fault = {
        "method": "GET",
        "path": "^/v1.0/groups$",
        "status": 429,
        "headers": {"Retry-After": "2.128"},
        "body": body,
    }
    assert msgraph.client.control("POST", "faults", fault).is_success
    answer = msgraph.ask("GET", "/groups")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2.128")
    assert answer.headers["request-id"]
    assert msgraph.ask("GET", "/groups").status_code == 200
    assert msgraph.ask("GET", "/groups", version="beta").status_code == 200
    requests = msgraph.client.control("GET", "requests").json()["requests"]
    told = [(x["path"], x["apiVersion"], x["status"]) for x in requests if "groups" in x["path"]]
    assert told == [
        ("/v1.0/groups", "v1.0", 429),
        ("/v1.0/groups", "v1.0", 200),
        ("/beta/groups", "beta", 200),
    ]
