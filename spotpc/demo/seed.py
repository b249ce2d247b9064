"""Furnishing the demo: the customers' Azure over the wire, then the portal's own rows."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from images.models import ImageNote, ImageSet, ImageVersion
from images.versions import parse
from spotgroups.models import SpotGroup
from spotpc.demo import cast, windows365, world
from spotpc.demo.arm import Arm, Control
from spotpc.demo.world import Place
from tenants.models import (
    Admin,
    Membership,
    Organization,
    Site,
    Tenant,
    TenantCredential,
    TenantSync,
)

# Ids follow from names, so that both halves of the seed agree without talking to each other.
NAMESPACE = uuid.UUID("6f1c2b52-2f0c-4b8e-9d0a-9a4f1f6f7a10")
RUSH = 200_000  # the emulator's speed while it is furnished


def id_of(customer: cast.Customer, what: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{customer.name}/{what}")


def place_of(customer: cast.Customer, url: str, ca_file: str) -> Place:
    arm = Arm(url, ca_file, str(id_of(customer, "tenant")), str(id_of(customer, "subscription")))
    return Place(arm, resource_group="rg-desktops", region=customer.region)


def furnish_azure(url: str, ca_file: str, speed: float, say: Callable[[str], None]) -> None:
    control = Control(url, ca_file)
    control.post("/speed", speed=RUSH)
    for customer in cast.CUSTOMERS:
        say(f"{customer.name}: network, images, session hosts, Cloud PCs")
        place = place_of(customer, url, ca_file)
        furnish_customer(place, customer)
        _sign_in(control, place, customer)
        windows365.furnish_windows365(control, place, customer)
        place.arm.close()
    control.post("/speed", speed=speed)
    control.close()


def furnish_customer(place: Place, customer: cast.Customer) -> None:
    world.furnish_site(place, bastion=customer.bastion)
    for image_set in customer.sets:
        definition = definition_of(image_set)
        world.furnish_definition(place, definition)
        world.furnish_versions(place, definition, list(image_set.versions))
    for group in customer.groups:
        definition = next(definition_of(s) for s in customer.sets if s.name == group.image_set)
        world.furnish_pool(place, group.name, session_limit=group.session_limit)
        names = [f"{group.prefix}-{number}" for number in range(1, group.hosts + 1)]
        world.furnish_hosts(place, group.name, definition, group.version, names)


def _sign_in(control: Control, place: Place, customer: cast.Customer) -> None:
    for group in customer.groups:
        wait_for_hosts(place, group)
        for person in group.people[: group.signed_in]:
            user = f"{person}@{customer.domain}"
            control.post("/logon", hostPool=group.name, user=user).raise_for_status()


def wait_for_hosts(place: Place, group: cast.Group) -> None:
    """The emulator is in a rush, so this takes milliseconds."""
    deadline = time.monotonic() + 60
    while True:
        hosts = world.hosts_of(place, group.name)
        ready = [each for each in hosts if each["properties"]["status"] == "Available"]
        if len(ready) == group.hosts:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"Only {len(ready)} of {group.hosts} hosts of {group.name} came up.")


def definition_of(image_set: cast.Set) -> str:
    return image_set.name.casefold().replace(" ", "-")


@transaction.atomic
def furnish_portal(url: str, ca_file: str, password: str) -> None:
    organization = Organization.objects.create(name=cast.ORGANIZATION)
    admin = Admin(email=cast.ADMIN_EMAIL, name="Demo administrator", time_zone="Europe/Amsterdam")
    admin.set_password(password)
    admin.save()
    Membership.objects.create(
        admin=admin, organization=organization, role=Membership.Role.ADMINISTRATOR
    )
    for customer in cast.CUSTOMERS:
        tenant_rows(organization, customer, place_of(customer, url, ca_file))


def tenant_rows(organization: Organization, customer: cast.Customer, place: Place) -> Tenant:
    tenant = Tenant.objects.create(
        organization=organization,
        name=customer.name,
        azure_tenant_id=id_of(customer, "tenant"),
        subscription_id=id_of(customer, "subscription"),
        home_region=customer.region,
        domains=[customer.domain],
    )
    TenantCredential.objects.create(
        tenant=tenant,
        client_id=id_of(customer, "app"),
        secret="demo-client-secret",  # noqa: S106  the emulator takes any
    )
    TenantSync.objects.create(tenant=tenant)
    site = Site.objects.create(
        tenant=tenant,
        name="Main site",
        region=customer.region,
        time_zone=customer.time_zone,
        resource_group=place.resource_group,
        subnet_id=place.subnet_id,
        gallery=place.gallery,
        bastion_id=place.bastion_id if customer.bastion else "",
    )
    versions = {
        (each.name, number): row
        for each in customer.sets
        for number, row in _image_set_rows(site, place, each).items()
    }
    for group in customer.groups:
        version = versions[group.image_set, group.version]
        SpotGroup.objects.create(
            tenant=tenant,
            site=site,
            name=group.name,
            friendly_name=group.friendly_name,
            host_pool=group.name,
            image_set=version.image_set,
            image_version=version,
            hosts_wanted=group.hosts,
            vm_size=world.SIZE,
            host_prefix=group.prefix,
            session_limit=group.session_limit,
        )
    return tenant


def _image_set_rows(site: Site, place: Place, each: cast.Set) -> dict[str, ImageVersion]:
    definition = definition_of(each)
    image_set = ImageSet.objects.create(
        tenant=site.tenant,
        site=site,
        name=each.name,
        description=each.description,
        definition=definition,
        vm_size=world.SIZE,
        **world.MARKETPLACE,
    )
    rows: dict[str, ImageVersion] = {}
    for age, number, note in zip(range(len(each.versions), 0, -1), each.versions, each.notes,
                                 strict=True):  # fmt: skip
        at = timezone.now() - timedelta(days=21 * age)
        earlier = next(reversed(rows.values()), None)
        rows[number] = ImageVersion.objects.create(
            tenant=site.tenant,
            image_set=image_set,
            **parse(number)._asdict(),
            status=ImageVersion.Status.AVAILABLE,
            source=earlier,
            source_name=f"{each.name} {earlier}" if earlier else image_set.marketplace_name,
            azure_id=f"{place.definition_id(definition)}/versions/{number}",
            created_by=cast.ADMIN_EMAIL,
            created_at=at,
            available_at=at + timedelta(minutes=50) / settings.AZURE_PACE,
        )
        ImageNote.objects.create(
            tenant=site.tenant, image_set=image_set, version_number=number, text=note,
            author=cast.ADMIN_EMAIL, at=at,
        )  # fmt: skip
    return rows
