"""The broker's choice, as a table."""

from __future__ import annotations

import pytest

from spotpc.emulator.avd.routing import Host, Placement, Pool, Refusal, Session, place

BREADTH = Pool("pool", session_limit=3)
DEPTH = Pool("pool", depth_first=True, session_limit=3)
AUTOMATIC = Pool("pool", personal=True)
DIRECT = Pool("pool", personal=True, assigns_itself=False)
ANN = "ann@corp.example"


def _host(name: str, sessions: int = 0, **more: object) -> Host:
    return Host(name, sessions=sessions, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pool", "hosts", "lands_on"),
    [
        pytest.param(BREADTH, [_host("a", 2), _host("b", 1)], "b", id="breadth takes the emptiest"),
        pytest.param(DEPTH, [_host("a", 2), _host("b", 1)], "a", id="depth takes the fullest"),
        pytest.param(DEPTH, [_host("a", 3), _host("b", 1)], "b", id="depth goes on when full"),
        pytest.param(BREADTH, [_host("b", 1), _host("a", 1)], "a", id="a tie goes by name"),
        pytest.param(
            BREADTH,
            [_host("a", 0, allow_new_session=False), _host("b", 2)],
            "b",
            id="not on a draining host",
        ),
        pytest.param(
            BREADTH,
            [_host("a", 0, status="Unavailable"), _host("b", 2)],
            "b",
            id="not on an unavailable host",
        ),
        pytest.param(
            BREADTH,
            [_host("a", 0, status="Upgrading"), _host("b", 2)],
            "b",
            id="not on an upgrading host",
        ),
        pytest.param(
            BREADTH,
            [_host("a", 0, status="NeedsAssistance"), _host("b", 2)],
            "a",
            id="a host with a non-fatal failure still takes users",
        ),
        pytest.param(
            AUTOMATIC,
            [_host("a", assigned_user="bob@x"), _host("b", assigned_user=ANN.upper())],
            "b",
            id="personal: the assigned host, whatever the case",
        ),
        pytest.param(
            AUTOMATIC,
            [_host("a", assigned_user="bob@x"), _host("b")],
            "b",
            id="personal: a free host",
        ),
    ],
)
def test_a_new_user_lands_on(pool: Pool, hosts: list[Host], lands_on: str) -> None:
    choice = place(pool, hosts, [], ANN)
    assert isinstance(choice, Placement)
    assert (choice.host, choice.session_id) == (lands_on, None)


@pytest.mark.parametrize(
    ("pool", "hosts", "reason"),
    [
        pytest.param(BREADTH, [], "Hosts: 0,", id="an empty pool"),
        pytest.param(BREADTH, [_host("a", 3)], "full: 1", id="all full"),
        pytest.param(
            BREADTH, [_host("a", allow_new_session=False)], "draining: 1", id="all draining"
        ),
        pytest.param(BREADTH, [_host("a", status="Shutdown")], "not healthy: 1", id="all down"),
        pytest.param(DIRECT, [_host("a")], "no personal desktop", id="personal, none assigned"),
        pytest.param(
            AUTOMATIC,
            [_host("a", assigned_user=ANN, status="Shutdown"), _host("b")],
            "is Shutdown",
            id="personal, the assigned one is down",
        ),
        pytest.param(
            AUTOMATIC, [_host("a", assigned_user="bob@x")], "Hosts: 1", id="personal, all taken"
        ),
    ],
)
def test_a_new_user_is_refused(pool: Pool, hosts: list[Host], reason: str) -> None:
    choice = place(pool, hosts, [], ANN)
    assert isinstance(choice, Refusal)
    assert reason in choice.reason


def test_a_kept_session_is_found_again_on_a_draining_full_host() -> None:
    hosts = [_host("a", 3, allow_new_session=False), _host("b")]
    assert place(BREADTH, hosts, [Session("a", "7", ANN.upper())], ANN) == Placement("a", "7")


def test_another_users_session_is_not_taken_over() -> None:
    hosts = [_host("a", 1), _host("b")]
    assert place(BREADTH, hosts, [Session("a", "7", "bob@x")], ANN) == Placement("b")


def test_a_session_on_a_host_that_went_down_does_not_hold_its_user() -> None:
    hosts = [_host("a", 1, status="Shutdown"), _host("b")]
    assert place(BREADTH, hosts, [Session("a", "7", ANN)], ANN) == Placement("b")


def test_an_automatic_personal_pool_assigns_the_desktop() -> None:
    choice = place(AUTOMATIC, [_host("a")], [], ANN)
    assert choice == Placement("a", assigns=True)
