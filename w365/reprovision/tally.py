"""How many Cloud PCs stand where, for sentences and bars. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .actions import UNDER_WAY, Phase


@dataclass(frozen=True)
class Tally:
    total: int  # without those left out
    done: int
    failed: int
    skipped: int
    under_way: int
    waiting: int  # for their turn, their user, Windows 365, or another attempt
    left: int  # as they were, after a cancel
    left_out: int

    @property
    def settled(self) -> int:
        return self.done + self.failed + self.skipped

    @property
    def sentence(self) -> str:
        noun = "Cloud PC" if self.total == 1 else "Cloud PCs"
        others = [
            (self.failed, "failed"),
            (self.skipped, "skipped"),
            (self.under_way, "under way"),
            (self.left, "left as before"),
        ]
        parts = [f"{self.done} of {self.total} {noun} brought over"]
        return ", ".join([*parts, *(f"{n} {word}" for n, word in others if n)]) + "."


def tally(phases: Iterable[str]) -> Tally:
    """Words of `Phase`, from a plan or from rows; an empty one stands for Planned."""
    found = [Phase(each or Phase.PLANNED) for each in phases]
    waiting = (Phase.PLANNED, Phase.TOLD, Phase.NOT_READY, Phase.AGAIN)
    left_out = found.count(Phase.EXCLUDED)
    return Tally(
        total=len(found) - left_out,
        done=found.count(Phase.DONE),
        failed=found.count(Phase.FAILED),
        skipped=found.count(Phase.SKIPPED),
        under_way=sum(each in UNDER_WAY for each in found),
        waiting=sum(each in waiting for each in found),
        left=found.count(Phase.LEFT),
        left_out=left_out,
    )
