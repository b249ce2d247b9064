"""What a sentence says where a fact is not known."""

from __future__ import annotations

from typing import Final

FALLBACKS: Final = {
    "action": "the action it needs",
    "app": "Spot PC's app",
    "azure_code": "no code",
    "azure_message": "no text was given",
    "check": "a health check",
    "detail": "no detail was given",
    "disk": "the disk",
    "domain": "the domain",
    "exit_code": "an error",
    "extension": "the extension",
    "family": "this VM family",
    "group": "the resource group",
    "host": "the session host",
    "image": "the image",
    "location": "this region",
    "lock": "the resource or its group",
    "mailbox": "the sender",
    "namespace": "a resource provider it needs",
    "nic": "the network interface",
    "operation": "the last step",
    "package": "a Store app",
    "policy": "an Azure policy",
    "pool": "the host pool",
    "region": "a target region",
    "resource": "the resource",
    "scope": "the resource",
    "size": "the chosen size",
    "state": "another state",
    "subnet": "the subnet",
    "subscription": "the subscription",
    "tenant": "the tenant",
    "user": "the user",
    "version": "the image version",
    "vm": "the VM",
    "zone": "the chosen zone",
}
