"""What may be done with a connection or a device image now, and why not."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse

from images.actions import Action
from spotpc.web.scoping import Permission
from tenants.access import not_allowed
from w365 import services
from w365.models import DeviceImage, NetworkConnection
from w365.services import Uses


def actions_of_connection(
    connection: NetworkConnection, uses: Uses, permissions: Collection[Permission]
) -> list[Action]:
    """`uses`: read once for a whole list."""
    own = [connection.tenant_id, connection.pk]
    change = not_allowed(Permission.CHANGE, permissions)
    delete = not_allowed(Permission.DELETE, permissions)
    busy = change or services.why_not_edit(connection, uses)
    edit = f"{reverse('w365-connection-edit', args=own[:1])}?connection={connection.pk}"
    return [
        Action("edit", "Edit", "edit", edit, busy),
        Action("check", "Run Health Check", "refresh", reverse("w365-connection-check", args=own),
               busy, posts=True),
        Action("delete", "Delete", "trash", reverse("w365-connection-delete", args=own),
               delete or services.why_not_delete(connection, uses), danger=True),
    ]  # fmt: skip


def actions_of_image(
    image: DeviceImage, uses: Uses, permissions: Collection[Permission]
) -> list[Action]:
    because = not_allowed(Permission.DELETE, permissions) or services.why_not_delete(image, uses)
    url = reverse("w365-image-delete", args=[image.tenant_id, image.pk])
    return [Action("delete", "Delete", "trash", url, because, danger=True)]
