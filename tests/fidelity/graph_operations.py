"""Operations of `spotpc.azure.graph` that can be tried on the stage, well or badly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from spotpc.azure.types import Failure
from tests.azure import graph_scene
from tests.emulator import builders
from tests.emulator.client import TENANT, until

if TYPE_CHECKING:
    from .stage import Stage

POLICY = "Staff"
_ROOT = "/deviceManagement/virtualEndpoint"
HYBRID = replace(
    graph_scene.CONNECTION,
    join_type="hybridAzureADJoin",
    virtual_network_id=f"{builders.NETWORK}/virtualNetworks/vnet",
    subnet_id=builders.SUBNET_ID,
    ad_domain="corp.example",
    ad_username="join@corp.example",
    ad_password="right",
)


def furnish(stage: Stage) -> None:
    """Licences enough for every Cloud PC of this process, and the policy they are made by."""
    graph_scene.staff(stage.client, licences=10_000)
    graph_scene.policy(stage.azure, name=POLICY)


def cloud_pc(stage: Stage) -> str:
    """A new one, provisioned at once."""
    asked = {"tenant": TENANT, "policy": POLICY, "user": f"user{stage.number()}@example.com"}
    answer = stage.client.control("POST", "cloud-pcs", asked)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def _upload(stage: Stage) -> Callable[[], Any]:
    create = stage.azure.graph.windows365.create_device_image
    return partial(create, "Desk", f"1.0.{stage.number()}", f"{builders.COMPUTE}/images/x")


def _reprovision(stage: Stage) -> Callable[[], str]:
    made = cloud_pc(stage)

    def call() -> str:
        stage.azure.graph.windows365.reprovision(made)
        return made

    return call


def _connect(stage: Stage) -> Callable[[], Any]:
    return partial(stage.azure.graph.windows365.create_connection, HYBRID)


def _plain(call: str, *arguments: Any) -> Callable[[Stage], Callable[[], Any]]:
    return lambda stage: partial(attrgetter(call)(stage.azure.graph), *arguments)


# As `stage.Operation`: what the door calls it, method, path, and how to make it ready.
OPERATIONS: dict[str, tuple[str, str, str, Callable[[Stage], Callable[[], Any]]]] = {
    "list policies": (
        "list provisioning policies",
        "GET",
        f"{_ROOT}/provisioningPolicies",
        _plain("windows365.policies"),
    ),
    "upload image": ("create device image", "POST", f"{_ROOT}/deviceImages", _upload),
    "delete image": (
        "delete device image",
        "DELETE",
        f"{_ROOT}/deviceImages/x",
        _plain("windows365.delete_device_image", graph_scene.NOBODY),
    ),
    "reprovision": (
        "reprovision Cloud PC",
        "POST",
        f"{_ROOT}/cloudPCs/x/reprovision",
        _reprovision,
    ),
    "connect network": (
        "create network connection",
        "POST",
        f"{_ROOT}/onPremisesConnections",
        _connect,
    ),
    "delete device": (
        "delete device",
        "DELETE",
        "/devices/x",
        _plain("directory.delete_device", graph_scene.NOBODY),
    ),
}


# --- what Windows 365 accepted and tells later ------------------------------------------------


def _of_image(stage: Stage, image: Any) -> Failure | None:
    """As `w365.rows` reads it."""
    found = until(
        lambda: stage.azure.graph.windows365.get_device_image(image.id),
        lambda image: image is not None and image.status != "pending",
    )
    assert found is not None
    stage.azure.graph.windows365.delete_device_image(image.id)  # there is room for 20 only
    return Failure(f"deviceImage.{found.error_code}", "") if found.error_code else None


def _of_cloud_pc(stage: Stage, pc_id: str) -> Failure | None:
    """As `w365.reprovision.observe` reads it."""

    def look() -> Any:
        return next(pc for pc in stage.azure.graph.windows365.cloud_pcs() if pc.id == pc_id)

    pc = until(look, lambda pc: pc.status != "provisioning")
    failed = pc.status == "failed"
    return Failure(pc.status_code, pc.status_detail) if failed else None


def _of_connection(stage: Stage, connection_id: str) -> Failure | None:
    """The error types alone tell what a check found."""
    found = until(
        lambda: stage.azure.graph.windows365.get_connection(connection_id),
        lambda found: found is not None and found.health not in ("pending", "running"),
    )
    assert found is not None
    errors = [check.error_type for check in found.checks if check.error_type]
    return Failure("", errors[0]) if errors else None


LATER: dict[str, Callable[[Stage, Any], Failure | None]] = {
    "upload image": _of_image,
    "reprovision": _of_cloud_pc,
    "connect network": _of_connection,
}
