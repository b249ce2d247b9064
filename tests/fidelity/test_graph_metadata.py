"""Whatever the emulator says as Graph v1.0, against Microsoft's published v1.0 metadata.

The metadata is not part of this project: `AZURE_REFERENCE` names the folder that holds it.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spotpc.emulator.graph.routing import ROUTES
from spotpc.emulator.server import Emulator
from tests.emulator.client import open_client

from .graph_judge import complaints
from .graph_metadata import Metadata, NotInMetadata, load
from .graph_tour import CLOUD_PCS, CONNECTIONS, IMAGES, PASSWORD, POLICIES, Said, Tour
from .traffic import Exchange

FILE = Path(os.environ.get("AZURE_REFERENCE", ""), "schemas", "msgraph-v1.0-cleanMetadata.xml")
pytestmark = pytest.mark.skipif(
    "AZURE_REFERENCE" not in os.environ,
    reason="AZURE_REFERENCE does not name the folder of Graph's metadata",
)


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    return load(FILE)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Said]]:
    home = tmp_path_factory.mktemp("graph")
    emulator = Emulator(home, speed=20_000).start()
    client = open_client(emulator, home)
    yield Tour(client).take()
    client.http.close()
    emulator.stop()


def judged(metadata: Metadata, one: Said) -> list[str]:
    kind = metadata.answered(one.method, one.path)
    if one.method in ("PATCH", "DELETE") and one.body is None:
        return []  # 204: an update or a delete may answer nothing
    wrong = complaints(metadata, kind, one.body, all_members=one.whole)
    return [f"{one.method} {one.path} {line}" for line in wrong]


def test_everything_said_is_in_the_metadata(metadata: Metadata, said: list[Said]) -> None:
    assert [line for one in said for line in judged(metadata, one)] == []


def test_the_password_of_a_domain_is_told_nobody(said: list[Said]) -> None:
    """The metadata has a property for it: a request's."""
    assert [one for one in said if PASSWORD in str(one.body)] == []


def test_the_tour_saw_every_list_with_something_in_it(said: list[Said]) -> None:
    lists = [one for one in said if "value" in (one.body or {})]
    assert {one.path.lower() for one in lists} >= {
        "/" + "/".join(route.template).lower()
        for route in ROUTES
        if route.method == "GET" and "v1.0" in route.versions and "{" not in "".join(route.template)
    }
    assert {one.path for one in lists if not one.empty} == {one.path for one in lists}


@pytest.mark.parametrize("path", [CLOUD_PCS, CONNECTIONS, IMAGES, POLICIES, "/devices"])
def test_the_tour_saw_single_objects_too(said: list[Said], path: str) -> None:
    assert any(one.path.startswith(f"{path}/") and one.body for one in said)


def test_every_path_of_v1_is_in_the_metadata(metadata: Metadata) -> None:
    for route in ROUTES:
        if "v1.0" in route.versions:
            metadata.answered(route.method, "/".join(route.template))


@pytest.mark.parametrize(
    "path", ["deviceManagement/virtualEndpoint/provisioningPolicies/x/apply", "groups/x/nothing"]
)
def test_what_v1_has_not_is_not_found(metadata: Metadata, path: str) -> None:
    with pytest.raises(NotInMetadata):
        metadata.answered("POST", path)


# -- negative controls: each spoils a recorded answer in one way --------------------------------

Spoil = Callable[[dict[str, Any]], Any]


