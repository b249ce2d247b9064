"""How a view gets at a connection or device image of a tenant."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from spotpc.web.scoping import Permission
from tenants.access import admin_of, tenant_or_404
from w365.models import DeviceImage, NetworkConnection


def connection_or_404(
    request: HttpRequest,
    tenant_id: int,
    connection_id: int,
    permission: Permission = Permission.VIEW,
) -> NetworkConnection:
    """404 for what is not the admin's, 403 without the right. The password stays where it is."""
    tenant = tenant_or_404(request, tenant_id, permission)
    mine = NetworkConnection.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    related = mine.select_related("site", "tenant").defer("ad_password")
    return get_object_or_404(related, pk=connection_id)


def image_or_404(
    request: HttpRequest, tenant_id: int, image_id: int, permission: Permission = Permission.VIEW
) -> DeviceImage:
    """As `connection_or_404`."""
    tenant = tenant_or_404(request, tenant_id, permission)
    mine = DeviceImage.objects.visible_to(admin_of(request)).filter(tenant=tenant)
    return get_object_or_404(mine.select_related("site", "tenant"), pk=image_id)
