"""Virtual machines: the SDK's models to ours, and our specification to Azure's body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from azure.mgmt.compute import models

from spotpc.azure import convert
from spotpc.azure.names import resource_group_of
from spotpc.azure.types import (
    Extension,
    Failure,
    MarketplaceImage,
    MarketplacePlan,
    Power,
    RunCommand,
    Vm,
    VmSpec,
)

Statuses = Sequence[models.InstanceViewStatus]


def vm(model: models.VirtualMachine) -> Vm:
    properties = model.properties or models.VirtualMachineProperties()
    storage = properties.storage_profile or models.StorageProfile()
    disk = storage.os_disk
    view = properties.instance_view or models.VirtualMachineInstanceView()
    statuses = view.statuses or []
    hardware, network = properties.hardware_profile, properties.network_profile
    nics = (network.network_interfaces if network else None) or []
    return Vm(
        id=model.id or "",
        name=model.name or "",
        resource_group=resource_group_of(model.id or ""),
        location=model.location,
        size=convert.text(hardware.vm_size if hardware else None),
        provisioning=convert.provisioning(properties.provisioning_state),
        power=power(statuses),
        generalized=is_generalized(statuses),
        image_version_id=_image_version_id(storage.image_reference),
        os_disk_id=disk.managed_disk.id if disk and disk.managed_disk else None,
        os_disk_name=disk.name if disk else None,
        nic_ids=tuple(nic.id for nic in nics if nic.id),
        vm_uuid=properties.vm_id,
        failure=next(iter(errors(statuses)), None),
        tags=convert.tags(model.tags),
        created_at=convert.utc(properties.time_created),
        agent_ready=_agent_ready(view.vm_agent),
    )


def power(statuses: Statuses) -> Power:
    """From `PowerState/running` and its like; what Azure adds later is UNKNOWN."""
    for status in statuses:
        kind, _, word = (status.code or "").casefold().partition("/")
        if kind == "powerstate":
            return Power(word) if word in set(Power) else Power.UNKNOWN
    return Power.UNKNOWN


def is_generalized(statuses: Statuses) -> bool:
    return any((status.code or "").casefold() == "osstate/generalized" for status in statuses)


def errors(statuses: Iterable[models.InstanceViewStatus]) -> list[Failure]:
    """The statuses of level Error.

    `ProvisioningState/failed/AllocationFailed` holds the code at its end; extensions put all
    sorts of text there (`ComponentStatus/JoinDomainException for …/failed/1`), kept whole.
    """
    return [
        Failure(_code(status.code or ""), status.message or status.display_status or "")
        for status in statuses
        if convert.text(status.level).casefold() == "error"
    ]


def _code(code: str) -> str:
    kind, _, rest = code.partition("/")
    outcome, _, last = rest.partition("/")
    own = kind.casefold() == "provisioningstate" and outcome.casefold() == "failed" and last
    return last if own else code


def extension_failures(view: models.VirtualMachineExtensionInstanceView) -> list[Failure]:
    """Innermost first: the substatuses name the cause, the statuses only say that it failed."""
    return errors(view.substatuses or []) + errors(view.statuses or [])


def failures(view: models.VirtualMachineInstanceView) -> tuple[Failure, ...]:
    """All that an instance view complains of: extensions first, then the VM itself."""
    extensions = [one for each in view.extensions or [] for one in extension_failures(each)]
    return tuple(extensions + errors(view.statuses or []))


def extension(model: models.VirtualMachineExtension) -> Extension:
    properties = model.properties or models.VirtualMachineExtensionProperties()
    view = properties.instance_view
    found = extension_failures(view) if view else []
    return Extension(
        # Azure answers "vm/extension" in some list calls.
        name=(model.name or "").rpartition("/")[2],
        provisioning=convert.provisioning(properties.provisioning_state),
        failure=found[0] if found else None,
    )


def run_command(model: models.VirtualMachineRunCommand) -> RunCommand:
    """Without an instance view the state is `Unknown`: the agent has not reported yet."""
    properties = model.properties or models.VirtualMachineRunCommandProperties()
    view = properties.instance_view or models.VirtualMachineRunCommandInstanceView()
    return RunCommand(
        name=(model.name or "").rpartition("/")[2],
        state=convert.text(view.execution_state) or "Unknown",
        exit_code=view.exit_code,
        output=view.output or "",
        error=view.error or view.execution_message or "",
    )


def body(spec: VmSpec) -> models.VirtualMachine:
    """The PUT body of a Windows VM whose NIC and OS disk are deleted with it.

    Shape: Microsoft's published compute examples (TrustedLaunch, marketplace plan, gallery image).
    """
    plan = spec.plan or (spec.marketplace_image.plan if spec.marketplace_image else None)
    return models.VirtualMachine(
        location=spec.location,
        tags=dict(spec.tags),
        zones=[spec.zone] if spec.zone else None,
        plan=_plan(plan),
        identity=models.VirtualMachineIdentity(type="SystemAssigned")
        if spec.entra_joined
        else None,
        properties=models.VirtualMachineProperties(
            hardware_profile=models.HardwareProfile(vm_size=spec.size),
            storage_profile=_storage(spec),
            os_profile=_windows(spec),
            network_profile=_network(spec.nic_id),
            security_profile=_trusted_launch() if spec.trusted_launch else None,
            # Azure keeps the screenshot and serial log itself: no storage account needed.
            diagnostics_profile=models.DiagnosticsProfile(
                boot_diagnostics=models.BootDiagnostics(enabled=True)
            ),
            license_type=spec.license_type,
        ),
    )


def os_disk_swap(disk_id: str, disk_name: str) -> models.VirtualMachineUpdate:
    disk = models.OSDisk(
        create_option="FromImage",
        name=disk_name,
        managed_disk=models.ManagedDiskParameters(id=disk_id),
        delete_option="Delete",
    )
    storage = models.StorageProfile(os_disk=disk)
    return models.VirtualMachineUpdate(
        properties=models.VirtualMachineProperties(storage_profile=storage)
    )


def _storage(spec: VmSpec) -> models.StorageProfile:
    return models.StorageProfile(
        image_reference=_source(spec.marketplace_image, spec.image_version_id),
        os_disk=models.OSDisk(
            name=spec.os_disk_name,
            create_option="FromImage",
            caching="ReadWrite",
            managed_disk=models.ManagedDiskParameters(storage_account_type=spec.os_disk_type),
            delete_option="Delete",
        ),
    )


def _source(image: MarketplaceImage | None, version_id: str | None) -> models.ImageReference:
    if (image is None) == (version_id is None):
        raise ValueError("a VM has exactly one source: a Marketplace image or a gallery version")
    if image is None:
        return models.ImageReference(id=version_id)
    return models.ImageReference(
        publisher=image.publisher, offer=image.offer, sku=image.sku, version=image.version
    )


def _windows(spec: VmSpec) -> models.OSProfile:
    """Windows Update stays off: a new image version is what updates these machines, and updates
    that install themselves are the commonest reason for sysprep to fail."""
    return models.OSProfile(
        computer_name=spec.name,
        admin_username=spec.admin_username,
        admin_password=spec.admin_password,
        windows_configuration=models.WindowsConfiguration(
            provision_vm_agent=True,
            enable_automatic_updates=False,
            patch_settings=models.PatchSettings(patch_mode="Manual"),
        ),
    )


def _network(nic_id: str) -> models.NetworkProfile:
    how = models.NetworkInterfaceReferenceProperties(primary=True, delete_option="Delete")
    return models.NetworkProfile(
        network_interfaces=[models.NetworkInterfaceReference(id=nic_id, properties=how)]
    )


def _trusted_launch() -> models.SecurityProfile:
    return models.SecurityProfile(
        security_type="TrustedLaunch",
        uefi_settings=models.UefiSettings(secure_boot_enabled=True, v_tpm_enabled=True),
    )


def _plan(plan: MarketplacePlan | None) -> models.Plan | None:
    if plan is None:
        return None
    return models.Plan(name=plan.name, publisher=plan.publisher, product=plan.product)


def _image_version_id(reference: models.ImageReference | None) -> str | None:
    """The exact gallery version. A VM made from "latest" names its definition, and says which
    version that was in `exactVersion`."""
    if reference is None or not reference.id:
        return None
    if "/versions/" in reference.id.casefold() or not reference.exact_version:
        return reference.id
    return f"{reference.id}/versions/{reference.exact_version}"


def _agent_ready(agent: models.VirtualMachineAgentInstanceView | None) -> bool:
    statuses = (agent.statuses if agent else None) or []
    return any((status.display_status or "").casefold() == "ready" for status in statuses)
