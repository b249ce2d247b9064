"""How a run's page calls what its rows say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from spotpc.web.times import local_times
from tests import factories
from tests.w365.reprovision.office import NEW, office
from w365.models import Reprovisioning
from w365.reprovision import services
from w365.reprovision.actions import Phase
from w365.reprovision.desired import usual_time
from w365.reprovision.progress import (
    Headline,
    budget,
    cancel_sentences,
    headline,
    left_out_lines,
    ring_lines,
    summary,
)
from w365.reprovision.rings import Rings
from w365.reprovision.services import Choices

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def run() -> Reprovisioning:
    """Ann first, then Bob and Cem; Dora is left out."""
    made = office("ann", "bob", "cem", "dora")
    choices = Choices(
        rings=Rings(pilots=("pc-ann",)), only=("pc-ann", "pc-bob", "pc-cem"), confirm="Office"
    )
    return services.start(factories.admin(made.tenant.organization), made, choices)


def stand(run: Reprovisioning, person: str, phase: str, **fields: object) -> None:
    run.pcs.filter(graph_id=f"pc-{person}").update(phase=phase, **fields)


def shown(run: Reprovisioning, **fields: object) -> str:
    for name, value in fields.items():
        setattr(run, name, value)
    found = headline(run, timezone.now(), cancelling=False)
    return f"{found.tone}: {found.label}"


def test_the_headline(run: Reprovisioning) -> None:
    assert shown(run) == "busy: Bringing over"
    later = timezone.now() + HOUR
    assert shown(run, starts_at=later) == "info: Scheduled for"
    assert headline(run, timezone.now()).when == later
    assert shown(run, paused=True) == "warn: Paused"
    assert shown(run, halted="2 failed") == "bad: Stopped: needs you"
    assert headline(run, timezone.now(), cancelling=True) == Headline("warn", "Cancelling")
    assert shown(run, outcome="succeeded") == "ok: Brought over"
    assert shown(run, outcome="cancelled") == "idle: Cancelled"
    assert shown(run, outcome="failed") == "bad: Failed"


def test_a_success_with_failures_is_not_green(run: Reprovisioning) -> None:
    stand(run, "ann", Phase.FAILED, error_code="gone", error_text="It is gone.")
    assert shown(run, outcome="succeeded") == "warn: Brought over, 1 failed"


def test_rings_with_their_cloud_pcs(run: Reprovisioning) -> None:
    stand(run, "ann", Phase.DONE, new_device="CPC-ann-2", note="Windows 365 reports warnings.")
    stand(run, "bob", Phase.REPROVISIONING, attempt=2)
    first, second = ring_lines(run)
    assert [(each.number, each.label, each.tone) for each in (first, second)] == [
        (1, "Done", "ok"),
        (2, "Under way", "busy"),
    ]
    [ann] = first.pcs
    assert (ann.device, ann.new_device, ann.phase, ann.tone) == (
        "CPC-ann", "CPC-ann-2", "Brought over", "ok",
    )  # fmt: skip
    assert ann.note == "Windows 365 reports warnings."
    assert [(each.user.partition("@")[0], each.phase, each.attempt) for each in second.pcs] == [
        ("bob", "Reprovisioning", 2),
        ("cem", "Planned", 0),
    ]
    assert (second.tally.under_way, second.tally.waiting, second.tally.total) == (1, 1, 2)
    assert [each.device for each in left_out_lines(run)] == ["CPC-dora"]


def test_a_ring_with_failures_is_not_green(run: Reprovisioning) -> None:
    stand(run, "ann", Phase.FAILED, error_code="gone", error_text="It is gone.")
    [ring, _] = ring_lines(run)
    assert (ring.label, ring.tone, ring.pcs[0].note) == ("Done, 1 failed", "bad", "It is gone.")


def test_who_was_told_sees_when_it_begins(run: Reprovisioning) -> None:
    told = timezone.now()
    Reprovisioning.objects.filter(pk=run.pk).update(notice_minutes=90, message="Save!")
    run.refresh_from_db()
    stand(run, "ann", Phase.TOLD, noticed_at=told)
    [ring, _] = ring_lines(run)
    assert ring.label == "Users told"
    assert ring.pcs[0].wiped_from == told + timedelta(minutes=90)
    run.starts_at = told + 5 * HOUR
    assert ring_lines(run)[0].pcs[0].wiped_from == told + 5 * HOUR


def test_the_budget(run: Reprovisioning) -> None:
    assert budget(run) == "None failed; it goes on with 1"
    stand(run, "ann", Phase.FAILED, error_code="gone")
    stand(run, "bob", Phase.FAILED, error_code="gone", forgiven=True)
    assert budget(run) == "1 Cloud PC failed; it goes on with 1"


def test_what_a_cancel_would_do(run: Reprovisioning) -> None:
    stand(run, "ann", Phase.REPROVISIONING)
    stand(run, "bob", Phase.AGAIN)
    assert cancel_sentences(run) == [
        "Wiped already, and brought to an end: CPC-ann.",
        "Not tried again, and perhaps not usable: CPC-bob.",
        "Left as before: 1 Cloud PC.",
    ]
    stand(run, "bob", Phase.TOLD)
    assert cancel_sentences(run)[-1] == "Users who were told already are not told of the cancel."


def test_what_came_of_it(run: Reprovisioning) -> None:
    stand(run, "ann", Phase.DONE, attempt=2, noticed_at=timezone.now())
    stand(run, "bob", Phase.FAILED)
    stand(run, "cem", Phase.SKIPPED)
    stand(run, "dora", Phase.EXCLUDED)
    assert summary(run) == [
        "1 of 3 Cloud PCs brought over, 1 failed, 1 skipped.",
        "1 user told by e-mail.",
        "1 Cloud PC needed a second attempt.",
        "1 Cloud PC left out.",
    ]


def test_times_are_shown_in_the_viewers_zone_and_text_is_escaped() -> None:
    with timezone.override("Europe/Amsterdam"):
        told = local_times("Ring <1> begins at 2030-01-04 18:00 UTC.")
    assert "&lt;1&gt;" in told
    assert "19:00" in told


def test_a_page_reads_the_cloud_pcs_once(
    run: Reprovisioning, django_assert_num_queries: object
) -> None:
    found = Reprovisioning.objects.prefetch_related("pcs").get(pk=run.pk)
    with django_assert_num_queries(0):  # type: ignore[operator]
        headline(found, timezone.now())
        ring_lines(found)
        left_out_lines(found)
        budget(found)
        cancel_sentences(found)
        summary(found)


def test_the_estimate_is_what_it_took_lately(run: Reprovisioning) -> None:
    assert usual_time(run.tenant_id) == HOUR
    now = timezone.now()
    for person, minutes in (("ann", 20), ("bob", 30), ("cem", 70)):
        began = now - timedelta(minutes=minutes)
        stand(run, person, Phase.DONE, asked_at=began, finished_at=now)
    assert usual_time(run.tenant_id) == timedelta(minutes=30)
    assert NEW in str(run)
