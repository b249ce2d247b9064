"""VMs and disks: capacity, quota, conflicts, images, provisioning.

`LEARN` is Microsoft's page "Understand common error messages when you manage virtual machines in
Azure" (SupportArticles-docs, error-messages.md); `GALLERY` is "Troubleshoot images in an Azure
Compute Gallery". Where `seen` is documented, the HTTP status is believed.
"""

from __future__ import annotations

from . import make
from .make import operation, response, table

_SUPPORT = "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/main/support/azure/"
LEARN = _SUPPORT + "virtual-machines/error-messages.md"
GALLERY = (
    "https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/virtual-machines/"
    "troubleshooting-shared-images.md"
)
_VM_ID = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}"
_ALLOCATION = (
    "Allocation failed. We do not have sufficient capacity for the requested VM size in this"
    " {where}. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"
)
_TOO_RESTRICTIVE = (
    "Allocation failed. VM(s) with the following constraints cannot be allocated, because the"
    " condition is too restrictive. Please remove some constraints and try again."
    " Constraints applied are:\n"
)
_QUOTA = (
    "Operation could not be completed as it results in exceeding approved {quota} Cores quota."
    " Additional details - Deployment Model: Resource Manager, Location: {location},"
    " Current Limit: {limit}, Current Usage: {usage}, Additional Required: {required},"
    " (Minimum) New Limit Required: {min}. Submit a request for Quota increase at"
    " https://aka.ms/ProdportalCRP/?#create/Microsoft.Support/Parameters/%7B...%7D by specifying"
    " parameters listed in the 'Details' section for deployment to succeed. Please read more about"
    " quota limits at https://docs.microsoft.com/en-us/azure/azure-supportability/"
    "regional-quota-requests."
)

CAPACITY = table(
    response(
        "SkuNotAvailable",
        409,
        "The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions:"
        " {size}' is currently not available in location '{location}'. Please try another size or"
        " deploy to a different location or different zone. See"
        " https://aka.ms/azureskunotavailable for details.",
        source="https://github.com/Azure-Samples/azuresandbox/issues/70",
    ),
    response(
        "SkuNotAvailable.subscription",
        409,
        f"The requested size for resource '{_VM_ID}' is currently not available in location"
        " '{location}' zones '{zones}' for subscription '{sub}'. Please try another size or deploy"
        " to a different location or zones. See https://aka.ms/azureskunotavailable for details.",
        source="https://github.com/microsoft/PartsUnlimitedMRP/issues/133",
    ),
    operation(
        "AllocationFailed",
        _ALLOCATION.replace("{where}", "region"),
        path=r"/virtualMachines/[^/]+(/start)?$",
        method="PUT|POST",
        source="https://github.com/vmware-tanzu/community-edition/issues/3963",
    ),
    operation(
        "AllocationFailed.internal",
        "The VM allocation failed due to an internal error. Please retry later or try deploying to"
        " a different location.",
        source=LEARN,
        seen="documented",
    ),
    operation(
        "ZonalAllocationFailed",
        _ALLOCATION.replace("{where}", "zone"),
        source="https://github.com/openshift/release/pull/5182",
    ),
    operation(
        "OverconstrainedAllocationRequest",
        _TOO_RESTRICTIVE + "- Networking Constraints (such as Accelerated Networking or IPv6)\n"
        "- VM Size\n",
        source="Microsoft's SAP and AKS documentation",
    ),
    operation(
        "OverconstrainedZonalAllocationRequest",
        _TOO_RESTRICTIVE + "  - Availability Zone\n  - VM Size\n",
        source="PerfKitBenchmarker, a test fixture",
    ),
    operation(
        "OverConstrainedAllocationRequest",  # Microsoft's page spells it with a capital C
        "The required VM size is not currently available in the selected location.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.quota",
        409,
        _QUOTA.replace("{quota}", "Total Regional"),
        source="https://github.com/nforgeio/neonKUBE/issues/1671",
    ),
    response(
        "OperationNotAllowed.familyQuota",
        409,
        _QUOTA.replace("{quota}", "standardDSv5Family"),
        source="public template repositories, seen with standardBSFamily",
        seen="believed",
    ),
    response(
        "OperationNotAllowed.oldQuota",
        409,
        "Operation results in exceeding quota limits of Core. Maximum allowed: 4, Current in use:"
        " 4, Additional requested: 1.",
        source="https://github.com/cloudfoundry/bosh-azure-cpi-release/issues/57",
    ),
    response(
        "InvalidTemplateDeployment.quota",
        400,
        "The template deployment '{vm}' is not valid according to the validation procedure. The"
        " tracking id is '{guid}'. See inner errors for details.",
        details=[{"code": "QuotaExceeded", "message": _QUOTA.replace("{quota}", "Total Regional")}],
        source="https://github.com/theonemule/fahclient-azure-vm/issues/3",
    ),
)

