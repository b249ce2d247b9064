"""Rows of a policy with Cloud PCs, without anything in Graph."""

from __future__ import annotations

from typing import Any

from tenants.models import Tenant
from tests import factories
from w365.models import CloudPc, GalleryImage, ProvisioningPolicy

OLD, NEW = "Windows 11 24H2", "Windows 11 25H2"


def policy(of: Tenant | None = None, **fields: Any) -> ProvisioningPolicy:
    """It has the newer image, which is there."""
    tenant = of or factories.tenant()
    GalleryImage.objects.get_or_create(
        tenant=tenant, graph_id="gallery-25h2", defaults={"name": NEW, "status": "supported"}
    )
    return ProvisioningPolicy.objects.create(
        tenant=tenant,
        **{
            "graph_id": "policy-1",
            "name": "Office",
            "image_type": "gallery",
            "image_id": "gallery-25h2",
            "image_name": NEW,
            "join_type": "azureADJoin",
            **fields,
        },
    )


def cloud_pc(of: ProvisioningPolicy, person: str, **fields: Any) -> CloudPc:
    return CloudPc.objects.create(
        tenant=of.tenant,
        policy=of,
        **{
            "graph_id": f"pc-{person}",
            "name": f"Office - {person}",
            "device_name": f"CPC-{person}",
            "user": f"{person}@customer.example",
            "image_name": OLD,
            "status": "provisioned",
            "managed_device_id": f"device-{person}",
            **fields,
        },
    )


def office(*people: str, **fields: Any) -> ProvisioningPolicy:
    made = policy(**fields)
    for person in people or ("ann", "bob", "cem"):
        cloud_pc(made, person)
    return made
