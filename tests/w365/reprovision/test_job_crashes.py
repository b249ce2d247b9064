"""Workers that die around a request: nobody is wiped twice, and nobody untold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from spotpc.azure.graph.directory import Directory
from spotpc.azure.graph.windows365 import Windows365
from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from tests.scene import finish
from tests.w365.mishaps import Killed
from tests.w365.reprovision.runs import (
    MESSAGE,
    SENDER,
    asked,
    begin,
    hours_pass,
    mails,
    phases,
    told,
)
from tests.w365.scene import Desks
from w365.models import Reprovisioning


def dies(patch: pytest.MonkeyPatch, facade: type, method: str, when: str, at: set[int]) -> None:
    """The calls with these numbers kill their worker, before or after Graph has answered."""
    real, calls = getattr(facade, method), Counter[str]()

    def deadly(self: Any, *given: Any) -> Any:
        calls[method] += 1
        if calls[method] not in at:
            return real(self, *given)
        if when == "after":
            real(self, *given)
        raise Killed

    patch.setattr(facade, method, deadly)


def live_through(job: Job, after_each: Callable[[], object]) -> int:
    """One worker after the other, to the end; how many died."""
    deaths = 0
    while True:
        try:
            assert finish(job).state == Job.State.SUCCEEDED, told(job)
        except Killed:
            deaths += 1
            long_ago = timezone.now() - timedelta(hours=1)
            Job.objects.filter(pk=job.pk).update(lease_until=long_ago, next_run_at=long_ago)
            after_each()
        else:
            return deaths


def windows_shows_it(run: Reprovisioning) -> None:
    """Long enough after a request for the lists to show what became of it."""
    hours_pass(run, 4 / 60)


def test_dying_right_before_each_request(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks as if it had been asked; after some minutes it is clear that it was not."""
    dies(monkeypatch, Windows365, "reprovision", "before", {1, 3, 5})
    run, job = begin(desks, "bob")
    assert live_through(job, lambda: windows_shows_it(run)) == 3
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert len(asked(desks, status=None)) == 3
    assert set(phases(run).values()) == {"Brought over"}
    assert {row.attempt for row in run.pcs.all()} == {2}


def test_dying_right_after_each_request(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    dies(monkeypatch, Windows365, "reprovision", "after", {1, 2, 3})
    run, job = begin(desks, "bob")
    assert live_through(job, lambda: None) == 3
    assert sorted(asked(desks)) == ["ann", "bob", "cem"]
    assert len(asked(desks, status=None)) == 3
    assert {row.attempt for row in run.pcs.all()} == {1}
    assert "The worker was lost in this step" in told(job)


@pytest.mark.parametrize("when", ["before", "after"])
def test_dying_around_each_message(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A user may be told twice, but is told before the wipe."""
    dies(monkeypatch, Directory, "send_mail", when, {1, 3, 5})
    run, job = begin(desks, "bob", message=MESSAGE, sender=SENDER, notice_minutes=0)
    assert live_through(job, lambda: None) == 3
    twice = {"before": 1, "after": 2}[when]
    assert Counter(each["user"] for each in mails(desks)) == Counter(
        {row.user: twice for row in run.pcs.all()}
    )
    assert asked(desks)[: twice + 1] == ["mail"] * twice + ["bob"]
    assert sorted(each for each in asked(desks) if each != "mail") == ["ann", "bob", "cem"]


def test_a_worker_that_was_given_up_does_not_ask(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was held up before the request; its lease ran out, and another one has the job."""
    run, job = begin(desks, "bob")
    real = Windows365.get_connection
    stolen: list[bool] = []

    def slow(self: Windows365, connection_id: str) -> Any:
        if Job.objects.get(pk=job.pk).step == "roll-out" and not stolen:
            stolen.append(True)
            Job.objects.filter(pk=job.pk).update(lease_token="another")
        return real(self, connection_id)

    monkeypatch.setattr(Windows365, "get_connection", slow)
    while not stolen:
        Job.objects.filter(pk=job.pk).update(next_run_at=timezone.now())
        run_tick(job.pk)
    assert asked(desks, status=None) == []
    assert {row.attempt for row in run.pcs.all()} == {0}
