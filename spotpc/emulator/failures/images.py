"""Images a VM is built from, Marketplace purchase, first boot, and gallery versions."""

from __future__ import annotations

from typing import Any

from . import make
from .compute import GALLERY, LEARN
from .make import operation, response, table
from .model import Failure

_PLAN = "Creating a virtual machine from {a} image {needs}. OS disk name is {disk}."
_GALLERY_ID = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/galleries/"
_VM_ID = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}"

SOURCES = table(
    response(
        "PlatformImageNotFound",
        404,
        "The platform image '{publisher}:{offer}:{sku}:{version}' is not available. Verify that all"
        " fields in the storage profile are correct. For more details about storage profile"
        " information, please refer to https://aka.ms/storageprofile",
        source="public Terraform logs",
    ),
    response(
        "GalleryImageNotFound",
        404,
        f"The gallery image {_GALLERY_ID}{{gallery}}/images/{{image}}/versions/{{version}} is"
        " not available in {location} region. Please contact image owner to replicate to this"
        " region, or change your requested region.",
        source=GALLERY,
        seen="believed",  # the text is documented; its pairing with this code and 404 is not
    ),
    response(
        "NotFound.image",
        404,
        "The Image {image} cannot be found.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "DiskImageNotReady",
        409,
        "Disk image {image} is in Creating state. Please retry when image is ready.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "BadRequest.generation",
        400,
        "The selected VM size '{size}' cannot boot Hypervisor Generation '2'. If this was a Create"
        " operation please check that the Hypervisor Generation of the Image matches the Hypervisor"
        " Generation of the selected VM Size. If this was an Update operation please select a"
        " Hypervisor Generation '2' VM Size. For more information, see https://aka.ms/azuregen2vm",
        details=[],
        source="Juju, a test fixture",
    ),
    response(
        "BadRequest.trustedLaunchImage",
        400,
        "Use of TrustedLaunch setting is not supported for the provided image. Please select"
        " Trusted Launch Supported Gen2 OS Image. For more information, see"
        " https://aka.ms/TrustedLaunch-FAQ.",
        source="public Terraform logs",
    ),
    response(
        "BadRequest.needsTrustedLaunch",
        400,
        "The provided gallery image only supports creation of VMs and VM Scale Sets with"
        " 'TrustedLaunch' security type.",
        source="public Terraform logs; https://github.com/hashicorp/terraform-provider-azurerm/issues/23148",
    ),
    response(
        "BadRequest.diskSecurityType",  # the text was seen, the code and status were not
        400,
        "Security type of VM is not compatible with the security type of attached OS Disk",
        source="public CI logs of Azure clients",
        seen="believed",
    ),
    response(
        "VMMarketplaceInvalidInput",
        400,
        _PLAN.replace("{a}", "Marketplace").replace(
            "{needs}", "requires Plan information in the request"
        ),
        source=LEARN,
        seen="documented",
    ),
    response(
        "VMMarketplaceInvalidInput.notNeeded",
        400,
        _PLAN.replace("{a}", "a non Marketplace").replace(
            "{needs}",
            "does not need Plan information, please remove the Plan information in the request",
        ),
        source=LEARN,
        seen="documented",
    ),
    response(
        "ResourcePurchaseValidationFailed",
        400,
        "User failed validation to purchase resources. Error message: 'You have not accepted the"
        " legal terms on this subscription: '{sub}' for this plan. Before the subscription can be"
        " used, you need to accept the legal terms of the image. To read and accept legal terms,"
        " use the Azure CLI commands described at https://go.microsoft.com/fwlink/?linkid=2110637"
        " or the PowerShell commands available at https://go.microsoft.com/fwlink/?linkid=862451."
        " Alternatively, deploying via the Azure portal provides a UI experience for reading and"
        " accepting the legal terms. Offer details: publisher='{publisher}' offer = '{offer}', sku"
        " = '{sku}', Correlation Id: '{guid}'.'",
        source="public Terraform logs",
    ),
    response(
        "MarketplacePurchaseEligibilityFailed",
        400,
        # "eligibilty" is Azure's own spelling.
        "Marketplace purchase eligibilty check returned errors. See inner errors for details.",
        details=[
            {
                "code": "BadRequest",
                "message": "Offer with PublisherId: '{publisher}' is not available",
            }
        ],
        source="public Terraform logs",
    ),
    response(
        "InvalidParameter.osProfileMissing",
        400,
        "Required parameter 'osProfile' is missing (null).",
        source=GALLERY,
        seen="documented",
    ),
    response(
        "InvalidParameter.osProfile",
        400,
        "Parameter 'osProfile' is not allowed.",
        source=GALLERY,
        seen="documented",
    ),
)

