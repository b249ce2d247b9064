"""The control plane of the users."""

from __future__ import annotations

from typing import Any

import pytest

from .avd_scene import POOLS, drain, hosts_of, logon, make_hosts, make_pool
from .client import GROUP, Client

ANN, BOB, CID = "ann@corp.example", "bob@corp.example", "cid@corp.example"


@pytest.fixture
def two_hosts(emulator: Client) -> Client:
    make_hosts(emulator, make_pool(emulator), "vm-1", "vm-2")
    return emulator


def _refused(client: Client, user: str, pool: str = "pool") -> str:
    answer = client.control("POST", "logon", {"hostPool": pool, "user": user})
    assert answer.status_code == 409
    assert list(answer.json()) == ["error"]
    return str(answer.json()["error"])


def _where(client: Client) -> dict[str, str]:
    return {session["user"]: session["sessionHost"] for session in client.state()["sessions"]}


def test_users_spread_over_the_hosts_up_to_the_limit(two_hosts: Client) -> None:
    landed = [logon(two_hosts, f"user{number}@x.example")["sessionHost"] for number in range(4)]
    assert sorted(landed) == ["vm-1", "vm-1", "vm-2", "vm-2"]
    assert landed[0] != landed[1]
    assert "full: 2" in _refused(two_hosts, ANN)


def test_nobody_lands_on_a_draining_host_but_a_kept_session_is_found(two_hosts: Client) -> None:
    kept = logon(two_hosts, ANN)
    assert two_hosts.control("POST", "disconnect", {"user": ANN}).status_code == 200
    assert two_hosts.state()["sessions"][0]["state"] == "Disconnected"
    drain(two_hosts, kept["sessionHost"])
    assert logon(two_hosts, BOB)["sessionHost"] != kept["sessionHost"]
    assert logon(two_hosts, ANN) == kept
    assert {session["state"] for session in two_hosts.state()["sessions"]} == {"Active"}


def test_a_pool_that_drains_whole_takes_nobody(two_hosts: Client) -> None:
    drain(two_hosts, "vm-1")
    drain(two_hosts, "vm-2")
    assert "draining: 2" in _refused(two_hosts, ANN)


def test_logging_on_twice_is_the_same_session(two_hosts: Client) -> None:
    assert logon(two_hosts, ANN) == logon(two_hosts, ANN.upper())
    assert len(two_hosts.state()["sessions"]) == 1


def test_a_user_logs_off(two_hosts: Client) -> None:
    first = logon(two_hosts, ANN)
    assert two_hosts.control("POST", "logoff", {"user": ANN}).status_code == 200
    assert two_hosts.state()["sessions"] == []
    assert two_hosts.state()["signouts"] == []  # nobody else did it
    assert logon(two_hosts, ANN) != first  # a new session has a new id


@pytest.mark.parametrize("act", ["logoff", "disconnect"])
def test_a_user_without_a_session_is_a_404(emulator: Client, act: str) -> None:
    assert emulator.control("POST", act, {"user": ANN}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"user": ANN}, {"hostPool": "pool"}, {"user": 1}])
def test_a_logon_needs_both_words(emulator: Client, body: dict[str, Any]) -> None:
    assert emulator.control("POST", "logon", body).status_code == 400


def test_an_unknown_pool_is_refused(emulator: Client) -> None:
    assert _refused(emulator, ANN, "nowhere") == "0 host pools are named nowhere"


def test_a_pool_is_found_by_its_id_when_two_share_a_name(two_hosts: Client) -> None:
    two_hosts.group("rg-two")
    other = GROUP.replace("rg-one", "rg-two")
    body = two_hosts.arm("GET", f"{POOLS}/pool").json()
    made = two_hosts.arm("PUT", f"{other}/providers/{POOLS}/pool", body)
    assert made.status_code == 201
    assert "2 host pools" in _refused(two_hosts, ANN)
    assert logon(two_hosts, ANN, f"{GROUP}/providers/{POOLS}/pool")["sessionHost"] == "vm-1"


def test_a_personal_desktop_belongs_to_its_first_user(emulator: Client) -> None:
    token = make_pool(
        emulator, "mine", hostPoolType="Personal", personalDesktopAssignmentType="Automatic"
    )
    make_hosts(emulator, token, "vm-1", pool="mine")
    logon(emulator, ANN, "mine")
    emulator.control("POST", "logoff", {"user": ANN})
    assert hosts_of(emulator, "mine")["vm-1"]["assignedUser"] == ANN
    _refused(emulator, BOB, "mine")
    assert logon(emulator, ANN, "mine")["sessionHost"] == "vm-1"


def test_depth_first_fills_one_host_before_the_next(emulator: Client) -> None:
    make_hosts(emulator, make_pool(emulator, loadBalancerType="DepthFirst"), "vm-1", "vm-2")
    landed = [logon(emulator, user)["sessionHost"] for user in (ANN, BOB, CID)]
    assert landed == ["vm-1", "vm-1", "vm-2"]


def test_hosts_that_never_register_leave_the_pool_empty(emulator: Client) -> None:
    match = {"hostPool": "pool", "vm": "^bad-"}
    emulator.control("POST", "behaviours", {"kind": "hosts-never-register", "match": match})
    token = make_pool(emulator)
    vm = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/bad-1"
    emulator.emulator.world.emit(
        "extension-succeeded", vm=vm, type="DSC", settings={"registrationInfoToken": token},
        protected={},
    )  # fmt: skip
    make_hosts(emulator, token, "good-1")
    assert set(hosts_of(emulator)) == {"good-1"}


def test_unhealthy_hosts_take_nobody_until_the_behaviour_is_cleared(two_hosts: Client) -> None:
    match = {"hostPool": "pool", "vm": "."}
    two_hosts.control("POST", "behaviours", {"kind": "hosts-unhealthy", "match": match})
    assert {host["status"] for host in hosts_of(two_hosts).values()} == {"Unavailable"}
    assert "not healthy: 2" in _refused(two_hosts, ANN)
    assert two_hosts.control("DELETE", "behaviours").status_code == 200
    assert logon(two_hosts, ANN)["sessionHost"] == "vm-1"
    assert _where(two_hosts) == {ANN: "vm-1"}
