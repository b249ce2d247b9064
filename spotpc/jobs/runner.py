"""One tick: claim the row, do a few seconds of work, save, let go."""

from __future__ import annotations

import copy
import json
import logging
import time
from datetime import datetime

from django.utils import timezone

from spotpc.azure.errors import AzureError
from spotpc.jobs import ending, transitions
from spotpc.jobs.kinds import Cancelled, Done, JobKind, Result, Step, Tick, Wait, kind_of
from spotpc.jobs.models import Job, JobEvent, JobResource, JobStepRun
from spotpc.jobs.process import this_process
from spotpc.jobs.retries import (
    SOONEST,
    STRIKES,
    Trouble,
    WorkerLost,
    at_pace,
    timed_out,
    understand,
)
from spotpc.jobs.tick import record

log = logging.getLogger(__name__)
State = Job.State

# Steps that are done at once follow each other in one tick, up to here.
TICK_SECONDS = 5.0
FRESH = {"attempt": 0, "strikes": 0, "retrying_since": None}


def run_tick(job_id: int, *, owner: str = "") -> bool:
    """One tick of one job; False if it was not due or another worker has it.

    Never raises for what happens inside a step: that becomes a retry or the end of the job.
    """
    job = transitions.claim(job_id, owner or this_process())
    if job is None:
        return False
    try:
        _work(job.pk, job.lease_token)
    except transitions.LeaseLost as lost:
        log.warning("%s Stopped without writing.", lost)
    return True


def _work(job_id: int, token: str) -> None:
    """Passes until one lets go of the job or the time is up. Each starts from the row."""
    deadline = time.monotonic() + TICK_SECONDS
    while True:
        job = transitions.ours(job_id, token)
        try:
            on = _advance(job)
        except transitions.LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of the apps' code; it is retried
            on = _stumble(transitions.ours(job_id, token), error)
        if not on:
            return
        if time.monotonic() > deadline:
            transitions.let_go(transitions.ours(job_id, token), timezone.now())
            return


def _advance(job: Job) -> bool:
    """One pass. True if the job is still ours and there is more to do now."""
    kind = kind_of(job.kind)
    step = current_step(kind, job)
    if step is None:
        ending.finish(job, kind)
        return False
    if job.strikes > STRIKES:
        raise WorkerLost(f"Lost {job.strikes} workers in a row.")
    if ending.cancel_due(job, kind):
        ending.clean_up(job, kind, State.CANCELLED)
        return True
    began = _begin(job, kind, step)
    if began is None:
        return True
    tick = Tick(
        job=job,
        facts=copy.deepcopy(job.facts),
        now=timezone.now(),
        cancel_requested=job.cancel_requested_at is not None and not job.past_no_return,
        step_began=began,
    )
    return _settle(tick, kind, step, _run(step, tick))


def current_step(kind: JobKind, job: Job) -> Step | None:
    """The step a job is in; None when all that is left is to end.

    A clean-up step that this release does not know starts the clean-up anew: its steps look before
    they act. An unknown main step is a LookupError.
    """
    if job.state != State.CLEANING:
        return kind.step(job.step) if job.step else kind.steps[0]
    if not job.step or not kind.cleanup:
        return None
    return next((each for each in kind.cleanup if each.name == job.step), kind.cleanup[0])


def _begin(job: Job, kind: JobKind, step: Step) -> datetime | None:
    """When this step began; None if a request to cancel came in first."""
    run = JobStepRun.objects.filter(job=job, step=step.name).first()
    if run is not None and job.step == step.name:
        return run.started_at
    with transitions.held(job):
        # The row is locked now. So either the request is here, or it comes after this step began.
        job.refresh_from_db(fields=["cancel_requested_at"])
        if ending.cancel_due(job, kind):
            return None
        transitions.write(
            job,
            step=step.name,
            past_no_return=job.past_no_return or step.no_return,
            waiting_for="",
            progress_done=0,
            progress_total=0,
        )
        run, begun = JobStepRun.objects.get_or_create(
            job=job,
            step=step.name,
            defaults={"tenant_id": job.tenant_id, "kind": job.kind, "started_at": timezone.now()},
        )
        if begun:
            record(job, step.title)
            if kind.on_step is not None:
                kind.on_step(job, step.name)
    return run.started_at


