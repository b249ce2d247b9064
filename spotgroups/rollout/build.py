"""Building one new session host: VM, join, registration in the host pool.

Level-triggered like everything here: each pass looks at what there is and takes the next step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from spotgroups.models import SpotGroupUpdate, UpdateHost
from spotgroups.rollout.observe import View
from spotgroups.rollout.state import Build
from spotpc.azure import names
from spotpc.azure.connect import Azure
from spotpc.azure.errors import Decision, RetryLater, Stopped, from_failure
from spotpc.azure.types import ExtensionSpec, MarketplacePlan, Provisioning
from spotpc.jobs.kinds import Tick
from tenants.steps import Machine, advance_build, job_key, new_password, stopped_by

# Registration wants a token that outlives the slowest build; Azure takes 1 hour to 27 days.
TOKEN_LIFE = timedelta(hours=6)
JOIN, REGISTER = "spotpc-join", "spotpc-register"


@dataclass(frozen=True)
class Site:
    """What every build of one update shares."""

    tick: Tick
    azure: Azure
    update: SpotGroupUpdate
    plan: MarketplacePlan | None

    @property
    def group(self) -> str:
        return self.update.spot_group.site.resource_group


def begin(site: Site, slot: int, attempt: int) -> UpdateHost:
    """Write down that a host is being built; the same call again finds the same row."""
    prefix = site.update.spot_group.host_prefix
    name = names.resource_names(prefix, job_key(site.tick.job), "host", slot * 100 + attempt).vm
    row = UpdateHost(name=name, admin_password=new_password())
    machine = machine_of(site, row)
    row, _ = UpdateHost.objects.get_or_create(
        update_row=site.update,
        name=name,
        defaults={
            "tenant_id": site.update.tenant_id,
            "parts": {
                "vm": machine.vm_id,
                "nics": [machine.nic_id],
                "disks": [machine.disk_id],
                "image": machine.image_version_id,
            },
            "slot": slot,
            "attempt": attempt,
            "phase": "Building VM",
            "build": Build.VM,
            "image_name": site.update.image_name,
            "admin_password": machine.admin_password,
            "build_started_at": timezone.now(),
            "unready_since": timezone.now(),
        },
    )
    return row


def machine_of(site: Site, row: UpdateHost) -> Machine:
    group = site.update.spot_group
    version = site.update.image_version
    return Machine(
        subscription_id=str(site.update.tenant.subscription_id),
        resource_group=site.group,
        location=group.site.region,
        subnet_id=group.site.subnet_id,
        size=group.vm_size,
        names=names.ResourceNames(row.name),
        admin_password=row.admin_password,
        image_version_id=version.azure_id if version else None,
        plan=site.plan,
        entra_joined=group.entra_joined,
        tags=dict(names.tags(group.tenant_id, site.tick.job.pk, "session-host")),
    )


# What passes by itself. Everything else that goes wrong costs this host, and a new one is tried.
PASSING = (Decision.RETRY, Decision.WAIT, Decision.RECONCILE)


def advance(site: Site, row: UpdateHost, view: View) -> RetryLater | None:
    """One pass over one host. A failure is the host's, not the update's: it is written down.

    What Azure wants to be asked again later is returned, so that one busy host does not keep the
    others from going on.
    """
    try:
        _advance(site, row, view)
    except RetryLater as trouble:
        if trouble.code == "image-not-in-region" and _image_gone(site):
            _fail(site, row, _image_deleted(site))
        elif trouble.decision in PASSING:
            return trouble
        else:
            _fail(site, row, stopped_by(trouble))
    except Stopped as stopped:
        _fail(site, row, stopped)
    return None


def _image_gone(site: Site) -> bool:
    """Azure has one error for a version that is not copied yet and one that nobody has any more."""
    version = site.update.image_version
    if version is None:
        return True
    held_by = version.image_set
    at = (held_by.site.resource_group, held_by.site.gallery, held_by.definition)
    return site.azure.gallery.get_version(*at, version.number) is None


def _image_deleted(site: Site) -> Stopped:
    return Stopped(
        "image-missing",
        f"{site.update.image_name} was deleted from the gallery.",
        "Cancel this update and choose another version. Hosts not replaced yet keep serving.",
        Decision.PAUSE,
    )


def _advance(site: Site, row: UpdateHost, view: View) -> None:
    if row.build == Build.VM:
        machine = machine_of(site, row)
        vm, nic = view.vm_named(machine.vm_id), view.nic_named(machine.nic_id)
        if vm is not None and vm.provisioning != Provisioning.RUNNING:
            vm = site.azure.compute.get_vm(site.group, row.name)  # lists do not show the agent
        if advance_build(site.tick, site.azure, machine, vm, nic) is None:
            _move(row, Build.JOINING)
    if row.build == Build.JOINING and _extension_done(site, row, _join_extension(site)):
        _move(row, Build.REGISTERING)
    if row.build == Build.REGISTERING and _registered(site, row):
        # From here it is the agent's turn, which updates itself for half an hour first.
        row.unready_since = timezone.now()
        _move(row, Build.DONE)


def _move(row: UpdateHost, build: Build) -> None:
    row.build = build
    row.save(update_fields=["build", "unready_since"])


def _registered(site: Site, row: UpdateHost) -> bool:
    """A green extension proves little; from here the pool's own record of the host counts."""
    found = site.azure.compute.get_extension(site.group, row.name, REGISTER)
    if found is None:
        return _extension_done(site, row, _register_extension(site))
    return _settled(site, row, REGISTER)


