"""The one rule of tenancy.

Every row belongs to a tenant, directly or through another row. `visible_to` is the only way a
view, form, table, export or job narrows a table to what somebody may see, so a leak would have to
be written on purpose.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404


class Permission(StrEnum):
    VIEW = "view"
    CHANGE = "change"
    DELETE = "delete"


class Viewer(Protocol):
    """Somebody signed in. `tenant_ids` is a lazy queryset, so scoping costs no extra query."""

    def tenant_ids(self, permission: Permission) -> QuerySet[Any, Any]: ...


M = TypeVar("M", bound=Model)


class TenantQuerySet(QuerySet[M]):
    """The base of every tenant-owned table's manager."""

    tenant_path = "tenant_id"

    def visible_to(self, viewer: Viewer, permission: Permission = Permission.VIEW) -> Self:
        return self.filter(**{f"{self.tenant_path}__in": viewer.tenant_ids(permission)})

    def get_for(self, viewer: Viewer, permission: Permission = Permission.VIEW, **lookup: Any) -> M:
        """The row, or 404 if it is not the viewer's, or 403 if they may see but not do this."""
        row = self.visible_to(viewer, permission).filter(**lookup).first()
        if row is not None:
            return row
        if permission != Permission.VIEW and self.visible_to(viewer).filter(**lookup).exists():
            raise PermissionDenied
        raise Http404