CONFLICTS = table(
    response(
        "OperationNotAllowed.diskAttached",
        409,
        f"Disk {{disk}} is attached to VM {_VM_ID}.",
        method="DELETE",
        path=make.DISK,
        source="Microsoft's AKS troubleshooting documentation",
    ),
    response(
        "AttachDiskWhileBeingDetached",
        409,
        "Cannot attach data disk '{disk}' to VM '{vm}' because the disk is currently being"
        " detached. Please wait until the disk is completely detached and then try again.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "ConflictingUserInput",
        409,
        "Disk '{disk}' cannot be attached as the disk is already owned by VM '{vm}'.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "Conflict",
        409,
        "The request failed due to conflict with a concurrent request. To resolve it, please refer"
        " to https://aka.ms/activitylog to get more details on the conflicting requests.",
        method="PUT|POST|PATCH|DELETE",
        path=make.VM_OR_ACTION,
        source="public CI logs of Azure clients",
    ),
    operation(
        "OperationPreempted",
        "The operation has been preempted by a more recent operation.",
        state="Canceled",
        source="https://github.com/Azure/azure-sdk-for-java/issues/1783",
    ),
    operation(
        "OperationPreempted.execution",
        "Operation execution has been preempted by a more recent operation.",
        source="https://github.com/osbuild/osbuild-composer/issues/1447",
    ),
    response(
        "PropertyChangeNotAllowed",
        409,
        "Changing property 'osProfile.customData' is not allowed.",
        source="public CI logs of Azure clients",
    ),
    response(
        "ResourceUpdateBlockedOnPlatformUpdate",
        409,
        "Resource cannot be updated at this time due to ongoing platform update. Please try again"
        " later.",
        method="PUT|POST|PATCH",
        path=make.VM_OR_ACTION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.markedForDeletion",
        409,
        "Operation '{op}' is not allowed on VM '{vm}' since the VM is marked for deletion. You can"
        " only retry the Delete operation (or wait for an ongoing one to complete).",
        method="PUT|POST|PATCH",
        path=make.VM_OR_ACTION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.otherOperation",
        409,
        "Operation '{op}' is not allowed on VM '{vm}' since another operation is in progress.",
        method="PUT|POST|PATCH|DELETE",
        path=make.VM_OR_ACTION,
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.powerStateChanging",
        409,
        "An ongoing operation is changing power state of Virtual Machine {vm} to Stopped. Please"
        " perform operation {op} after some time.",
        method="POST",
        path=make.VM_OR_ACTION.replace("?$", "$"),
        source=LEARN,
        seen="documented",
    ),
    response(
        "OperationNotAllowed.failedExtension",
        409,
        "Operation '{op}' is not allowed on VM '{vm}' since VM has extension '{ext}' in failed"
        " state.",
        method="PUT|POST",
        path=make.VM_OR_ACTION,
        source=LEARN,
        seen="documented",
    ),
)

BAD_REQUESTS = table(
    response(
        "InvalidParameter.computerName",
        400,
        "Windows computer name cannot be more than 15 characters long, be entirely numeric, or"
        " contain the following characters:"
        " ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] { } \\ | ; : . ' \" , < > / ?.",
        target="computerName",
        source="public CI logs of Azure clients",
    ),
    response(
        "InvalidParameter.password",
        400,
        "The supplied password must be between 12-123 characters long and must satisfy at least 3"
        " of password complexity requirements from the following: Contains an uppercase character;"
        " Contains a lowercase character; Contains a numeric digit; Contains a special character.",
        source=LEARN,
        seen="documented",
    ),
    response(
        "InvalidParameter.size",
        400,
        "The requested VM size {size} is not available in the current region. The sizes available"
        " in the current region are: Standard_D2s_v5,Standard_D8s_v5. Find out more on the"
        " available VM sizes in each region at https://aka.ms/azure-regions.",
        source=LEARN,
        seen="documented",
    ),
)