def _extension_done(site: Site, row: UpdateHost, wanted: ExtensionSpec) -> bool:
    found = site.azure.compute.get_extension(site.group, row.name, wanted.name)
    if found is None:
        site.azure.compute.put_extension(site.group, row.name, wanted)
        return False
    return _settled(site, row, wanted.name)


def _settled(site: Site, row: UpdateHost, extension: str) -> bool:
    found = site.azure.compute.get_extension(site.group, row.name, extension)
    if found is None or found.provisioning == Provisioning.RUNNING:
        return False
    if found.provisioning == Provisioning.SUCCEEDED:
        return True
    inside = site.azure.compute.get_instance_failures(site.group, row.name)
    failure = inside[0] if inside else found.failure
    if failure is not None:
        raise stopped_by(from_failure(failure, f"extension {extension}", vm=row.name))
    raise Stopped(
        "extension-failed",
        f"{row.name} could not be made a session host: its {extension} extension failed.",
        "The host is removed and built anew. If it happens again, read the extension's status "
        "in the Azure portal.",
        Decision.FAIL,
    )


def _join_extension(site: Site) -> ExtensionSpec:
    """Learn, "Deploy Azure Virtual Desktop": Entra join, enrolled in Intune by its app id."""
    group = site.update.spot_group
    if group.entra_joined:
        return ExtensionSpec(
            name=JOIN,
            location=group.site.region,
            publisher="Microsoft.Azure.ActiveDirectory",
            type="AADLoginForWindows",
            version="2.0",
            settings={"mdmId": "0000000a-0000-0000-c000-000000000000"},
        )
    return ExtensionSpec(
        name=JOIN,
        location=group.site.region,
        publisher="Microsoft.Compute",
        type="JsonADDomainExtension",
        version="1.3",
        settings={
            "name": group.ad_domain,
            "ouPath": group.ad_ou,
            "user": group.ad_username,
            "restart": "true",
            "options": "3",  # join, and create the computer account
        },
        protected_settings={"password": group.ad_password},
    )


def _register_extension(site: Site) -> ExtensionSpec:
    """The token goes into the protected settings: the others can be read by everybody."""
    group = site.update.spot_group
    token = site.azure.avd.registration_token(site.group, group.host_pool, TOKEN_LIFE)
    return ExtensionSpec(
        name=REGISTER,
        location=group.site.region,
        publisher="Microsoft.Powershell",
        type="DSC",
        version="2.83",
        settings={
            "modulesUrl": settings.AVD_AGENT_PACKAGE,
            "configurationFunction": "Configuration.ps1\\AddSessionHost",
            "properties": {"hostPoolName": group.host_pool, "aadJoin": group.entra_joined},
        },
        protected_settings={"properties": {"registrationInfoToken": token.token}},
    )


def _fail(site: Site, row: UpdateHost, stopped: Stopped) -> None:
    site.tick.event(f"{row.name}: {stopped.sentence}", level="error")
    row.build = Build.FAILED
    row.error_code = stopped.code
    row.error_text = stopped.sentence
    row.error_permanent = stopped.decision == Decision.PAUSE
    row.save(update_fields=["build", "error_code", "error_text", "error_permanent"])
