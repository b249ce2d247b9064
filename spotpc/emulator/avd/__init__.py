"""Azure Virtual Desktop (Microsoft.DesktopVirtualization). Everything answers at once: the
provider has no long-running operation among these.

`host_pools` and `registration` tokens; `agents` is what happens inside the VMs; `session_hosts`
shows it; `sessions` are the users'; `routing` chooses a host for them; `applications` the rest.
"""

from __future__ import annotations

from ..router import api_versions
from . import agents, applications, host_pools, session_hosts, sessions

api_versions(
    "Microsoft.DesktopVirtualization",
    "2025-10-10", "2024-08-08-preview", "2024-04-03", "2024-04-08-preview", "2024-03-06-preview",
    "2023-11-01-preview", "2023-09-05", "2022-09-09", "2022-02-10-preview", "2021-07-12",
)  # fmt: skip

__all__ = ["agents", "applications", "host_pools", "session_hosts", "sessions"]
