"""NICs and subnets, the network provider's locks, and the servers themselves failing."""

from __future__ import annotations

from . import make
from .make import operation, response, table

_NET = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Network/"
_SUBNET = _NET + "virtualNetworks/{vnet}/subnets/{subnet}"
_NIC = _NET + "networkInterfaces/{nic}"
_VM_ID = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute/virtualMachines/{vm}"
_THROTTLING = (
    "https://github.com/MicrosoftDocs/azure-docs/blob/main/articles/azure-resource-manager/"
    "management/request-limits-and-throttling.md"
)

_NOT_PROVISIONED = [
    {
        "code": "ReferencedResourceNotProvisioned",
        "message": f"Cannot proceed with operation because resource {_SUBNET} used by resource"
        f" {_NIC} is not in Succeeded state. Resource is in Updating state and the last operation"
        " that updated/is updating the resource is PutSubnetOperation.",
    }
]

NICS = table(
    response(
        "SubnetIsFull",
        400,
        f"Subnet {_SUBNET} with address prefix 10.0.0.0/20 does not have enough capacity for 1 IP"
        " addresses.",
        details=[],
        path=make.NIC,
        source="https://github.com/Azure/karpenter-provider-azure/issues/734",
    ),
    response(
        "InvalidResourceReference",
        400,
        f"Resource {_SUBNET} referenced by resource {_NIC} was not found. Please make sure that the"
        " referenced resource exists, and that both resources are in the same region.",
        details=[],
        path=make.NIC,
        source="public CI logs of Azure clients",
    ),
    response(
        "NicInUse",
        400,
        f"Network Interface {_NIC} is used by existing VM {_VM_ID}.",
        details=[],
        method="DELETE",
        path=make.NIC,
        source="bosh-azure-cpi, known issues",
    ),
    response(
        "NicReservedForAnotherVm",
        400,
        "Nic(s) in request is reserved for another Virtual Machine for 180 seconds. Please provide"
        f" another nic(s) or retry after 180 seconds. Reserved VM: {_VM_ID}",
        method="PUT|DELETE",
        path=r"/(networkInterfaces|virtualMachines)/[^/]+$",
        source="https://github.com/cloudfoundry/bosh-azure-cpi-release/issues/366",
    ),
    operation(
        "RetryableError",
        "A retryable error occurred.",
        details=_NOT_PROVISIONED,
        path=make.NIC,
        source="a public Terraform log",
    ),
    response(
        "RetryableError.immediate",
        429,
        "A retryable error occurred.",
        details=_NOT_PROVISIONED,
        path=make.NIC,
        headers={"Retry-After": "10"},
        source="public CI logs of Azure clients",
    ),
    response(
        "RetryableErrorDueToAnotherOperation",
        429,
        # The code and the 429 are documented; no message was found, so it only names the code.
        "Operation was not completed because another operation is in progress.",
        path=make.NIC,
        headers={"Retry-After": "10"},
        source=_THROTTLING,
        seen="believed",
    ),
    response(
        "AnotherOperationInProgress",
        409,
        "Another operation on this or dependent resource is in progress. To retrieve status of the"
        " operation use uri: https://management.azure.com/subscriptions/{sub}/providers/"
        "Microsoft.Network/locations/{location}/operations/{guid}?api-version=2024-05-01",
        details=[],
        method="PUT|DELETE",
        path=make.NIC,
        headers={"x-ms-error-code": "AnotherOperationInProgress"},
        source="Azure Red Hat OpenShift, a test",
        seen="believed",
    ),
)

SERVERS = table(
    response(
        "InternalServerError",
        500,
        "Encountered internal server error. Diagnostic information: timestamp '{time}',"
        " subscription id '{sub}', tracking id '{guid}', request correlation id '{guid}'.",
        method=".*",
        path=make.ANY_ARM,
        source="general knowledge",
        seen="believed",
    ),
    response(
        "ServiceUnavailable",
        503,
        "The service is unavailable now. Retry the request later.",
        method=".*",
        path=make.ANY_ARM,
        source="Managed DevOps Pools documentation",
        seen="believed",
    ),
    response(
        "GatewayTimeout",
        504,
        "The gateway did not receive a response from 'Microsoft.Compute' within the specified time"
        " period.",
        method=".*",
        path=r"/Microsoft\.Compute/",
        source="public CI logs, with other providers' names",
        seen="believed",
    ),
)
