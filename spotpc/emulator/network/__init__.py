"""Microsoft.Network: virtual networks, network interfaces, Bastion."""

from __future__ import annotations

from ..operations import serve
from ..router import api_versions

# What azure-mgmt-network 33, azure-cli 2.91 and the published examples send.
api_versions(
    "Microsoft.Network",
    "2026-03-01", "2026-01-01", "2025-09-01", "2025-07-01", "2025-05-01", "2025-03-01",
    "2025-01-01", "2024-10-01", "2024-07-01", "2024-05-01", "2024-03-01", "2024-01-01",
    "2023-11-01", "2022-11-01", "2022-01-01", "2018-11-01", "2018-10-01",
)  # fmt: skip
serve("Microsoft.Network")

from . import bastion, networks, nics  # noqa: E402  (each registers its routes)

__all__ = ["bastion", "networks", "nics"]
