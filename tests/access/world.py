"""Three tenants with one of everything, and somebody of every role."""

from __future__ import annotations

import json
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
from spotpc.web.drafts import MARK
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
from tests.w365 import policies_scene, reprovision_scene
from w365.forms.policy_network import signed
from w365.models import (
    DeviceImage,
    NetworkConnection,
    ProvisioningPolicy,
    Reprovisioning,
    SourceImage,
)
from w365.reprovision.actions import Phase as PcPhase
from w365.services import CONNECTION_CHECK, IMAGE_UPLOAD, POLICY_SAVE, spec_of
from w365.wizards.connections import EditConnection, NewConnection
from w365.wizards.images import NewDeviceImage
from w365.wizards.policies import EditPolicy, NewPolicy
from w365.wizards.reprovisionings import BringOver

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
    connection: NetworkConnection
    idle_connection: NetworkConnection  # used by nobody
    device_image: DeviceImage
    idle_device_image: DeviceImage  # used by nobody
    source: SourceImage
    policy: ProvisioningPolicy  # with a Cloud PC
    idle_policy: ProvisioningPolicy  # assigned to nobody
    run: Reprovisioning  # under way, of a policy of its own
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
    policy = _policy(tenant)
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
        connection=_connection(site),
        idle_connection=_connection(site),
        device_image=_device_image(site),
        idle_device_image=_device_image(site),
        source=_source(site),
        policy=policy,
        idle_policy=policies_scene.policy(tenant, image_id=policy.image_id),
        run=_run(tenant),
    )


def _connection(site: Site) -> NetworkConnection:
    """With a finding, after a health check that was asked for."""
    finding = {"name": "Domain join", "status": "failed", "error_type": "adJoinCheckAccessDenied"}
    connection = policies_scene.connection(
        site.tenant, site=site, ad_password=SECRET, health="failed", checks=[finding]
    )
    job(CONNECTION_CHECK, connection, state="succeeded")
    return connection


def _device_image(site: Site) -> DeviceImage:
    image = policies_scene.device_image(site.tenant, f"Image {next(factories.numbers)}", site=site)
    job(IMAGE_UPLOAD, image, state="succeeded")
    return image


def _source(site: Site) -> SourceImage:
    number = next(factories.numbers)
    return SourceImage.objects.create(
        tenant=site.tenant,
        resource_id=f"/subscriptions/x/images/windows-{number}",
        kind="managed",
        name=f"windows-{number}",
        region=site.region,
        generation="V2",
    )


def _policy(tenant: Tenant) -> ProvisioningPolicy:
    """In use: over a connection, for a group, with a Cloud PC that was brought over once."""
    number = next(factories.numbers)
    image = policies_scene.gallery_image(tenant, f"windows-{number}", f"Windows {number}")
    policy = policies_scene.policy(
        tenant,
        image_id=image.graph_id,
        connection_id=policies_scene.connection(tenant, ad_password=SECRET).graph_id,
        group_ids=[policies_scene.group(tenant, f"Group {number}", 2).graph_id],
    )
    pc_of(policy)
    job(POLICY_SAVE, policy, state="succeeded")
    return policy


def pc_of(policy: ProvisioningPolicy) -> None:
    """With a past run that it was in."""
    policies_scene.cloud_pc(policy, f"user{next(factories.numbers)}@customer.example")
    Reprovisioning.objects.create(
        tenant=policy.tenant,
        policy=policy,
        policy_name=policy.name,
        image_id=policy.image_id,
        image_name=policy.image_name,
        starts_at=timezone.now(),
        finished_at=timezone.now(),
        outcome="succeeded",
        created_by="ann@provider.example",
    )


def _run(tenant: Tenant) -> Reprovisioning:
    run = reprovision_scene.run(policies_scene.policy(tenant))
    pcs_of_run(run)
    return run


def pcs_of_run(run: Reprovisioning) -> None:
    """One in each state that its page tells of in another way, in a ring of their own."""
    ring = run.pcs.count() + 1
    for phase in (PcPhase.TOLD, PcPhase.DONE, PcPhase.FAILED, PcPhase.EXCLUDED):
        user = f"user{next(factories.numbers)}@customer.example"
        reprovision_scene.row(run, user, phase, ring=ring)


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
        **_policy_drafts(side.idle_policy),
        **_connection_drafts(side),
        BringOver.kind: _bring_over_draft(side.policy),
        NewDeviceImage.kind: {
            "name": {"name": ["Another"]},
            "site": {"site": [str(side.site.pk)]},
            "version": {"version": ["1.0.0"]},
            "source": {"source": [str(side.source.pk)]},
        },
    }
    typed = {"credentials": {"ad_password": SECRET}, "detail": {"ad_password": SECRET}}
    for kind, data in answers.items():
        subject = {NewVersion.kind: side.image_set.pk, BringOver.kind: side.policy.pk}.get(kind)
        side.drafts[kind, admin.pk] = WizardDraft.objects.create(
            kind=kind, admin=admin, tenant=side.tenant, subject_id=subject, data=data,
            secrets=json.dumps(typed), secrets_at=timezone.now(),
        )  # fmt: skip


def _connection_drafts(side: Side) -> dict[str, Any]:
    account = {
        "ad_domain": ["corp.example"],
        "ad_username": ["join@corp.example"],
        "ad_password": [MARK],
    }
    return {
        NewConnection.kind: {
            "site": {"site": [str(side.site.pk)]},
            "credentials": {"join_type": ["hybridAzureADJoin"], **account},
            "detail": {"name": ["Another"]},
        },
        EditConnection.kind: {
            "connection": {"connection": [str(side.connection.pk)]},
            "detail": {"name": ["Renamed"], **account},
        },
    }


def _bring_over_draft(policy: ProvisioningPolicy) -> dict[str, Any]:
    limits = {"pause": ["4"], "pause_unit": ["hours"], "failure_budget": ["1"]}
    return {
        "pcs": {"pcs": [pc.graph_id for pc in policy.pcs.all()]},
        "rings": {"pilot": ["none"], "rest": ["all"], **limits},
        "when": {"begin": ["now"], "tell": ["nobody"], "zone": ["UTC"]},
    }


def _policy_drafts(policy: ProvisioningPolicy) -> dict[str, Any]:
    network = {"network": ["microsoft"], "region": ["europeUnion"]}
    image = {"image_type": ["gallery"], "gallery": [policy.image_id]}
    return {
        NewPolicy.kind: {
            "network": network, "image": image, "groups": {}, "detail": {"name": ["Another"]},
        },
        EditPolicy.kind: {
            "policy": {"policy": [str(policy.pk)]},
            "config": {**network, "base": [signed(spec_of(policy))]},
            "image": image,
            "detail": {"name": ["Renamed"]},
        },
    }  # fmt: skip


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
    _policy(own.tenant)
    pc_of(own.policy)
    pcs_of_run(own.run)
    job(POLICY_SAVE, own.policy, state="succeeded")
    for of in (_connection(own.site), own.connection):
        job(CONNECTION_CHECK, of, state="succeeded")
    for made in (_device_image(own.site), own.device_image):
        job(IMAGE_UPLOAD, made, state="succeeded")
    _source(own.site)
    for using in ({"connection_id": own.connection.graph_id},
                  {"image_type": "custom", "image_id": own.device_image.graph_id}):  # fmt: skip
        policies_scene.policy(own.tenant, **using)
