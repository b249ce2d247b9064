"""What the rest of the product sees of Azure: plain, frozen, comparable values.

Ids are full ARM ids as Azure spelled them; compare them with `names.same_id`, never with `==`,
because Azure changes their case at will. Times are aware datetimes in UTC. Sizes are GiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Cloud:
    """Where to call. `ca_file` is set for a private CA (the emulator, Azure Stack), else None."""

    authority: str
    resource_manager: str
    graph: str
    ca_file: str | None = None
    instance_discovery: bool = True


@dataclass(frozen=True)
class Credential:
    """How a tenant's service principal proves itself. Exactly one of the secrets is set.

    `federated_token_file` is workload identity: a file the platform keeps fresh.
    """

    azure_tenant_id: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    certificate_pem: str | None = field(default=None, repr=False)
    federated_token_file: str | None = None


@dataclass(frozen=True)
class Connection:
    cloud: Cloud
    credential: Credential
    subscription_id: str


class Provisioning(StrEnum):
    """`provisioningState` of any ARM resource, folded to what a caller must tell apart."""

    RUNNING = "running"  # Creating, Updating, Migrating, Accepted and anything unknown
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # Failed or Canceled
    DELETING = "deleting"


class Power(StrEnum):
    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"  # powered off inside the guest, still billed
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Failure:
    """Why Azure says something failed: its own code and text, not yet the product's sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Operation:
    """What became of a write Azure had accepted. The resource is the truth; this has the why."""

    state: Provisioning
    failure: Failure | None = None


@dataclass(frozen=True)
class MarketplacePlan:
    publisher: str
    product: str
    name: str


@dataclass(frozen=True)
class MarketplaceImage:
    publisher: str
    offer: str
    sku: str
    version: str  # an exact version, never "latest": resolve it first
    plan: MarketplacePlan | None = None


@dataclass(frozen=True)
class Nic:
    id: str
    name: str
    provisioning: Provisioning
    private_ip: str | None
    vm_id: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NicSpec:
    resource_group: str
    name: str
    location: str
    subnet_id: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subnet:
    id: str
    name: str
    address_prefixes: tuple[str, ...]
    used_addresses: int

    # Azure keeps five addresses of every subnet for itself.
    # Source: learn.microsoft.com, "Virtual network FAQ" (believed, not seen against real Azure).
    @property
    def free_addresses(self) -> int:
        import ipaddress

        total = sum(ipaddress.ip_network(prefix).num_addresses for prefix in self.address_prefixes)
        return max(0, total - 5 * len(self.address_prefixes) - self.used_addresses)


@dataclass(frozen=True)
class VmSpec:
    """A Windows VM: Gen2 with Trusted Launch; its NIC and OS disk are deleted with it."""

    resource_group: str
    name: str
    location: str
    size: str
    nic_id: str
    os_disk_name: str
    admin_username: str
    admin_password: str = field(repr=False)
    # exactly one source:
    marketplace_image: MarketplaceImage | None = None
    image_version_id: str | None = None
    plan: MarketplacePlan | None = None  # of the gallery definition the version came from
    zone: str | None = None
    trusted_launch: bool = True
    entra_joined: bool = False  # needs a system-assigned identity for the login extension
    license_type: str | None = "Windows_Client"
    # Works with every size; Premium_LRS is refused by sizes without an "s" in their name.
    os_disk_type: str = "StandardSSD_LRS"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Vm:
    id: str
    name: str
    resource_group: str
    location: str
    size: str
    provisioning: Provisioning
    power: Power  # UNKNOWN where the call did not ask for the instance view
    generalized: bool
    image_version_id: str | None
    os_disk_id: str | None
    os_disk_name: str | None
    nic_ids: tuple[str, ...]
    vm_uuid: str | None  # properties.vmId: what AVD reports as virtualMachineId
    failure: Failure | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    agent_ready: bool = False  # the guest agent answers; False where the view was not asked for


