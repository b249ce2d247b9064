"""What Graph has in beta alone. Each use is a function here, with the reason beside it.

Paths are those of v1.0, so its SDK builds them; only the version in the address differs. Microsoft
may change beta on any day: what is missing in an answer is empty, never an error.
"""

from __future__ import annotations

from typing import Final

from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.device_management.virtual_endpoint.cloud_p_cs.cloud_p_cs_request_builder import (  # noqa: E501
    CloudPCsRequestBuilder,
)
from msgraph.graph_service_client import GraphServiceClient

from spotpc.azure.graph.client import Client, Json
from spotpc.azure.graph.requests import asking

BETA: Final = "beta"
_Query = CloudPCsRequestBuilder.CloudPCsRequestBuilderGetQueryParameters


def states(client: Client) -> dict[str, Json]:
    """Use 1: `status` and `statusDetail` of every Cloud PC, by its id in lower case.

    v1.0's cloudPC has neither (v1.0 metadata), and nothing else tells a reprovision that runs from
    one that failed. The published list still shows `statusDetails`, which is deprecated for the
    singular (learn.microsoft.com, "cloudPcStatusDetails resource type"): either is read.
    """
    return {str(one.get("id")).lower(): one for one in client.items(_list, BETA)}


def _list(graph: GraphServiceClient) -> RequestInformation:
    query = _Query(select=["id", "status", "statusDetail"])
    return graph.device_management.virtual_endpoint.cloud_p_cs.to_get_request_information(
        asking(query)
    )
