"""What is told before anything happens."""

from __future__ import annotations

from datetime import datetime, timedelta

from w365.reprovision.preview import Preview, preview
from w365.reprovision.state import Desired, Pc

from .fleets import NOW, desired, pc, seen
from .simulator import NEW

HOUR = timedelta(hours=1)


def told(wanted: Desired, *pcs: Pc) -> Preview:
    return preview(wanted, seen(*pcs), NOW)


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_rings_come_one_after_the_other() -> None:
    found = told(desired(ring_pause=2 * HOUR), pc("a"), pc("b", 2), pc("c", 2))
    assert [[line.id for line in ring.pcs] for ring in found.rings] == [["a"], ["b", "c"]]
    assert [(ring.begins_at, ring.about) for ring in found.rings] == [(at(0), False), (at(3), True)]
    assert found.ends_at == at(4)
    assert (found.total, found.users) == (3, 3)


def test_the_message_comes_first() -> None:
    wanted = desired(starts_at=at(5), message=True, notice=2 * HOUR, ring_pause=HOUR)
    found = told(wanted, pc("a"), pc("b", 2))
    assert [ring.tell_at for ring in found.rings] == [at(3), at(6)]
    assert [ring.begins_at for ring in found.rings] == [at(5), at(8)]


def test_a_run_that_begins_now_waits_for_its_message() -> None:
    [ring] = told(desired(message=True, notice=HOUR), pc("a")).rings
    assert (ring.tell_at, ring.begins_at) == (at(0), at(1))


def test_the_timeline_is_in_order_and_says_what_users_notice() -> None:
    wanted = desired(starts_at=at(5), message=True, notice=HOUR)
    found = told(wanted, pc("a"), pc("b"), pc("c", 2))
    assert [(each.when, each.what) for each in found.timeline] == [
        (at(4), "2 users of ring 1 told by e-mail."),
        (at(5), "Ring 1 begins: 2 Cloud PCs wiped and made anew."),
        (at(6), "1 user of ring 2 told by e-mail."),
        (at(7), "Ring 2 begins: 1 Cloud PC wiped and made anew."),
        (at(8), f"All run {NEW}."),
    ]
    assert found.timeline[1].who == "2 users without a Cloud PC meanwhile."


def test_who_is_left_out_is_told_with_the_reason() -> None:
    same = pc("b", excluded=True, image_name=NEW, old_image=NEW)
    found = told(desired(), pc("a", excluded=True), same, pc("c"))
    assert [(line.id, line.note) for line in found.left_out] == [
        ("a", "Chosen to be left out."),
        ("b", "An image of this name is on it already."),
    ]
    assert found.total == 1


def test_what_has_to_be_waited_for_is_told() -> None:
    [ring] = told(desired(), pc("a", status="resizing"), pc("b", status="failed"), pc("c")).rings
    assert [line.note for line in ring.pcs] == [
        "It is being resized now.",
        "It is failed now; nobody can use it.",
        "",
    ]


def test_what_is_lost_is_told_plainly() -> None:
    assert "own disk" in told(desired(), pc("a")).lost[0]


def test_notes() -> None:
    silent = told(desired(), pc("a"))
    assert silent.notes == ("Nobody is told. Users lose their session without a warning.",)
    loud = told(desired(message=True, ring_pause=HOUR), pc("a", user=""), pc("b", 2))
    assert loud.notes == (
        "A ring begins when the one before is done, 60 minutes later, and at most 1 Cloud PC "
        "failed; otherwise it stops and asks you.",
        "Cloud PCs without a user get no message.",
    )


def test_nobody_is_an_empty_plan() -> None:
    found = told(desired(), pc("a", excluded=True))
    assert (found.rings, found.timeline, found.total) == ((), (), 0)