_TIMED_OUT = "OS Provisioning for VM '{vm}' did not finish in the allotted time."

FIRST_BOOT = table(
    operation(
        "OSProvisioningTimedOut",
        f"{_TIMED_OUT} The VM may still finish provisioning successfully. Please check"
        " provisioning state later. For details on how to check current provisioning state of"
        " Windows VMs, refer to https://aka.ms/WindowsVMLifecycle and Linux VMs, refer to"
        " https://aka.ms/LinuxVMLifecycle.",
        source="https://github.com/berops/claudie/issues/386",
    ),
    operation(
        "OSProvisioningTimedOut.agentRunning",
        f"{_TIMED_OUT} However, the VM guest agent was detected running. This suggests the guest OS"
        " has not been properly prepared to be used as a VM image (with CreateOption=FromImage)."
        " To resolve this issue, either use the VHD as is with CreateOption=Attach or prepare it"
        " properly for use as an image: * Instructions for Windows: https://azure.microsoft.com/"
        "en-us/documentation/articles/virtual-machines-windows-upload-image/ * Instructions for"
        " Linux: https://azure.microsoft.com/en-us/documentation/articles/"
        "virtual-machines-linux-capture-image/",
        source="https://github.com/hashicorp/packer/issues/4221",
    ),
    operation(
        "OSProvisioningTimedOut.imageBlocked",
        f"{_TIMED_OUT} This error occurred too many times consecutively from image '{{image}}'."
        " Make sure the image has been properly prepared",
        source="https://github.com/actions/runner-images/issues/2037",
    ),
    operation(
        "OSProvisioningClientError",
        "OS Provisioning failed for VM '{vm}' because the guest OS is currently being provisioned.",
        source=LEARN,
        seen="documented",
    ),
    operation(
        "OSProvisioningClientError.undeployable",
        "OS provisioning for VM '{vm}' failed. Error details: This installation of Windows is"
        " undeployable. Make sure the image has been properly prepared (generalized).\r\n"
        "Instructions for Windows: https://learn.microsoft.com/azure/virtual-machines/windows/"
        "prepare-for-upload-vhd-image ",
        source="a public Terraform log of 2026",
    ),
    operation(
        "OSProvisioningInternalError",
        "OS Provisioning failed for VM '{vm}' due to an internal error.",
        source=LEARN,
        seen="documented",
    ),
    operation(
        "VMStartTimedOut",
        "VM '{vm}' did not start in the allotted time. The VM may still start successfully. Please"
        " check the power state later.",
        method="PUT|POST",
        path=r"/virtualMachines/[^/]+(/(start|restart))?$",
        source=LEARN,
        seen="documented",
    ),
    operation(
        "NetworkingInternalOperationError",
        "An internal error occurred in processing network profile of the VM.",
        source=LEARN,
        seen="documented",
    ),
    operation(
        "InternalExecutionError",
        "An internal execution error occurred.",
        source="Azure SDK for Java, a recorded body",
    ),
)


