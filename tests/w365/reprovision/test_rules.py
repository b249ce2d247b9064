"""The eight rules hold at every step of random histories, and each one comes to its end.

`SPOTPC_HISTORIES` sets how many histories are played (1200).
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from w365.reprovision.actions import Outcome

from .histories import BEGINNINGS, EVENTS, GAPS, NOTICES, PAUSES, PLAIN, History, play

HISTORIES = int(os.environ.get("SPOTPC_HISTORIES", "1200"))


@st.composite
def histories(draw: st.DrawFn) -> History:
    pc = st.tuples(st.integers(1, 3), st.sampled_from(BEGINNINGS))
    kinds = draw(st.sampled_from([list(EVENTS), list(EVENTS), PLAIN]))
    event = st.tuples(st.sampled_from(kinds), st.integers(0, 7), st.sampled_from(GAPS))
    return History(
        pcs=tuple(draw(st.lists(pc, min_size=1, max_size=6))),
        notice=draw(st.sampled_from(NOTICES)),
        pause=draw(st.sampled_from(PAUSES)),
        budget=draw(st.integers(0, 2)),
        attempts=draw(st.integers(1, 3)),
        # By itself hypothesis prefers short lists, in which little can go wrong.
        events=tuple(
            draw(st.lists(event, min_size=draw(st.sampled_from([0, 15, 40])), max_size=50))
        ),
    )


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(histories())
def test_the_rules_hold_at_every_step_and_it_comes_to_its_end(history: History) -> None:
    judge, outcome = play(history)
    assert outcome is not Outcome.CANCELLED or judge.world.desired.cancelled
