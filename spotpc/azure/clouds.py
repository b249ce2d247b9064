"""The public clouds, and how to describe a private one. Pure: imports no SDK.

Endpoints: learn.microsoft.com, "National cloud deployments" and the SDK's own cloud table.
"""

from __future__ import annotations

from spotpc.azure.types import Cloud

PUBLIC = Cloud(
    authority="https://login.microsoftonline.com",
    resource_manager="https://management.azure.com",
    graph="https://graph.microsoft.com",
)
US_GOVERNMENT = Cloud(
    authority="https://login.microsoftonline.us",
    resource_manager="https://management.usgovcloudapi.net",
    graph="https://graph.microsoft.us",
)
CHINA = Cloud(
    authority="https://login.chinacloudapi.cn",
    resource_manager="https://management.chinacloudapi.cn",
    graph="https://microsoftgraph.chinacloudapi.cn",
)
BY_NAME = {"public": PUBLIC, "usgov": US_GOVERNMENT, "china": CHINA}


def private(
    authority: str, resource_manager: str, graph: str = "", ca_file: str | None = None
) -> Cloud:
    """A cloud of one's own: Azure Stack Hub, or the emulator.

    Instance discovery is off: it would ask login.microsoftonline.com about a stranger.
    """
    return Cloud(
        authority=authority.rstrip("/"),
        resource_manager=resource_manager.rstrip("/"),
        graph=(graph or resource_manager).rstrip("/"),
        ca_file=ca_file,
        instance_discovery=False,
    )


def arm_scope(cloud: Cloud) -> str:
    """The token scope of Azure Resource Manager: its own address, in every cloud."""
    return f"{cloud.resource_manager.rstrip('/')}/.default"


def graph_scope(cloud: Cloud) -> str:
    return f"{cloud.graph.rstrip('/')}/.default"
