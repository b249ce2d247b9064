"""Users who come and go by themselves, so that an Opportunistic update has an end to watch."""

from __future__ import annotations

import random

from spotpc.demo import cast
from spotpc.demo.arm import Control

# Chance per turn (a few seconds) that one person leaves, or one who is away signs on.
LEAVES = 0.05
COMES = 0.05


class People:
    def __init__(self, control: Control) -> None:
        self._control = control
        self._dice = random.Random()  # noqa: S311  a play, not a secret

    def turn(self) -> None:
        """Everybody decides once. The emulator refuses what cannot be, and that is fine."""
        present = {each["user"] for each in self._sessions()}
        for customer in cast.CUSTOMERS:
            for group in customer.groups:
                for person in group.people:
                    self._decide(f"{person}@{customer.domain}", group.name, present)

    def _sessions(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self._control.get("/state")["sessions"]
        return found

    def _decide(self, user: str, pool: str, present: set[str]) -> None:
        chance = self._dice.random()
        if user in present and chance < LEAVES:
            self._control.post("/logoff", user=user)
        elif user not in present and chance < COMES:
            self._control.post("/logon", hostPool=pool, user=user)
