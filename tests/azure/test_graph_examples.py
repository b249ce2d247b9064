"""Microsoft's examples of every Graph operation we use come through the SDK and our door.

They are not part of this project: `AZURE_REFERENCE` names their folder.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from spotpc.azure.errors import AzureError
from spotpc.azure.graph import Graph

from .graph_scene import HAD, HYBRID, policy_spec
from .graph_wire import Asked, Wire
from .reading import at, attribute, renamed
from .replay import Answer

REFERENCE = os.environ.get("AZURE_REFERENCE")
if not REFERENCE:
    pytest.skip(
        "AZURE_REFERENCE does not name the folder of Azure's examples", allow_module_level=True
    )
EXAMPLES = Path(REFERENCE) / "examples" / "Microsoft.Graph"

POLICY = policy_spec()


@dataclass(frozen=True)
class Use:
    """How we use an operation; `fields` says where the example keeps what we must have read."""

    call: Callable[[Graph], Any]
    fields: dict[str, str] = field(default_factory=dict)


POLICY_FIELDS = {
    "id": "id",
    "spec.name": "displayName",
    "spec.description": "description",
    "spec.image_id": "imageId",
    "spec.image_name": "imageDisplayName",
    "spec.image_type": "imageType",
    "spec.single_sign_on": "enableSingleSignOn",
    "spec.locale": "windowsSetting/locale",
    "spec.provisioning_type": "provisioningType",
    "spec.connection_id": "domainJoinConfigurations/0/onPremisesConnectionId",
    "spec.join_type": "domainJoinConfigurations/0/domainJoinType",
    "spec.group_ids.0": "assignments/0/target/groupId",
}
IMAGE_FIELDS = {
    "id": "id",
    "name": "displayName",
    "version": "version",
    "source_id": "sourceImageResourceId",
    "status": "status",
    "os_status": "osStatus",
    "os_build": "osBuildNumber",
    "operating_system": "operatingSystem",
    "expires_on": "expirationDate",
}
CONNECTION_FIELDS = {
    "id": "id",
    "name": "displayName",
    "join_type": "connectionType",
    "subscription_id": "subscriptionId",
    "resource_group_id": "resourceGroupId",
    "virtual_network_id": "virtualNetworkId",
    "subnet_id": "subnetId",
    "location": "virtualNetworkLocation",
    "ad_domain": "adDomainName",
    "ad_username": "adDomainUsername",
    "organizational_unit": "organizationalUnit",
    "health": "healthCheckStatus",
    "in_use": "inUse",
    "checks.0.status": "healthCheckStatusDetail/healthChecks/0/status",
    "checks.0.name": "healthCheckStatusDetail/healthChecks/0/displayName",
    "checks.0.error_type": "healthCheckStatusDetail/healthChecks/0/errorType",
    "checks.0.recommended_action": "healthCheckStatusDetail/healthChecks/0/recommendedAction",
    "checks.2.error_type": "healthCheckStatusDetail/healthChecks/2/errorType",
}
CLOUD_PC_FIELDS = {
    "id": "id",
    "name": "displayName",
    "device_name": "managedDeviceName",
    "managed_device_id": "managedDeviceId",
    "device_id": "aadDeviceId",
    "user": "userPrincipalName",
    "policy_id": "provisioningPolicyId",
    "policy_name": "provisioningPolicyName",
    "image_name": "imageDisplayName",
    "plan_id": "servicePlanId",
    "plan_name": "servicePlanName",
    "connection_name": "onPremisesConnectionName",
    "provisioning_type": "provisioningType",
    "status": "status",
    "status_code": "statusDetails/code",
    "status_detail": "statusDetails/message",
}

# The beginning of a file's name -> our use. A Cloud PC is read from two lists: each example is
# given as both.
USES: dict[str, Use] = {
    "ProvisioningPolicies_List": Use(lambda g: g.windows365.policies(), POLICY_FIELDS),
    "ProvisioningPolicies_Get": Use(lambda g: g.windows365.get_policy("p"), POLICY_FIELDS),
    "ProvisioningPolicies_Create": Use(lambda g: g.windows365.create_policy(POLICY)),
    "ProvisioningPolicies_Update": Use(
        lambda g: g.windows365.update_policy("p", replace(POLICY, name="B"), POLICY)
    ),
    "ProvisioningPolicies_Assign": Use(lambda g: g.windows365.assign_policy("p", ["g"])),
    "ProvisioningPolicies_Delete": Use(lambda g: g.windows365.delete_policy("p")),
    "GalleryImages_List": Use(
        lambda g: g.windows365.gallery_images(),
        {
            "id": "id",
            "name": "displayName",
            "status": "status",
            "size_gb": "sizeInGB",
            "expires_on": "expirationDate",
            "ends_on": "endDate",
        },
    ),
    "DeviceImages_List": Use(lambda g: g.windows365.device_images(), IMAGE_FIELDS),
    "DeviceImages_Get": Use(lambda g: g.windows365.get_device_image("i"), IMAGE_FIELDS),
    "DeviceImages_Create": Use(
        lambda g: g.windows365.create_device_image("n", "1.0.0", "/i"), IMAGE_FIELDS
    ),
    "DeviceImages_Delete": Use(lambda g: g.windows365.delete_device_image("i")),
    "OnPremisesConnections_List": Use(lambda g: g.windows365.connections(), CONNECTION_FIELDS),
    "OnPremisesConnections_Get": Use(lambda g: g.windows365.get_connection("c"), CONNECTION_FIELDS),
    "OnPremisesConnections_Create": Use(lambda g: g.windows365.create_connection(HYBRID)),
    "OnPremisesConnections_Update": Use(lambda g: g.windows365.update_connection("c", HYBRID, HAD)),
    "OnPremisesConnections_Delete": Use(lambda g: g.windows365.delete_connection("c")),
    "OnPremisesConnections_RunHealthChecks": Use(lambda g: g.windows365.run_health_checks("c")),
    "CloudPCs_List": Use(lambda g: g.windows365.cloud_pcs(), CLOUD_PC_FIELDS),
    "CloudPCs_Reprovision": Use(lambda g: g.windows365.reprovision("pc")),
    "Groups_List": Use(
        lambda g: g.directory.groups(),
        {"id": "id", "name": "displayName", "description": "description"},
    ),
    "SubscribedSkus_List": Use(
        lambda g: g.directory.skus(),
        {
            "id": "id",
            "part_number": "skuPartNumber",
            "enabled": "prepaidUnits/enabled",
            "consumed": "consumedUnits",
            "plans.0": "servicePlans/0/servicePlanName",
        },
    ),
    "Devices_List": Use(
        lambda g: g.directory.devices_named(["n"]),
        {"id": "id", "device_id": "deviceId", "name": "displayName"},
    ),
    "Devices_Delete": Use(lambda g: g.directory.delete_device("d")),
    "ManagedDevices_List": Use(
        lambda g: g.directory.managed_devices_named(["n"]),
        {"id": "id", "name": "deviceName", "device_id": "azureADDeviceId"},
    ),
    "ManagedDevices_Delete": Use(lambda g: g.directory.delete_managed_device("d")),
}

# Examples of an operation that show another way of asking.
OTHER_WAYS = {
    "CloudPCs_Reprovision.SignedInUser": "at /me: an application has no such thing",
    "Groups_List.Example3": "answers a number",
    "Devices_List.Example2": "answers a number",
    "Devices_List.Example3": "of beta",
}
# Microsoft shows a user's own devices; the same are reached without the user.
ADDRESSES = {
    "ManagedDevices_List": "/v1.0/deviceManagement/managedDevices",
    "ManagedDevices_Delete": "/v1.0/deviceManagement/managedDevices/d",
}


def operation_of(file: str) -> str:
    return file.partition(".")[0]


FILES = sorted(
    path.name.removesuffix(".json")
    for path in EXAMPLES.glob("*.json")
    if operation_of(path.name) in USES and path.name.removesuffix(".json") not in OTHER_WAYS
)


def recorded(file: str) -> Any:
    return json.loads((EXAMPLES / f"{file}.json").read_text())


def answer_of(file: str) -> tuple[int, Any]:
    ((code, answer),) = recorded(file)["responses"].items()
    body = copy.deepcopy(answer.get("body"))
    if isinstance(body, dict):
        body.pop("@odata.nextLink", None)  # of a service that has no further page for us
    return int(code), body


def replayed(file: str, status: int, body: Any) -> tuple[Any, list[Asked]]:
    wire = Wire(Answer(status, body))
    return USES[operation_of(file)].call(wire.graph()), wire.asked


def read_wrongly(file: str, answered: Any, body: Any) -> list[str]:
    """The fields of our answer that are not what the example says; compared as text, without
    regard to case, as ids and dates are ours."""
    fields = USES[operation_of(file)].fields
    if not fields:
        return []
    ours = answered if isinstance(answered, tuple) else (answered,)
    theirs = body.get("value", [body])
    wrong = [] if len(ours) == len(theirs) else ["count"]
    for one, other in zip(ours, theirs, strict=False):
        for name, path in fields.items():
            expected, found = safely(at, other, path), safely(attribute, one, name)
            if expected is not None and str(found).lower() != str(expected).lower():
                wrong.append(f"{name}: {found!r} is not {expected!r}")
    return wrong


def safely(read: Callable[[Any, str], Any], held: Any, place: str) -> Any:
    """None for what is not there: a policy without groups, a check too few."""
    try:
        return read(held, place)
    except (IndexError, AttributeError):
        return None


@pytest.mark.parametrize("file", FILES)
def test_example_comes_through(file: str) -> None:
    status, body = answer_of(file)
    answered, asked = replayed(file, status, body)
    assert not read_wrongly(file, answered, body)
    wanted = ADDRESSES.get(file) or recorded(file)["path"].partition("?")[0]
    last = re.compile(r"(?i)/(\{[^}]*\}|[0-9a-f-]{36})(?=/|$)")
    pattern = re.escape(last.sub("/ID", wanted)).replace("ID", "[^/]+")
    asked_there = [one.method for one in asked if re.fullmatch(pattern, one.path)]
    assert recorded(file)["method"] in asked_there, [one.path for one in asked]


def test_every_operation_we_use_has_an_example() -> None:
    assert {operation_of(file) for file in FILES} == set(USES)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("ProvisioningPolicies_Get.ExpandAssignments", "groupId"),
        ("ProvisioningPolicies_Get.ExpandAssignments", "domainJoinType"),
        ("ProvisioningPolicies_List", "windowsSetting"),
        ("DeviceImages_Get", "sourceImageResourceId"),
        ("GalleryImages_List", "endDate"),
        ("OnPremisesConnections_Get", "virtualNetworkLocation"),
        ("OnPremisesConnections_Get.SelectHealthCheckDetail", "errorType"),
        ("CloudPCs_List", "managedDeviceName"),
        ("CloudPCs_List.Beta", "status"),
        ("CloudPCs_List.BetaTop", "statusDetails"),
        ("SubscribedSkus_List", "enabled"),
        ("Groups_List", "value"),
        ("ManagedDevices_List", "azureADDeviceId"),
    ],
)
def test_a_misspelt_answer_is_noticed(file: str, key: str) -> None:
    """The negative control: the check above would see it if we read another key."""
    status, body = answer_of(file)
    try:
        answered, _ = replayed(file, status, renamed(copy.deepcopy(body), key))
    except AzureError:
        return
    assert read_wrongly(file, answered, body)
