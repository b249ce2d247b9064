"""What Windows 365 is asked: requests as the SDK builds them. `Client` sends them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.device_management.virtual_endpoint.cloud_p_cs.item.reprovision.reprovision_post_request_body import (  # noqa: E501
    ReprovisionPostRequestBody,
)
from msgraph.generated.device_management.virtual_endpoint.on_premises_connections.item.cloud_pc_on_premises_connection_item_request_builder import (  # noqa: E501
    CloudPcOnPremisesConnectionItemRequestBuilder as Connection,
)
from msgraph.generated.device_management.virtual_endpoint.on_premises_connections.on_premises_connections_request_builder import (  # noqa: E501
    OnPremisesConnectionsRequestBuilder as Connections,
)
from msgraph.generated.device_management.virtual_endpoint.provisioning_policies.item.cloud_pc_provisioning_policy_item_request_builder import (  # noqa: E501
    CloudPcProvisioningPolicyItemRequestBuilder as Policy,
)
from msgraph.generated.device_management.virtual_endpoint.provisioning_policies.provisioning_policies_request_builder import (  # noqa: E501
    ProvisioningPoliciesRequestBuilder as Policies,
)
from msgraph.generated.device_management.virtual_endpoint.virtual_endpoint_request_builder import (
    VirtualEndpointRequestBuilder,
)
from msgraph.generated.models.cloud_pc_device_image import CloudPcDeviceImage
from msgraph.generated.models.cloud_pc_on_premises_connection import CloudPcOnPremisesConnection
from msgraph.generated.models.cloud_pc_provisioning_policy import CloudPcProvisioningPolicy
from msgraph.graph_service_client import GraphServiceClient

from spotpc.azure.graph import bodies
from spotpc.azure.graph.client import Ask

Query = TypeVar("Query")

# `inUse` and `healthCheckStatusDetail` are answered only where they are asked for by name
# (learn.microsoft.com, "cloudPcOnPremisesConnection resource type").
_OF_A_CONNECTION: Final = (
    *("id", "displayName", "connectionType"),
    *("subscriptionId", "resourceGroupId", "virtualNetworkId", "virtualNetworkLocation"),
    *("subnetId", "adDomainName", "adDomainUsername", "organizationalUnit"),
    *("healthCheckStatus", "healthCheckPaused", "inUse"),
)


def asking(query: Query | None = None) -> RequestConfiguration[Query]:
    """Every read asks for words newer than v1.0's metadata: without this header Graph answers
    unknownFutureValue, for four of the nine reasons why an image fails (learn.microsoft.com,
    "cloudPcDeviceImage resource type")."""
    how = RequestConfiguration(query_parameters=query)
    how.headers.add("Prefer", "include-unknown-enum-members")
    return how


# Provisioning policies


def list_policies(graph: GraphServiceClient) -> RequestInformation:
    query = Policies.ProvisioningPoliciesRequestBuilderGetQueryParameters(expand=["assignments"])
    return _endpoint(graph).provisioning_policies.to_get_request_information(asking(query))


def read_policy(policy_id: str) -> Ask:
    query = Policy.CloudPcProvisioningPolicyItemRequestBuilderGetQueryParameters(
        expand=["assignments"]
    )
    return lambda graph: _policy(graph, policy_id).to_get_request_information(asking(query))


def create_policy(body: CloudPcProvisioningPolicy) -> Ask:
    return lambda graph: _endpoint(graph).provisioning_policies.to_post_request_information(body)


def change_policy(policy_id: str, body: CloudPcProvisioningPolicy) -> Ask:
    return lambda graph: _policy(graph, policy_id).to_patch_request_information(body)


def assign_policy(policy_id: str, group_ids: Iterable[str]) -> Ask:
    body = bodies.assignments(group_ids)
    return lambda graph: _policy(graph, policy_id).assign.to_post_request_information(body)


def delete_policy(policy_id: str) -> Ask:
    return lambda graph: _policy(graph, policy_id).to_delete_request_information()


# Images


def list_gallery_images(graph: GraphServiceClient) -> RequestInformation:
    return _endpoint(graph).gallery_images.to_get_request_information(asking())


def list_device_images(graph: GraphServiceClient) -> RequestInformation:
    return _endpoint(graph).device_images.to_get_request_information(asking())


def read_device_image(image_id: str) -> Ask:
    return lambda graph: (
        _endpoint(graph)
        .device_images.by_cloud_pc_device_image_id(image_id)
        .to_get_request_information(asking())
    )


def create_device_image(body: CloudPcDeviceImage) -> Ask:
    return lambda graph: _endpoint(graph).device_images.to_post_request_information(body)


def delete_device_image(image_id: str) -> Ask:
    return lambda graph: (
        _endpoint(graph)
        .device_images.by_cloud_pc_device_image_id(image_id)
        .to_delete_request_information()
    )


# Azure network connections


def list_connections(graph: GraphServiceClient) -> RequestInformation:
    query = Connections.OnPremisesConnectionsRequestBuilderGetQueryParameters(
        select=list(_OF_A_CONNECTION)
    )
    return _endpoint(graph).on_premises_connections.to_get_request_information(asking(query))


def read_connection(connection_id: str) -> Ask:
    query = Connection.CloudPcOnPremisesConnectionItemRequestBuilderGetQueryParameters(
        select=[*_OF_A_CONNECTION, "healthCheckStatusDetail"]
    )
    return lambda graph: _connection(graph, connection_id).to_get_request_information(asking(query))


def create_connection(body: CloudPcOnPremisesConnection) -> Ask:
    return lambda graph: _endpoint(graph).on_premises_connections.to_post_request_information(body)


def change_connection(connection_id: str, body: CloudPcOnPremisesConnection) -> Ask:
    return lambda graph: _connection(graph, connection_id).to_patch_request_information(body)


def delete_connection(connection_id: str) -> Ask:
    return lambda graph: _connection(graph, connection_id).to_delete_request_information()


def run_health_checks(connection_id: str) -> Ask:
    return lambda graph: _connection(
        graph, connection_id
    ).run_health_checks.to_post_request_information()


# Cloud PCs


def list_cloud_pcs(graph: GraphServiceClient) -> RequestInformation:
    return _endpoint(graph).cloud_p_cs.to_get_request_information(asking())


def reprovision(cloud_pc_id: str) -> Ask:
    body = ReprovisionPostRequestBody()
    return lambda graph: (
        _endpoint(graph)
        .cloud_p_cs.by_cloud_p_c_id(cloud_pc_id)
        .reprovision.to_post_request_information(body)
    )


def _endpoint(graph: GraphServiceClient) -> VirtualEndpointRequestBuilder:
    return graph.device_management.virtual_endpoint


def _policy(graph: GraphServiceClient, policy_id: str) -> Policy:
    return _endpoint(graph).provisioning_policies.by_cloud_pc_provisioning_policy_id(policy_id)


def _connection(graph: GraphServiceClient, connection_id: str) -> Connection:
    connections = _endpoint(graph).on_premises_connections
    return connections.by_cloud_pc_on_premises_connection_id(connection_id)
