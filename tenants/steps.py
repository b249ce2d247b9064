"""What the steps of several apps share: the machines we build and remove in a tenant's Azure.

Each function is one level-triggered pass: it looks at what is there, starts the next thing that is
missing, and says what it waits for. Called again it goes on from whatever it then finds, so a
crash at any point costs one pass.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spotpc.azure import names
from spotpc.azure.connect import Azure, connect
from spotpc.azure.errors import AzureError, Decision, Stopped, from_failure
from spotpc.azure.types import (
    MarketplaceImage,
    MarketplacePlan,
    Nic,
    NicSpec,
    Power,
    Provisioning,
    Vm,
    VmSpec,
)
from spotpc.jobs.kinds import Tick
from spotpc.jobs.models import Job
from tenants.connection import connection_for
from tenants.models import Site, Tenant

ADMIN_USERNAME = "spotadmin"


def azure_for(tenant: Tenant) -> Azure:
    return connect(connection_for(tenant))


def job_key(job: Job) -> str:
    """What names are computed from. The time keeps two installations of the portal apart."""
    return f"{job.pk}@{job.created_at.isoformat()}"


def new_password() -> str:
    """24 characters of all four classes that Azure asks for, without look-alikes."""
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "#%+-.:=?@_")
    letters = [secrets.choice(group) for group in classes]
    letters += [secrets.choice("".join(classes)) for _ in range(20)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def plan_to_facts(plan: MarketplacePlan | None) -> dict[str, str] | None:
    """A purchase plan as JSON, for a job's facts; `plan_from_facts` reads it back."""
    return asdict(plan) if plan else None


def plan_from_facts(facts: dict[str, Any]) -> MarketplacePlan | None:
    return MarketplacePlan(**facts["plan"]) if facts.get("plan") else None


@dataclass(frozen=True)
class Machine:
    """A VM to be built: everything is decided, so that every pass sends the same request."""

    subscription_id: str
    resource_group: str
    location: str
    subnet_id: str
    size: str
    names: names.ResourceNames
    admin_password: str = field(repr=False)
    marketplace_image: MarketplaceImage | None = None
    image_version_id: str | None = None
    plan: MarketplacePlan | None = None
    entra_joined: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def vm_id(self) -> str:
        return names.vm_id(self.subscription_id, self.resource_group, self.names.vm)

    @property
    def nic_id(self) -> str:
        return names.nic_id(self.subscription_id, self.resource_group, self.names.nic)

    @property
    def disk_id(self) -> str:
        path = ("disks", self.names.os_disk)
        return names.resource_id(
            self.subscription_id, self.resource_group, "Microsoft.Compute", *path
        )


def advance_build(
    tick: Tick, azure: Azure, machine: Machine, vm: Vm | None, nic: Nic | None
) -> str | None:
    """One pass towards a usable VM. What it waits for, or None when Windows answers.

    Raises what Azure reports as the VM's failure, in the catalogue's words.
    """
    waiting_for = advance_creation(tick, azure, machine, vm, nic)
    if waiting_for is None and vm is not None and not vm.agent_ready:
        return "Windows is starting for the first time"
    return waiting_for


def advance_creation(
    tick: Tick, azure: Azure, machine: Machine, vm: Vm | None, nic: Nic | None
) -> str | None:
    """The part of it that is Azure's: None when the VM is made and runs, whatever Windows does."""
    if vm is None:
        if nic is None:
            return _create_nic(tick, azure, machine)
        if nic.provisioning != Provisioning.SUCCEEDED:
            return "Azure is creating the network card"
        return _create_vm(tick, azure, machine)
    if vm.provisioning == Provisioning.FAILED:
        raise _build_failure(azure, machine, vm)
    if vm.provisioning != Provisioning.SUCCEEDED:
        return "Azure is creating the VM"
    return None if vm.power == Power.RUNNING else "The VM does not run yet"


def _create_nic(tick: Tick, azure: Azure, machine: Machine) -> str:
    tick.claim("network card", machine.nic_id, machine.names.nic)
    azure.network.create_nic(
        NicSpec(
            resource_group=machine.resource_group,
            name=machine.names.nic,
            location=machine.location,
            subnet_id=machine.subnet_id,
            tags=machine.tags,
        )
    )
    return "Azure is creating the network card"


