"""One credential, one set of clients, no waiting, and nothing handed to strangers."""

from __future__ import annotations

import dataclasses
import os
import threading
import time

import pytest

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, connect, credential_for, forget
from spotpc.azure.errors import RetryLater, Stopped
from spotpc.azure.types import Connection, Credential, Provisioning
from tests.emulator.client import SUBSCRIPTION, TENANT, Client

from .replay import Answer, Sent, page, wired

OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000002"


def test_the_same_connection_is_the_same_facade(connection: Connection) -> None:
    assert connect(connection) is connect(dataclasses.replace(connection))


def test_subscriptions_of_one_tenant_share_a_credential(connection: Connection) -> None:
    other = dataclasses.replace(connection, subscription_id=OTHER_SUBSCRIPTION)
    assert connect(other) is not connect(connection)
    assert credential_for(other.cloud, other.credential) is credential_for(
        connection.cloud, connection.credential
    )
    forget(other)


def test_threads_get_the_same_facade(connection: Connection) -> None:
    found: list[Azure] = []
    threads = [threading.Thread(target=lambda: found.append(connect(connection))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one is found[0] for one in found)


def test_another_process_gets_its_own(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = connect(connection)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert connect(connection) is not ours
    forget(connection)


def test_forgetting_takes_credential_and_facade(connection: Connection) -> None:
    before = connect(connection)
    token = credential_for(connection.cloud, connection.credential)
    forget(connection)
    assert connect(connection) is not before
    assert credential_for(connection.cloud, connection.credential) is not token


def test_one_token_serves_many_calls(azure: Azure, emulator: Client) -> None:
    azure.network.list_nics("rg-one")
    azure.compute.list_disks("rg-one")
    azure.network.list_nics("rg-one")
    requests = emulator.control("GET", "requests").json()["requests"]
    tokens = [one for one in requests if one["path"].endswith("/oauth2/v2.0/token")]
    assert len(tokens) <= 2  # that of the fixture and ours


def test_secrets_do_not_show(connection: Connection) -> None:
    assert "secret" not in repr(connection.credential).replace("client_secret", "")


def test_a_credential_without_a_secret_is_refused() -> None:
    bare = Connection(clouds.PUBLIC, Credential(TENANT, "app"), SUBSCRIPTION)
    with pytest.raises(ValueError, match="needs a secret"):
        connect(bare)


@pytest.mark.parametrize(("name", "host"), [("usgov", "usgovcloudapi"), ("china", "chinacloudapi")])
def test_every_cloud_has_its_own_token_scope(name: str, host: str) -> None:
    cloud = clouds.BY_NAME[name]
    assert clouds.arm_scope(cloud) == f"{cloud.resource_manager}/.default"
    assert host in clouds.arm_scope(cloud)


def test_throttling_is_told_and_not_slept(azure: Azure, emulator: Client) -> None:
    azure.network.list_nics("rg-one")
    emulator.control(
        "POST",
        "faults",
        {
            "path": "networkInterfaces",
            "status": 429,
            "times": 5,
            "headers": {"Retry-After": "7"},
            "body": {"error": {"code": "TooManyRequests", "message": "Slow down."}},
        },
    )
    begun = time.monotonic()
    with pytest.raises(RetryLater) as caught:
        azure.network.list_nics("rg-one")
    assert caught.value.after == 7
    assert time.monotonic() - begun < 5
    left = emulator.control("GET", "faults").json()["faults"]
    assert left[0]["times"] == 4  # asked once, not again and again


@pytest.mark.parametrize("status", [409, 500, 503])
def test_no_answer_is_retried_by_the_sdk(status: int) -> None:
    azure, wire = wired(Answer(status, {"error": {"code": "X"}}, {"Retry-After": "3"}))
    with pytest.raises(RetryLater):
        azure.compute.start("rg", "vm")
    assert len(wire.sent) == 1


def test_a_dropped_connection_is_for_later(azure: Azure, emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": "networkInterfaces", "drop": True})
    with pytest.raises(RetryLater):
        azure.network.list_nics("rg-one")
    assert azure.network.list_nics("rg-one") == ()


def test_an_expired_secret_needs_an_admin(azure: Azure, emulator: Client) -> None:
    emulator.control("POST", "apps", {"clientId": "app", "secret": "secret", "expired": True})
    with pytest.raises(Stopped) as caught:
        azure.network.list_nics("rg-one")
    assert "AADSTS7000222" in caught.value.azure_code + caught.value.azure_message


def test_a_stranger_in_the_middle_is_not_trusted(connection: Connection) -> None:
    cloud = dataclasses.replace(connection.cloud, ca_file=None)
    untrusting = dataclasses.replace(connection, cloud=cloud)
    with pytest.raises(Stopped):
        connect(untrusting).network.list_nics("rg-one")
    forget(untrusting)


def test_no_provider_is_registered_unasked() -> None:
    """The SDK would, and sleep ten seconds at a time until it is done."""
    body = {
        "error": {
            "code": "MissingSubscriptionRegistration",
            "message": "The subscription is not registered to use namespace 'Microsoft.Compute'.",
        }
    }
    azure, wire = wired(Answer(409, body))
    with pytest.raises((Stopped, RetryLater)):
        azure.compute.list_disks("rg")
    assert [one.method for one in wire.sent] == ["GET"]


@pytest.mark.parametrize("link", ["https://evil.example/next", "http://management.azure.com/n"])
def test_the_token_goes_to_no_other_host(link: str) -> None:
    azure, wire = wired(Answer(body={"value": [], "nextLink": link}))
    with pytest.raises(ValueError, match="another host"):
        azure.compute.list_disks("rg")
    assert len(wire.sent) == 1


def test_an_operation_of_another_host_is_not_asked() -> None:
    azure, wire = wired(Answer())
    with pytest.raises(ValueError, match="another host"):
        azure.operations.get("https://evil.example/operations/1")
    assert not wire.sent


def test_every_page_is_read() -> None:
    def answer(sent: Sent) -> Answer:
        if "page=2" in sent.url:
            return page({"name": "b", "id": "/b", "location": "w"})
        first = {"name": "a", "id": "/a", "location": "w"}
        return Answer(body={"value": [first], "nextLink": "https://management.azure.com/x?page=2"})

    azure, _ = wired(answer)
    assert [disk.name for disk in azure.compute.list_disks("rg")] == ["a", "b"]


def test_a_failed_operation_says_why() -> None:
    body = {"status": "Failed", "error": {"code": "SkuNotAvailable", "message": "No room."}}
    azure, _ = wired(Answer(body=body))
    operation = azure.operations.get("https://management.azure.com/operations/1")
    assert operation is not None
    assert operation.state is Provisioning.FAILED
    assert operation.failure is not None
    assert operation.failure.code == "SkuNotAvailable"


def test_a_forgotten_operation_is_none() -> None:
    azure, _ = wired(Answer(404, {"error": {"code": "NotFound", "message": "Gone."}}))
    assert azure.operations.get("https://management.azure.com/operations/1") is None


def test_an_operation_without_an_answer_yet_runs() -> None:
    azure, _ = wired(Answer(202))
    operation = azure.operations.get("https://management.azure.com/operations/1")
    assert operation is not None
    assert operation.state is Provisioning.RUNNING
