"""How Cloud PCs are put into rings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w365.reprovision.rings import By, Candidate, Rings, rings_of

ANN, BOB, CEM, DORA, EVE = (
    Candidate(f"id-{user}", f"{user}@test.example", f"PC-{user}")
    for user in ("ann", "bob", "cem", "dora", "eve")
)
ALL = [EVE, CEM, ANN, DORA, BOB]


def shown(rings: tuple[tuple[str, ...], ...]) -> list[str]:
    return [" ".join(each.removeprefix("id-") for each in ring) for ring in rings]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Rings(), ["ann bob cem dora eve"]),
        (Rings(pilot_count=2), ["ann bob", "cem dora eve"]),
        (Rings(pilots=(DORA.id,)), ["dora", "ann bob cem eve"]),
        (Rings(pilots=(DORA.id,), pilot_count=3), ["dora", "ann bob cem eve"]),
        (Rings(pilot_count=1, size=2), ["ann", "bob cem", "dora eve"]),
        (Rings(size=2), ["ann bob", "cem dora", "eve"]),
        (Rings(pilot_count=1, size=25, by=By.PERCENT), ["ann", "bob", "cem", "dora", "eve"]),
        (Rings(pilot_count=1, size=50, by=By.PERCENT), ["ann", "bob cem", "dora eve"]),
        (Rings(size=30, by=By.PERCENT), ["ann bob", "cem dora", "eve"]),
        (Rings(pilot_count=1, size=100, by=By.PERCENT), ["ann", "bob cem dora eve"]),
        (Rings(pilot_count=9), ["ann bob cem dora eve"]),
        (Rings(pilots=("id-nobody",)), ["ann bob cem dora eve"]),
    ],
)
def test_rings(wanted: Rings, found: list[str]) -> None:
    assert shown(rings_of(ALL, wanted)) == found


def test_who_is_excluded_is_in_no_ring_even_as_a_pilot() -> None:
    wanted = Rings(pilots=(ANN.id, BOB.id))
    assert shown(rings_of(ALL, wanted, {ANN.id, EVE.id})) == ["bob", "cem dora"]
    assert shown(rings_of(ALL, Rings(pilot_count=1), {ANN.id})) == ["bob", "cem dora eve"]


def test_nobody_is_no_ring() -> None:
    assert rings_of([], Rings(pilot_count=2, size=10)) == ()
    assert rings_of(ALL, Rings(pilot_count=2), {each.id for each in ALL}) == ()


wishes = st.builds(
    Rings,
    pilots=st.lists(st.sampled_from([*(each.id for each in ALL), "id-nobody"])).map(tuple),
    pilot_count=st.integers(0, 7),
    size=st.integers(0, 120),
    by=st.sampled_from(By),
)
somebody = st.lists(st.sampled_from(ALL), unique=True)


@given(somebody, wishes, st.sets(st.sampled_from([each.id for each in ALL])))
def test_everybody_who_is_not_excluded_is_in_one_ring_once(
    candidates: list[Candidate], wanted: Rings, excluded: set[str]
) -> None:
    rings = rings_of(candidates, wanted, excluded)
    assert all(rings)
    found = [each for ring in rings for each in ring]
    assert sorted(found) == sorted({each.id for each in candidates} - excluded)
    assert rings == rings_of(candidates[::-1], wanted, excluded)
