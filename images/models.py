"""Image sets and their versions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from spotpc.web.scoping import TenantQuerySet
from spotpc.web.secrets import SecretField
from tenants.models import Site, Tenant


class ImageSet(models.Model):
    """A line of images, kept as one image definition in the site's gallery."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="image_sets")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="image_sets")
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    definition = models.CharField(max_length=80)  # the gallery image definition's name
    vm_size = models.CharField(max_length=40, default="Standard_D4s_v5")  # of temporary VMs
    # The Marketplace image a version may start from anew.
    publisher = models.CharField(max_length=80)
    offer = models.CharField(max_length=80)
    sku = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["ImageSet"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="image_set_name_unique")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("image-set", args=[self.tenant_id, self.pk])

    @property
    def marketplace_name(self) -> str:
        return f"{self.publisher} {self.offer} {self.sku}"


class ImageVersion(models.Model):
    """One version of a set.

    creating ─▶ configuring ─▶ sealing ─▶ validating ─▶ available
       │            ▲  │          │           │
       └─▶ failed   │  │          └─▶ failed ◀┘         (a sysprep that failed goes back to
                    └──┼──────────┘                      configuring: the disk is restored)
                       └─▶ deleting ◀─ available, failed
    """

    class Status(models.TextChoices):
        CREATING = "creating", "Creating Template VM"
        CONFIGURING = "configuring", "Manually Configuring Template VM"
        SEALING = "sealing", "Sealing"
        VALIDATING = "validating", "Validating"
        AVAILABLE = "available", "Available"
        FAILED = "failed", "Failed"
        DELETING = "deleting", "Deleting"

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="image_versions")
    image_set = models.ForeignKey(ImageSet, on_delete=models.CASCADE, related_name="versions")
    major = models.PositiveIntegerField()
    minor = models.PositiveIntegerField()
    patch = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=Status, default=Status.CREATING)
    # Where it starts from: another version, or (null) the set's Marketplace image.
    source = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="derived"
    )
    source_name = models.CharField(max_length=200)  # as it was called then
    azure_id = models.CharField(max_length=400, blank=True)  # of the gallery image version

    # The temporary VM, while there is one.
    vm_name = models.CharField(max_length=15, blank=True)
    vm_address = models.CharField(max_length=45, blank=True)
    vm_running = models.BooleanField(default=False)
    stops_at = models.DateTimeField(null=True, blank=True)  # left alone until then, it stops
    admin_username = models.CharField(max_length=20, blank=True)
    admin_password = SecretField(blank=True, default="")
    connect_url = models.CharField(max_length=500, blank=True)  # Bastion shareable link

    # Why it failed, and what to do: the catalogue's words.
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)
    error_remedy = models.TextField(blank=True)

    created_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet["ImageVersion"].as_manager()

    class Meta:
        ordering = ["-major", "-minor", "-patch"]
        constraints = [
            models.UniqueConstraint(
                fields=["image_set", "major", "minor", "patch"], name="version_number_unique"
            ),
            models.CheckConstraint(
                condition=~Q(status="available") | ~Q(azure_id=""), name="available_has_image"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("image-version", args=[self.tenant_id, self.image_set_id, self.pk])

    @property
    def number(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class ImageNote(models.Model):
    """What somebody wrote down about a set or one of its versions."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    image_set = models.ForeignKey(ImageSet, on_delete=models.CASCADE, related_name="notes")
    version_number = models.CharField(max_length=32, blank=True)
    text = models.TextField(max_length=2000)
    author = models.CharField(max_length=254)
    at = models.DateTimeField(default=timezone.now)

    objects = TenantQuerySet["ImageNote"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
