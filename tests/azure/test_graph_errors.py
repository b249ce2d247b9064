"""What goes wrong between us and Graph, and that nothing waits, wanders or is taken for nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, connect, forget
from spotpc.azure.errors import AzureError, Decision, NotFound, RetryLater, Stopped
from spotpc.azure.graph import Graph
from spotpc.azure.types import Connection
from tests.emulator.client import TENANT, Client

from . import graph_scene, scene
from .graph_scene import CONNECTION, policy_spec
from .graph_wire import ENDPOINT, HOST, Asked, Wire, refused, values
from .replay import Answer, FixedToken

LIST = f"{ENDPOINT}/provisioningPolicies"


def raised(call: Any, *args: Any) -> AzureError:
    with pytest.raises(AzureError) as caught:
        call(*args)
    return caught.value


# --- answers that are no answer -------------------------------------------------------------


def test_throttling_is_not_waited_out(azure: Azure, emulator: Client) -> None:
    body = {"error": {"code": "TooManyRequests", "message": "Please retry again later."}}
    fault = {"path": "provisioningPolicies", "status": 429, "times": 5, "body": body}
    emulator.control("POST", "faults", {**fault, "headers": {"Retry-After": "20.128"}})
    error = raised(azure.graph.windows365.policies)
    assert isinstance(error, RetryLater)
    assert (error.code, error.asked) == ("graph-throttled", True)
    assert error.after == pytest.approx(20.128)
    left = emulator.control("GET", "faults").json()["faults"]
    assert left[0]["times"] == 4  # asked once: whoever waits asks again


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_graphs_own_trouble_is_for_later_and_asked_once(status: int) -> None:
    wire = Wire(refused(status, "", "", Retry_After="3"))
    error = raised(wire.graph().windows365.policies)
    assert isinstance(error, RetryLater)
    assert error.after == 3
    assert len(wire.asked) == 1


def test_a_page_of_a_gateway_is_for_later() -> None:
    page = Answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
    assert isinstance(raised(Wire(page).graph().windows365.policies), RetryLater)


def test_a_dropped_connection_is_for_later(azure: Azure, emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": "provisioningPolicies", "drop": True})
    error = raised(azure.graph.windows365.policies)
    assert isinstance(error, RetryLater)
    assert error.code == "network"
    assert azure.graph.windows365.policies() == ()


@pytest.mark.parametrize(
    "answer",
    [Answer(200, b"<html>Sign in</html>"), Answer(200, {}), Answer(200, {"value": None}), Answer()],
    ids=["html", "no list", "null", "empty"],
)
def test_what_is_no_list_is_never_an_empty_one(answer: Answer) -> None:
    """Who syncs deletes what is not listed."""
    assert raised(Wire(answer).graph().windows365.cloud_pcs).code == "unreadable-answer"


def test_pages_without_an_end_are_not_read_for_ever() -> None:
    wire = Wire(Answer(body={"value": [], "@odata.nextLink": f"{HOST}{LIST}?$skiptoken=1"}))
    assert raised(wire.graph().windows365.policies).code == "unreadable-answer"
    assert len(wire.asked) == 2


def test_a_page_of_a_proxy_is_no_yes() -> None:
    wire = Wire(Answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}))
    assert raised(wire.graph().windows365.assign_policy, "p", ["g"]).code == "unreadable-answer"


def test_an_empty_answer_is_no_object() -> None:
    assert raised(Wire(Answer()).graph().windows365.get_policy, "p").code == "unreadable-answer"
    made = Wire(Answer(201, {"displayName": "x"})).graph().windows365
    assert raised(made.create_policy, policy_spec()).code == "unreadable-answer"


def test_a_redirect_is_neither_followed_nor_taken_for_an_answer() -> None:
    wire = Wire(Answer(302, None, {"Location": f"{HOST}/elsewhere"}))
    assert isinstance(raised(wire.graph().windows365.delete_policy, "p"), RetryLater)
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    "link", ["https://evil.example/next", "http://graph.microsoft.com/n", f"{HOST}:444/n"]
)
def test_the_token_goes_to_no_other_host(link: str) -> None:
    wire = Wire(Answer(body={"value": [], "@odata.nextLink": link}))
    with pytest.raises(ValueError, match="another host"):
        wire.graph().windows365.policies()
    assert len(wire.asked) == 1


# --- who we are and what we may -------------------------------------------------------------


def test_a_missing_permission_is_named_and_one_granted_meanwhile_counts(
    connection: Connection, emulator: Client
) -> None:
    graph_scene.allow(emulator, "CloudPC.Read.All")
    windows365 = connect(connection).graph.windows365
    assert windows365.policies() == ()
    error = raised(windows365.create_policy, policy_spec())
    assert isinstance(error, Stopped)
    assert (error.code, error.decision) == ("graph-scope-missing", Decision.PAUSE)
    assert "CloudPC.ReadWrite.All" in error.sentence

    # The token in hand lives an hour; the next tick has a new one.
    graph_scene.allow(emulator, "CloudPC.ReadWrite.All")
    assert connect(connection).graph.windows365.create_policy(policy_spec())


def test_a_granted_permission_needs_no_new_token(connection: Connection, emulator: Client) -> None:
    """The negative control: what works keeps its client and its token."""
    before = connect(connection)
    assert before.graph.windows365.policies() == ()
    assert connect(connection) is before


@pytest.mark.parametrize(
    ("read", "scope"),
    [
        (lambda azure: azure.graph.directory.groups(), "GroupMember.Read.All"),
        (lambda azure: azure.graph.directory.skus(), "LicenseAssignment.Read.All"),
        (lambda azure: azure.graph.directory.devices_named(["x"]), "Device.Read.All"),
        (
            lambda azure: azure.graph.directory.managed_devices_named(["x"]),
            "DeviceManagementManagedDevices.Read",
        ),
        (lambda azure: azure.graph.directory.delete_device("x"), "Device.ReadWrite.All"),
        (lambda azure: azure.graph.directory.send_mail("a@x", "b@x", "", ""), "Mail.Send"),
        (lambda azure: azure.graph.windows365.cloud_pcs(), "CloudPC.Read"),
    ],
    ids=["groups", "licences", "devices", "Intune", "deleting", "mail", "Cloud PCs"],
)
def test_every_missing_permission_is_named(
    azure: Azure, emulator: Client, read: Any, scope: str
) -> None:
    graph_scene.allow(emulator, "Sites.Read.All")
    error = raised(read, azure)
    assert isinstance(error, Stopped)
    assert error.decision == Decision.PAUSE
    assert scope in f"{error.sentence} {error.remedy}"


def test_an_expired_secret_needs_an_admin(azure: Azure, emulator: Client) -> None:
    emulator.control("POST", "apps", {"clientId": "app", "secret": "secret", "expired": True})
    error = raised(azure.graph.windows365.policies)
    assert isinstance(error, Stopped)
    assert error.code == "secret-expired"


def test_a_refused_token_is_given_up() -> None:
    wire = Wire(refused(401, "InvalidAuthenticationToken", "Access token validation failure."))
    error = raised(wire.graph().windows365.policies)
    assert isinstance(error, RetryLater)
    assert (error.code, wire.forgotten) == ("token-refused", 1)


def test_a_stranger_in_the_middle_is_not_trusted(connection: Connection) -> None:
    untrusting = replace(connection, cloud=replace(connection.cloud, ca_file=None))
    error = raised(connect(untrusting).graph.windows365.policies)
    assert error.code == "tls-untrusted"
    forget(untrusting)
    # Entra's certificate was the stranger's there; here it is Graph's.
    error = raised(Graph(untrusting.cloud, FixedToken()).windows365.policies)
    assert error.code == "tls-untrusted"


def test_each_request_says_who_asks() -> None:
    """Windows 365 answers 403 to a request without it."""
    wire = Wire(values())
    wire.graph().windows365.cloud_pcs()
    assert len(wire.asked) == 2
    assert all(asked.headers["User-Agent"].startswith("spotpc") for asked in wire.asked)


# --- what Windows 365 refuses ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "a<b", "x" * 200])
def test_a_refused_name_is_told_in_graphs_words(azure: Azure, name: str) -> None:
    error = raised(azure.graph.windows365.create_policy, policy_spec(name=name))
    assert isinstance(error, Stopped)
    assert error.code == "w365-refused"
    assert "displayName" in error.sentence
    assert ".." not in error.sentence


def test_the_inner_reason_of_a_refusal_is_told() -> None:
    """Literal: terraform-provider-microsoft365wp issue 27."""
    body = {
        "error": {
            "code": "badRequest",
            "message": "The request can't be processed because it's malformed or incorrect.",
            "innerError": {
                "code": "InvalidProperties",
                "message": "Target Geography is invalid.",
                "date": "2026-05-13T15:21:05",
                "request-id": "1bbfa017-87cb-410c-8f69-002fc5dcef94",
                "client-request-id": "1bbfa017-87cb-410c-8f69-002fc5dcef94",
            },
        }
    }
    error = raised(Wire(Answer(400, body)).graph().windows365.create_policy, policy_spec())
    assert (error.code, error.azure_code) == ("w365-refused", "InvalidProperties")
    assert "Target Geography is invalid" in error.sentence


def test_refusals_of_the_emulator_have_their_meaning(azure: Azure, emulator: Client) -> None:
    windows365 = azure.graph.windows365
    scene.network(emulator)
    graph_scene.stand_still(emulator)
    connection = windows365.create_connection(CONNECTION)
    under_check = raised(windows365.delete_connection, connection)
    assert (under_check.code, under_check.decision) == ("w365-connection-busy", Decision.WAIT)

    policy = graph_scene.policy(azure)
    windows365.assign_policy(policy, [graph_scene.staff(emulator)])
    assert raised(windows365.delete_policy, policy).code == "w365-policy-assigned"

    source = scene.VM_ID.replace("virtualMachines", "images")
    windows365.create_device_image("Office", "1.0.0", source)
    twice = raised(windows365.create_device_image, "Office", "1.0.0", source)
    assert (twice.code, twice.decision) == ("w365-name-taken", Decision.FAIL)
    assert "Office 1.0.0" in twice.sentence
    odd = raised(windows365.create_device_image, "Office", "one", source)
    assert (odd.code, "version" in odd.sentence) == ("w365-refused", True)
    for number in range(1, 20):
        windows365.create_device_image("Office", f"1.0.{number}", source)
    full = raised(windows365.create_device_image, "Office", "2.0.0", source)
    assert full.code == "w365-image-limit"


def test_a_second_reprovision_waits_for_the_first(azure: Azure, emulator: Client) -> None:
    graph_scene.staff(emulator)
    graph_scene.policy(azure)
    body = {"tenant": TENANT, "policy": "Staff", "user": graph_scene.ANN}
    made = emulator.control("POST", "cloud-pcs", body).json()
    graph_scene.stand_still(emulator)
    azure.graph.windows365.reprovision(made["id"])
    busy = raised(azure.graph.windows365.reprovision, made["id"])
    assert (busy.code, busy.decision) == ("cloudpc-busy", Decision.WAIT)


def test_a_conflict_nobody_has_words_for_is_looked_at_again() -> None:
    wire = Wire(refused(409, "Conflict", "Something entirely new."))
    error = raised(wire.graph().windows365.create_policy, policy_spec())
    assert (error.code, error.decision) == ("graph-changed", Decision.RECONCILE)


def test_a_404_of_a_path_is_not_a_missing_object_of_a_list() -> None:
    wire = Wire(refused(404, "itemNotFound", "Not there."))
    assert isinstance(raised(wire.graph().windows365.assign_policy, "p", ["g"]), NotFound)


# --- loops and threads ----------------------------------------------------------------------


def test_it_works_where_a_loop_runs_already() -> None:
    wire = Wire(values())

    async def inside() -> object:
        return wire.graph().directory.skus()

    assert asyncio.run(inside()) == ()


def test_one_client_serves_many_calls_and_threads(azure: Azure, emulator: Client) -> None:
    """A client of the SDK that outlived its loop would fail in every other call."""
    graph_scene.staff(emulator)
    found: list[int] = []

    def ask() -> None:
        found.extend(len(azure.graph.directory.groups()) for _ in range(3))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert found == [1] * 12


MODULES = """
import sys, httpx
from spotpc.azure import clouds
from spotpc.azure.graph import Graph
from tests.azure.replay import FixedToken
def loaded():
    return len([name for name in sys.modules if name.startswith("msgraph.generated.models")])
