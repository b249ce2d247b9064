"""Every URL of the site: how to build it, and what each method of it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from images.wizard import NewVersion
from spotgroups.wizard import UpdateSpotGroup
from spotpc.web.scoping import Permission
from tenants.models import Admin
from tests.access.world import Side
from w365.wizards.connections import EditConnection, NewConnection
from w365.wizards.images import NewDeviceImage
from w365.wizards.policies import EditPolicy, NewPolicy
from w365.wizards.reprovisionings import BringOver

VIEW, CHANGE, DELETE = Permission.VIEW, Permission.CHANGE, Permission.DELETE


class Open(StrEnum):
    """Needs that are not a permission in a tenant."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    MEMBER = "member of the organization"


Need = Permission | Open
Kwargs = Callable[[Side, Admin | None], dict[str, Any]]


def _nothing(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {}


def _organization(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {"organization_id": side.tenant.organization_id}


def _tenant(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {"tenant_id": side.tenant.pk}


def _job(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "job_id": side.job.pk}


def _set(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "set_id": side.image_set.pk}


def _version(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_set(side, admin), "version_id": side.version.pk}


def _group(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "group_id": side.group.pk}


def _update(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "update_id": side.update.pk}


def _connection(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "connection_id": side.connection.pk}


def _idle_connection(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "connection_id": side.idle_connection.pk}


def _device_image(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "image_id": side.device_image.pk}


def _idle_device_image(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "image_id": side.idle_device_image.pk}


def _policy(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "policy_id": side.policy.pk}


def _idle_policy(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "policy_id": side.idle_policy.pk}


def _run(side: Side, admin: Admin | None) -> dict[str, Any]:
    return {**_tenant(side, admin), "run_id": side.run.pk}


def _step(base: Kwargs, step: str, kind: str = "") -> Kwargs:
    """A wizard's step, in the admin's own draft where there is a `kind`."""

    def kwargs(side: Side, admin: Admin | None) -> dict[str, Any]:
        found = {**base(side, admin), "step": step}
        if kind:
            owner = admin.pk if admin else min(pk for _, pk in side.drafts)
            found["draft"] = side.drafts[kind, owner].pk
        return found

    return kwargs


@dataclass(frozen=True)
class Route:
    """A method that is not listed is answered with 405."""

    name: str
    kwargs: Kwargs
    get: Need | None = None
    post: Need | None = None
    note: str = ""  # tells routes of the same name apart

    def url(self, side: Side, admin: Admin | None) -> str:
        return reverse(self.name, kwargs=self.kwargs(side, admin))

    @property
    def names_rows(self) -> bool:
        """Whether its URL has more ids than the tenant's."""
        return self.kwargs not in (_nothing, _organization, _tenant) and self.note != "group"

    def need(self, method: str) -> Need | None:
        return self.get if method == "GET" else self.post

    def __str__(self) -> str:
        return f"{self.name} {self.note}".strip()


# A wizard without a step redirects to its first one, whatever the method.
ROUTES = (
    Route("healthz", _nothing, get=Open.PUBLIC, post=Open.PUBLIC),
    Route("home", _nothing, get=Open.SIGNED_IN, post=Open.SIGNED_IN),
    Route("sign-in", _nothing, get=Open.PUBLIC, post=Open.PUBLIC),
    Route("sign-out", _nothing, post=Open.SIGNED_IN),
    Route("account", _nothing, get=Open.SIGNED_IN, post=Open.SIGNED_IN),
    Route("password-change", _nothing, get=Open.SIGNED_IN, post=Open.SIGNED_IN),
    Route("theme", _nothing, post=Open.SIGNED_IN),
    Route("organization", _organization, get=Open.MEMBER),
    Route("tenant-overview", _tenant, get=VIEW),
    Route("tenant-refresh", _tenant, post=VIEW),
    Route("tenant-custom-id", _tenant, post=CHANGE),
    Route("tenant-sessions", _tenant, get=VIEW),
    Route("tenant-machines", _tenant, get=VIEW),
    Route("job-list", _tenant, get=VIEW),
    Route("job-detail", _job, get=VIEW),
    Route("job-progress", _job, get=VIEW),
    Route("job-cancel", _job, get=CHANGE, post=CHANGE),
    Route("job-run-now", _job, post=CHANGE),
    Route("image-set-list", _tenant, get=VIEW),
    Route("image-set", _set, get=VIEW),
    Route("image-set-notes", _set, get=CHANGE, post=CHANGE),
    Route("image-version-new", _set, get=CHANGE, post=CHANGE),
    Route("image-version-new", _step(_set, "version"), get=CHANGE, post=CHANGE, note="version"),
    Route("image-version-new", _step(_set, "notes", NewVersion.kind), get=CHANGE, post=CHANGE,
          note="notes"),
    Route("image-version", _version, get=VIEW),
    Route("image-version-connect", _version, get=CHANGE, post=CHANGE),
    Route("image-version-password", _version, post=CHANGE),
    Route("image-version-rdp", _version, post=CHANGE),
    Route("image-version-reboot", _version, post=CHANGE),
    Route("image-version-seal", _version, get=CHANGE, post=CHANGE),
    Route("image-version-delete", _version, get=DELETE, post=DELETE),
    Route("image-version-cancel", _version, post=CHANGE),
    Route("spot-group-list", _tenant, get=VIEW),
    Route("spot-group", _group, get=VIEW),
    Route("spot-group-update", _tenant, get=CHANGE, post=CHANGE),
    Route("spot-group-update", _step(_tenant, "group"), get=CHANGE, post=CHANGE, note="group"),
    Route("spot-group-update", _step(_tenant, "review", UpdateSpotGroup.kind), get=CHANGE,
          post=CHANGE, note="review"),
    Route("spot-group-update-detail", _update, get=VIEW),
    Route("spot-group-update-cancel", _update, get=CHANGE, post=CHANGE),
    Route("spot-group-update-pause", _update, post=CHANGE),
    Route("spot-group-update-resume", _update, post=CHANGE),
    Route("spot-group-update-try-again", _update, post=CHANGE),
    Route("w365-connection-list", _tenant, get=VIEW),
    Route("w365-connection-new", _tenant, get=CHANGE, post=CHANGE),
    Route("w365-connection-new", _step(_tenant, "site"), get=CHANGE, post=CHANGE, note="site"),
    Route("w365-connection-new", _step(_tenant, "review", NewConnection.kind), get=CHANGE,
          post=CHANGE, note="last step"),
    Route("w365-connection-edit", _tenant, get=CHANGE, post=CHANGE),
    Route("w365-connection-edit", _step(_tenant, "connection"), get=CHANGE, post=CHANGE,
          note="connection"),
    Route("w365-connection-edit", _step(_tenant, "review", EditConnection.kind), get=CHANGE,
          post=CHANGE, note="last step"),
    Route("w365-connection", _connection, get=VIEW),
    Route("w365-connection-check", _connection, post=CHANGE),
    Route("w365-connection-delete", _idle_connection, get=DELETE, post=DELETE),
    Route("w365-image-list", _tenant, get=VIEW),
    Route("w365-image-new", _tenant, get=CHANGE, post=CHANGE),
    Route("w365-image-new", _step(_tenant, "name"), get=CHANGE, post=CHANGE, note="name"),
    Route("w365-image-new", _step(_tenant, "review", NewDeviceImage.kind), get=CHANGE,
          post=CHANGE, note="last step"),
    Route("w365-image-sources", _tenant, post=CHANGE),
    Route("w365-image", _device_image, get=VIEW),
    Route("w365-image-delete", _idle_device_image, get=DELETE, post=DELETE),
    Route("w365-policy-list", _tenant, get=VIEW),
    Route("w365-policy-new", _tenant, get=CHANGE, post=CHANGE),
    Route("w365-policy-new", _step(_tenant, "network"), get=CHANGE, post=CHANGE, note="network"),
    Route("w365-policy-new", _step(_tenant, "review", NewPolicy.kind), get=CHANGE, post=CHANGE,
          note="last step"),
    Route("w365-policy-edit", _tenant, get=CHANGE, post=CHANGE),
    Route("w365-policy-edit", _step(_tenant, "policy"), get=CHANGE, post=CHANGE, note="policy"),
    Route("w365-policy-edit", _step(_tenant, "review", EditPolicy.kind), get=CHANGE, post=CHANGE,
          note="last step"),
    Route("w365-policy", _policy, get=VIEW),
    Route("w365-policy-delete", _idle_policy, get=DELETE, post=DELETE),
    Route("w365-policy-dismiss", _policy, post=CHANGE),
    Route("w365-policy-reprovision", _policy, get=CHANGE, post=CHANGE),
    Route("w365-policy-reprovision", _step(_policy, "pcs"), get=CHANGE, post=CHANGE, note="pcs"),
    Route("w365-policy-reprovision", _step(_policy, "review", BringOver.kind), get=CHANGE,
          post=CHANGE, note="last step"),
    Route("w365-reprovisioning", _run, get=VIEW),
    Route("w365-reprovisioning-cancel", _run, get=CHANGE, post=CHANGE),
    Route("w365-reprovisioning-pause", _run, post=CHANGE),
    Route("w365-reprovisioning-resume", _run, post=CHANGE),
    Route("w365-reprovisioning-try-again", _run, post=CHANGE),
)  # fmt: skip


def patterns(of: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Name and route of every pattern that the resolver knows, wherever it was included."""
    for each in (of or get_resolver()).url_patterns:
        route = f"{before}{each.pattern}"
        if isinstance(each, URLPattern):
            yield each.name or "", route
        else:
            yield from patterns(each, route)
