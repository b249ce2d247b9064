"""The eight rules of an update hold at every step of random histories, and it comes to its end.

`SPOTPC_HISTORIES` sets how many histories are played in all (1500).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotgroups.rollout.actions import Outcome
from spotgroups.rollout.state import Method

from .histories import EVENTS, GAPS, HARMLESS, History, play
from .sim_hosts import NEW, OLD

PER_METHOD = int(os.environ.get("SPOTPC_HISTORIES", "1500")) // len(Method)


@st.composite
def histories(draw: st.DrawFn, method: Method) -> History:
    hosts = draw(st.lists(st.sampled_from([OLD, OLD, OLD, None, NEW]), min_size=1, max_size=4))
    wanted = draw(st.integers(1, 4))
    kinds = draw(st.sampled_from([list(EVENTS), list(EVENTS), HARMLESS]))
    event = st.tuples(st.sampled_from(kinds), st.integers(0, 7), st.sampled_from(GAPS))
    return History(
        method=method,
        hosts=tuple(hosts),
        wanted=wanted,
        surge=draw(st.integers(1, 4)),
        floor=draw(st.integers(0, 2 * min(wanted, len(hosts)))),
        warning_minutes=draw(st.sampled_from([0, 5, 60])),
        users=draw(st.integers(0, 6)),
        # By itself hypothesis prefers short lists, in which little can go wrong.
        events=tuple(
            draw(st.lists(event, min_size=draw(st.sampled_from([0, 15, 40])), max_size=60))
        ),
    )


@pytest.mark.parametrize("method", list(Method))
def test_the_rules_hold_at_every_step_and_it_comes_to_its_end(method: Method) -> None:
    @settings(
        max_examples=PER_METHOD,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(histories(method))
    def check(history: History) -> None:
        judge, outcome = play(history)
        cancelled = judge.world.desired.cancelled
        assert cancelled or outcome is Outcome.SUCCEEDED

    check()
