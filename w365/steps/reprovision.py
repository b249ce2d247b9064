"""The long job of bringing Cloud PCs over: check, then observe, plan and apply until it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from spotpc.azure.errors import AzureError, Decision, Stopped
from spotpc.jobs.kinds import Cancelled, Done, JobKind, Result, Step, Tick, Wait, register
from spotpc.jobs.models import Job
from tenants.steps import azure_for
from w365.models import ReprovisionedPc, Reprovisioning
from w365.reprovision import checks
from w365.reprovision.actions import UNDER_WAY, Outcome, Phase, Plan, Reprovision, Tell
from w365.reprovision.apply import Hands
from w365.reprovision.desired import desired_of
from w365.reprovision.observe import observe
from w365.reprovision.planner import plan
from w365.reprovision.services import REPROVISION
from w365.reprovision.state import Observed
from w365.reprovision.tally import tally

# Between passes, in Azure's time: after something was done, and while Windows 365 works.
SOON, WORKING = 10, 60
LONGEST_SLEEP = timedelta(minutes=5)  # even if nothing is due before tomorrow


def run_of(tick: Tick) -> Reprovisioning:
    rows = Reprovisioning.objects.select_related("tenant__credential", "policy")
    return rows.get(pk=tick.job.subject_id)


def prepare(tick: Tick) -> Result:
    """Everything that can be known before the first user is told."""
    if tick.cancel_requested:
        return Cancelled("Nothing had been asked of Windows 365 yet.")
    run = run_of(tick)
    graph = azure_for(run.tenant).graph
    spec = checks.check_policy(graph, run)
    checks.check_image(graph, spec)
    checks.check_network(graph, spec)
    checks.check_licences(graph, run.pcs.filter(excluded=False).count())
    return Done("Policy, image, network and licences are as they should be")


def roll_out(tick: Tick) -> Result:
    """Pass after pass. What only an admin can mend is waited for: a run is not left half done."""
    try:
        return _pass(tick)
    except Stopped as trouble:
        if trouble.decision != Decision.PAUSE or tick.cancel_requested:
            raise
        told = f"{trouble.sentence} {trouble.remedy}"
        if tick.job.waiting_for != told:
            tick.event(told, level="error")
        return Wait(told, seconds=WORKING)


def _pass(tick: Tick) -> Result:
    """One pass: look, decide, act, write down how it stands."""
    run = run_of(tick)
    desired = desired_of(run, cancelled=tick.cancel_requested)
    graph = azure_for(run.tenant).graph
    try:
        view = observe(graph, run)
    except AzureError as trouble:
        unreadable = Observed((), readable=False, unreadable_reason=trouble.sentence)
        _record(tick, run, {}, plan(desired, unreadable, timezone.now()))
        raise
    decided = plan(desired, view.observed, timezone.now())
    _record(tick, run, view.rows, decided)
    hands = Hands(tick, graph, run, view)
    for action in decided.actions:
        if isinstance(action, Tell | Reprovision) and _called_off(tick, run):
            break
        hands.do(action)
    seen = tally(each.phase for each in decided.pcs)
    tick.progress(seen.done, seen.total)
    return _result(run, decided)


def _called_off(tick: Tick, run: Reprovisioning) -> bool:
    """Somebody pressed Pause or Cancel, or it stopped by itself, since this pass began.

    There is no way back from a wipe, so this is asked before each single one.
    """
    stopped = Reprovisioning.objects.filter(pk=run.pk).exclude(paused=False, halted="")
    cancelled = Job.objects.filter(pk=tick.job.pk, cancel_requested_at__isnull=False)
    return stopped.exists() or cancelled.exists()


def _record(
    tick: Tick, run: Reprovisioning, rows: Mapping[str, ReprovisionedPc], decided: Plan
) -> None:
    for each in decided.pcs:
        rows[each.id].phase, rows[each.id].note = each.phase, each.note
    doing = decided.actions[0].reason if decided.actions else ""
    run.waiting_for = decided.waiting_for or doing
    with tick.held():
        ReprovisionedPc.objects.bulk_update(rows.values(), ["phase", "note"])
        run.save(update_fields=["waiting_for"])


def _result(run: Reprovisioning, decided: Plan) -> Result:
    told = tally(each.phase for each in decided.pcs).sentence
    if decided.outcome is Outcome.SUCCEEDED:
        return Done(told)
    if decided.outcome is Outcome.CANCELLED:
        return Cancelled(told)
    if decided.outcome is Outcome.FAILED:
        raise Stopped(
            "reprovision-nobody",
            f"No Cloud PC was brought over. {told}",
            "The table says why for each. Correct the causes, then start again.",
            Decision.FAIL,
        )
    until = _wake_up(decided)
    reason = run.waiting_for or "The next look at Windows 365 is due"
    if until is not None:
        return Wait(reason, until=until)
    return Wait(reason, seconds=SOON if decided.actions else WORKING)


def _wake_up(decided: Plan) -> datetime | None:
    """Hours before the next known time nothing needs looking at every minute."""
    busy = any(each.phase in (*UNDER_WAY, Phase.NOT_READY) for each in decided.pcs)
    if decided.actions or busy:
        return None
    latest = timezone.now() + LONGEST_SLEEP
    return min([latest, *(wait.until for wait in decided.waits if wait.until)])


def ended(job: Job) -> None:
    """The run's rows say how it ended; whoever was not asked has the Cloud PC as it was."""
    run = Reprovisioning.objects.get(pk=job.subject_id)
    run.outcome, run.finished_at = job.state, timezone.now()
    run.waiting_for = run.halted = ""
    run.save(update_fields=["outcome", "finished_at", "waiting_for", "halted"])
    open_rows = run.pcs.filter(excluded=False, finished_at=None).exclude(phase=Phase.SKIPPED)
    open_rows.filter(asked_at=None).update(phase=Phase.LEFT)
    open_rows.exclude(asked_at=None).update(
        note="The run ended before this one did. Look at it in Intune."
    )


def url_of(job: Job) -> str:
    return reverse("w365-reprovisioning", args=[job.tenant_id, job.subject_id])


RUN = register(
    JobKind(
        name=REPROVISION,
        title="Bring Cloud PCs over",
        steps=(
            Step("prepare", "Check policy, image, network and licences", prepare, expected=10),
            Step("roll-out", "Reprovision the Cloud PCs, ring by ring", roll_out, expected=7200),
        ),
        on_end=ended,
        url=url_of,
        handles_cancel=True,
    )
)
