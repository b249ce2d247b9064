"""What the planner is told, read from Azure and from the facts of earlier passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from images.models import ImageVersion
from spotgroups.models import SignOutWarning, SpotGroup, SpotGroupUpdate, UpdateHost
from spotgroups.rollout.devices import Devices, left_of
from spotgroups.rollout.state import Build, Failure, Health, Host, Observed, Session, SessionState
from spotgroups.sync import Pool, read_pool, read_vms, record_pool, versions_by_image
from spotpc.azure import names
from spotpc.azure.connect import Azure
from spotpc.azure.names import folded
from spotpc.azure.types import AvdHost, AvdSession, Disk, Nic, Power, Provisioning, Vm

# Learn, "Session host statuses and health checks": NeedsAssistance and UpgradeFailed are not
# fatal and still get sessions; Upgrading passes by itself. What we do not know is not ready.
HEALTH = {
    "available": Health.HEALTHY,
    "needsassistance": Health.HEALTHY,
    "upgradefailed": Health.HEALTHY,
    "upgrading": Health.UNKNOWN,
}
SESSION_STATES = {"active": SessionState.ACTIVE, "disconnected": SessionState.DISCONNECTED}


@dataclass(frozen=True)
class View:
    """One pass's look at everything the update touches."""

    pool: Pool
    nics: Mapping[str, Nic]  # by folded id
    disks: Mapping[str, Disk]
    devices: Mapping[str, Devices]  # by name, of hosts whose VM is gone
    rows: Mapping[str, UpdateHost]  # by name
    avd_names: Mapping[str, str]  # our name of a host → AVD's
    observed: Observed
    versions: Mapping[str, ImageVersion]

    def vm_named(self, vm_id: str) -> Vm | None:
        return self.pool.vms.get(folded(vm_id))

    def nic_named(self, nic_id: str) -> Nic | None:
        return self.nics.get(folded(nic_id))


def observe(azure: Azure, update: SpotGroupUpdate) -> View:
    """A handful of list calls, however many hosts there are."""
    group = update.spot_group
    pool = read_pool(azure, group, read_vms(azure))
    versions = versions_by_image(update.tenant_id)
    record_pool(group, pool, versions)
    rows = {row.name: row for row in update.hosts.all()}
    listed = _avd_hosts(pool, rows)
    _remember_parts(update, pool, listed, rows, versions)
    nics, disks = _nics_and_disks(azure, group, rows)
    devices = left_of(azure, _without_vm(group, pool, rows))
    warnings = {
        (each.host, each.session_id, each.user, each.began): each for each in update.warnings.all()
    }
    hosts = tuple(
        _host(row, listed.get(name), pool, _leftovers(row, nics, disks, devices), warnings)
        for name, row in sorted(rows.items())
        if row.removed_at is None or name in listed
    )
    return View(
        pool=pool,
        nics=nics,
        disks=disks,
        devices=devices,
        rows=rows,
        avd_names={name: host.name for name, host in listed.items()},
        observed=Observed(hosts, _attempts(rows.values()), update.cut_over_at),
        versions=versions,
    )


def _avd_hosts(pool: Pool, rows: Mapping[str, UpdateHost]) -> dict[str, AvdHost]:
    """The pool's records by our names: the VM's name for hosts we build, AVD's for the others."""
    ours = {name.casefold() for name, row in rows.items() if row.new}
    found = {}
    for host in pool.hosts:
        short = host.name.split(".", 1)[0].casefold()
        found[short if short in ours else host.name] = host
    return found


def _remember_parts(
    update: SpotGroupUpdate,
    pool: Pool,
    listed: Mapping[str, AvdHost],
    rows: dict[str, UpdateHost],
    versions: Mapping[str, ImageVersion],
) -> None:
    """A row for every host seen, with what belongs to it while that can still be seen."""
    for name, host in listed.items():
        vm = pool.vm_of(host)
        row = rows.get(name)
        if row is None:
            row = rows[name] = UpdateHost(
                tenant_id=update.tenant_id, update_row=update, name=name, phase="Serving"
            )
        image = versions.get(folded(vm.image_version_id)) if vm and vm.image_version_id else None
        image_name = f"{image.image_set.name} {image.number}" if image else row.image_name
        parts = _parts(vm) if vm else row.parts
        if row.pk is None or (row.parts, row.image_name) != (parts, image_name):
            row.parts, row.image_name = parts, image_name
            row.save()


