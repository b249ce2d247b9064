"""What we send to Windows 365, in the SDK's models.

Traps of kiota (1.16): None set on a model goes out under its Python name, so a property is emptied
by `_set`; and a word its enumerations lack can only go out as additional data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kiota_abstractions.serialization import AdditionalDataHolder
from msgraph.generated.device_management.virtual_endpoint.provisioning_policies.item.assign.assign_post_request_body import (  # noqa: E501
    AssignPostRequestBody,
)
from msgraph.generated.models.cloud_pc_device_image import CloudPcDeviceImage
from msgraph.generated.models.cloud_pc_domain_join_configuration import (
    CloudPcDomainJoinConfiguration,
)
from msgraph.generated.models.cloud_pc_domain_join_type import CloudPcDomainJoinType
from msgraph.generated.models.cloud_pc_management_group_assignment_target import (
    CloudPcManagementGroupAssignmentTarget,
)
from msgraph.generated.models.cloud_pc_on_premises_connection import CloudPcOnPremisesConnection
from msgraph.generated.models.cloud_pc_on_premises_connection_type import (
    CloudPcOnPremisesConnectionType,
)
from msgraph.generated.models.cloud_pc_provisioning_policy import CloudPcProvisioningPolicy
from msgraph.generated.models.cloud_pc_provisioning_policy_assignment import (
    CloudPcProvisioningPolicyAssignment,
)
from msgraph.generated.models.cloud_pc_provisioning_policy_image_type import (
    CloudPcProvisioningPolicyImageType,
)
from msgraph.generated.models.cloud_pc_provisioning_type import CloudPcProvisioningType
from msgraph.generated.models.cloud_pc_windows_setting import CloudPcWindowsSetting

from spotpc.azure.graph_types import NetworkConnection, NetworkConnectionSpec, PolicySpec

Json = dict[str, Any]


def policy(spec: PolicySpec) -> CloudPcProvisioningPolicy:
    """All of a new policy but its groups: those are assigned afterwards."""
    return CloudPcProvisioningPolicy(
        display_name=spec.name,
        description=spec.description,
        domain_join_configurations=[_join(spec)],
        enable_single_sign_on=spec.single_sign_on,
        local_admin_enabled=spec.local_admin,
        image_type=CloudPcProvisioningPolicyImageType(spec.image_type),
        image_id=spec.image_id,
        image_display_name=spec.image_name,
        provisioning_type=CloudPcProvisioningType(spec.provisioning_type),
        cloud_pc_naming_template=spec.naming_template or None,
        windows_setting=CloudPcWindowsSetting(locale=spec.locale) if spec.locale else None,
    )


def same_policy(spec: PolicySpec, was: PolicySpec) -> bool:
    """True where a PATCH would be empty. Groups are assigned, and what a policy is for (dedicated
    or shared) is fixed for good, so neither is part of one."""
    fixed = {"group_ids": was.group_ids, "provisioning_type": was.provisioning_type}
    return replace(spec, **fixed) == was  # type: ignore[arg-type]


def moved(spec: PolicySpec, was: PolicySpec) -> bool:
    """Whether the Cloud PCs are to join, or to stand, elsewhere."""
    return _place(spec) != _place(was)


def _place(spec: PolicySpec) -> tuple[str, ...]:
    return (spec.join_type, spec.connection_id, spec.region_name, spec.region_group)


def policy_changes(
    spec: PolicySpec, was: PolicySpec, joins: Iterable[Json] = ()
) -> CloudPcProvisioningPolicy:
    """A PATCH of what differs. `joins` are the domainJoinConfigurations Graph has: the first is
    replaced, further ones (spare networks) stay where they still go with it."""
    body = CloudPcProvisioningPolicy()
    if spec.name != was.name:
        body.display_name = spec.name
    if spec.description != was.description:
        body.description = spec.description
    if spec.single_sign_on != was.single_sign_on:
        body.enable_single_sign_on = spec.single_sign_on
    if spec.local_admin != was.local_admin:
        body.local_admin_enabled = spec.local_admin
    if moved(spec, was):
        body.domain_join_configurations = [_join(spec), *_spares(spec, joins)]
    _change_image(body, spec, was)
    _change_names(body, spec, was)
    return body


def _change_image(body: CloudPcProvisioningPolicy, spec: PolicySpec, was: PolicySpec) -> None:
    """Type, id and name of an image mean nothing without each other."""
    if (spec.image_type, spec.image_id) != (was.image_type, was.image_id):
        body.image_type = CloudPcProvisioningPolicyImageType(spec.image_type)
        body.image_id = spec.image_id
        body.image_display_name = spec.image_name


def _change_names(body: CloudPcProvisioningPolicy, spec: PolicySpec, was: PolicySpec) -> None:
    if spec.naming_template != was.naming_template:
        _set(body, "cloud_pc_naming_template", "cloudPcNamingTemplate", spec.naming_template)
    if spec.locale != was.locale:
        body.windows_setting = CloudPcWindowsSetting(locale=spec.locale)


def _join(spec: PolicySpec) -> CloudPcDomainJoinConfiguration:
    kind = CloudPcDomainJoinType(spec.join_type)
    if spec.connection_id:
        return CloudPcDomainJoinConfiguration(
            domain_join_type=kind, on_premises_connection_id=spec.connection_id
        )
    # Graph has groups (poland, mexico, …) that the enumeration of v1.0 lacks.
    group = {"regionGroup": spec.region_group} if spec.region_group else {}
    return CloudPcDomainJoinConfiguration(
        additional_data=group, domain_join_type=kind, region_name=spec.region_name or None
    )


def _spares(spec: PolicySpec, joins: Iterable[Json]) -> list[CloudPcDomainJoinConfiguration]:
    return [
        CloudPcDomainJoinConfiguration(additional_data=dict(one))
        for one in list(joins)[1:]
        if spec.connection_id
        and one.get("onPremisesConnectionId")
        and one.get("domainJoinType") == spec.join_type
        and str(one["onPremisesConnectionId"]).lower() != spec.connection_id
    ]


def assignments(group_ids: Iterable[str]) -> AssignPostRequestBody:
    """The whole list of groups: who is not in it is no longer assigned."""
    return AssignPostRequestBody(
        assignments=[
            CloudPcProvisioningPolicyAssignment(
                target=CloudPcManagementGroupAssignmentTarget(
                    # Without it Graph cannot tell which kind of target this is.
                    odata_type="#microsoft.graph.cloudPcManagementGroupAssignmentTarget",
                    group_id=group_id,
                )
            )
            for group_id in group_ids
        ]
    )


def device_image(name: str, version: str, source_id: str) -> CloudPcDeviceImage:
    return CloudPcDeviceImage(
        display_name=name, version=version, source_image_resource_id=source_id
    )


def connection(spec: NetworkConnectionSpec) -> CloudPcOnPremisesConnection:
    return CloudPcOnPremisesConnection(
        display_name=spec.name,
        connection_type=CloudPcOnPremisesConnectionType(spec.join_type),
        subscription_id=spec.subscription_id,
        resource_group_id=spec.resource_group_id,
        virtual_network_id=spec.virtual_network_id,
        subnet_id=spec.subnet_id,
        ad_domain_name=spec.ad_domain or None,
        ad_domain_username=spec.ad_username or None,
        ad_domain_password=spec.ad_password or None,
        organizational_unit=spec.organizational_unit or None,
    )


def connection_changes(
    spec: NetworkConnectionSpec, was: NetworkConnection
) -> CloudPcOnPremisesConnection:
    """A PATCH of what differs, and of the password where one was typed.

    It is never quite empty: the name is always in it, and any PATCH starts the health checks.
    """
    body = CloudPcOnPremisesConnection(display_name=spec.name)
    if spec.join_type != was.join_type:
        body.connection_type = CloudPcOnPremisesConnectionType(spec.join_type)
    _change_network(body, spec, was)
    if spec.ad_domain != was.ad_domain:
        _set(body, "ad_domain_name", "adDomainName", spec.ad_domain)
    if spec.ad_username != was.ad_username:
        _set(body, "ad_domain_username", "adDomainUsername", spec.ad_username)
    if spec.organizational_unit != was.organizational_unit:
        _set(body, "organizational_unit", "organizationalUnit", spec.organizational_unit)
    if spec.ad_password:
        body.ad_domain_password = spec.ad_password
    return body


def _change_network(
    body: CloudPcOnPremisesConnection, spec: NetworkConnectionSpec, was: NetworkConnection
) -> None:
    """Whole or not at all: a subnet means nothing without its network, group and subscription."""
    wanted = (spec.subscription_id, spec.resource_group_id, spec.virtual_network_id, spec.subnet_id)
    had = (was.subscription_id, was.resource_group_id, was.virtual_network_id, was.subnet_id)
    if [one.casefold() for one in wanted] != [one.casefold() for one in had]:
        body.subscription_id, body.resource_group_id = wanted[:2]
        body.virtual_network_id, body.subnet_id = wanted[2:]


def _set(body: AdditionalDataHolder, attribute: str, name: str, value: str) -> None:
    """A value, or null for one that is now empty: "" would be a template, or an OU, of its own."""
    if value:
        setattr(body, attribute, value)
    else:
        body.additional_data[name] = None
