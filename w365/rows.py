"""From Graph's values to the columns of rows. Workers only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from spotpc.azure.errors import from_failure
from spotpc.azure.graph_types import (
    CloudPc,
    DeviceImage,
    GalleryImage,
    HealthCheck,
    NetworkConnection,
    PolicySpec,
)
from spotpc.azure.types import Failure

Fields = dict[str, Any]


def of_connection(found: NetworkConnection) -> Fields:
    """Without the checks: a list does not have them."""
    return {
        "name": found.name,
        "join_type": found.join_type,
        "location": found.location,
        "resource_group_id": found.resource_group_id,
        "virtual_network_id": found.virtual_network_id,
        "subnet_id": found.subnet_id,
        "ad_domain": found.ad_domain,
        "ad_username": found.ad_username,
        "organizational_unit": found.organizational_unit,
        "health": found.health,
        "in_use": found.in_use,
    }


def of_checks(checks: Iterable[HealthCheck]) -> Fields:
    told = [of_check(each) for each in checks]
    return {"checks": told, "checked_at": last_finished(checks)}


def last_finished(checks: Iterable[HealthCheck]) -> datetime | None:
    return max((each.finished_at for each in checks if each.finished_at), default=None)


def of_check(check: HealthCheck) -> dict[str, str]:
    return {
        "name": check.name,
        "status": check.status,
        "error_type": check.error_type,
        "detail": check.detail,
        "recommended_action": check.recommended_action,
        "finished_at": check.finished_at.isoformat() if check.finished_at else "",
    }


def of_device_image(found: DeviceImage) -> Fields:
    return {
        "name": found.name,
        "version": found.version,
        "source_id": found.source_id,
        "status": found.status,
        "operating_system": found.operating_system,
        "os_build": found.os_build,
        "os_status": found.os_status,
        "size_gb": found.size_gb,
        "expires_on": found.expires_on,
        **_image_error(found),
    }


def _image_error(found: DeviceImage) -> Fields:
    if found.status != "failed":
        return {"error_code": "", "error_text": "", "error_remedy": ""}
    error = from_failure(Failure(f"deviceImage.{found.error_code}", ""), "device image")
    return {
        "error_code": error.code,
        "error_text": error.sentence,
        "error_remedy": error.remedy,
    }


def of_gallery_image(found: GalleryImage) -> Fields:
    return {
        "name": found.name,
        "status": found.status,
        "size_gb": found.size_gb,
        "expires_on": found.expires_on,
    }


def of_policy(spec: PolicySpec) -> Fields:
    """The columns are named like the spec's fields."""
    return {**asdict(spec), "group_ids": list(spec.group_ids)}


def of_cloud_pc(found: CloudPc, policies: dict[str, int]) -> Fields:
    """`policies`: the rows' keys by Graph's ids."""
    return {
        "policy_id": policies.get(found.policy_id),
        "name": found.name,
        "device_name": found.device_name,
        "user": found.user,
        "image_name": found.image_name,
        "plan_name": found.plan_name,
        "status": found.status,
        "status_detail": found.status_detail,
        "managed_device_id": found.managed_device_id,
        "grace_until": found.grace_until,
    }
