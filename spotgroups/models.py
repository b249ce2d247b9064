"""Spot Groups (AVD host pools), what was last seen of them, and their updates."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from images.models import ImageSet, ImageVersion
from spotpc.web.scoping import TenantQuerySet
from spotpc.web.secrets import SecretField
from tenants.models import Site, Tenant


class SpotGroup(models.Model):
    """A host pool and how its session hosts are built."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="spot_groups")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="spot_groups")
    name = models.CharField(max_length=60)
    friendly_name = models.CharField(max_length=60, blank=True)
    host_pool = models.CharField(max_length=64)  # its name in the site's resource group
    image_set = models.ForeignKey(ImageSet, on_delete=models.PROTECT, related_name="spot_groups")
    image_version = models.ForeignKey(
        ImageVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="spot_groups"
    )
    hosts_wanted = models.PositiveIntegerField(default=2)
    vm_size = models.CharField(max_length=40, default="Standard_D4s_v5")
    host_prefix = models.CharField(max_length=9)
    session_limit = models.PositiveIntegerField(default=10)  # as last read from the host pool
    personal = models.BooleanField(default=False)
    entra_joined = models.BooleanField(default=True)
    # For hosts joined to Active Directory instead:
    ad_domain = models.CharField(max_length=200, blank=True)
    ad_ou = models.CharField(max_length=400, blank=True)
    ad_username = models.CharField(max_length=200, blank=True)
    ad_password = SecretField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["SpotGroup"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="spot_group_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return f"{self.name} - {self.friendly_name}" if self.friendly_name else self.name


class SessionHost(models.Model):
    """A session host as last seen in Azure. Sync and updates write it, nobody else."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="session_hosts")
    spot_group = models.ForeignKey(SpotGroup, on_delete=models.CASCADE, related_name="hosts")
    name = models.CharField(max_length=255)  # as AVD names it, with the domain
    vm_id = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=40)  # Azure's word
    power = models.CharField(max_length=20, blank=True)
    allow_new_session = models.BooleanField(default=True)
    sessions = models.PositiveIntegerField(default=0)
    last_heartbeat = models.DateTimeField(null=True, blank=True)
    image_version = models.ForeignKey(
        ImageVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="session_hosts"
    )
    image_id = models.CharField(max_length=400, blank=True)  # what Azure says it was built from
    agent_version = models.CharField(max_length=40, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["SessionHost"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["spot_group", "name"], name="session_host_unique")
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def short_name(self) -> str:
        return self.name.split(".", 1)[0]


class UserSession(models.Model):
    """A signed-in user as last seen in Azure."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="user_sessions")
    host = models.ForeignKey(SessionHost, on_delete=models.CASCADE, related_name="user_sessions")
    session_id = models.CharField(max_length=40)
    user = models.CharField(max_length=254)
    state = models.CharField(max_length=40)  # Azure's word: Active, Disconnected, …
    created_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["UserSession"].as_manager()

    class Meta:
        ordering = ["user"]
        constraints = [
            models.UniqueConstraint(fields=["host", "session_id"], name="user_session_unique")
        ]


class SpotGroupUpdate(models.Model):
    """A roll-out of one pinned image version over one group. Its job row says how it goes."""

    class Outcome(models.TextChoices):
        RUNNING = "", "Running"
        SUCCEEDED = "succeeded", "Updated"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Method(models.TextChoices):
        OPPORTUNISTIC = "opportunistic", "Opportunistic"
        IMMEDIATE = "immediate", "Immediate"
        SCHEDULED = "scheduled", "Scheduled"

    class Floor(models.TextChoices):
        START = "start", "Keep every seat"
        DEMAND = "demand", "Keep as many seats as were in use"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="updates")
    spot_group = models.ForeignKey(SpotGroup, on_delete=models.CASCADE, related_name="updates")
    image_version = models.ForeignKey(
        ImageVersion, null=True, on_delete=models.SET_NULL, related_name="updates"
    )
    # Copies, so that history stays readable when a set or version is gone.
    image_name = models.CharField(max_length=120)  # "Front desk 1.0.3"
    from_image_name = models.CharField(max_length=120, blank=True)
    method = models.CharField(max_length=20, choices=Method)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    scheduled_zone = models.CharField(max_length=64, blank=True)
    warning_minutes = models.PositiveIntegerField(default=5)
    message = models.CharField(max_length=500, blank=True)
    hosts_wanted = models.PositiveIntegerField()
    surge = models.PositiveIntegerField()
    floor = models.CharField(max_length=20, choices=Floor, default=Floor.START)
    floor_seats = models.PositiveIntegerField()
    failure_budget = models.PositiveIntegerField(default=1)
    build_attempts = models.PositiveIntegerField(default=3)
    build_lead_seconds = models.PositiveIntegerField(default=2700)
    paused = models.BooleanField(default=False)
    cut_over_at = models.DateTimeField(null=True, blank=True)  # when it really began
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    conditions = models.JSONField(default=list)
    waiting_for = models.TextField(blank=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["SpotGroupUpdate"].as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["spot_group"], condition=models.Q(outcome=""), name="one_running_update"
            )
        ]


class UpdateHost(models.Model):
    """One host in one update: how it stands, and the facts the planner needs back."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    update_row = models.ForeignKey(SpotGroupUpdate, on_delete=models.CASCADE, related_name="hosts")
    name = models.CharField(max_length=255)  # of a new host: its VM's name, from the start
    # New hosts: which place in the pool, and which try. Null: it was there before.
    slot = models.PositiveIntegerField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=1)
    image_name = models.CharField(max_length=120, blank=True)
    sessions = models.PositiveIntegerField(default=0)
    phase = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    sign_out_at = models.DateTimeField(null=True, blank=True)

    # The build of a new host.
    build = models.CharField(max_length=20, blank=True)
    admin_password = SecretField(blank=True, default="")
    build_started_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    unready_since = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    error_permanent = models.BooleanField(default=False)

    # The removal of an old one. `parts` names its VM, network cards and disk while they can be
    # seen, so that a leftover can be told later.
    drained_at = models.DateTimeField(null=True, blank=True)
    draining_before_us = models.BooleanField(default=False)
    removing = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    parts = models.JSONField(default=dict)
    devices_since = models.DateTimeField(null=True, blank=True)  # first try that failed
    devices_note = models.TextField(blank=True)  # why its device records stay

    objects = TenantQuerySet["UpdateHost"].as_manager()

    class Meta:
        ordering = ["slot", "attempt", "name"]
        constraints = [
            models.UniqueConstraint(fields=["update_row", "name"], name="update_host_unique")
        ]

    @property
    def new(self) -> bool:
        return self.slot is not None


class SignOutWarning(models.Model):
    """A user who was told to sign out, and when: the clock of rule 2.

    Windows reuses session ids, so a session is its id, its user and the time it began.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    update_row = models.ForeignKey(
        SpotGroupUpdate, on_delete=models.CASCADE, related_name="warnings"
    )
    host = models.CharField(max_length=255)
    session_id = models.CharField(max_length=40)
    user = models.CharField(max_length=254)
    began = models.CharField(max_length=40, blank=True)  # ISO time, as Azure gave it
    warned_at = models.DateTimeField()
    seen = models.BooleanField(default=True)  # somebody was connected when it was sent
    sign_out_asked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["SignOutWarning"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["update_row", "host", "session_id", "user", "began"],
                name="one_warning_per_session",
            )
        ]
