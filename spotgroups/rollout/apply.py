"""Doing what the planner said: each action is one write to Azure and one fact in a row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod

from django.utils import timezone

from spotgroups.message import default_message
from spotgroups.models import SignOutWarning, SpotGroupUpdate, UpdateHost
from spotgroups.rollout import actions, build, devices
from spotgroups.rollout.observe import View, session_key
from spotpc.azure import names
from spotpc.azure.errors import NotFound
from spotpc.azure.types import AvdSession, Provisioning


@dataclass(frozen=True)
class Hands:
    """Carries out one pass. Every action may be repeated without harm."""

    site: build.Site
    view: View

    @property
    def update(self) -> SpotGroupUpdate:
        return self.site.update

    @property
    def pool(self) -> tuple[str, str]:
        return self.site.group, self.update.spot_group.host_pool

    def row(self, name: str) -> UpdateHost:
        return self.view.rows[name]

    def say(self, action: actions.Action, text: str) -> None:
        self.site.tick.event(f"{text}. {action.reason}")

    @singledispatchmethod
    def do(self, action: actions.Action) -> None:
        raise TypeError(f"The planner asks for something unknown: {action!r}")

    @do.register
    def _build(self, action: actions.BuildHost) -> None:
        row = build.begin(self.site, action.slot, action.attempt)
        self.say(action, f"Building {row.name}")

    @do.register
    def _begin_cut_over(self, action: actions.BeginCutOver) -> None:
        self.update.cut_over_at = timezone.now()
        self.update.save(update_fields=["cut_over_at"])
        self.say(action, "Cut-over begins")

    @do.register
    def _drain(self, action: actions.Drain) -> None:
        row = self.row(action.host)
        if action.already and row.drained_at is None:
            row.draining_before_us = True
        self.site.azure.avd.set_drain(*self.pool, self.view.avd_names[action.host], True)
        row.drained_at = timezone.now()
        row.save(update_fields=["drained_at", "draining_before_us"])
        self.say(action, f"{action.host} takes no new sessions")

    @do.register
    def _undrain(self, action: actions.Undrain) -> None:
        row = self.row(action.host)
        self.site.azure.avd.set_drain(*self.pool, self.view.avd_names[action.host], False)
        row.drained_at = None
        row.save(update_fields=["drained_at"])
        self.say(action, f"{action.host} takes new sessions again")

    @do.register
    def _warn(self, action: actions.Warn) -> None:
        session = self._session(action.host, action.session)
        if session is None:
            return
        seen = self._send(action, session)
        host, session_id, user, began = session_key(action.host, session)
        SignOutWarning.objects.update_or_create(
            update_row=self.update,
            host=host,
            session_id=session_id,
            user=user,
            began=began,
            defaults={
                "tenant_id": self.update.tenant_id,
                "warned_at": timezone.now(),
                "seen": seen,
            },
        )
        self.say(action, f"Told {action.user} to sign out of {action.host}")

    def _send(self, action: actions.Warn, session: AvdSession) -> bool:
        """Whether somebody sat there to read it.

        Azure refuses a message that nobody would see; such a user is signed out all the same.
        """
        minutes = self.update.warning_minutes
        text = self.update.message or default_message(minutes)
        try:
            self.site.azure.avd.send_message(
                *self.pool, session.host, session.session_id, "A new desktop is ready", text
            )
        except NotFound:
            return False
        return session.state.casefold() == "active"

    @do.register
    def _sign_out(self, action: actions.SignOut) -> None:
        session = self._session(action.host, action.session)
        if session is None:
            return
        host, session_id, user, began = session_key(action.host, session)
        self.site.azure.avd.sign_out(*self.pool, session.host, session.session_id, force=True)
        SignOutWarning.objects.filter(
            update_row=self.update, host=host, session_id=session_id, user=user, began=began
        ).update(sign_out_asked_at=timezone.now())
        self.say(action, f"Signed {action.user} out of {action.host}")

    def _session(self, host: str, session_id: str) -> AvdSession | None:
        name = self.view.avd_names.get(host)
        for session in self.view.pool.sessions:
            if session.host == name and session.session_id == session_id:
                return session
        return None

    @do.register
    def _remove_record(self, action: actions.RemoveRecord) -> None:
        self._removing(action.host)
        self.site.azure.avd.delete_host(*self.pool, self.view.avd_names[action.host], force=False)
        self.say(action, f"Removing {action.host} from the host pool")

    @do.register
    def _remove_vm(self, action: actions.RemoveVm) -> None:
        row = self._removing(action.host)
        vm_id = row.parts.get("vm") or build.machine_of(self.site, row).vm_id
        vm = self.view.vm_named(vm_id)
        if vm is not None and vm.provisioning != Provisioning.DELETING:
            self.site.azure.compute.delete_vm(names.resource_group_of(vm.id), vm.name)
            self.say(action, f"Deleting the VM of {action.host}")

    @do.register
    def _remove_leftovers(self, action: actions.RemoveLeftovers) -> None:
        row = self._removing(action.host)
        for nic_id in row.parts.get("nics", ()):
            if names.last_segment(nic_id) in action.names:
                self.site.azure.network.delete_nic(
                    names.resource_group_of(nic_id), names.last_segment(nic_id)
                )
        for disk_id in row.parts.get("disks", ()):
            if names.last_segment(disk_id) in action.names:
                self.site.azure.compute.delete_disk(
                    names.resource_group_of(disk_id), names.last_segment(disk_id)
                )

        if action.host in self.view.devices:
            devices.remove(self.site.azure, row, self.view.devices[action.host])

    def _removing(self, host: str) -> UpdateHost:
        row = self.row(host)
        if not row.removing:
            row.removing = True
            row.save(update_fields=["removing"])
        return row