def _create_vm(tick: Tick, azure: Azure, machine: Machine) -> str:
    tick.claim("virtual machine", machine.vm_id, machine.names.vm)
    tick.claim("disk", machine.disk_id, machine.names.os_disk)
    azure.compute.create_vm(
        VmSpec(
            resource_group=machine.resource_group,
            name=machine.names.vm,
            location=machine.location,
            size=machine.size,
            nic_id=machine.nic_id,
            os_disk_name=machine.names.os_disk,
            admin_username=ADMIN_USERNAME,
            admin_password=machine.admin_password,
            marketplace_image=machine.marketplace_image,
            image_version_id=machine.image_version_id,
            plan=machine.plan,
            entra_joined=machine.entra_joined,
            tags=machine.tags,
        )
    )
    return "Azure is creating the VM"


def _build_failure(azure: Azure, machine: Machine, vm: Vm) -> Stopped:
    """A VM that failed stays failed, however temporary the cause: its builder decides what next."""
    if vm.failure is None:
        return Stopped(
            "vm-failed",
            f"Azure could not create the VM {machine.names.vm} and did not say why.",
            "Try again. If it fails again, look at the VM's activity log in the Azure portal.",
            Decision.CLEANUP_THEN_RETRY,
        )
    cause = from_failure(
        vm.failure,
        "create virtual machine",
        vm=machine.names.vm,
        size=machine.size,
        location=machine.location,
    )
    return stopped_by(cause)


def stopped_by(cause: AzureError) -> Stopped:
    """The same trouble, as something that waiting alone will not mend."""
    return Stopped(
        cause.code,
        cause.sentence,
        cause.remedy,
        cause.decision,
        azure_code=cause.azure_code,
        azure_message=cause.azure_message,
    )


def advance_removal(
    tick: Tick, azure: Azure, machine: Machine, vm: Vm | None, nic: Nic | None
) -> str | None:
    """One pass towards nothing left of a machine: VM, then network card, then disk.

    The card and the disk are set to go with their VM; what remains of a VM that never came to be
    is removed here.
    """
    if vm is not None:
        if vm.provisioning != Provisioning.DELETING:
            azure.compute.delete_vm(machine.resource_group, machine.names.vm)
        return f"Azure is deleting the VM {machine.names.vm}"
    tick.gone(machine.vm_id)
    if nic is not None:
        azure.network.delete_nic(machine.resource_group, machine.names.nic)
        return f"Azure is deleting the network card of {machine.names.vm}"
    tick.gone(machine.nic_id)
    if azure.compute.get_disk(machine.resource_group, machine.names.os_disk) is not None:
        azure.compute.delete_disk(machine.resource_group, machine.names.os_disk)
        return f"Azure is deleting the disk of {machine.names.vm}"
    tick.gone(machine.disk_id)
    return None


def check_room(azure: Azure, site: Site, size: str, machines: int) -> None:
    """Before anything is built: may this subscription, and can this subnet, hold so many more?

    Raises Stopped with numbers an admin can act on.
    """
    _check_size_and_quota(azure, site.region, size, machines)
    subnet = azure.network.get_subnet(site.subnet_id)
    if subnet is None:
        raise Stopped(
            "subnet-missing",
            f"The subnet of the site {site.name} does not exist any more.",
            "Correct the site's subnet, then try again. Nothing was built.",
            Decision.PAUSE,
        )
    if subnet.free_addresses < machines:
        raise Stopped(
            "subnet-full",
            f"The subnet {subnet.name} has {subnet.free_addresses} free addresses, "
            f"{machines} are needed.",
            "Free some addresses or enlarge the subnet, then try again. Nothing was built.",
            Decision.PAUSE,
        )


def _check_size_and_quota(azure: Azure, region: str, size: str, machines: int) -> None:
    offered = {each.name.casefold(): each for each in azure.compute.sizes(region)}
    found = offered.get(size.casefold())
    if found is None or found.restricted:
        raise Stopped(
            "size-not-offered",
            f"Azure does not offer the size {size} in {region} to this subscription.",
            "Choose another size, or ask Microsoft to lift the restriction. Nothing was built.",
            Decision.PAUSE,
        )
    needed = found.cores * machines
    for quota in azure.compute.quotas(region):
        if quota.family.casefold() not in (found.family.casefold(), "cores"):
            continue
        if quota.used + needed > quota.limit:
            raise Stopped(
                "quota-cores",
                f"The quota for {quota.family} in {region} allows {quota.limit} cores; "
                f"{quota.used} are in use and {needed} more are needed.",
                "Ask for more quota in the Azure portal (Quotas), or use fewer or smaller "
                "machines. Nothing was built, and users are not affected.",
                Decision.PAUSE,
            )
