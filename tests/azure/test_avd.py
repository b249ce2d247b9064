from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import AzureError, NotFound, RetryLater
from tests.emulator import avd_scene
from tests.emulator.client import Client

from .replay import Answer, Sent, page, wired

WHERE = ("rg-one", "pool")
TWO_HOURS = timedelta(hours=2)


@pytest.fixture
def hosts(emulator: Client) -> tuple[str, str]:
    """A pool with two hosts that are available."""
    token = avd_scene.make_pool(emulator)
    avd_scene.make_hosts(emulator, token, "host-a", "host-b")
    first, second = sorted(avd_scene.hosts_of(emulator))
    return first, second


def test_a_host_pool_is_read(azure: Azure, emulator: Client) -> None:
    assert azure.avd.get_host_pool(*WHERE) is None
    avd_scene.make_pool(emulator)
    found = azure.avd.get_host_pool(*WHERE)
    assert found is not None
    assert (found.name, found.resource_group, found.personal) == ("pool", "rg-one", False)
    assert (found.load_balancer, found.session_limit) == ("BreadthFirst", 2)


def test_hosts_are_listed_without_the_pool_in_their_name(
    azure: Azure, hosts: tuple[str, str]
) -> None:
    found = azure.avd.list_hosts(*WHERE)
    assert sorted(host.name for host in found) == list(hosts)
    for host in found:
        assert "/" not in host.name
        assert host.status == "Available"
        assert host.allow_new_session
        assert host.vm_id is not None
        assert host.last_heartbeat is not None
        assert abs(datetime.now(UTC) - host.last_heartbeat) < timedelta(days=30)


def test_hosts_of_a_missing_pool_are_not_simply_none(azure: Azure) -> None:
    with pytest.raises(AzureError):
        azure.avd.list_hosts(*WHERE)


def test_drain_mode_goes_on_and_off(azure: Azure, hosts: tuple[str, str]) -> None:
    azure.avd.set_drain(*WHERE, hosts[0], draining=True)
    open_hosts = [host.name for host in azure.avd.list_hosts(*WHERE) if host.allow_new_session]
    assert open_hosts == [hosts[1]]
    azure.avd.set_drain(*WHERE, hosts[0], draining=False)
    assert all(host.allow_new_session for host in azure.avd.list_hosts(*WHERE))


def test_a_user_is_warned_and_signed_out(
    azure: Azure, emulator: Client, hosts: tuple[str, str]
) -> None:
    avd_scene.logon(emulator, "kim@example.com")
    (session,) = azure.avd.list_sessions(*WHERE)
    assert session.user == "kim@example.com"
    assert session.state == "Active"
    assert session.host in hosts
    assert session.created_at is not None

    where = (*WHERE, session.host, session.session_id)
    azure.avd.send_message(*where, "Update", "You will be signed out in five minutes.")
    messages = emulator.control("GET", "messages").json()
    assert "five minutes" in str(messages)

    azure.avd.sign_out(*where)
    assert azure.avd.list_sessions(*WHERE) == ()
    azure.avd.sign_out(*where)  # who is gone is signed out
    with pytest.raises(NotFound):
        azure.avd.send_message(*where, "Update", "Hello?")


def test_a_host_with_a_session_stays_unless_forced(
    azure: Azure, emulator: Client, hosts: tuple[str, str]
) -> None:
    avd_scene.logon(emulator, "kim@example.com")
    (session,) = azure.avd.list_sessions(*WHERE)
    with pytest.raises(AzureError):
        azure.avd.delete_host(*WHERE, session.host, force=False)
    azure.avd.delete_host(*WHERE, session.host, force=True)
    assert session.host not in [host.name for host in azure.avd.list_hosts(*WHERE)]
    azure.avd.delete_host(*WHERE, session.host, force=True)


def test_a_good_token_is_used_again(azure: Azure, emulator: Client) -> None:
    token = avd_scene.make_pool(emulator)
    found = azure.avd.registration_token(*WHERE, TWO_HOURS)
    assert found.token == token
    assert found.expires_at > datetime.now(UTC)
    assert token not in repr(found)


def test_a_missing_token_is_made(azure: Azure, emulator: Client) -> None:
    avd_scene.make_pool(emulator)
    body = {"properties": {"registrationInfo": {"registrationTokenOperation": "Delete"}}}
    assert emulator.arm("PATCH", f"{avd_scene.POOLS}/pool", body).is_success

    found = azure.avd.registration_token(*WHERE, TWO_HOURS)
    assert found.token
    left = found.expires_at - datetime.now(UTC)
    assert timedelta(hours=1) < left <= TWO_HOURS + timedelta(minutes=1)


def test_a_token_that_ends_soon_is_replaced_and_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens = ["token-old", "token-new"]
    sent_patches: list[Sent] = []

    def answer(sent: Sent) -> Answer:
        if sent.method == "PATCH":
            sent_patches.append(sent)
            return Answer(body={"location": "w"})
        hours = 0.5 if not sent_patches else 2
        expires = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        return Answer(body={"token": tokens[len(sent_patches)], "expirationTime": expires})

    azure, _ = wired(answer)
    with caplog.at_level(logging.DEBUG):
        assert azure.avd.registration_token("rg", "pool", TWO_HOURS).token == "token-new"
    info = sent_patches[0].body["properties"]["registrationInfo"]
    assert info["registrationTokenOperation"] == "Update"
    assert "token-" not in caplog.text


def test_a_token_that_does_not_come_is_for_later() -> None:
    azure, _ = wired(Answer(body={}))
    with pytest.raises(RetryLater) as caught:
        azure.avd.registration_token("rg", "pool", TWO_HOURS)
    assert caught.value.code == "registration-missing"


def test_unknown_words_do_not_matter() -> None:
    host = {
        "name": "pool/host.corp.example",
        "properties": {
            "status": "Levitating",
            "sessionHostHealthCheckResults": [
                {"healthCheckName": "MoonPhaseCheck", "healthCheckResult": "Waning"},
                {"healthCheckName": "UrlsCheck", "healthCheckResult": "HealthCheckSucceeded"},
                {"healthCheckName": "OtherCheck", "healthCheckResult": "Unknown"},
            ],
        },
    }
    azure, _ = wired(page(host, {"name": "pool/bare.corp.example"}))
    odd, bare = azure.avd.list_hosts("rg", "pool")
    assert (odd.name, odd.status) == ("host.corp.example", "Levitating")
    assert odd.failed_checks == ("MoonPhaseCheck",)
    assert (bare.status, bare.last_heartbeat, bare.allow_new_session) == ("Unknown", None, False)


def test_a_session_name_is_taken_apart() -> None:
    azure, _ = wired(page({"name": "pool/host.corp.example/2", "properties": {}}))
    (session,) = azure.avd.list_sessions("rg", "pool")
    assert (session.host, session.session_id) == ("host.corp.example", "2")
    assert session.state == "Unknown"
