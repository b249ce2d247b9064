"""The eight rules of an update, judged from what really happened in a simulated pool.

Written from the contract, not from the planner: it shares no code with it.
"""

from __future__ import annotations

from spotgroups.rollout import actions as act
from spotgroups.rollout.state import Build, Method

from .sim_hosts import NEW, SimHost
from .simulator import World


class BrokenRuleError(AssertionError):
    def __init__(self, rule: int, why: str) -> None:
        super().__init__(f"rule {rule}: {why}")
        self.rule = rule


def require(rule: int, holds: bool, why: str) -> None:
    if not holds:
        raise BrokenRuleError(rule, why)


class Judge:
    """Runs passes over a world, and looks before every single action."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log: list[act.Plan] = []

    def run_pass(self) -> act.Plan:
        world = self.world
        plan = world.plan()
        self.log.append(plan)
        self.speaks(plan)
        require(0, world.readable or not plan.actions, "acted while Azure could not be read")
        refused = False
        for action in plan.actions:
            self.before(action)
            if not isinstance(action, act.BeginCutOver | act.BuildHost) and world.refused():
                refused = True
                continue
            world.apply(action)
        if not refused and world.readable and not world.desired.cancelled:
            self.stays_drained()
        return plan

    # What is true of the world

    def new(self, host: SimHost) -> bool:
        return host.slot is not None or host.version == NEW

    def open(self, host: SimHost) -> bool:
        """Takes new users, and is not one we gave up; a new host only on the pinned version."""
        pinned = host.version == NEW or host.slot is None
        idle = host.gone_at is None and not host.removing and host.build is Build.DONE
        return host.serves(self.world.now) and host.drained_at is None and pinned and idle

    def seats(self) -> int:
        return 2 * sum(self.open(h) for h in self.world.hosts)

    def ready(self) -> int:
        return sum(self.new(h) and self.open(h) for h in self.world.hosts)

    def serving(self) -> int:
        """Old hosts not given up, healthy or not."""
        return sum(h.record and not self.new(h) and h.drained_at is None for h in self.world.hosts)

    def existing(self) -> int:
        return sum(h.takes_a_place for h in self.world.hosts)

    # Before each action

    def before(self, action: act.Action) -> None:
        require(7, bool(action.reason), f"no reason: {action}")
        match action:
            case act.Drain():
                self.may_drain(self.world.host(action.host))
            case act.BuildHost():
                most = self.world.desired.hosts_wanted + self.world.desired.surge
                require(5, self.existing() < most, f"{self.existing()} of {most} hosts exist")
            case act.Warn():
                forced = self.world.desired.method is not Method.OPPORTUNISTIC
                require(2, forced, "Opportunistic warned a user")
            case act.SignOut():
                self.may_sign_out(action)
            case act.RemoveRecord() | act.RemoveVm() | act.RemoveLeftovers():
                self.may_remove(action)

    def may_drain(self, host: SimHost) -> None:
        if not self.open(host):
            return
        left = self.seats() - 2
        floor = self.world.desired.floor_seats
        require(1, left >= floor, f"draining {host.name} leaves {left} of {floor} seats")
        if not self.new(host):
            at = self.world.desired.cut_over_at
            require(4, at is None or self.world.now >= at, f"{host.name} drained before the time")
            most = self.world.desired.hosts_wanted + self.world.desired.surge
            shrinks = self.existing() >= most
            require(6, self.ready() > 0 or shrinks, f"{host.name} drained before a new host")

    def may_sign_out(self, action: act.SignOut) -> None:
        world = self.world
        wanted = world.desired
        require(2, wanted.method is not Method.OPPORTUNISTIC, "Opportunistic signed a user out")
        require(2, not (wanted.paused or wanted.cancelled), "signed out while stopped")
        at = wanted.cut_over_at
        require(2, at is None or world.now >= at + wanted.warning, "signed out before the time")
        told = [at for at, uid, _ in world.messages if str(uid) == action.session]
        require(2, bool(told), f"{action.user} was never warned")
        require(2, world.now - max(told) >= wanted.warning, f"{action.user} had too little time")
        require(2, world.host(action.host).draining, f"{action.host} still takes users")
        needed = max(1, wanted.hosts_wanted - self.serving())
        require(2, self.ready() >= needed, f"{self.ready()} of {needed} new hosts available")

    def may_remove(self, action: act.RemoveRecord | act.RemoveVm | act.RemoveLeftovers) -> None:
        world = self.world
        host = world.host(action.host)
        if isinstance(action, act.RemoveRecord):
            began = host.drain_began
            require(3, host.draining, f"{host.name} removed while it takes users")
            require(3, not host.sessions and not host.in_flight, f"{host.name} removed with users")
            waited = began is not None and world.now - began >= world.desired.idle_confirm
            require(3, waited, f"{host.name} removed without a second look")
        if isinstance(action, act.RemoveVm):
            require(8, not host.record, f"VM of {host.name} removed before its record")
            known = host.removing or host.slot is not None or host.drained_at
            require(3, bool(known), f"{host.name} removed though its users cannot be seen")
        if isinstance(action, act.RemoveLeftovers):
            require(8, not host.vm and not host.record, f"{host.name}: leftovers before the VM")

    # After a pass

    def keeps_its_seats(self) -> None:
        """Where nothing outside took seats away, they are all there."""
        seats, floor = self.seats(), self.world.desired.floor_seats
        require(1, seats >= floor, f"{seats} of {floor} seats")

    def stays_drained(self) -> None:
        for host in self.world.hosts:
            gave_up = host.record and not self.new(host) and host.drained_at
            require(4, not gave_up or host.draining, f"{host.name} takes users after its cut-over")

    def speaks(self, plan: act.Plan) -> None:
        words = plan.actions or plan.waiting_for
        require(7, plan.done or bool(words), "neither acts nor says why not")
        for wait in plan.waits:
            one = wait.sentence.endswith(".") and ". " not in wait.sentence
            require(7, one, f"not a sentence: {wait.sentence!r}")

    def ends_well(self) -> None:
        """Succeeded means observed: the pinned version everywhere, and nothing left behind."""
        world = self.world
        require(8, self.ready() >= world.desired.hosts_wanted, "succeeded with hosts missing")
        left = [h.name for h in world.hosts if h.present and not self.new(h)]
        listed = " ".join(self.log[-1].left)
        unlisted = [name for name in left if name not in listed]
        require(8, not unlisted, f"left behind, not listed: {unlisted}")
