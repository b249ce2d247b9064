"""Doing what the planner said: each action is at most one request to Graph and one fact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, singledispatchmethod
from typing import Any

from django.utils import timezone

from spotpc.azure.errors import AzureError, Decision, NotFound, RetryLater, Stopped
from spotpc.azure.graph import Graph
from spotpc.jobs.kinds import Tick
from w365.models import ReprovisionedPc, Reprovisioning
from w365.reprovision import actions, message
from w365.reprovision.checks import check_network
from w365.reprovision.observe import View

# Of the catalogue. Graph has not even looked at such a request, so it does not count as one.
NOT_TAKEN = frozenset({"throttled", "graph-throttled"})


@dataclass(frozen=True)
class Hands:
    """Carries out one pass."""

    tick: Tick
    graph: Graph
    run: Reprovisioning
    view: View

    def say(self, text: str, level: str = "info") -> None:
        self.tick.event(text, level)

    def write(self, row: ReprovisionedPc, **fields: Any) -> None:
        """Committed, and only while the job is ours: LeaseLost keeps a request from being sent."""
        for name, value in fields.items():
            setattr(row, name, value)
        with self.tick.held():
            row.save(update_fields=list(fields))

    @singledispatchmethod
    def do(self, action: actions.Action) -> None:
        raise TypeError(f"The planner asks for something unknown: {action!r}")

    # Reprovision

    @do.register
    def _reprovision(self, action: actions.Reprovision) -> None:
        """The record first: whatever becomes of this worker, nobody is wiped twice."""
        row, pc = self.view.rows[action.pc], self.view.pcs[action.pc]
        self._check_network_once()
        before = {
            "attempt": row.attempt,
            "asked_at": row.asked_at,
            "old_device_id": row.old_device_id,
        }
        self.write(
            row,
            attempt=action.attempt,
            asked_at=timezone.now(),
            old_device_id=pc.managed_device_id,
        )
        try:
            self.graph.windows365.reprovision(action.pc)
        except AzureError as refusal:
            if not self._goes_on(row, refusal, before):
                raise
            return
        self.say(f"Asked Windows 365 to reprovision {_called(row)}. {action.reason}")

    def _check_network_once(self) -> None:
        """Right before the first wipe of a pass: days may have gone by since the run began."""
        _ = self._network_is_fine

    @cached_property
    def _network_is_fine(self) -> bool:
        if self.view.policy is not None:
            check_network(self.graph, self.view.policy)
        return True

    def _goes_on(self, row: ReprovisionedPc, refusal: AzureError, before: dict[str, Any]) -> bool:
        """What an answer other than yes means. False: the pass ends with it."""
        if isinstance(refusal, NotFound) or refusal.decision in (Decision.RECONCILE, Decision.WAIT):
            return True  # gone, or at work on it (409): the next look tells
        if isinstance(refusal, RetryLater):
            if refusal.code in NOT_TAKEN:
                self.write(row, **before)
            return False  # else nobody knows whether it was taken: the next looks tell
        if refusal.decision == Decision.PAUSE:
            self.write(row, **before)
            return False
        self._give_up(row, refusal.code, refusal.sentence, refusal.remedy)
        return True

    # The message

    @do.register
    def _tell(self, action: actions.Tell) -> None:
        """Recorded once it is accepted: told twice is better than not at all."""
        row = self.view.rows[action.pc]
        text = message.body(
            self.run.message, action.wipe_at, self.run.zone, row.old_device or row.name
        )
        try:
            self.graph.directory.send_mail(self.run.sender, action.user, message.SUBJECT, text)
        except Stopped as refusal:
            self._refused_to_send(row, refusal)
            return
        self.write(row, noticed_at=timezone.now())
        self.say(f"Wrote to {action.user}. {action.reason}")

    def _refused_to_send(self, row: ReprovisionedPc, refusal: Stopped) -> None:
        """About this user, about the app, or about the sender: of another one a new run is made."""
        if refusal.code == "mail-recipient-refused":
            self._give_up(row, refusal.code, refusal.sentence, refusal.remedy)
        elif refusal.code != "mail-sender-unknown" and refusal.decision == Decision.PAUSE:
            raise refusal
        elif any(each.attempt for each in self.view.rows.values()):
            self._stop(refusal.sentence.rstrip("."))
        else:
            remedy = f"{refusal.remedy} Nobody's Cloud PC has been touched; start again."
            raise Stopped(refusal.code, refusal.sentence, remedy, Decision.FAIL) from refusal

    # What was observed

    @do.register
    def _brought_over(self, action: actions.BroughtOver) -> None:
        row, pc = self.view.rows[action.pc], self.view.pcs.get(action.pc)
        self.write(
            row,
            finished_at=row.finished_at or timezone.now(),
            new_device=pc.device_name if pc else "",
            error_code="",
            error_text="",
            forgiven=False,
        )
        now = f" and is {row.new_device} now" if row.new_device != row.old_device else ""
        self.say(f"{_called(row)} is brought over{now}. {action.reason}")

    @do.register
    def _given_up(self, action: actions.GiveUp) -> None:
        failure = action.failure
        row = self.view.rows[action.pc]
        self._give_up(row, failure.code, failure.sentence, failure.remedy)

    def _give_up(self, row: ReprovisionedPc, code: str, sentence: str, remedy: str) -> None:
        told = f"{sentence} {remedy}".strip()
        self.write(
            row, finished_at=row.finished_at or timezone.now(), error_code=code, error_text=told
        )
        self.say(f"{_called(row)} failed. {told}", level="error")

    @do.register
    def _halt(self, action: actions.Halt) -> None:
        self._stop(action.reason)

    def _stop(self, reason: str) -> None:
        self.run.halted = reason
        with self.tick.held():
            self.run.save(update_fields=["halted"])
        self.say(f"Stopped: {reason}.", level="error")


def _called(row: ReprovisionedPc) -> str:
    name = row.old_device or row.name
    return f"{name} ({row.user})" if row.user else name
