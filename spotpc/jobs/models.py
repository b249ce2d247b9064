"""Long work as rows: the job, its timeline, what it made in Azure, and how long its steps took."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from spotpc.web.scoping import TenantQuerySet


class Job(models.Model):
    """One piece of long work on one subject, done in short ticks.

        queued ──▶ running ◀──▶ waiting
           │          │            │
           └──────────┼────────────┘   the outcome is known: done, stopped or cancelled
                      ▼
                   cleaning ──▶ succeeded | failed | cancelled      (never left again)

    - Every move is an UPDATE in `transitions` that names the state it leaves and carries the lease
      token. Anything but one row changed means that somebody else acted: reload and stop.
    - `queued`, `waiting` and `running` become `running` by a claim: due, and no lease or an expired
      one. A claim in `cleaning` stays in `cleaning`.
    - A claim first moves `next_run_at` to the end of its lease. A worker that dies has thereby
      already scheduled its own replacement.
    - `outcome` says, while cleaning, how the job will end. `cleaning` with an empty `step` means
      that nothing is left to clean; a kind without clean-up steps starts there.
    - A worker that died counts as a strike, so a step that kills its worker does not spin.
    - A request to cancel, or to run now, is not a move: it is a note in the row for the next tick
      and needs no token.
    - `next_run_at` is null exactly when the job has ended.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        WAITING = "waiting", "Waiting"
        CLEANING = "cleaning", "Cleaning up"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING, State.WAITING, State.CLEANING)
    ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=60)
    # No cascade: the history of a job outlives the row it was about.
    subject_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    subject_name = models.CharField(max_length=200)  # as it was called then
    params = models.JSONField(default=dict)
    params_version = models.PositiveSmallIntegerField(default=1)

    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    outcome = models.CharField(max_length=20, choices=State, blank=True)
    step = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    past_no_return = models.BooleanField(default=False)
    # Failures in a row, since when, and how many of them nobody can explain.
    attempt = models.PositiveIntegerField(default=0)
    strikes = models.PositiveIntegerField(default=0)
    retrying_since = models.DateTimeField(null=True, blank=True)

    next_run_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.CharField(max_length=254, blank=True)

    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    error_remedy = models.TextField(blank=True)
    cleanup_error = models.TextField(blank=True)  # why something was left behind
    waiting_for = models.TextField(blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)

    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["Job"].as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="job_list"),
            models.Index(fields=["subject_type", "subject_id"], name="job_subject"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"],
                condition=Q(state__in=["queued", "running", "waiting", "cleaning"]),
                name="one_active_job_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["succeeded", "failed", "cancelled"], next_run_at__isnull=True
                )
                | Q(
                    state__in=["queued", "running", "waiting", "cleaning"],
                    next_run_at__isnull=False,
                ),
                name="active_job_has_next_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_name}"

    @property
    def active(self) -> bool:
        return self.state in self.ACTIVE


class JobEvent(models.Model):
    """One line of the timeline an admin reads. Append-only."""

    class Level(models.TextChoices):
        INFO = "info", "Information"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    level = models.CharField(max_length=10, choices=Level, default=Level.INFO)
    step = models.CharField(max_length=60, blank=True)
    text = models.TextField()

    objects = TenantQuerySet["JobEvent"].as_manager()

    class Meta:
        ordering = ["at", "id"]


class JobResource(models.Model):
    """The ledger: everything a job makes in Azure, written down before Azure is asked for it."""

    class Fate(models.TextChoices):
        PLANNED = "planned", "Being created"
        EXISTS = "exists", "In Azure"
        GONE = "gone", "Removed"
        KEPT = "kept", "Kept"

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="resources")
    kind = models.CharField(max_length=60)  # "virtual machine"
    resource_id = models.CharField(max_length=400)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    fate = models.CharField(max_length=10, choices=Fate, default=Fate.PLANNED)
    reason = models.TextField(blank=True)  # why it was kept

    objects = TenantQuerySet["JobResource"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["job", "resource_id"], name="one_ledger_row")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class JobStepRun(models.Model):
    """When a step began and ended. Unfinished rows are steps under way, or that never got there."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=60)
    step = models.CharField(max_length=60)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["JobStepRun"].as_manager()

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(fields=["tenant", "kind", "step", "-finished_at"], name="step_history")
        ]
        constraints = [models.UniqueConstraint(fields=["job", "step"], name="one_run_per_step")]
