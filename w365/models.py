"""Windows 365 of a tenant as last read from Microsoft Graph, and the reprovisioning of Cloud PCs.

Graph owns these things: rows are what was last read (`sync.py` and job steps write them), but for
the rows whose `graph_id` is still empty, which a job is about to create there.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from spotpc.web.scoping import TenantQuerySet
from spotpc.web.secrets import SecretField
from tenants.models import Site, Tenant


def once_known(name: str) -> models.UniqueConstraint:
    """One row per Graph id; rows that are not there yet have none."""
    return models.UniqueConstraint(
        fields=["tenant", "graph_id"], condition=~Q(graph_id=""), name=name
    )


class Windows365(models.Model):
    """How a tenant stands with Windows 365, beside the things in it."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="windows365")
    licences = models.PositiveIntegerField(default=0)  # enabled units of Windows 365 plans
    plans = models.JSONField(default=list)  # [{"name", "enabled", "consumed"}, …]
    assigned_users = models.PositiveIntegerField(default=0)  # in the policies' groups, each once
    read_at = models.DateTimeField(null=True, blank=True)  # the last success
    sources_read_at = models.DateTimeField(null=True, blank=True)
    # Why the last reading failed, in the catalogue's words.
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)

    objects = TenantQuerySet["Windows365"].as_manager()

    @property
    def unlicensed(self) -> bool:
        return self.read_at is not None and self.licences == 0

    @property
    def overrun(self) -> int:
        """Users assigned beyond the licences there are."""
        return max(0, self.assigned_users - self.licences)


