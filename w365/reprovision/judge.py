"""Where one Cloud PC stands, from what Graph shows and what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .actions import Phase, lasting
from .state import FAILED, GRACE, NOBODYS, PROVISIONED, REPROVISIONABLE, Desired, Failure, Pc

DOING = {
    "": "in a state that Windows 365 does not tell",
    "provisioning": "being provisioned",
    "pendingProvision": "about to be provisioned",
    "resizing": "being resized",
    "resizePendingLicense": "waiting for the licence of its new size",
    "restoring": "being restored",
    "movingRegion": "moving to another region",
    "deprovisioning": "being removed",
    "notProvisioned": "not provisioned",
    GRACE: "in its grace period, for its user lost the licence or the assignment",
}


def doing(pc: Pc) -> str:
    return DOING.get(pc.status, f"in the state “{pc.status}”")


@dataclass(frozen=True)
class Verdict:
    """`failure` goes with the phases Failed and To be tried again."""

    phase: Phase
    note: str = ""
    failure: Failure | None = None


def failed(code: str, sentence: str) -> Verdict:
    return Verdict(Phase.FAILED, sentence, Failure(code, sentence))


def left_out(desired: Desired, pc: Pc) -> Verdict:
    same = pc.old_image == desired.image_name
    why = "An image of this name is on it already." if same else "Chosen to be left out."
    return Verdict(Phase.EXCLUDED, why)


def another_device(pc: Pc) -> bool:
    return bool(pc.device_id) and pc.device_id != pc.old_device_id


@dataclass(frozen=True)
class Judge:
    desired: Desired
    now: datetime

    def verdict(self, pc: Pc, turn: datetime | None) -> Verdict:
        """`turn`: when its ring may begin, None while that is open.

        What was settled stays so; but one that came back after all is forgiven its failure.
        """
        if pc.excluded:
            return left_out(self.desired, pc)
        if (pc.finished_at and pc.error is None) or self.arrived(pc):
            return Verdict(Phase.DONE, self._remark(pc))
        if pc.error:
            return Verdict(Phase.FAILED, pc.error.sentence, pc.error)
        return self._asked(pc, pc.asked_at) if pc.asked_at else self._unasked(pc, turn)

    def arrived(self, pc: Pc) -> bool:
        """Seen to be there: provisioned, on another device than before, with the pinned image.

        Somebody may have reprovisioned it without us. But where the name was the same before, only
        a request of ours proves that it is not the old image. Believed: its id stays the same, and
        its image is called what its policy's image is called.
        """
        return (
            pc.listed
            and pc.status in PROVISIONED
            and another_device(pc)
            and pc.image_name == self.desired.image_name
            and (pc.asked_at is not None or pc.old_image != self.desired.image_name)
        )

    def _remark(self, pc: Pc) -> str:
        if pc.asked_at is None:
            return "Reprovisioned by somebody else meanwhile."
        warned = pc.status in PROVISIONED and pc.status != "provisioned"
        return "Windows 365 reports warnings about it." if warned else ""

    # After a request

    def _asked(self, pc: Pc, asked_at: datetime) -> Verdict:
        since = self.now - asked_at
        if since > self.desired.timeout:
            told = f"It was not done after {lasting(self.desired.timeout)}."
            return failed("reprovision-timeout", told)
        late = since > self.desired.begins_within
        if not pc.listed:
            # Soon after our own request an absence may mean "not yet".
            return self._lost(pc) if late else Verdict(Phase.ASKED)
        if pc.status == GRACE:
            return self._lost(pc)
        if pc.status == FAILED:
            return self._failed(pc, believed=since > self.desired.believed_after)
        if pc.status in PROVISIONED and pc.device_id:
            return self._at_rest(pc, late)
        return Verdict(Phase.REPROVISIONING)

    def _failed(self, pc: Pc, *, believed: bool) -> Verdict:
        if not believed:
            return Verdict(Phase.ASKED)
        told = pc.failure or Failure("cloudpc-failed", "Windows 365 could not provision it.")
        again = not told.permanent and self._may_ask_again(pc)
        return Verdict(Phase.AGAIN if again else Phase.FAILED, told.sentence, told)

    def _at_rest(self, pc: Pc, late: bool) -> Verdict:
        """Provisioned, but it has not arrived."""
        if another_device(pc):
            image = pc.image_name or "an unknown image"
            told = f"It came up with {image} instead of {self.desired.image_name}."
            return failed("wrong-image", told)
        if not late:
            return Verdict(Phase.ASKED)
        told = "Windows 365 never began to reprovision it; it is as it was."
        again = self._may_ask_again(pc)
        return Verdict(Phase.AGAIN, told) if again else failed("not-begun", told)

    def _may_ask_again(self, pc: Pc) -> bool:
        return pc.attempt < self.desired.attempts and not self.desired.cancelled

    def _lost(self, pc: Pc) -> Verdict:
        if pc.listed:
            return failed("in-grace", f"It is {doing(pc)}.")
        return failed("gone", "It is not among the policy's Cloud PCs any more.")

    # Before a request

    def _unasked(self, pc: Pc, turn: datetime | None) -> Verdict:
        if self.desired.cancelled:
            return Verdict(Phase.LEFT)
        if turn is not None and self.now >= turn:
            if not pc.listed:
                return self._lost(pc)
            if pc.status not in REPROVISIONABLE:
                return self._not_ready(pc, turn)
        return Verdict(Phase.TOLD if self.notice_holds(pc) else Phase.PLANNED)

    def _not_ready(self, pc: Pc, turn: datetime) -> Verdict:
        """What passes is waited for, but not for ever."""
        too_long = self.now - turn > self.desired.timeout
        if pc.status in NOBODYS or too_long:
            return Verdict(Phase.SKIPPED, f"It is {doing(pc)}.")
        return Verdict(Phase.NOT_READY, f"It is {doing(pc)}.")

    # The message

    def must_tell(self, pc: Pc) -> bool:
        return self.desired.message and bool(pc.user)

    def notice_holds(self, pc: Pc) -> bool:
        """Whether a message counts: not long ago, unless nothing is left that could be saved."""
        if not self.must_tell(pc) or pc.noticed_at is None:
            return False
        keeps_until = pc.noticed_at + self.desired.notice + self.desired.notice_keeps
        return pc.status == FAILED or self.now <= keeps_until

    def wipe_from(self, pc: Pc) -> datetime | None:
        """When its user has had time enough; None while there is no message that counts."""
        if not self.must_tell(pc):
            return self.now
        if pc.noticed_at is None or not self.notice_holds(pc):
            return None
        return pc.noticed_at + self.desired.notice
