"""Who works here, for whom, and what they did."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from spotpc.web.scoping import Permission, TenantQuerySet
from spotpc.web.secrets import SecretField


class Organization(models.Model):
    """The managed service provider."""

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class AdminManager(BaseUserManager["Admin"]):
    def get_by_natural_key(self, username: str | None) -> Admin:
        """E-mail addresses are compared without regard to case."""
        return self.get(email__iexact=username)


class Admin(AbstractBaseUser):
    """Somebody who signs in."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="UTC")  # an IANA name; the form checks it
    last_tenant = models.ForeignKey(
        "Tenant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    objects: ClassVar[AdminManager] = AdminManager()

    def __str__(self) -> str:
        return self.email

    def organizations(self) -> QuerySet[Organization]:
        return Organization.objects.filter(memberships__admin=self).order_by("name")

    def tenant_ids(self, permission: Permission) -> QuerySet[Any, Any]:
        """Ids of the tenants this admin has the permission for; see `ROLE_PERMISSIONS`."""
        roles = [role for role, granted in ROLE_PERMISSIONS.items() if permission in granted]
        everywhere = Q(
            organization__memberships__admin=self,
            organization__memberships__role=Membership.Role.ADMINISTRATOR,
        )
        granted = Q(roles__admin=self, roles__role__in=roles)
        member = Q(organization__memberships__admin=self)
        return Tenant.objects.filter(everywhere | (granted & member)).values("id")


class Membership(models.Model):
    """An admin's place in an organization. A plain user sees the tenants they have a role in."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", "Organization Administrator"
        USER = "user", "Organization User"

    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role, default=Role.USER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["admin", "organization"], name="one_membership")
        ]


class TenantOwnQuerySet(TenantQuerySet["Tenant"]):
    tenant_path = "id"


class Tenant(models.Model):
    """A customer: one Entra tenant with one Azure subscription."""

    class Status(models.TextChoices):
        AVAILABLE = "available", "Available"
        PENDING = "pending", "Pending Deployment Configuration"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tenants")
    name = models.CharField(max_length=100)
    azure_tenant_id = models.UUIDField()
    subscription_id = models.UUIDField()
    custom_id = models.CharField(max_length=50, blank=True)
    home_region = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=Status, default=Status.AVAILABLE)
    preferred_language = models.CharField(max_length=10, default="en")
    domains = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantOwnQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="tenant_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class TenantCredential(models.Model):
    """The service principal with which workers act in the customer's Azure."""

    class Kind(models.TextChoices):
        SECRET = "secret", "Client secret"
        CERTIFICATE = "certificate", "Certificate"
        WORKLOAD_IDENTITY = "workload", "Workload identity"

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="credential")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SECRET)
    client_id = models.UUIDField()
    # A client secret, or a PEM with certificate and private key. Empty with workload identity.
    secret = SecretField(blank=True, default="")
    # The file in which the platform keeps the federated token fresh.
    token_file = models.CharField(max_length=255, blank=True)


class TenantRole(models.Model):
    """What a plain organization user may do in one tenant."""

    class Role(models.TextChoices):
        MANAGER = "manager", "Manager"
        CONTRIBUTOR = "contributor", "Contributor"
        READER = "reader", "Reader"

    admin = models.ForeignKey(Admin, on_delete=models.CASCADE, related_name="tenant_roles")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["admin", "tenant"], name="one_role_per_tenant")
        ]


ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    TenantRole.Role.MANAGER: frozenset(Permission),
    TenantRole.Role.CONTRIBUTOR: frozenset({Permission.VIEW, Permission.CHANGE}),
    TenantRole.Role.READER: frozenset({Permission.VIEW}),
}


class Site(models.Model):
    """A place in the customer's Azure where machines are built: region, network, gallery."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=60)
    region = models.CharField(max_length=40)
    time_zone = models.CharField(max_length=64, default="UTC")
    resource_group = models.CharField(max_length=90)
    subnet_id = models.CharField(max_length=400)
    gallery = models.CharField(max_length=80)
    # ARM id of a Bastion host with shareable links, where there is one.
    bastion_id = models.CharField(max_length=400, blank=True)

    objects = TenantQuerySet["Site"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="site_name_unique")]

    def __str__(self) -> str:
        return self.name


class TenantSync(models.Model):
    """When this tenant was last read from Azure, and when it is due again.

    The row is its own queue: `next_at` is pushed forward by a compare-and-set before the work, so
    two workers never read the same tenant at once and a crash retries by itself.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="sync")
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    requested_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)  # the last success
    error_code = models.CharField(max_length=60, blank=True)
    error_text = models.TextField(blank=True)

    objects = TenantQuerySet["TenantSync"].as_manager()


class AuditEvent(models.Model):
    """Who changed what. Append-only; names are copied, so a row outlives what it describes."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.SET_NULL, related_name="+")
    tenant_name = models.CharField(max_length=100, blank=True)
    admin_email = models.CharField(max_length=254)
    action = models.CharField(max_length=60)  # "image_version.seal"
    subject = models.CharField(max_length=200)  # "Front desk 1.0.3"
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = TenantQuerySet["AuditEvent"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