def _check(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["value"][0]["healthCheckStatusDetail"]["healthChecks"][0]
    return found


@pytest.mark.parametrize(
    ("path", "spoil", "complaint"),
    [
        (CLOUD_PCS, lambda x: x["value"][0].update(status="provisioned"), "/0/status: no property"),
        (CLOUD_PCS, lambda x: x["value"][0].update(displayName=7), "/0/displayName: 7 is not"),
        (
            CLOUD_PCS,
            lambda x: x["value"][0].update(provisioningType="x"),
            "not a member of cloudPcP",
        ),
        (CLOUD_PCS, lambda x: x["value"][0].update(lastModifiedDateTime="now"), "'now' is not"),
        (CLOUD_PCS, lambda x: x.update(count=1), "/count: beside the list"),
        (CONNECTIONS, lambda x: _check(x).update(errorType="x"), "not a member of cloudPcOn"),
        (CONNECTIONS, lambda x: _check(x).update(extra=None), "/extra: no property of"),
        (IMAGES, lambda x: x["value"][0].update(version=["1"]), "is not Edm.String"),
        (POLICIES, lambda x: x["value"][0].update(localAdminEnabled="no"), "is not Edm.Boolean"),
        ("/subscribedSkus", lambda x: x["value"][0].update(skuId="no"), "is not Edm.Guid"),
        ("/subscribedSkus", lambda x: x["value"][0].update(consumedUnits=True), "is not Edm.Int32"),
        ("/devices", lambda x: x["value"][0].update(physicalIds=None), "null is not allowed"),
        (
            "/devices",
            lambda x: x["value"].append({"@odata.type": "#microsoft.graph.site"}),
            "is no",
        ),
        ("/users", lambda x: x["value"][0].update(businessPhones="1"), "is not a list"),
    ],
)
def test_a_spoiled_answer_is_caught(
    metadata: Metadata, said: list[Said], path: str, spoil: Spoil, complaint: str
) -> None:
    whole = [x for x in said if x.path == path and x.method == "GET" and not x.empty]
    body = copy.deepcopy(whole[-1].body)
    kind = metadata.answered("GET", path)
    assert complaints(metadata, kind, body, all_members=True) == []
    spoil(body)
    (wrong,) = complaints(metadata, kind, body, all_members=True)
    assert complaint in wrong


def test_later_members_of_an_enumeration_are_for_who_asks(
    metadata: Metadata, said: list[Said]
) -> None:
    (body,) = [one.body for one in said if one.path == IMAGES and one.whole]
    codes = {each["errorCode"] for each in body["value"]}
    assert codes == {None, "sourceImageNotFound", "vmAlreadyAzureAdjoined"}
    (wrong,) = complaints(metadata, "Collection(cloudPcDeviceImage)", body)
    assert "vmAlreadyAzureAdjoined" in wrong


# -- what the product itself says and hears -----------------------------------------------------


@pytest.mark.django_db  # for the run that is recorded
def test_the_product_speaks_v1_as_published(
    metadata: Metadata, graph_exchanges: list[Exchange]
) -> None:
    v1 = [one for one in graph_exchanges if one.graph == "v1.0"]
    assert v1
    assert [line for one in v1 for line in spoken(metadata, one)] == []


def spoken(metadata: Metadata, one: Exchange) -> list[str]:
    """What is wrong with a request of the product's and, where it went well, with its answer."""
    path = one.path.removeprefix("/v1.0")
    wrong = complaints(metadata, metadata.asked(path), one.sent) if one.sent is not None else []
    if one.well and one.answered is not None:
        kind = metadata.answered(one.method, path)
        wrong += complaints(metadata, kind, one.answered, all_members=True)
    return [f"{one.method} {one.path} {line}" for line in wrong]


def test_a_spoiled_request_is_caught(metadata: Metadata) -> None:
    good = Exchange("POST", "/v1.0/users/x/sendMail", {}, {"Message": {"subject": "s"}}, 202, None)
    assert spoken(metadata, good) == []
    spoiled: list[Any] = [{"Message": {"title": "s"}}, {"Post": {}}, {"SaveToSentItems": "no"}]
    for sent in spoiled:
        assert spoken(metadata, replace(good, sent=sent))
    policy = {"displayName": "p", "status": "x"}
    assert spoken(metadata, Exchange("POST", f"/v1.0{POLICIES}", {}, policy, 201, None))
