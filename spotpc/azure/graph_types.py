"""What the rest of the product sees of Microsoft Graph: plain, frozen, comparable values.

Ids are Graph's own, GUIDs in lower case; times are aware datetimes in UTC; sizes are GB. Words of
Graph's enumerations are kept as Graph spells them (`hybridAzureADJoin`); an unknown one passes
through. Property names: the v1.0 metadata, EntityTypes `cloudPc…`, `virtualEndpoint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class HealthCheck:
    name: str
    status: str  # pending, running, passed, failed, warning, informational
    error_type: str = ""  # adJoinCheckAccessDenied, …; empty where there is none
    detail: str = ""  # Graph's additionalDetail
    recommended_action: str = ""
    finished_at: datetime | None = None


@dataclass(frozen=True)
class NetworkConnection:
    """An Azure network connection (Graph: onPremisesConnection). `checks` only by `get`."""

    id: str
    name: str
    join_type: str  # azureADJoin or hybridAzureADJoin
    subscription_id: str
    resource_group_id: str
    virtual_network_id: str
    subnet_id: str
    location: str = ""
    ad_domain: str = ""
    ad_username: str = ""
    organizational_unit: str = ""
    health: str = "pending"  # as HealthCheck.status, of the whole
    health_paused: bool = False
    in_use: bool = False
    checks: tuple[HealthCheck, ...] = ()


@dataclass(frozen=True)
class NetworkConnectionSpec:
    """What an admin decides. The password goes to Graph and comes back from nowhere."""

    name: str
    join_type: str
    subscription_id: str
    resource_group_id: str
    virtual_network_id: str
    subnet_id: str
    ad_domain: str = ""
    ad_username: str = ""
    ad_password: str = ""  # empty in an update: keep the one Graph has
    organizational_unit: str = ""


@dataclass(frozen=True)
class DeviceImage:
    """A custom image in Windows 365. `status`: pending, ready or failed (then `error_code`)."""

    id: str
    name: str
    version: str
    source_id: str  # ARM id of a managed image or a gallery image version
    status: str
    error_code: str = ""
    operating_system: str = ""
    os_build: str = ""
    os_status: str = ""  # supported, supportedWithWarning, unknown
    size_gb: int | None = None
    expires_on: date | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True)
class GalleryImage:
    """An image Microsoft publishes for Cloud PCs. `id` is `publisher_offer_sku`."""

    id: str
    name: str
    status: str  # supported, supportedWithWarning, notSupported
    size_gb: int | None = None
    expires_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class PolicySpec:
    """Everything about a provisioning policy that Spot PC shows and changes.

    `connection_id` is set for a network of the customer's own; otherwise `region_name` says where
    Microsoft hosts the network (Entra join only).
    """

    name: str
    description: str
    image_type: str  # gallery or custom
    image_id: str
    image_name: str
    join_type: str
    connection_id: str = ""
    region_name: str = ""
    region_group: str = ""
    single_sign_on: bool = False
    local_admin: bool = False
    naming_template: str = ""
    locale: str = ""
    provisioning_type: str = "dedicated"
    group_ids: tuple[str, ...] = ()  # sorted


@dataclass(frozen=True)
class Policy:
    id: str
    spec: PolicySpec


@dataclass(frozen=True)
class CloudPc:
    """A Cloud PC. Everything is of v1.0 but `status` and `status_detail`, which only beta has.

    `status` (beta `cloudPcStatus`): notProvisioned, provisioning, provisioned,
    provisionedWithWarnings, failed, inGracePeriod, deprovisioning, resizing, restoring, …
    """

    id: str
    name: str  # displayName
    device_name: str  # managedDeviceName; a reprovision changes it
    user: str  # user principal name
    policy_id: str
    policy_name: str
    image_name: str
    plan_id: str
    plan_name: str
    status: str
    status_code: str = ""  # code of beta's statusDetails
    status_detail: str = ""  # its message
    device_id: str = ""  # aadDeviceId
    managed_device_id: str = ""
    connection_name: str = ""
    provisioning_type: str = ""
    grace_until: datetime | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True)
class EntraGroup:
    id: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class Sku:
    """A subscription to licences. Windows 365 Enterprise ones: part numbers `CPC_E_…`."""

    id: str
    part_number: str
    enabled: int
    warning: int
    consumed: int
    plans: tuple[str, ...] = ()  # names of its service plans


@dataclass(frozen=True)
class EntraDevice:
    """`id` is the directory object's, by which it is deleted; `device_id` what Intune refers to."""

    id: str
    device_id: str
    name: str


@dataclass(frozen=True)
class ManagedDevice:
    """A device in Intune."""

    id: str
    name: str
    device_id: str = ""  # azureADDeviceId
