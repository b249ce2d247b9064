"""Graph's JSON to our values. A word we do not know stays as it is, a time that is none is None."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from spotpc.azure import convert
from spotpc.azure.graph_types import (
    CloudPc,
    DeviceImage,
    EntraDevice,
    EntraGroup,
    GalleryImage,
    HealthCheck,
    ManagedDevice,
    NetworkConnection,
    Policy,
    PolicySpec,
    Sku,
)

Json = dict[str, Any]


def policy(body: Json) -> Policy:
    """Of several network connections, in Graph's order of priority, the first is the policy's."""
    join: Json = next(iter(body.get("domainJoinConfigurations") or ()), {})
    custom = _text(body, "imageType") == "custom"
    spec = PolicySpec(
        name=_text(body, "displayName"),
        description=_text(body, "description"),
        image_type=_text(body, "imageType"),
        image_id=_guid(body, "imageId") if custom else _text(body, "imageId"),
        image_name=_text(body, "imageDisplayName"),
        join_type=_text(join, "domainJoinType"),
        connection_id=_guid(join, "onPremisesConnectionId"),
        region_name=_text(join, "regionName"),
        region_group=_text(join, "regionGroup"),
        single_sign_on=bool(body.get("enableSingleSignOn")),
        local_admin=bool(body.get("localAdminEnabled")),
        naming_template=_text(body, "cloudPcNamingTemplate"),
        locale=_text(body.get("windowsSetting") or {}, "locale"),
        provisioning_type=_text(body, "provisioningType") or "dedicated",
        group_ids=_group_ids(body.get("assignments") or ()),
    )
    return Policy(_guid(body, "id"), spec)


def _group_ids(assignments: Any) -> tuple[str, ...]:
    targets = [one.get("target") or {} for one in assignments]
    return tuple(sorted({_guid(target, "groupId") for target in targets} - {""}))


def gallery_image(body: Json) -> GalleryImage:
    return GalleryImage(
        id=_text(body, "id"),
        name=_text(body, "displayName"),
        status=_text(body, "status"),
        size_gb=body.get("sizeInGB"),
        expires_on=_date(body, "expirationDate"),
        ends_on=_date(body, "endDate"),
    )


def device_image(body: Json) -> DeviceImage:
    return DeviceImage(
        id=_guid(body, "id"),
        name=_text(body, "displayName"),
        version=_text(body, "version"),
        source_id=_text(body, "sourceImageResourceId"),
        status=_text(body, "status"),
        error_code=_text(body, "errorCode"),
        operating_system=_text(body, "operatingSystem"),
        os_build=_text(body, "osBuildNumber"),
        os_status=_text(body, "osStatus"),
        size_gb=body.get("sizeInGB"),
        expires_on=_date(body, "expirationDate"),
        modified_at=_time(body, "lastModifiedDateTime"),
    )


def connection(body: Json) -> NetworkConnection:
    detail = body.get("healthCheckStatusDetail") or {}
    return NetworkConnection(
        id=_guid(body, "id"),
        name=_text(body, "displayName"),
        join_type=_text(body, "connectionType"),
        subscription_id=_guid(body, "subscriptionId"),
        resource_group_id=_text(body, "resourceGroupId"),
        virtual_network_id=_text(body, "virtualNetworkId"),
        subnet_id=_text(body, "subnetId"),
        location=_text(body, "virtualNetworkLocation"),
        ad_domain=_text(body, "adDomainName"),
        ad_username=_text(body, "adDomainUsername"),
        organizational_unit=_text(body, "organizationalUnit"),
        health=_text(body, "healthCheckStatus") or "pending",
        health_paused=bool(body.get("healthCheckPaused")),
        in_use=bool(body.get("inUse")),
        checks=tuple(_health_check(one) for one in detail.get("healthChecks") or ()),
    )


def _health_check(body: Json) -> HealthCheck:
    return HealthCheck(
        name=_text(body, "displayName"),
        status=_text(body, "status"),
        error_type=_text(body, "errorType"),
        detail=_text(body, "additionalDetail"),
        recommended_action=_text(body, "recommendedAction"),
        finished_at=_time(body, "endDateTime"),
    )


def cloud_pc(body: Json, state: Json) -> CloudPc:
    """`state` is what beta adds: see `beta.states`. Empty for one that beta does not list yet."""
    detail = state.get("statusDetail") or state.get("statusDetails") or {}
    return CloudPc(
        id=_guid(body, "id"),
        name=_text(body, "displayName"),
        device_name=_text(body, "managedDeviceName"),
        user=_text(body, "userPrincipalName"),
        policy_id=_guid(body, "provisioningPolicyId"),
        policy_name=_text(body, "provisioningPolicyName"),
        image_name=_text(body, "imageDisplayName"),
        plan_id=_guid(body, "servicePlanId"),
        plan_name=_text(body, "servicePlanName"),
        status=_text(state, "status"),
        status_code=_text(detail, "code"),
        status_detail=_text(detail, "message"),
        device_id=_guid(body, "aadDeviceId"),
        managed_device_id=_guid(body, "managedDeviceId"),
        connection_name=_text(body, "onPremisesConnectionName"),
        provisioning_type=_text(body, "provisioningType"),
        grace_until=_time(body, "gracePeriodEndDateTime"),
        modified_at=_time(body, "lastModifiedDateTime"),
    )


def group(body: Json) -> EntraGroup:
    return EntraGroup(_guid(body, "id"), _text(body, "displayName"), _text(body, "description"))


def sku(body: Json) -> Sku:
    units = body.get("prepaidUnits") or {}
    return Sku(
        id=_text(body, "id"),
        part_number=_text(body, "skuPartNumber"),
        enabled=units.get("enabled") or 0,
        warning=units.get("warning") or 0,
        consumed=body.get("consumedUnits") or 0,
        plans=tuple(_text(plan, "servicePlanName") for plan in body.get("servicePlans") or ()),
    )


def device(body: Json) -> EntraDevice:
    return EntraDevice(_guid(body, "id"), _guid(body, "deviceId"), _text(body, "displayName"))


def managed_device(body: Json) -> ManagedDevice:
    return ManagedDevice(
        _guid(body, "id"), _text(body, "deviceName"), _guid(body, "azureADDeviceId")
    )


def _text(body: Json, key: str) -> str:
    return convert.text(body.get(key))


def _guid(body: Json, key: str) -> str:
    return _text(body, key).lower()


def _time(body: Json, key: str) -> datetime | None:
    """Believed: a time that is not yet known comes as null, or as midnight of the year 1."""
    found = convert.utc_from_text(_text(body, key))
    return found if found and found.year > 1 else None


def _date(body: Json, key: str) -> date | None:
    found = convert.utc_from_text(_text(body, key))
    return found.date() if found else None
