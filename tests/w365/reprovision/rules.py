"""The eight rules of a reprovisioning, judged from what really happened in a simulated Windows 365.

Written from the contract, not from the planner: it shares no code with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from w365.reprovision import actions as act

from .simulator import NEW, START, SimPc, World

NOT_THERE = ("inGracePeriod", "deprovisioning", "notProvisioned")
READY = ("provisioned", "provisionedWithWarnings", "failed")
KEEPS = timedelta(hours=1)


class BrokenRuleError(AssertionError):
    def __init__(self, rule: int, why: str) -> None:
        super().__init__(f"rule {rule}: {why}")
        self.rule = rule


def require(rule: int, holds: bool, why: str) -> None:
    if not holds:
        raise BrokenRuleError(rule, why)


class Judge:
    """Runs passes over a world, looks before every single action, and keeps its own books."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log: list[act.Plan] = []
        self.settled: dict[str, datetime] = {}  # when each was first told to be at its end
        self.failed: set[str] = set()
        self.asked: dict[str, int] = {}  # requests that may have reached Graph
        self.must_ask = False  # an administrator has to act before anything new

    def run_pass(self) -> act.Plan:
        world = self.world
        plan = world.plan()
        self.log.append(plan)
        self.speaks(plan)
        require(0, world.readable or not plan.actions, "acted while Graph could not be read")
        for action in plan.actions:
            self.before(action)
            self.write_down(action)
            world.apply(action)
        if plan.outcome is act.Outcome.HALTED:
            self.must_ask = True
        if plan.done:
            self.ends_well(plan)
        return plan

    def go_on(self, *, retry: bool) -> None:
        self.must_ask = False
        if retry:
            for pc_id in self.failed:
                del self.settled[pc_id]
                self.asked.pop(pc_id, None)
        self.failed.clear()
        self.world.go_on(retry=retry)

    def write_down(self, action: act.Action) -> None:
        match action:
            case act.BroughtOver():
                self.settled.setdefault(action.pc, self.world.now)
                self.failed.discard(action.pc)
            case act.GiveUp():
                self.settled.setdefault(action.pc, self.world.now)
                self.failed.add(action.pc)
            case act.Reprovision():
                refused = self.world.answers[:1] == ["refused"]
                self.asked[action.pc] = self.asked.get(action.pc, 0) + (not refused)

    # What is true of the world

    def arrived(self, pc: SimPc) -> bool:
        """As far as anybody can know: the lists may be some minutes old."""
        shown = self.world.shown(pc)
        there = shown.listed and shown.status in READY[:2] and shown.image == NEW
        return there and shown.device != pc.old_device

    def passed(self, pc: SimPc) -> bool:
        """Not to be waited for: left out, settled, nobody's, or busy for hours."""
        world = self.world
        real = world.shown(pc)
        if pc.excluded or pc.id in self.settled or real.status in NOT_THERE:
            return True
        busy = real.status not in READY and pc.asked_at is None
        return busy and world.now - START > world.desired.timeout

    # Before each action

    def before(self, action: act.Action) -> None:
        require(7, bool(action.reason), f"no reason: {action}")
        match action:
            case act.Tell():
                self.may_begin(action.pc)
            case act.Reprovision():
                self.may_begin(action.pc)
                self.may_wipe(self.world.pc(action.pc))
            case act.BroughtOver():
                pc = self.world.pc(action.pc)
                require(8, self.arrived(pc), f"{pc.id} is not brought over: {pc.real}")
            case act.GiveUp():
                pc = self.world.pc(action.pc)
                require(8, bool(action.failure.sentence), f"{pc.id} failed without a word")
                require(8, not self.arrived(pc), f"{pc.id} given up though it is there")

    def may_begin(self, pc_id: str) -> None:
        """Both a message and a wipe are something new."""
        world, pc = self.world, self.world.pc(pc_id)
        require(2, not pc.excluded, f"{pc_id} is left out")
        require(5, not world.desired.paused, f"{pc_id} while paused")
        require(5, not world.desired.cancelled, f"{pc_id} after cancel")
        require(4, not self.must_ask, f"{pc_id} before an administrator went on")
        budget = world.desired.failure_budget
        require(4, len(self.failed) <= budget, f"{len(self.failed)} failed where {budget} may")
        require(6, world.policy_exists, f"{pc_id} without its policy")
        require(6, world.policy_image == NEW, f"{pc_id} would get {world.policy_image}")

    def may_wipe(self, pc: SimPc) -> None:
        world = self.world
        require(1, world.now >= world.desired.starts_at, f"{pc.id} before the start")
        self.was_told(pc)
        for other in world.pcs:
            if other.ring >= pc.ring or other.excluded:
                continue
            require(3, self.passed(other), f"{pc.id} before {other.id} of ring {other.ring}")
            ended = self.settled.get(other.id)
            pause = world.desired.ring_pause
            rested = ended is None or world.now >= ended + pause
            require(3, rested, f"{pc.id} begins too soon after {other.id}")
        asked, most = self.asked.get(pc.id, 0), world.desired.attempts
        require(8, asked < most, f"{pc.id} asked {asked} times where {most} may")
        twice = pc.ours and pc.ends_at is not None
        require(8, not twice, f"{pc.id} asked again while it is being reprovisioned")
        require(8, not self.arrived(pc) or pc.old_image == NEW, f"{pc.id} wiped though it is there")
        require(8, pc.id not in self.settled, f"{pc.id} wiped after its end")

    def was_told(self, pc: SimPc) -> None:
        world = self.world
        if not world.desired.message or not pc.user:
            return
        told = [at for at, pc_id in world.mails if pc_id == pc.id]
        require(1, bool(told), f"{pc.user} was never told")
        since = world.now - max(told)
        require(1, since >= world.desired.notice, f"{pc.user} had {since} only")
        usable = world.shown(pc).status != "failed"
        late = usable and since > world.desired.notice + KEEPS
        require(1, not late, f"{pc.user} was told {since} ago")

    # After a pass

    def speaks(self, plan: act.Plan) -> None:
        words = plan.actions or plan.waiting_for
        require(7, plan.done or bool(words), "neither acts nor says why not")
        for wait in plan.waits:
            one = wait.sentence.endswith(".") and ". " not in wait.sentence
            require(7, one, f"not a sentence: {wait.sentence!r}")
        require(7, {each.id for each in plan.pcs} == {pc.id for pc in self.world.pcs}, "who?")

    def ends_well(self, plan: act.Plan) -> None:
        """Each one has come to its end, and nothing of ours is left to itself."""
        brought = [pc for pc in self.world.pcs if pc.finished_at and pc.error is None]
        for pc in self.world.pcs:
            running = pc.ours and pc.ends_at is not None and pc.real.listed
            known = pc.id in self.settled or world_took(pc)
            require(5, not running or known, f"{pc.id} is left under way")
            if plan.outcome is not act.Outcome.CANCELLED:
                require(8, self.passed(pc), f"ended before {pc.id}: {pc.real}")
        if plan.outcome is act.Outcome.SUCCEEDED:
            require(8, bool(brought), "succeeded without a single one")
        if plan.outcome is not act.Outcome.CANCELLED:
            few = len(self.failed) <= self.world.desired.failure_budget
            require(4, few, "ended over the budget")


def world_took(pc: SimPc) -> bool:
    return pc.real.status in NOT_THERE
