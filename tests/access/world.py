"""Three tenants with one of everything, and somebody of every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from images.models import ImageSet, ImageVersion
from images.services import BUILD
from images.wizard import NewVersion
from spotgroups.models import SignOutWarning, SpotGroup, SpotGroupUpdate, UpdateHost, UserSession
from spotgroups.rollout.actions import Phase
from spotgroups.services import UPDATE
from spotgroups.wizard import UpdateSpotGroup
from spotpc.jobs.models import Job, JobEvent, JobResource, JobStepRun
from spotpc.web.models import WizardDraft
from spotpc.web.scoping import Permission
from tenants.models import (
    ROLE_PERMISSIONS,
    Admin,
    Membership,
    Site,
    Tenant,
    TenantCredential,
    TenantRole,
    TenantSync,
)
from tenants.services import audit
from tests import factories

ANONYMOUS = "anonymous"
ADMINISTRATOR = "administrator"
STRANGER = "administrator of another organization"
ROLES = (ANONYMOUS, ADMINISTRATOR, *TenantRole.Role.values, "plain member", STRANGER)
SIDES = ("own", "sibling", "foreign")

SECRET = "Never-On-A-Page-77"  # every secret column of every row
EVERYTHING = frozenset(Permission)


@dataclass
class Side:
    """One tenant with one of everything a URL may name."""

    tenant: Tenant
    site: Site
    image_set: ImageSet
    version: ImageVersion  # with a temporary VM
    available: ImageVersion
    group: SpotGroup  # being updated
    idle_group: SpotGroup
    update: SpotGroupUpdate
    job: Job
    drafts: dict[tuple[str, int], WizardDraft] = field(default_factory=dict)


@dataclass
class World:
    """`own` is where the roles have their rights; `sibling` is of the same organization."""

    sides: dict[str, Side]
    admins: dict[str, Admin]

    @property
    def own(self) -> Side:
        return self.sides["own"]

    def permissions(self, role: str, side: str) -> frozenset[Permission]:
        """What the role may do on the side, written down a second time."""
        everywhere = {ADMINISTRATOR: ("own", "sibling"), STRANGER: ("foreign",)}
        if side in everywhere.get(role, ()):
            return EVERYTHING
        return ROLE_PERMISSIONS.get(role, frozenset()) if side == "own" else frozenset()

    def client(self, role: str, *, strict: bool = False) -> Client:
        client = Client(enforce_csrf_checks=strict)
        if role != ANONYMOUS:
            client.force_login(self.admins[role])
        return client


def build() -> World:
    home, elsewhere = factories.organization("Northwind IT"), factories.organization("Rival IT")
    sides = {
        "own": _side(factories.tenant(home, "Contoso")),
        "sibling": _side(factories.tenant(home, "Fabrikam")),
        "foreign": _side(factories.tenant(elsewhere, "Rivals' customer")),
    }
    own = sides["own"].tenant
    admins = {role: factories.member(own, role) for role in TenantRole.Role.values}
    admins[ADMINISTRATOR] = factories.admin(home)
    admins["plain member"] = factories.admin(home, Membership.Role.USER)
    admins[STRANGER] = factories.admin(elsewhere)
    for side in sides.values():
        for admin in admins.values():
            _drafts(side, admin)
    return World(sides, admins)


def _side(tenant: Tenant) -> Side:
    TenantSync.objects.create(tenant=tenant, finished_at=timezone.now())
    TenantCredential.objects.create(tenant=tenant, client_id=tenant.azure_tenant_id, secret=SECRET)
    site = factories.site(tenant)
    image_set = factories.image_set(tenant, at=site)
    available = factories.image_version(image_set, "1.0.0")
    version = factories.image_version(
        image_set, "1.0.1", "configuring", source=available, admin_password=SECRET
    )
    group = factories.spot_group(image_set, version=available, ad_password=SECRET)
    _host(group)
    update = _update(group, factories.image_version(image_set, "1.0.2"))
    job(BUILD, version, state="succeeded")
    job(BUILD, factories.image_version(image_set, "1.0.3", "creating"))
    factories.image_note(image_set, version_number="1.0.1")
    audit(Admin(email="ann@provider.example"), tenant, "thing.verb", "something")
    return Side(
        tenant=tenant,
        site=site,
        image_set=image_set,
        version=version,
        available=available,
        group=group,
        idle_group=factories.spot_group(image_set, version=available),
        update=update,
        job=job_of(UPDATE, update),
    )


def _drafts(side: Side, admin: Admin) -> None:
    """Filled in as far as the last step, so that a step anywhere can be opened."""
    zone = {"zone": ["UTC"], "warning_minutes": ["5"]}
    answers: dict[str, Any] = {
        NewVersion.kind: {
            "version": {"number": ["9.0.0"]},
            "source": {"source": [str(side.available.pk)]},
        },
        UpdateSpotGroup.kind: {
            "group": {"group": [str(side.idle_group.pk)]},
            "image": {"version": [str(side.available.pk)]},
            "method": {"method": ["immediate"], **zone},
        },
    }
    for kind, data in answers.items():
        subject = side.image_set.pk if kind == NewVersion.kind else None
        side.drafts[kind, admin.pk] = WizardDraft.objects.create(
            kind=kind, admin=admin, tenant=side.tenant, subject_id=subject, data=data
        )


def _host(group: SpotGroup) -> None:
    host = factories.session_host(group, last_heartbeat=timezone.now())
    for state in ("Active", "Disconnected"):
        UserSession.objects.create(
            tenant=group.tenant,
            host=host,
            session_id=str(next(factories.numbers)),
            user=f"user{next(factories.numbers)}@customer.example",
            state=state,
            created_at=timezone.now(),
        )


def _update(group: SpotGroup, version: ImageVersion, outcome: str = "") -> SpotGroupUpdate:
    """Half-way through, or ended; with its job."""
    finished = timezone.now() if outcome else None
    update = SpotGroupUpdate.objects.create(
        tenant=group.tenant,
        spot_group=group,
        image_version=version,
        image_name=f"{version.image_set.name} {version.number}",
        method="immediate",
        hosts_wanted=2,
        surge=2,
        floor_seats=10,
        outcome=outcome,
        finished_at=finished,
        created_by="ann@provider.example",
    )
    host_of_update(update)
    job(UPDATE, update, state="succeeded" if outcome else "waiting")
    return update


def host_of_update(update: SpotGroupUpdate) -> None:
    """An old host with a user who was warned, and the new one that takes its place."""
    of: dict[str, Any] = {"tenant": update.tenant, "update_row": update}
    old = UpdateHost.objects.create(
        **of, name=f"old-{next(factories.numbers)}", phase=Phase.WARNED, sessions=1
    )
    UpdateHost.objects.create(
        **of,
        name=f"new-{next(factories.numbers)}",
        phase=Phase.READY,
        slot=next(factories.numbers),
        admin_password=SECRET,
    )
    SignOutWarning.objects.create(
        **of, host=old.name, session_id="2", user="ann@customer.example", warned_at=timezone.now()
    )


def job(kind: str, subject: Any, state: str = "waiting") -> Job:
    active = state in Job.ACTIVE
    new = Job.objects.create(
        tenant=subject.tenant,
        kind=kind,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        subject_name=f"Job {next(factories.numbers)}",
        state=state,
        next_run_at=timezone.now() if active else None,
        started_at=timezone.now() - timedelta(minutes=20),
        finished_at=None if active else timezone.now(),
        created_by="ann@provider.example",
    )
    in_job(new)
    return new


def in_job(of: Job) -> None:
    """A line of its timeline, of its ledger and of its steps."""
    number = next(factories.numbers)
    JobEvent.objects.create(tenant=of.tenant, job=of, text=f"Event {number}")
    JobResource.objects.create(
        tenant=of.tenant, job=of, kind="virtual machine", resource_id=f"/vm/{number}", name="vm"
    )
    JobStepRun.objects.create(
        tenant=of.tenant,
        job=of,
        kind=of.kind,
        step=f"step-{number}",
        started_at=timezone.now() - timedelta(minutes=20),
        finished_at=timezone.now(),
    )


def job_of(kind: str, subject: Any) -> Job:
    return Job.objects.get(kind=kind, subject_id=subject.pk, tenant=subject.tenant)


def grow(world: World, times: int) -> None:
    """`times` more of everything that a page of the own side lists."""
    own = world.own
    for number in range(times):
        tenant = factories.tenant(own.tenant.organization)
        TenantSync.objects.create(tenant=tenant, finished_at=timezone.now())
        _grow_side(own, number)


def _grow_side(own: Side, number: int) -> None:
    site = factories.site(own.tenant)
    other_set = factories.image_set(own.tenant, at=own.site)
    available = factories.image_version(other_set, "1.0.0")
    group = factories.spot_group(other_set, version=available)
    for target in (own.group, group):
        _host(target)
    _update(group, available)
    _update(own.group, own.available, outcome="succeeded")
    host_of_update(own.update)
    in_job(own.job)
    same_set = factories.image_version(own.image_set, f"2.{number}.0", source=own.available)
    job(BUILD, same_set)
    building = factories.image_version(own.image_set, f"3.{number}.0", "creating")
    job(BUILD, building)
    for version in ("", "1.0.1"):
        factories.image_note(own.image_set, version_number=version)
    factories.image_set(own.tenant, at=site)