answer = {"value": [], "id": "x"}
wire = httpx.MockTransport(lambda asked: httpx.Response(200, json=answer))
graph = Graph(clouds.PUBLIC, FixedToken(), transport=wire)
before = [name for name in sys.modules if name.startswith(("msgraph", "kiota"))]
graph.windows365.policies(), graph.windows365.cloud_pcs(), graph.directory.groups()
print(before, loaded())
"""


def test_the_sdk_is_loaded_by_the_first_call_and_then_only_in_part() -> None:
    """Reading a model would load more than a thousand modules, for seconds and 35 MB."""
    run = [sys.executable, "-W", "ignore", "-c", MODULES]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    assert said[0] == "[]"
    assert 0 < int(said[1]) < 100


def test_a_private_cloud_signs_in_for_itself(connection: Connection) -> None:
    assert clouds.graph_scope(connection.cloud) == f"{connection.cloud.graph}/.default"


def test_every_request_of_one_call_goes_over_one_client() -> None:
    def answer(asked: Asked) -> Answer:
        page = int(asked.query.get("page", "0"))
        link = {"@odata.nextLink": f"{HOST}{LIST}?page={page + 1}"} if page < 3 else {}
        return Answer(body={"value": [{"id": str(page)}], **link})

    wire = Wire(answer)
    assert [policy.id for policy in wire.graph().windows365.policies()] == ["0", "1", "2", "3"]
    assert {asked.headers["Prefer"] for asked in wire.asked} == {"include-unknown-enum-members"}
