"""Microsoft.Compute: VMs and what belongs to them, disks, snapshots, galleries, the catalogue."""

from __future__ import annotations

from ..operations import serve
from ..router import api_versions

# What azure-mgmt-compute 39, azure-cli 2.91 and the published examples send.
api_versions(
    "Microsoft.Compute",
    "2026-04-01", "2026-03-03", "2026-03-02", "2026-03-01", "2025-12-03", "2025-11-01",
    "2025-04-01", "2025-03-03", "2025-01-02", "2024-11-01", "2024-07-01", "2024-03-03",
    "2024-03-02", "2024-03-01", "2023-10-02", "2023-07-03", "2023-04-02", "2021-07-01",
)  # fmt: skip
serve("Microsoft.Compute")

from . import (  # noqa: E402  (each registers its routes)
    catalog,
    disks,
    extensions,
    galleries,
    images,
    power,
    run_commands,
    versions,
    vms,
)

__all__ = [
    "catalog",
    "disks",
    "extensions",
    "galleries",
    "images",
    "power",
    "run_commands",
    "versions",
    "vms",
]
