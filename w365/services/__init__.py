"""Every change to Windows 365: check, change, audit row, job - in one transaction.

Web side: rows only. What Graph says comes back through the jobs (`w365.steps`) and `w365.sync`.
"""

from __future__ import annotations

from w365.models import DeviceImage, NetworkConnection, ProvisioningPolicy
from w365.services.common import Row, Uses, discard, failed_job, uses_of, why_not_new
from w365.services.connections import (
    CONNECTION_CHECK,
    CONNECTION_DELETE,
    CONNECTION_SAVE,
    ConnectionChoices,
    create_connection,
    delete_connection,
    edit_connection,
    run_health_check,
    why_not_delete_connection,
    why_not_edit_connection,
)
from w365.services.images import (
    IMAGE_DELETE,
    IMAGE_UPLOAD,
    create_device_image,
    delete_device_image,
    judged_source,
    judged_sources,
    refresh_sources,
    why_not_delete_image,
)
from w365.services.policies import (
    POLICY_DELETE,
    POLICY_SAVE,
    Conflict,
    create_policy,
    delete_policy,
    dismiss_conflict,
    edit_policy,
    policy_conflict,
    spec_of,
    why_not_delete_policy,
    why_not_edit_policy,
)

__all__ = [
    "CONNECTION_CHECK",
    "CONNECTION_DELETE",
    "CONNECTION_SAVE",
    "IMAGE_DELETE",
    "IMAGE_UPLOAD",
    "POLICY_DELETE",
    "POLICY_SAVE",
    "Conflict",
    "ConnectionChoices",
    "Uses",
    "create_connection",
    "create_device_image",
    "create_policy",
    "delete_connection",
    "delete_device_image",
    "delete_policy",
    "discard",
    "dismiss_conflict",
    "edit_connection",
    "edit_policy",
    "failed_job",
    "judged_source",
    "judged_sources",
    "policy_conflict",
    "refresh_sources",
    "run_health_check",
    "spec_of",
    "uses_of",
    "why_not_delete",
    "why_not_edit",
    "why_not_new",
]


def why_not_edit(row: NetworkConnection | ProvisioningPolicy, uses: Uses | None = None) -> str:
    """For a disabled action; empty if it is possible. `uses`: read once for a whole list."""
    if isinstance(row, NetworkConnection):
        return why_not_edit_connection(row, uses)
    return why_not_edit_policy(row, uses)


def why_not_delete(row: Row, uses: Uses | None = None) -> str:
    """For a disabled action; empty if it is possible. `uses`: read once for a whole list."""
    match row:
        case NetworkConnection():
            return why_not_delete_connection(row, uses)
        case DeviceImage():
            return why_not_delete_image(row, uses)
    return why_not_delete_policy(row, uses)
