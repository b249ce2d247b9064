"""The wire and the kernel: tokens, versions, errors, groups, operations, journal, speed."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from spotpc.emulator import entra

from . import builders
from .client import GROUP, SUBSCRIPTION, TENANT, VERSIONS, Client, until


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_openid_configuration_names_this_server(emulator: Client) -> None:
    answer = emulator.http.get(f"/{TENANT}/v2.0/.well-known/openid-configuration").json()
    assert answer["token_endpoint"] == f"{emulator.url}/{TENANT}/oauth2/v2.0/token"
    assert answer["issuer"] == f"{emulator.url}/{TENANT}/v2.0"


def test_a_client_assertion_gets_a_token(emulator: Client) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "eyJ.a.b",
        "scope": "https://management.azure.com/.default",
    }
    assert emulator.http.post(f"/{TENANT}/oauth2/v2.0/token", data=form).status_code == 200


@pytest.mark.parametrize(
    ("expired", "secret", "wanted"),
    [(False, "wrong", 7000215), (True, "right", 7000222), (False, "", 7000218)],
)
def test_a_registered_apps_secret_is_checked(
    emulator: Client, expired: bool, secret: str, wanted: int
) -> None:
    app = {"clientId": "Portal", "secret": "right", "expired": expired}
    assert emulator.control("POST", "apps", app).is_success
    answer = emulator.login(secret, "portal")
    assert answer.status_code == 401
    assert answer.json()["error_codes"] == [wanted]
    assert answer.json()["error_description"].startswith(f"AADSTS{wanted}: ")


def test_a_registered_apps_right_secret_passes(emulator: Client) -> None:
    emulator.control("POST", "apps", {"clientId": "portal", "secret": "right"})
    assert emulator.login("right", "portal").status_code == 200


@pytest.mark.parametrize(
    ("authorization", "wanted"),
    [
        ("", "AuthenticationFailed"),
        ("Bearer a.b.c", "InvalidAuthenticationToken"),
        ("expired", "ExpiredAuthenticationToken"),
    ],
)
def test_arm_asks_for_a_token_of_ours(emulator: Client, authorization: str, wanted: str) -> None:
    if authorization == "expired":
        token = entra.issue(emulator.emulator.world, TENANT, "app", "x/.default", lifetime=-5)
        authorization = f"Bearer {token}"
    answer = emulator.http.get(
        f"{GROUP}?api-version=2024-03-01", headers={"Authorization": authorization}
    )
    assert code(answer) == (401, wanted)
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_a_tied_subscription_refuses_another_tenant(emulator: Client) -> None:
    tie = {"subscription": SUBSCRIPTION, "tenant": "22222222-2222-4222-8222-222222222222"}
    emulator.control("POST", "subscriptions", tie)
    assert code(emulator.arm("GET", GROUP)) == (401, "InvalidAuthenticationTokenTenant")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"{GROUP}/providers/Microsoft.Compute/disks", "MissingApiVersionParameter"),
        (
            f"{GROUP}/providers/Microsoft.Compute/disks?api-version=2001-01-01",
            "InvalidApiVersionParameter",
        ),
    ],
)
def test_an_api_version_must_be_there_and_known(emulator: Client, path: str, wanted: str) -> None:
    headers = {"Authorization": f"Bearer {emulator.token}"}
    assert code(emulator.http.get(path, headers=headers)) == (400, wanted)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/none", "ResourceGroupNotFound"),
        (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/none/providers/Microsoft.Compute/disks/d",
            "ResourceGroupNotFound",
        ),
        ("Microsoft.Compute/virtualMachines/none", "ResourceNotFound"),
        ("Microsoft.Compute/virtualMachines/none/extensions/x", "ParentResourceNotFound"),
        ("Microsoft.Compute/galleries/g/images/i/versions/1.0.0", "ParentResourceNotFound"),
        ("Microsoft.Compute/nonsense/x", "InvalidResourceType"),
    ],
)
def test_what_is_missing_is_named_as_azure_does(emulator: Client, path: str, wanted: str) -> None:
    assert code(emulator.arm("GET", path)) == (404, wanted)


def test_groups_ignore_case_and_keep_their_spelling(emulator: Client) -> None:
    answer = emulator.arm("GET", GROUP.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/"))
    assert answer.json()["id"] == GROUP
    assert emulator.arm("HEAD", GROUP).status_code == 204


def test_resources_of_a_group_are_listed_by_tag(emulator: Client) -> None:
    for name, tags in (("one", {"Job": "1"}), ("two", {"job": "2"}), ("three", {})):
        body = {"location": "westeurope", "tags": tags, "properties": {}}
        emulator.arm("PUT", f"Microsoft.Compute/disks/{name}", body)
    wanted = {"$filter": "tagName eq 'job' and tagValue eq '2'"}
    found = emulator.arm("GET", f"{GROUP}/resources", **wanted).json()["value"]
    assert [each["name"] for each in found] == ["two"]
    assert "properties" not in found[0]
    assert len(emulator.arm("GET", f"{GROUP}/resources").json()["value"]) == 3


def test_deleting_a_group_takes_everything_with_it(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(speed=200)
    client.group()
    builders.vnet(client)
    builders.nic(client, "nic")
    answer = client.arm("DELETE", GROUP)
    assert answer.status_code == 202
    refused = client.arm("PUT", "Microsoft.Compute/disks/d", {"location": "westeurope"})
    assert code(refused) == (409, "ResourceGroupBeingDeleted")
    location = answer.headers["Location"]
    until(lambda: client.arm("GET", location).status_code, lambda status: status == 200)
    assert client.state()["resources"] == []


def test_an_operation_has_azures_headers_and_bodies(
    make_emulator: Callable[..., Client],
) -> None:
    client = make_emulator(speed=5)
    client.group()
    path = "Microsoft.Compute/disks/d"
    answer = client.arm("PUT", path, {"location": "westeurope", "properties": {}})
    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["x-ms-request-id"]
    assert answer.headers["x-ms-correlation-request-id"]
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-writes"]) > 0
    url = answer.headers["Azure-AsyncOperation"]
    running = client.arm("GET", url)
    assert running.status_code == 200
    assert running.json()["status"] == "InProgress"
    assert "endTime" not in running.json()
    refused = client.arm("PUT", path, {"location": "westeurope", "properties": {}})
    assert code(refused) == (409, "Conflict")
    client.control("POST", "speed", {"speed": 5000})
    done = client.wait(answer)
    assert done["status"] == "Succeeded"
    assert done["endTime"] > done["startTime"]
    assert client.arm("GET", path).json()["properties"]["provisioningState"] == "Succeeded"


def test_a_post_has_a_result_url(emulator: Client) -> None:
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    answer = emulator.arm("POST", f"{machine}/deallocate")
    assert answer.status_code == 202
    emulator.wait(answer)
    assert emulator.arm("GET", answer.headers["Location"]).status_code == 200


def test_the_speed_rescales_what_is_still_to_come(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(speed=1)
    client.group()
    answer = client.arm("PUT", "Microsoft.Compute/disks/d", {"location": "westeurope"})
    begun = time.monotonic()
    client.control("POST", "speed", {"speed": 100})
    client.wait(answer)
    assert time.monotonic() - begun < 5  # ten seconds at the old speed
    assert client.state()["speed"] == 100


@pytest.mark.parametrize("speed", [0, -1, "fast", None, True])
def test_a_speed_must_be_a_positive_number(emulator: Client, speed: object) -> None:
    assert emulator.control("POST", "speed", {"speed": speed}).status_code == 400


def test_the_journal_shows_azure_and_not_the_control_plane(emulator: Client) -> None:
    before = emulator.control("GET", "requests").json()["requests"][-1]["seq"]
    emulator.arm("GET", "Microsoft.Compute/virtualMachines/none")
    emulator.state()
    (line,) = emulator.control("GET", "requests", since=str(before)).json()["requests"]
    assert line["method"] == "GET"
    assert line["status"] == 404
    assert line["path"].endswith("/virtualMachines/none")
    assert line["apiVersion"] == VERSIONS["microsoft.compute"]


def test_a_body_that_is_no_object_is_refused(emulator: Client) -> None:
    answer = emulator.http.put(
        f"{GROUP}?api-version=2024-03-01",
        content=b"[1,",
        headers={"Authorization": f"Bearer {emulator.token}"},
    )
    assert code(answer) == (400, "InvalidRequestContent")


@pytest.mark.parametrize("name", ["a b", "x" * 90, "sl%2Fash", "ä"])
def test_names_are_checked(emulator: Client, name: str) -> None:
    answer = emulator.arm("PUT", f"Microsoft.Compute/disks/{name}", {"location": "westeurope"})
    assert answer.status_code in (400, 404, 405)
    assert not [each for each in emulator.state()["resources"] if "disks" in each["type"]]
