"""How a view gets at its tenant: 404 for a foreign one, 403 without the right, in one query."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404, HttpRequest

from spotpc.web.htmx import HtmxRequest, is_fragment
from spotpc.web.scoping import Permission
from tenants.models import Admin, Tenant

WORDS = {Permission.CHANGE: "change things", Permission.DELETE: "delete things"}
NOT_ALLOWED = "Your role in this tenant does not allow it."  # why an action is disabled


class AdminRequest(HtmxRequest):
    """A request of somebody signed in; `LoginRequiredMiddleware` sees to it."""

    user: Admin


class TenantRequest(AdminRequest):
    """A request below /tenants/<id>/ after `tenant_or_404`."""

    tenant: Tenant
    permissions: frozenset[Permission]


def admin_of(request: HttpRequest) -> Admin:
    return cast("Admin", request.user)


def permissions_of(request: HttpRequest) -> frozenset[Permission]:
    """What may be done in the tenant that `tenant_or_404` gave."""
    return cast("TenantRequest", request).permissions


def not_allowed(permission: Permission, permissions: Collection[Permission]) -> str:
    """Why an action is disabled by the admin's role; empty if it is not."""
    return "" if permission in permissions else NOT_ALLOWED


def _allowed(admin: Admin, permission: Permission) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(Q(pk__in=admin.tenant_ids(permission)), output_field=BooleanField())


def tenant_or_404(
    request: HttpRequest, tenant_id: int, permission: Permission = Permission.VIEW
) -> Tenant:
    """The tenant, also as `request.tenant`; `request.permissions` says what may be done in it.

    Raises `Http404` if it is not the admin's, `PermissionDenied` if they may see it but not this.
    """
    admin = admin_of(request)
    tenant = (
        Tenant.objects.visible_to(admin)
        .select_related("organization", "sync")
        .annotate(
            may_change=_allowed(admin, Permission.CHANGE),
            may_delete=_allowed(admin, Permission.DELETE),
        )
        .filter(pk=tenant_id)
        .first()
    )
    if tenant is None:
        raise Http404
    typed = cast("TenantRequest", request)
    typed.tenant = tenant
    typed.permissions = frozenset(
        right for right in Permission if getattr(tenant, f"may_{right}", True)
    )
    if permission not in typed.permissions:
        words = WORDS[permission]
        raise PermissionDenied(f"Your role in {tenant.name} does not allow you to {words}.")
    _remember(typed)
    return tenant


def _remember(request: TenantRequest) -> None:
    """Written only when it changes, and never by a part of a page that renews itself."""
    if request.user.last_tenant_id == request.tenant.pk or is_fragment(request):
        return
    Admin.objects.filter(pk=request.user.pk).update(last_tenant=request.tenant)