class NetworkConnection(models.Model):
    """An Azure network connection: where Cloud PCs stand, and how they join the domain."""

    class Join(models.TextChoices):
        ENTRA = "azureADJoin", "Microsoft Entra join"
        HYBRID = "hybridAzureADJoin", "Microsoft Entra hybrid join"

    class Health(models.TextChoices):
        PENDING = "pending", "Health check pending"
        RUNNING = "running", "Health check running"
        PASSED = "passed", "Checks successful"
        WARNING = "warning", "Checks successful with warnings"
        INFORMATIONAL = "informational", "Checks successful with a remark"
        FAILED = "failed", "Checks failed"

    UNDER_CHECK: ClassVar = (Health.PENDING, Health.RUNNING)

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="w365_connections")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="w365_connections"
    )
    graph_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    join_type = models.CharField(max_length=40, choices=Join)
    location = models.CharField(max_length=40, blank=True)
    resource_group_id = models.CharField(max_length=400)
    virtual_network_id = models.CharField(max_length=400)
    subnet_id = models.CharField(max_length=400)
    ad_domain = models.CharField(max_length=255, blank=True)
    ad_username = models.CharField(max_length=255, blank=True)
    # Only until the job has handed it to Graph; then it is emptied.
    ad_password = SecretField(blank=True, default="")
    organizational_unit = models.CharField(max_length=400, blank=True)
    health = models.CharField(max_length=20, choices=Health, default=Health.PENDING)
    # [{"name", "status", "error_type", "detail", "recommended_action", "finished_at"}, …]
    checks = models.JSONField(default=list)
    checked_at = models.DateTimeField(null=True, blank=True)
    in_use = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["NetworkConnection"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [once_known("w365_connection_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("w365-connection", args=[self.tenant_id, self.pk])


class DeviceImage(models.Model):
    """A custom image handed to Windows 365.

    uploading ─▶ pending ─▶ ready | failed ─▶ deleting        (pending, ready, failed: Graph's own)
    """

    class Status(models.TextChoices):
        UPLOADING = "uploading", "Handing over"
        PENDING = "pending", "Being taken over"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        DELETING = "deleting", "Deleting"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="device_images")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.SET_NULL, related_name="device_images"
    )
    graph_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=32)
    source_id = models.CharField(max_length=400)
    status = models.CharField(max_length=20, choices=Status, default=Status.UPLOADING)
    error_code = models.CharField(max_length=60, blank=True)  # of our catalogue
    error_text = models.TextField(blank=True)
    error_remedy = models.TextField(blank=True)
    operating_system = models.CharField(max_length=120, blank=True)
    os_build = models.CharField(max_length=60, blank=True)
    os_status = models.CharField(max_length=30, blank=True)
    size_gb = models.PositiveIntegerField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    created_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["DeviceImage"].as_manager()

    class Meta:
        ordering = ["name", "-created_at"]
        constraints = [
            once_known("device_image_once"),
            models.UniqueConstraint(
                fields=["tenant", "name", "version"], name="device_image_name_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("w365-image", args=[self.tenant_id, self.pk])

    @property
    def source_name(self) -> str:
        """The last name of the source, with its image definition for a gallery version."""
        parts = self.source_id.split("/")
        return " ".join(parts[-3::2]) if "galleries" in parts else parts[-1]


class GalleryImage(models.Model):
    """An image Microsoft publishes for Cloud PCs."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="gallery_images")
    graph_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=30)  # supported, supportedWithWarning, notSupported
    size_gb = models.PositiveIntegerField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)

    objects = TenantQuerySet["GalleryImage"].as_manager()

    class Meta:
        ordering = ["-name"]
        constraints = [once_known("gallery_image_once")]

    def __str__(self) -> str:
        return self.name


class SourceImage(models.Model):
    """An image in the tenant's Azure that a device image may be made from, or why not."""

    class Kind(models.TextChoices):
        MANAGED = "managed", "Managed image"
        GALLERY = "gallery", "Gallery image version"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="source_images")
    resource_id = models.CharField(max_length=400)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=200)  # "desktops/office 1.0.0", or a managed image's name
    region = models.CharField(max_length=40)
    os_type = models.CharField(max_length=20, blank=True)  # Windows, Linux
    os_state = models.CharField(max_length=20, blank=True)  # Generalized, Specialized
    generation = models.CharField(max_length=5, blank=True)  # V1, V2
    security_type = models.CharField(max_length=60, blank=True)  # of the definition's features
    definition = models.CharField(max_length=80, blank=True)  # of a gallery version
    # publisher/offer/sku of the definition, or of the plan: what tells multi-session
    identifier = models.CharField(max_length=250, blank=True)
    usable = models.BooleanField(default=True)  # provisioned in Azure

    objects = TenantQuerySet["SourceImage"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "resource_id"], name="source_image_once")
        ]

    def __str__(self) -> str:
        return self.name


