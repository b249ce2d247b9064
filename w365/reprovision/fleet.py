"""The Cloud PCs of a run as the rules see them: whose turn it is, and the one budget.

Nothing is decided here. Every number that two rules share is computed here once, so that they
cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from .actions import SETTLED, UNDER_WAY, PcPhase, Phase, count
from .judge import Judge, Verdict
from .state import REPROVISIONABLE, Desired, Observed, Pc


@dataclass(frozen=True)
class Fleet:
    desired: Desired
    observed: Observed
    now: datetime

    @property
    def judge(self) -> Judge:
        return Judge(self.desired, self.now)

    @cached_property
    def pcs(self) -> list[Pc]:
        """In one order, whatever order Graph lists them in."""
        return sorted(self.observed.pcs, key=lambda pc: (pc.ring, pc.name, pc.id))

    @cached_property
    def included(self) -> list[Pc]:
        return [pc for pc in self.pcs if not pc.excluded]

    # Rings

    @cached_property
    def _judged(self) -> tuple[dict[int, datetime | None], dict[str, Verdict]]:
        """Ring after ring: when one may begin depends on how those before it stand."""
        turns: dict[int, datetime | None] = {}
        verdicts: dict[str, Verdict] = {}
        turn: datetime | None = self.desired.starts_at
        for ring in sorted({pc.ring for pc in self.pcs}):
            pcs = [pc for pc in self.pcs if pc.ring == ring]
            turns[ring] = turn
            found = {pc.id: self.judge.verdict(pc, turn) for pc in pcs}
            verdicts |= found
            turn = self._turn_after(turn, pcs, found)
        return turns, verdicts

    def _turn_after(
        self, turn: datetime | None, pcs: list[Pc], found: dict[str, Verdict]
    ) -> datetime | None:
        """No pause after a ring in which nothing happened."""
        if turn is None or any(verdict.phase not in SETTLED for verdict in found.values()):
            return None
        ended = (Phase.DONE, Phase.FAILED)
        ends = [pc.finished_at or self.now for pc in pcs if found[pc.id].phase in ended]
        return max([turn, *(end + self.desired.ring_pause for end in ends)])

    def verdict(self, pc: Pc) -> Verdict:
        return self._judged[1][pc.id]

    def phase(self, pc: Pc) -> Phase:
        return self.verdict(pc).phase

    def having(self, *phases: Phase) -> list[Pc]:
        return [pc for pc in self.pcs if self.phase(pc) in phases]

    @cached_property
    def ring(self) -> int | None:
        """Whose turn it is: the first that is not settled."""
        return next((pc.ring for pc in self.pcs if self.phase(pc) not in SETTLED), None)

    @property
    def turn_at(self) -> datetime | None:
        """When that ring may begin."""
        return None if self.ring is None else self._judged[0][self.ring]

    @cached_property
    def candidates(self) -> list[Pc]:
        """Of that ring, those that can be told, or reprovisioned, now or at their time."""
        return [
            pc
            for pc in self.having(Phase.PLANNED, Phase.TOLD, Phase.AGAIN)
            if pc.ring == self.ring and pc.listed and pc.status in REPROVISIONABLE
        ]

    # The budget

    @cached_property
    def settled(self) -> bool:
        return self.ring is None

    @cached_property
    def under_way(self) -> list[Pc]:
        return self.having(*UNDER_WAY)

    @cached_property
    def failures(self) -> list[Pc]:
        return [pc for pc in self.having(Phase.FAILED) if not pc.forgiven]

    @property
    def over_budget(self) -> bool:
        return len(self.failures) > self.desired.failure_budget

    @cached_property
    def halt_reason(self) -> str:
        """Why nothing new may be asked; empty while it goes on."""
        observed = self.observed
        if not observed.policy_exists:
            return "the provisioning policy was deleted"
        if observed.policy_image_id.casefold() != self.desired.image_id.casefold():
            now = observed.policy_image_name or "another one"
            return f"the policy's image is {now} now instead of {self.desired.image_name}"
        if self.over_budget:
            told = self.verdict(self.failures[-1]).note.split(". ")[0].rstrip(".")
            number = count(len(self.failures), "Cloud PC")
            return f"{number} failed where {self.desired.failure_budget} may ({told})"
        return ""

    @property
    def phases(self) -> tuple[PcPhase, ...]:
        return tuple(PcPhase(pc.id, self.phase(pc), self.verdict(pc).note) for pc in self.pcs)
