"""Windows 365: `deviceManagement/virtualEndpoint`.

`policies` and `assignments` say who gets a Cloud PC and how; `building` makes them,
`build_failures` says why not, `cloud_pcs` shows them and takes the actions. `device_images` (with
`image_checks`) and `gallery_images` are what they are made from, `connections` (with
`health_checks` and `network_facts`) where they stand. `shapes` keeps every entity's properties.
"""

from __future__ import annotations

from . import (
    assignments,
    cloud_pcs,
    connections,
    controls,
    device_images,
    gallery_images,
    policies,
    service_plans,
)

__all__ = [
    "assignments",
    "cloud_pcs",
    "connections",
    "controls",
    "device_images",
    "gallery_images",
    "policies",
    "service_plans",
]