@dataclass(frozen=True)
class ExtensionSpec:
    """What to install into a VM. Secrets belong into `protected_settings`, never `settings`."""

    name: str
    location: str  # of the VM
    publisher: str
    type: str
    version: str  # major.minor; Azure picks the newest patch
    settings: Mapping[str, object] = field(default_factory=dict)
    protected_settings: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Extension:
    name: str
    provisioning: Provisioning
    failure: Failure | None = None


@dataclass(frozen=True)
class RunCommand:
    """A managed run command. `state` is Azure's executionState; Succeeded proves little."""

    name: str
    state: str  # Unknown, Pending, Running, Succeeded, Failed, TimedOut, Canceled
    exit_code: int | None
    output: str
    error: str


@dataclass(frozen=True)
class Disk:
    id: str
    name: str
    provisioning: Provisioning
    managed_by: str | None
    size_gib: int | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    id: str
    name: str
    provisioning: Provisioning
    completion_percent: float | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageDefinition:
    id: str
    name: str
    generation: str  # V1 or V2
    security_type: str | None  # TrustedLaunch, TrustedLaunchSupported, …
    plan: MarketplacePlan | None


@dataclass(frozen=True)
class Replica:
    region: str
    state: str  # Unknown, Replicating, Completed, Failed
    progress: int  # percent
    details: str


@dataclass(frozen=True)
class GalleryVersion:
    id: str
    name: str
    provisioning: Provisioning
    exclude_from_latest: bool
    published_at: datetime | None
    replicas: tuple[Replica, ...]  # empty where the call did not ask for replication status
    failure: Failure | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceImage:
    """An image of the subscription that Windows 365 might take over.

    Of a gallery image version all but id, name and region is its definition's. Azure's words are
    kept as they are; "" where Azure says nothing.
    """

    id: str
    kind: str  # managed (a managed image) or gallery (a gallery image version)
    name: str  # "desktops/office 1.0.0" (gallery, definition, version), or the managed image's
    region: str
    os_type: str  # Windows or Linux
    os_state: str  # Generalized or Specialized
    generation: str  # V1 or V2
    security_type: str = ""  # the definition's feature: TrustedLaunch, TrustedLaunchSupported, …
    definition: str = ""  # of a gallery version
    identifier: str = ""  # publisher/offer/sku of the definition
    plan: MarketplacePlan | None = None
    usable: bool = True  # Azure has finished making it


@dataclass(frozen=True)
class Quota:
    """One line of compute usage: `family` is e.g. `standardDSv5Family` or `cores`."""

    family: str
    used: int
    limit: int


@dataclass(frozen=True)
class Size:
    name: str
    family: str
    cores: int
    zones: tuple[str, ...]
    generations: tuple[str, ...]
    trusted_launch: bool
    restricted: bool  # not offered to this subscription in this region


@dataclass(frozen=True)
class HostPool:
    id: str
    name: str
    resource_group: str
    location: str
    personal: bool
    load_balancer: str
    session_limit: int


@dataclass(frozen=True)
class RegistrationToken:
    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class AvdHost:
    name: str  # the host part only: "vm.domain", without the pool
    vm_id: str | None  # ARM id of the VM
    status: str  # Azure's word: Available, Unavailable, Shutdown, NeedsAssistance, …
    allow_new_session: bool
    sessions: int
    last_heartbeat: datetime | None
    agent_version: str
    failed_checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class AvdSession:
    host: str
    session_id: str
    user: str
    state: str  # Azure's word: Active, Disconnected, Pending, LogOff, …
    created_at: datetime | None


@dataclass(frozen=True)
class Bastion:
    id: str
    name: str
    provisioning: Provisioning
    sku: str
    shareable_links: bool  # switched on, and in a tier that has them


@dataclass(frozen=True)
class BastionLink:
    vm_id: str
    url: str
    created_at: datetime | None
