"""What the shell around every page shows. Nothing is queried until the template asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse

from spotpc.web.scoping import Permission
from tenants.access import admin_of
from tenants.models import Admin, Organization, Tenant

THEMES = ("light", "dark", "system")
LISTED = 30  # tenants in the selector; the rest are found by search


class Shell:
    """Two queries on a page, three where a tenant was opened before; none in a fragment."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def layout(self) -> str:
        return "base.html" if self.admin else "plain.html"

    @cached_property
    def admin(self) -> Admin | None:
        user = getattr(self.request, "user", None)
        return admin_of(self.request) if user is not None and user.is_authenticated else None

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else "system"

    @property
    def page(self) -> str:
        match = self.request.resolver_match
        return match.view_name if match else ""

    @property
    def section(self) -> str:
        """The path below the tenant: "jobs", "images", "spot-groups"."""
        parts = self.request.path.split("/")
        return parts[3] if len(parts) > 3 and parts[1] == "tenants" else ""

    @cached_property
    def organizations(self) -> list[Organization]:
        if self.admin is None:
            return []
        last = Tenant.objects.filter(pk=self.admin.last_tenant_id or 0, organization=OuterRef("pk"))
        return list(self.admin.organizations().annotate(is_last=Exists(last)))

    @cached_property
    def organization(self) -> Organization | None:
        """The one looked at, else that of the tenant opened last, else the first."""
        given: Organization | None = getattr(self.request, "organization", None)
        tenant: Tenant | None = getattr(self.request, "tenant", None)
        if tenant is not None:
            return tenant.organization
        last = [one for one in self.organizations if getattr(one, "is_last", False)]
        return given or next(iter(last or self.organizations), None)

    @cached_property
    def _tenants(self) -> list[Tenant]:
        if self.admin is None or self.organization is None:
            return []
        mine = Tenant.objects.visible_to(self.admin).filter(organization=self.organization)
        return list(mine.order_by("name")[: LISTED + 1])

    @property
    def more_tenants(self) -> bool:
        return len(self._tenants) > LISTED

    @property
    def tenants(self) -> list[dict[str, Any]]:
        return [self._entry(tenant) for tenant in self._tenants[:LISTED]]

    @cached_property
    def last_tenant(self) -> dict[str, Any] | None:
        if self.admin is None or self.admin.last_tenant_id is None:
            return None
        mine = Tenant.objects.visible_to(self.admin)
        last = mine.filter(pk=self.admin.last_tenant_id).first()
        return self._entry(last) if last else None

    def _entry(self, tenant: Tenant) -> dict[str, Any]:
        """A tenant's name and where choosing it leads: the page one is on, of that tenant."""
        match = self.request.resolver_match
        here = match is not None and set(match.kwargs) == {"tenant_id"}
        stay = match is not None and here and self.request.method == "GET"
        view = match.view_name if match is not None and stay else "tenant-overview"
        return {"pk": tenant.pk, "name": tenant.name, "url": reverse(view, args=[tenant.pk])}


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`, `tenant`, and `may.view|change|delete` in every template."""
    permissions: frozenset[Permission] = getattr(request, "permissions", frozenset())
    return {
        "shell": Shell(request),
        "tenant": getattr(request, "tenant", None),
        "may": {right.value: right in permissions for right in Permission},
    }
