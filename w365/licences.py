"""Which of a tenant's licences are for Cloud PCs, and for how many. Pure.

Part numbers: learn.microsoft.com, "Product names and service plan identifiers for licensing".
`CPC_E_…` and `CPC_LVL_…` are Windows 365 Enterprise, `Windows_365_S_…` is Frontline. Business
(`CPC_B_…`) is left out: its Cloud PCs know no provisioning policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from spotpc.azure.graph_types import Sku

_ENTERPRISE = re.compile(r"^(CPC_E_|CPC_LVL_|Windows_365_Enterprise_)", re.IGNORECASE)
_FRONTLINE = re.compile(r"^Windows_365_S_", re.IGNORECASE)
_SIZE = re.compile(r"(\d+)\s*v?CP?U?_(\d+)GB_(\d+)GB", re.IGNORECASE)
# Source: learn.microsoft.com, resource type cloudPcFrontLineServicePlan.
FRONTLINE_CLOUD_PCS = 3


@dataclass(frozen=True)
class Plan:
    name: str
    enabled: int  # licences; those of an expired subscription still work while Microsoft warns
    consumed: int
    cloud_pcs: int  # that may be made of them


def plans(skus: Iterable[Sku]) -> list[Plan]:
    """Those for Cloud PCs that provisioning policies make, by name."""
    found = [_plan(sku) for sku in skus if is_for_policies(sku)]
    return sorted(found, key=lambda plan: plan.name)


def is_for_policies(sku: Sku) -> bool:
    return bool(_ENTERPRISE.match(sku.part_number) or _FRONTLINE.match(sku.part_number))


def _plan(sku: Sku) -> Plan:
    usable = sku.enabled + sku.warning
    each = FRONTLINE_CLOUD_PCS if _FRONTLINE.match(sku.part_number) else 1
    return Plan(name_of(sku.part_number), usable, sku.consumed, usable * each)


def name_of(part_number: str) -> str:
    """`CPC_E_2C_8GB_128GB` as people buy it; what is not of that form stays as it is."""
    size = _SIZE.search(part_number)
    if size is None:
        return part_number
    edition = "Frontline" if _FRONTLINE.match(part_number) else "Enterprise"
    return f"Windows 365 {edition} {size[1]} vCPU, {size[2]} GB, {size[3]} GB"