def _parts(vm: Vm) -> dict[str, object]:
    return {
        "vm": vm.id,
        "nics": list(vm.nic_ids),
        "disks": [vm.os_disk_id] if vm.os_disk_id else [],
        "image": vm.image_version_id or "",
    }


def _nics_and_disks(
    azure: Azure, group: SpotGroup, rows: Mapping[str, UpdateHost]
) -> tuple[dict[str, Nic], dict[str, Disk]]:
    """Only looked at while something is being built or removed."""
    if not any(row.removing or _building(row) for row in rows.values() if not row.removed_at):
        return {}, {}
    at = group.site.resource_group
    nics = {folded(nic.id): nic for nic in azure.network.list_nics(at)}
    disks = {folded(disk.id): disk for disk in azure.compute.list_disks(at)}
    return nics, disks


def _building(row: UpdateHost) -> bool:
    return row.new and row.build not in (Build.DONE, "")


def _without_vm(group: SpotGroup, pool: Pool, rows: Mapping[str, UpdateHost]) -> list[UpdateHost]:
    """Hosts being removed that have no VM any more. Only Entra-joined ones leave device records."""
    if not group.entra_joined:
        return []
    leaving = [row for row in rows.values() if row.removing and not row.removed_at]
    return [row for row in leaving if folded(row.parts.get("vm", "")) not in pool.vms]


def _leftovers(
    row: UpdateHost,
    nics: Mapping[str, Nic],
    disks: Mapping[str, Disk],
    devices: Mapping[str, Devices],
) -> tuple[str, ...]:
    """Names of cards, disks and device records of this host that are still there."""
    parts = row.parts
    cards = [names.last_segment(each) for each in parts.get("nics", ()) if folded(each) in nics]
    left = [names.last_segment(each) for each in parts.get("disks", ()) if folded(each) in disks]
    records = devices[row.name].names if row.name in devices else ()
    return (*cards, *left, *records)


def _attempts(rows: Iterable[UpdateHost]) -> dict[int, int]:
    return dict(Counter(row.slot for row in rows if row.slot is not None))


def _host(
    row: UpdateHost,
    host: AvdHost | None,
    pool: Pool,
    leftovers: tuple[str, ...],
    warnings: Mapping[tuple[str, str, str, str], SignOutWarning],
) -> Host:
    vm = pool.vms.get(folded(row.parts["vm"])) if row.parts.get("vm") else None
    image = vm.image_version_id if vm else row.parts.get("image")
    failed = row.error_code and row.build == Build.FAILED
    return Host(
        name=row.name,
        version=folded(image) if image else None,
        health=_health(host, vm),
        heartbeat=host.last_heartbeat if host else None,
        draining=bool(host and not host.allow_new_session),
        sessions=tuple(
            _session(row, each, warnings)
            for each in pool.sessions
            if host and each.host == host.name
        ),
        record_exists=host is not None,
        vm_exists=vm is not None,
        leftovers=() if vm else leftovers,
        busy=bool(vm and vm.provisioning == Provisioning.DELETING),
        slot=row.slot,
        build=Build(row.build) if row.build else Build.DONE,
        failure=Failure(row.error_code, row.error_text, row.error_permanent) if failed else None,
        unready_since=row.unready_since,
        drained_at=row.drained_at,
        draining_before_us=row.draining_before_us,
        removing=row.removing,
    )


def _health(host: AvdHost | None, vm: Vm | None) -> Health:
    """AVD says Available for a while over a VM that is off; the VM knows better."""
    if host is None:
        return Health.UNKNOWN
    if vm is None or vm.power not in (Power.RUNNING, Power.UNKNOWN):
        return Health.UNHEALTHY
    return HEALTH.get(host.status.casefold(), Health.UNHEALTHY)


def session_key(row_name: str, session: AvdSession) -> tuple[str, str, str, str]:
    return row_name, session.session_id, session.user, _began(session.created_at)


def _began(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _session(
    row: UpdateHost,
    session: AvdSession,
    warnings: Mapping[tuple[str, str, str, str], SignOutWarning],
) -> Session:
    warning = warnings.get(session_key(row.name, session))
    return Session(
        id=session.session_id,
        user=session.user,
        state=SESSION_STATES.get(session.state.casefold(), SessionState.PENDING),
        warned_at=warning.warned_at if warning else None,
        warning_seen=warning.seen if warning else True,
        sign_out_asked_at=warning.sign_out_asked_at if warning else None,
    )