class EntraGroup(models.Model):
    """A group of users that a policy may be assigned to."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="entra_groups")
    graph_id = models.CharField(max_length=64)
    name = models.CharField(max_length=256)
    description = models.TextField(blank=True)
    members = models.PositiveIntegerField(null=True, blank=True)  # read of assigned groups only

    objects = TenantQuerySet["EntraGroup"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [once_known("entra_group_once")]

    def __str__(self) -> str:
        return self.name


class ProvisioningPolicy(models.Model):
    """What a user's Cloud PC is made of."""

    class ImageType(models.TextChoices):
        GALLERY = "gallery", "Gallery Image"
        CUSTOM = "custom", "Custom Image"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="policies")
    graph_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    image_type = models.CharField(max_length=20, choices=ImageType)
    image_id = models.CharField(max_length=200)
    image_name = models.CharField(max_length=200)
    join_type = models.CharField(max_length=40, choices=NetworkConnection.Join)
    connection_id = models.CharField(max_length=64, blank=True)  # Graph's id; empty: Microsoft's
    region_name = models.CharField(max_length=60, blank=True)  # where Microsoft hosts the network
    region_group = models.CharField(max_length=60, blank=True)
    single_sign_on = models.BooleanField(default=False)
    local_admin = models.BooleanField(default=False)
    naming_template = models.CharField(max_length=60, blank=True)
    locale = models.CharField(max_length=20, blank=True)
    provisioning_type = models.CharField(max_length=20, default="dedicated")
    group_ids = models.JSONField(default=list)  # Graph's ids, sorted
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["ProvisioningPolicy"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [once_known("policy_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("w365-policy", args=[self.tenant_id, self.pk])


class CloudPc(models.Model):
    """A user's Cloud PC."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="cloud_pcs")
    graph_id = models.CharField(max_length=64)
    policy = models.ForeignKey(
        ProvisioningPolicy, null=True, blank=True, on_delete=models.SET_NULL, related_name="pcs"
    )
    name = models.CharField(max_length=200)  # Graph's displayName
    device_name = models.CharField(max_length=60, blank=True)
    user = models.CharField(max_length=254, blank=True)
    image_name = models.CharField(max_length=200, blank=True)
    plan_name = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=40)  # Graph's word (beta)
    status_detail = models.TextField(blank=True)
    managed_device_id = models.CharField(max_length=64, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["CloudPc"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [once_known("cloud_pc_once")]

    def __str__(self) -> str:
        return self.device_name or self.name


class Reprovisioning(models.Model):
    """Bringing a policy's existing Cloud PCs over to its image, ring by ring.

    The image is pinned: if the policy gets another one meanwhile, nothing more is reprovisioned.
    """

    class Outcome(models.TextChoices):
        RUNNING = "", "Running"
        SUCCEEDED = "succeeded", "Brought over"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="reprovisionings")
    policy = models.ForeignKey(
        ProvisioningPolicy, null=True, on_delete=models.SET_NULL, related_name="reprovisionings"
    )
    policy_name = models.CharField(max_length=120)
    image_id = models.CharField(max_length=200)
    image_name = models.CharField(max_length=200)
    starts_at = models.DateTimeField()  # nothing is wiped before
    zone = models.CharField(max_length=64, default="UTC")
    # Each ring begins when the one before is done and this time has passed since.
    ring_pause_minutes = models.PositiveIntegerField(default=0)
    # E-mail to each user so long before; 0 and an empty text: nobody is written to.
    notice_minutes = models.PositiveIntegerField(default=60)
    message = models.TextField(blank=True)
    sender = models.EmailField(blank=True)  # a mailbox of the tenant
    failure_budget = models.PositiveIntegerField(default=1)  # failed Cloud PCs it goes on with
    attempts = models.PositiveIntegerField(default=2)  # reprovisions per Cloud PC
    paused = models.BooleanField(default=False)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    halted = models.TextField(blank=True)  # why it stopped by itself, until an admin acts
    waiting_for = models.TextField(blank=True)
    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["Reprovisioning"].as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy"], condition=Q(outcome=""), name="one_running_reprovisioning"
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy_name} to {self.image_name}"

    def get_absolute_url(self) -> str:
        return reverse("w365-reprovisioning", args=[self.tenant_id, self.pk])


class ReprovisionedPc(models.Model):
    """One Cloud PC in a reprovisioning: how it stands, and the facts the planner needs back."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey(Reprovisioning, on_delete=models.CASCADE, related_name="pcs")
    graph_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    user = models.CharField(max_length=254, blank=True)
    ring = models.PositiveIntegerField(default=1)  # 1 goes first
    excluded = models.BooleanField(default=False)
    old_device = models.CharField(max_length=60, blank=True)
    old_device_id = models.CharField(max_length=64, blank=True)  # in Intune; a new one proves it
    old_image = models.CharField(max_length=200, blank=True)
    new_device = models.CharField(max_length=60, blank=True)
    phase = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    noticed_at = models.DateTimeField(null=True, blank=True)  # when the message was accepted
    attempt = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True, blank=True)  # the last reprovision, before the call
    finished_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    forgiven = models.BooleanField(default=False)  # an admin went on in spite of its failure

    objects = TenantQuerySet["ReprovisionedPc"].as_manager()

    class Meta:
        ordering = ["ring", "name"]
        constraints = [
            models.UniqueConstraint(fields=["run", "graph_id"], name="reprovisioned_pc_once")
        ]

    def __str__(self) -> str:
        return self.name
