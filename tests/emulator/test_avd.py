"""The AVD provider through Microsoft's own client."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.desktopvirtualization.models import (
    ApplicationGroup,
    HostPool,
    HostPoolPatch,
    RegistrationInfoPatch,
    SendMessage,
    SessionHostPatch,
    Workspace,
)

from .avd_scene import GROUP_NAME, POOLS, drain, hosts_of, inside, logon, make_hosts, make_pool, sdk
from .client import GROUP, Client, until

ANN, BOB = "ann@corp.example", "bob@corp.example"


@pytest.fixture
def avd(emulator: Client) -> Any:
    return sdk(emulator)


@pytest.fixture
def token(emulator: Client) -> str:
    return make_pool(emulator)


def _refusal(attempt: Callable[[], object]) -> tuple[int | None, str]:
    with pytest.raises(HttpResponseError) as caught:
        attempt()
    assert caught.value.error is not None
    return caught.value.status_code, caught.value.error.message or ""


# -- host pools ---------------------------------------------------------------------------------


def test_a_host_pool_is_made_read_changed_listed_and_deleted(avd: Any, emulator: Client) -> None:
    asked = HostPool(
        location="westeurope",
        host_pool_type="Pooled",
        load_balancer_type="DepthFirst",
        preferred_app_group_type="Desktop",
        max_session_limit=7,
        tags={"a": "b"},
    )
    made = avd.host_pools.create_or_update(GROUP_NAME, "pool", asked)
    assert (made.name, made.max_session_limit, made.tags) == ("pool", 7, {"a": "b"})
    avd.host_pools.update(GROUP_NAME, "pool", HostPoolPatch(max_session_limit=9))
    read = avd.host_pools.get(GROUP_NAME, "POOL")
    assert (read.max_session_limit, read.load_balancer_type) == (9, "DepthFirst")
    assert [pool.id for pool in avd.host_pools.list()] == [made.id]
    assert [pool.id for pool in avd.host_pools.list_by_resource_group(GROUP_NAME)] == [made.id]
    avd.host_pools.delete(GROUP_NAME, "pool")
    with pytest.raises(ResourceNotFoundError):
        avd.host_pools.get(GROUP_NAME, "pool")
    avd.host_pools.delete(GROUP_NAME, "pool")  # 204


def test_a_get_omits_the_registration_info(emulator: Client, token: str) -> None:
    properties = emulator.arm("GET", f"{POOLS}/pool").json()["properties"]
    assert "registrationInfo" not in properties
    (listed,) = emulator.arm("GET", POOLS).json()["value"]
    assert "registrationInfo" not in listed["properties"]


def test_a_new_token_takes_the_place_of_the_old(avd: Any, token: str) -> None:
    assert avd.host_pools.retrieve_registration_token(GROUP_NAME, "pool").token == token
    expires = datetime.now(UTC) + timedelta(hours=2)
    patch = RegistrationInfoPatch(expiration_time=expires, registration_token_operation="Update")
    patched = avd.host_pools.update(GROUP_NAME, "pool", HostPoolPatch(registration_info=patch))
    assert patched.registration_info
    assert patched.registration_info.token != token
    kept = avd.host_pools.retrieve_registration_token(GROUP_NAME, "pool")
    assert kept.token == patched.registration_info.token
    assert kept.expiration_time
    assert abs(kept.expiration_time - expires) < timedelta(seconds=1)


def test_a_deleted_token_is_gone(avd: Any, token: str) -> None:
    patch = RegistrationInfoPatch(registration_token_operation="Delete")
    avd.host_pools.update(GROUP_NAME, "pool", HostPoolPatch(registration_info=patch))
    assert avd.host_pools.retrieve_registration_token(GROUP_NAME, "pool").token is None


@pytest.mark.parametrize("life", [{"minutes": 59}, {"days": 27, "minutes": 1}, {"days": -1}])
def test_an_expiry_out_of_range_is_refused(avd: Any, token: str, life: dict[str, float]) -> None:
    expires = datetime.now(UTC) + timedelta(**life)
    patch = RegistrationInfoPatch(expiration_time=expires, registration_token_operation="Update")
    status, message = _refusal(
        lambda: avd.host_pools.update(GROUP_NAME, "pool", HostPoolPatch(registration_info=patch))
    )
    assert status == 400
    assert re.fullmatch(r"ActivityId: \S{36} Error: ExpirationTime value must be .*", message)
    assert avd.host_pools.retrieve_registration_token(GROUP_NAME, "pool").token == token


def test_a_pool_with_hosts_is_deleted_by_force_only(avd: Any, emulator: Client, token: str) -> None:
    make_hosts(emulator, token, "vm-1")
    assert _refusal(lambda: avd.host_pools.delete(GROUP_NAME, "pool"))[0] == 409
    avd.host_pools.delete(GROUP_NAME, "pool", force=True)
    assert emulator.arm("GET", f"{POOLS}/pool").status_code == 404


@pytest.mark.parametrize("missing", ["hostPoolType", "loadBalancerType", "preferredAppGroupType"])
def test_a_pool_without_a_required_property_is_refused(emulator: Client, missing: str) -> None:
    properties = {
        "hostPoolType": "Pooled",
        "loadBalancerType": "BreadthFirst",
        "preferredAppGroupType": "Desktop",
    }
    del properties[missing]
    body = {"location": "westeurope", "properties": properties}
    answer = emulator.arm("PUT", f"{POOLS}/pool", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "400"
    assert missing in answer.json()["error"]["message"]


# -- session hosts ------------------------------------------------------------------------------


def test_a_session_host_reads_as_the_sdk_expects(avd: Any, emulator: Client, token: str) -> None:
    make_hosts(emulator, token, "vm-1")
    (host,) = avd.session_hosts.list(GROUP_NAME, "pool")
    assert host.name == "pool/vm-1"
    assert host.resource_id == f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
    assert host.virtual_machine_id == "uuid-vm-1"
    assert (host.status, host.allow_new_session, host.sessions) == ("Available", True, 0)
    assert host.last_heart_beat
    assert abs(datetime.now(UTC) - host.last_heart_beat) < timedelta(minutes=1)
    assert {
        check.health_check_result for check in host.session_host_health_check_results or ()
    } == {"HealthCheckSucceeded"}
    assert avd.session_hosts.get(GROUP_NAME, "pool", "VM-1").id == host.id


def test_lists_are_paged_both_ways(avd: Any, emulator: Client, token: str) -> None:
    names = [f"vm-{number}" for number in range(1, 6)]
    make_hosts(emulator, token, *names)
    emulator.control("POST", "speed", {"speed": 1})
    first = emulator.arm("GET", f"{POOLS}/pool/sessionHosts", pageSize="2").json()
    assert len(first["value"]) == 2
    assert first["nextLink"].startswith(emulator.url)

    def listed(**how: object) -> list[str]:
        hosts = avd.session_hosts.list(GROUP_NAME, "pool", page_size=2, **how)
        return [(host.name or "").partition("/")[2] for host in hosts]

    assert listed() == names
    assert listed(is_descending=True) == names[::-1]
    assert listed(initial_skip=3) == names[3:]


def test_drain_mode_and_the_friendly_name_are_kept(avd: Any, emulator: Client, token: str) -> None:
    make_hosts(emulator, token, "vm-1")
    patch = SessionHostPatch(allow_new_session=False, friendly_name="old one")
    avd.session_hosts.update(GROUP_NAME, "pool", "vm-1", session_host=patch)
    host = avd.session_hosts.get(GROUP_NAME, "pool", "vm-1")
    assert (host.allow_new_session, host.friendly_name) == (False, "old one")


def test_a_host_with_sessions_is_deleted_by_force_only(
    avd: Any, emulator: Client, token: str
) -> None:
    make_hosts(emulator, token, "vm-1")
    logon(emulator, ANN)
    emulator.control("POST", "disconnect", {"user": ANN})
    status, _ = _refusal(lambda: avd.session_hosts.delete(GROUP_NAME, "pool", "vm-1"))
    assert status == 409
    assert emulator.state()["signouts"] == []
    avd.session_hosts.delete(GROUP_NAME, "pool", "vm-1", force=True)
    assert hosts_of(emulator) == {}
    assert emulator.state()["sessions"] == []
    (lost,) = emulator.state()["signouts"]
    assert (lost["user"], lost["via"]) == (ANN, "host-delete")
    avd.session_hosts.delete(GROUP_NAME, "pool", "vm-1")  # 204


def test_an_unknown_host_is_the_providers_own_404(avd: Any, token: str) -> None:
    status, message = _refusal(lambda: avd.session_hosts.get(GROUP_NAME, "pool", "nobody"))
    assert status == 404
    assert "ActivityId: " in message


def test_hosts_of_an_unknown_pool_are_a_404(avd: Any) -> None:
    with pytest.raises(ResourceNotFoundError):
        list(avd.session_hosts.list(GROUP_NAME, "pool"))


# -- sessions -----------------------------------------------------------------------------------


def test_sessions_are_listed_by_pool_by_host_and_by_filter(
    avd: Any, emulator: Client, token: str
) -> None:
    make_hosts(emulator, token, "vm-1", "vm-2")
    assert {logon(emulator, ANN)["sessionHost"], logon(emulator, BOB)["sessionHost"]} == {
        "vm-1",
        "vm-2",
    }
    found = list(avd.user_sessions.list_by_host_pool(GROUP_NAME, "pool", page_size=1))
    assert [session.user_principal_name for session in found] == [ANN, BOB]
    assert found[0].name == "pool/vm-1/2"
    (on_two,) = avd.user_sessions.list(GROUP_NAME, "pool", "vm-2")
    assert on_two.user_principal_name == BOB
    one = avd.user_sessions.list_by_host_pool(
        GROUP_NAME, "pool", filter=f"userPrincipalName eq '{BOB}' and state eq 'active'"
    )
    assert [session.id for session in one] == [on_two.id]
    assert [host["sessions"] for host in hosts_of(emulator).values()] == [1, 1]


def test_a_message_a_disconnect_and_a_sign_out_reach_the_user(
    avd: Any, emulator: Client, token: str
) -> None:
    make_hosts(emulator, token, "vm-1")
    at = (GROUP_NAME, "pool", "vm-1", logon(emulator, ANN)["sessionId"])
    note = SendMessage(message_title="Update", message_body="Please save your work.")
    avd.user_sessions.send_message(*at, send_message=note)
    (message,) = emulator.control("GET", "messages").json()["messages"]
    assert (message["title"], message["body"]) == ("Update", "Please save your work.")
    assert (message["user"], message["sessionHost"], message["hostPool"]) == (ANN, "vm-1", "pool")

    avd.user_sessions.disconnect(*at)
    assert avd.user_sessions.get(*at).session_state == "Disconnected"

    avd.user_sessions.delete(*at, force=True)
    assert list(avd.user_sessions.list_by_host_pool(GROUP_NAME, "pool")) == []
    (ended,) = emulator.state()["signouts"]
    assert (ended["user"], ended["via"], ended["forced"]) == (ANN, "session-delete", True)
    assert message["time"] < ended["time"]


def test_a_session_that_ended_is_a_404_for_everything(
    avd: Any, emulator: Client, token: str
) -> None:
    make_hosts(emulator, token, "vm-1")
    at = (GROUP_NAME, "pool", "vm-1", logon(emulator, ANN)["sessionId"])
    emulator.control("POST", "logoff", {"user": ANN})
    note = SendMessage(message_title="a", message_body="b")
    for attempt in (
        lambda: avd.user_sessions.send_message(*at, send_message=note),
        lambda: avd.user_sessions.disconnect(*at),
        lambda: avd.user_sessions.delete(*at),
        lambda: avd.user_sessions.get(*at),
    ):
        status, message = _refusal(attempt)
        assert status == 404
        assert message.endswith("Error: User session ID not found")
    assert emulator.state()["signouts"] == []
    assert emulator.control("GET", "messages").json() == {"messages": []}


def test_a_session_left_on_a_host_that_stopped_is_listed_but_out_of_reach(
    avd: Any, emulator: Client, token: str
) -> None:
    make_hosts(emulator, token, "vm-1")
    at = (GROUP_NAME, "pool", "vm-1", logon(emulator, ANN)["sessionId"])
    emulator.emulator.world.emit("vm-stopped", vm=hosts_of(emulator)["vm-1"]["resourceId"])
    assert hosts_of(emulator)["vm-1"]["sessions"] == 1
    assert _refusal(lambda: avd.user_sessions.delete(*at, force=True))[0] == 404


# -- the rest -----------------------------------------------------------------------------------


def test_a_workspace_publishes_a_pools_application_group(avd: Any, token: str) -> None:
    pool = avd.host_pools.get(GROUP_NAME, "pool")
    group = avd.application_groups.create_or_update(
        GROUP_NAME,
        "desktop",
        ApplicationGroup(
            location="westeurope", host_pool_arm_path=pool.id, application_group_type="Desktop"
        ),
    )
    workspace = avd.workspaces.create_or_update(
        GROUP_NAME,
        "work",
        Workspace(location="westeurope", application_group_references=[group.id or ""]),
    )
    assert avd.host_pools.get(GROUP_NAME, "pool").application_group_references == [group.id]
    assert avd.application_groups.get(GROUP_NAME, "desktop").workspace_arm_path == workspace.id
    assert [each.id for each in avd.application_groups.list_by_subscription()] == [group.id]
    assert [each.id for each in avd.workspaces.list_by_resource_group(GROUP_NAME)] == [workspace.id]
    avd.application_groups.delete(GROUP_NAME, "desktop")
    assert avd.host_pools.get(GROUP_NAME, "pool").application_group_references == []


def test_an_application_group_needs_its_pool(avd: Any) -> None:
    lost = f"{GROUP}/providers/{POOLS}/nowhere"
    asked = ApplicationGroup(
        location="westeurope", host_pool_arm_path=lost, application_group_type="Desktop"
    )
    groups = avd.application_groups
    assert _refusal(lambda: groups.create_or_update(GROUP_NAME, "desktop", asked))[0] == 400


def test_everything_survives_a_restart(make_emulator: Callable[..., Client]) -> None:
    before = make_emulator()
    before.group()
    token = make_pool(before)
    make_hosts(before, token, "vm-1", "vm-2")
    drain(before, "vm-1")
    logon(before, ANN)
    emulated = before.state()
    before.emulator.stop()
    after = make_emulator()
    assert after.state()["sessions"] == emulated["sessions"]
    assert hosts_of(after)["vm-1"]["allowNewSession"] is False
    assert sdk(after).host_pools.retrieve_registration_token(GROUP_NAME, "pool").token == token


def test_the_heartbeat_moves_on_the_wire(emulator: Client, token: str) -> None:
    make_hosts(emulator, token, "vm-1")
    before = hosts_of(emulator)["vm-1"]["lastHeartBeat"]
    until(lambda: hosts_of(emulator)["vm-1"]["lastHeartBeat"], lambda beat: beat > before, 5)


def test_a_patch_may_be_sent_with_a_time_of_any_zone(emulator: Client, token: str) -> None:
    body = {
        "properties": {
            "registrationInfo": {
                "expirationTime": inside(hours=2).replace("+00:00", "1Z"),
                "registrationTokenOperation": "Update",
            }
        }
    }
    assert emulator.arm("PATCH", f"{POOLS}/pool", body).status_code == 200