def _run(step: Step, tick: Tick) -> Result:
    try:
        result = step.run(tick)
    except AzureError:
        # What the step noted before Azure refused is still true. After a fault it may not be.
        transitions.write(tick.job, facts=_json(tick.facts))
        raise
    _json(tick.facts)
    return result


def _json(facts: dict[str, object]) -> dict[str, object]:
    """The facts, if they can be stored at all; TypeError is the step's fault, not ours."""
    json.dumps(facts)
    return facts


def _settle(tick: Tick, kind: JobKind, step: Step, result: Result) -> bool:
    job = tick.job
    match result:
        case Done(note=note):
            _done(tick, kind, step, note)
            return True
        case Wait():
            _wait(tick, step, result)
            return False
        case Cancelled(note=note) if kind.handles_cancel:
            with transitions.held(job):
                transitions.write(job, facts=tick.facts)
                record(job, note)
                ending.clean_up(job, kind, State.CANCELLED)
            return True
    raise TypeError(f"The step {step.name} answered {result!r}.")


def _done(tick: Tick, kind: JobKind, step: Step, note: str) -> None:
    job = tick.job
    with transitions.held(job):
        _confirm_ledger(job)
        JobStepRun.objects.filter(job=job, step=step.name).update(finished_at=timezone.now())
        if note:
            record(job, note)
        transitions.write(job, facts=tick.facts)
        ending.go_on(job, kind)


def _wait(tick: Tick, step: Step, wait: Wait) -> None:
    """Let go until it is time. A pass that could look around and found nothing wrong is a success,
    so the retries count anew."""
    job, now = tick.job, timezone.now()
    if step.timeout is not None and wait.until is None and tick.waited() > at_pace(step.timeout):
        raise timed_out(step.title, step.timeout, wait.reason)
    at = now + at_pace(wait.seconds) if wait.until is None else max(wait.until, now + SOONEST)
    with transitions.held(job):
        job.refresh_from_db(fields=["cancel_requested_at"])
        if job.cancel_requested_at and not tick.cancel_requested:
            at = now  # asked for while we worked: do not sleep over it
        _confirm_ledger(job)
        transitions.write(job, facts=tick.facts, waiting_for=wait.reason, **FRESH)
        transitions.let_go(job, at)


def _confirm_ledger(job: Job) -> None:
    """The pass came through, so what it announced it has asked Azure for."""
    planned = JobResource.objects.filter(job=job, fate=JobResource.Fate.PLANNED)
    planned.update(fate=JobResource.Fate.EXISTS)


def _stumble(job: Job, error: Exception) -> bool:
    """A pass failed: try again later, or give up this step. True if there is more to do now."""
    trouble, now = understand(job, error), timezone.now()
    kind = _kind_or_none(job)
    if kind is None or (job.state == State.CLEANING and not job.step):
        # Nothing to fall back on: without its kind or its last transaction a job cannot end, and
        # both are mended by a deployment. So it goes on trying.
        _retry(job, trouble, now, strike=False)
        return False
    overdue = _overdue(job, kind, trouble, now)
    if overdue is not None:
        trouble = overdue
    if not trouble.exhausted(job, now):
        _retry(job, trouble, now, strike=not trouble.explained)
        return False
    ending.give_up(job, kind, trouble)
    return True


def _kind_or_none(job: Job) -> JobKind | None:
    try:
        return kind_of(job.kind)
    except LookupError:
        return None


def _overdue(job: Job, kind: JobKind, trouble: Trouble, now: datetime) -> Trouble | None:
    """A step whose time is up is not retried, whatever the reason."""
    step = next((each for each in kind if each.name == job.step), None)
    if trouble.final or step is None or step.timeout is None:
        return None
    run = JobStepRun.objects.filter(job=job, step=step.name).first()
    if run is None or now - run.started_at <= at_pace(step.timeout):
        return None
    return understand(job, timed_out(step.title, step.timeout, trouble.sentence))


def _retry(job: Job, trouble: Trouble, now: datetime, *, strike: bool) -> None:
    at = now + trouble.delay(job)
    with transitions.held(job):
        if trouble.sentence != job.waiting_for:
            record(job, trouble.sentence, JobEvent.Level.WARNING)
        transitions.write(
            job,
            waiting_for=trouble.sentence,
            attempt=job.attempt + 1,
            strikes=job.strikes + strike,
            retrying_since=job.retrying_since or now,
        )
        transitions.let_go(job, at)
