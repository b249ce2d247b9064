"""Rows for tests: plain functions, every argument has a default, anything may be overridden."""

from __future__ import annotations

import uuid
from itertools import count
from typing import Any

from images.models import ImageNote, ImageSet, ImageVersion
from spotgroups.models import SessionHost, SpotGroup, UserSession
from tenants.models import Admin, Membership, Organization, Site, Tenant, TenantRole

PASSWORD = "a long test password"
numbers = count(1)


def organization(name: str = "") -> Organization:
    return Organization.objects.create(name=name or f"Provider {next(numbers)}")


def admin(
    of: Organization,
    role: str = Membership.Role.ADMINISTRATOR,
    *,
    email: str = "",
    **fields: Any,
) -> Admin:
    """An admin of the organization who may sign in with `PASSWORD`."""
    new = Admin(email=email or f"admin{next(numbers)}@provider.example", **fields)
    new.set_password(PASSWORD)
    new.save()
    Membership.objects.create(admin=new, organization=of, role=role)
    return new


def tenant(of: Organization | None = None, name: str = "", **fields: Any) -> Tenant:
    return Tenant.objects.create(
        organization=of or organization(),
        name=name or f"Customer {next(numbers)}",
        **{
            "azure_tenant_id": uuid.uuid4(),
            "subscription_id": uuid.uuid4(),
            "home_region": "westeurope",
            **fields,
        },
    )


def member(of: Tenant, role: str, **fields: Any) -> Admin:
    """A plain user of the tenant's organization with a role (manager, contributor, reader)."""
    new = admin(of.organization, Membership.Role.USER, **fields)
    TenantRole.objects.create(admin=new, tenant=of, role=role)
    return new


def site(of: Tenant, name: str = "", **fields: Any) -> Site:
    return Site.objects.create(
        tenant=of,
        name=name or f"Site {next(numbers)}",
        **{
            "region": "westeurope",
            "resource_group": "rg-desktops",
            "subnet_id": (
                f"/subscriptions/{of.subscription_id}/resourceGroups/rg-desktops/providers/"
                "Microsoft.Network/virtualNetworks/vnet/subnets/desktops"
            ),
            "gallery": "images",
            **fields,
        },
    )


def image_set(
    of: Tenant | None = None, name: str = "", *, at: Site | None = None, **fields: Any
) -> ImageSet:
    owner = of or (at.tenant if at else tenant())
    return ImageSet.objects.create(
        tenant=owner,
        site=at or owner.sites.first() or site(owner),
        name=name or f"Desktop {next(numbers)}",
        **{
            "definition": f"desktop-{next(numbers)}",
            "publisher": "MicrosoftWindowsDesktop",
            "offer": "office-365",
            "sku": "win11-24h2-avd-m365",
            **fields,
        },
    )


def image_version(
    of: ImageSet | None = None,
    number: str = "1.0.0",
    status: str = ImageVersion.Status.AVAILABLE,
    **fields: Any,
) -> ImageVersion:
    """In the given status, with the columns that go with it."""
    image_set_ = of or image_set()
    major, minor, patch = (int(part) for part in number.split("."))
    return ImageVersion.objects.create(
        tenant=image_set_.tenant,
        image_set=image_set_,
        major=major,
        minor=minor,
        patch=patch,
        status=status,
        **{
            "source_name": image_set_.marketplace_name,
            "created_by": "somebody@provider.example",
            **_of_status(image_set_, number, status),
            **fields,
        },
    )


def _of_status(of: ImageSet, number: str, status: str) -> dict[str, Any]:
    if status == ImageVersion.Status.AVAILABLE:
        return {
            "azure_id": (
                f"/subscriptions/{of.tenant.subscription_id}/resourceGroups/"
                f"{of.site.resource_group}/providers/Microsoft.Compute/galleries/"
                f"{of.site.gallery}/images/{of.definition}/versions/{number}"
            )
        }
    if status == ImageVersion.Status.CONFIGURING:
        return {
            "vm_name": f"image-{next(numbers):08}",
            "vm_address": "10.0.0.20",
            "vm_running": True,
            "admin_username": "spotadmin",
            "admin_password": "not-a-real-Passw0rd",
        }
    return {}


def image_note(of: ImageSet, text: str = "A note", **fields: Any) -> ImageNote:
    return ImageNote.objects.create(
        tenant=of.tenant,
        image_set=of,
        text=text,
        **{"author": "somebody@provider.example", **fields},
    )


def spot_group(
    of: ImageSet, name: str = "", *, version: ImageVersion | None = None, **fields: Any
) -> SpotGroup:
    return SpotGroup.objects.create(
        tenant=of.tenant,
        site=of.site,
        name=name or f"Group {next(numbers)}",
        image_set=of,
        image_version=version,
        **{"host_pool": f"pool-{next(numbers)}", "host_prefix": "desk", **fields},
    )


def session_host(of: SpotGroup, name: str = "", **fields: Any) -> SessionHost:
    return SessionHost.objects.create(
        tenant=of.tenant,
        spot_group=of,
        name=name or f"desk-{next(numbers)}.example.test",
        **{
            "status": "Available",
            "power": "running",
            "image_version": of.image_version,
            **fields,
        },
    )


def user_session(of: SessionHost, user: str = "", **fields: Any) -> UserSession:
    number = next(numbers)
    return UserSession.objects.create(
        tenant=of.tenant,
        host=of,
        user=user or f"user{number}@customer.example",
        **{"session_id": str(number), "state": "Active", **fields},
    )
