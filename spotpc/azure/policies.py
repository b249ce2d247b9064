"""What every request to Azure Resource Manager passes through."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.pipeline import PipelineRequest, policies
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy

from spotpc.azure.clouds import arm_scope
from spotpc.azure.types import Cloud


def for_cloud(cloud: Cloud, credential: TokenCredential) -> list[Any]:
    """The SDK's own list, less what would wait. A new list per client: a pipeline links them.

    No retry policy: it sleeps in the worker; callers reschedule instead. No automatic
    registration of resource providers either: it changes the tenant's subscription unasked and
    sleeps ten seconds at a time until that is done. And no redirects: ARM has none.
    """
    return [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy(),
        policies.UserAgentPolicy("spotpc"),
        policies.ContentDecodePolicy(),
        OnlyThisCloud(cloud),
        ARMChallengeAuthenticationPolicy(credential, arm_scope(cloud)),
        policies.CustomHookPolicy(),
        ARMHttpLoggingPolicy(),
    ]


class OnlyThisCloud(policies.SansIOHTTPPolicy[Any, Any]):
    """Next pages and operations are URLs that an answer names, and the tenant's token goes along.

    So they must lead back to the same host. ValueError otherwise.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._host = urlsplit(cloud.resource_manager).netloc.casefold()

    def on_request(self, request: PipelineRequest[Any]) -> None:
        url = urlsplit(request.http_request.url)
        if url.scheme != "https" or url.netloc.casefold() != self._host:
            raise ValueError(f"an answer of Azure leads to another host: {url.hostname}")
