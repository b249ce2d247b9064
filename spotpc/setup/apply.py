"""From the checked setup file to rows."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from images.models import ImageSet
from spotgroups.models import SpotGroup
from spotpc.setup.describe import Table, secret_of
from tenants.models import (
    Admin,
    Membership,
    Organization,
    Site,
    Tenant,
    TenantCredential,
    TenantSync,
)


@transaction.atomic
def apply(setup: Table, first_password: str) -> list[str]:
    """Make it so; returns the e-mail addresses of the admins that are new."""
    organization, _ = Organization.objects.get_or_create(name=setup["organization"])
    new = [row["email"] for row in setup["admins"] if _admin(organization, row, first_password)]
    for row in setup["tenants"]:
        _tenant(organization, row)
    return new


def _admin(organization: Organization, row: Table, first_password: str) -> bool:
    admin = Admin.objects.filter(email__iexact=row["email"]).first()
    created = admin is None
    if admin is None:
        admin = Admin(email=row["email"])
        admin.set_password(first_password)
    admin.name = row.get("name", admin.name)
    admin.time_zone = row.get("time_zone", admin.time_zone)
    admin.save()
    Membership.objects.update_or_create(
        admin=admin,
        organization=organization,
        defaults={"role": row.get("role", Membership.Role.ADMINISTRATOR)},
    )
    return created


def _tenant(organization: Organization, row: Table) -> None:
    names = ("azure_tenant_id", "subscription_id", "home_region", "custom_id", "domains",
             "preferred_language")  # fmt: skip
    tenant, _ = Tenant.objects.update_or_create(
        organization=organization, name=row["name"], defaults=_given(row, *names)
    )
    TenantCredential.objects.update_or_create(tenant=tenant, defaults=_credential(row))
    TenantSync.objects.update_or_create(tenant=tenant, defaults={"next_at": timezone.now()})
    names = ("region", "resource_group", "subnet_id", "gallery", "bastion_id", "time_zone")
    sites = {
        each["name"]: Site.objects.update_or_create(
            tenant=tenant, name=each["name"], defaults=_given(each, *names)
        )[0]
        for each in row["sites"]
    }
    sets = {
        each["name"]: _image_set(tenant, sites[each["site"]], each)
        for each in row.get("image_sets", ())
    }
    for each in row.get("spot_groups", ()):
        _spot_group(tenant, sites[each["site"]], sets[each["image_set"]], each)


def _credential(row: Table) -> Table:
    kind = TenantCredential.Kind
    if "federated_token_file" in row:
        return {
            "kind": kind.WORKLOAD_IDENTITY,
            "client_id": row["client_id"],
            "token_file": row["federated_token_file"],
            "secret": "",
        }
    certificate = "certificate_file" in row
    return {
        "kind": kind.CERTIFICATE if certificate else kind.SECRET,
        "client_id": row["client_id"],
        "secret": secret_of(row["certificate_file" if certificate else "client_secret_file"]),
    }


def _image_set(tenant: Tenant, site: Site, row: Table) -> ImageSet:
    names = ("definition", "publisher", "offer", "sku", "description", "vm_size")
    return ImageSet.objects.update_or_create(
        tenant=tenant, name=row["name"], defaults={"site": site, **_given(row, *names)}
    )[0]


def _spot_group(tenant: Tenant, site: Site, image_set: ImageSet, row: Table) -> None:
    names = ("host_pool", "host_prefix", "friendly_name", "hosts_wanted", "vm_size",
             "entra_joined", "ad_domain", "ad_ou", "ad_username")  # fmt: skip
    values: dict[str, Any] = {"site": site, **_given(row, *names)}
    if "ad_password_file" in row:
        values["ad_password"] = secret_of(row["ad_password_file"])
    # The image set is where the group starts; from then on its updates decide.
    SpotGroup.objects.update_or_create(
        tenant=tenant,
        name=row["name"],
        defaults=values,
        create_defaults={**values, "image_set": image_set},
    )


def _given(row: Table, *names: str) -> Table:
    return {name: row[name] for name in names if name in row}