def _version(name: str, status: int, message: str, **more: Any) -> Failure:
    """A refused version PUT of the gallery page, whose code and status are believed."""
    more = {"method": "PUT", "source": GALLERY, "seen": "documented", **more}
    return response(name, status, message, path=make.VERSION, **more)


VERSIONS = table(
    response(
        "InvalidParameter.trustedLaunchSupported",
        400,
        f"The security type 'TrustedLaunchSupported' is not supported for the source id '{_VM_ID}'."
        " Currently only Vhd Blob, User Image and Gallery Image Version sources are supported for"
        " 'TrustedLaunchSupported' images.",
        target="galleryImageVersion.properties",
        path=make.VERSION,
        source="https://github.com/hashicorp/packer-plugin-azure/issues/304",
    ),
    operation(
        "Conflict.generation",
        f"The resource with id '{_VM_ID}' has a different Hypervisor generation ['V2'] than the"
        " parent gallery image Hypervisor generation ['V1'].",
        path=make.VERSION,
        source="https://github.com/MicrosoftDocs/azure-docs/issues/118774",
    ),
    _version(
        "InvalidParameter.osState",
        400,
        "Cannot create Gallery Image Version from: {source} since the OS State in the parent"
        " gallery image ('Specialized') is not 'Generalized'.",
    ),
    _version(
        "InvalidParameter.osType",
        400,
        "The resource with id '{source}' has a different OS type ['Linux'] than the parent gallery"
        " image OS type generation ['Windows']",
    ),
    _version(
        "InvalidParameter.ephemeralSource",
        400,
        "Source virtual machine {source} cannot contain an ephemeral OS disk.",
    ),
    _version(
        "NotFound.source",
        404,
        "Source {source} is not found. Please check source exists, and is in the same region as"
        " gallery image version being created.",
    ),
    _version(
        "InvalidParameter.regions",
        400,
        "Gallery image version publishing profile regions northeurope must contain the location of"
        " image version {location}",
    ),
    _version(
        "InvalidParameter.duplicateRegion",
        400,
        "Duplicate regions are not allowed in target publishing regions.",
    ),
    _version(
        "InvalidParameter.replicaCount",
        400,
        "The value 101 of parameter regionalReplicaCount is out of range. The value must be between"
        " 1 and 100, inclusive.",
    ),
    _version(
        "InvalidParameter.versionName",
        400,
        "The image version name is invalid. The image version name should follow"
        " Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc.",
    ),
    _version(
        "PropertyChangeNotAllowed.version",
        409,
        "Changing property 'galleryImageVersion.properties.storageProfile.osDiskImage.source.id' is"
        " not allowed.",
    ),
    _version(
        "ParentResourceNotFound",
        404,
        "Can not perform requested operation on nested resource. Parent resource"
        " '{gallery}/{image}' not found.",
        seen="literal",
    ),
    _version(
        "TooManyRequests.imageSource",
        429,
        "Too many requests on source '{source}'. Please reduce the number of requests on the source"
        " or wait some time before retrying.",
        headers={"Retry-After": "60"},
    ),
    operation(
        "ValidationError",
        "Gallery replication jobs failed in one or more regions. The failing regions' details are"
        " as follows: '{region:northeurope, detail:Failed with internal server error.}'. If retry"
        " does not work, then please do an update by removing the failed regions and update again"
        " by adding them back.",
        path=make.VERSION,
        source="https://github.com/Azure/azure-cli/issues/15539",
    ),
    response(
        "CannotDeleteResource",
        409,
        "Can not delete resource before nested resources are deleted.",
        method="DELETE",
        path=r"/galleries/[^/]+(/images/[^/]+)?$",
        source=GALLERY,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.imageInUse",
        409,
        "Operation '{op}' is not allowed since the Virtual Machines '{vm}' are being provisioned"
        " using the Image '{image}'.",
        method="DELETE",
        path=make.IMAGE,
        source=LEARN,
        seen="documented",
    ),
)
