"""What must be right before a Cloud PC is wiped. Each raises what an admin can act on."""

from __future__ import annotations

from spotpc.azure import types
from spotpc.azure.errors import Decision, Stopped, from_failure
from spotpc.azure.graph import Graph
from spotpc.azure.graph_types import NetworkConnection, PolicySpec
from w365.health import meaning
from w365.licences import plans
from w365.models import NetworkConnection as ConnectionRow
from w365.models import ProvisioningPolicy, Reprovisioning

UNTOUCHED = "Nothing was changed, users are not affected."


def check_policy(graph: Graph, run: Reprovisioning) -> PolicySpec:
    """It is there, with the image that was pinned."""
    policy = graph.windows365.get_policy(run.policy.graph_id) if run.policy else None
    if policy is None:
        raise Stopped(
            "reprovision-policy-gone",
            f"The provisioning policy {run.policy_name} is not in Windows 365 any more.",
            f"Start again from a policy that is there. {UNTOUCHED}",
            Decision.FAIL,
        )
    if policy.spec.image_id.casefold() != run.image_id.casefold():
        raise Stopped(
            "reprovision-image-changed",
            f"Somebody gave the policy another image: {policy.spec.image_name} instead of "
            f"{run.image_name}.",
            f"Start again if its Cloud PCs are to get that one. {UNTOUCHED}",
            Decision.FAIL,
        )
    return policy.spec


def check_image(graph: Graph, spec: PolicySpec) -> None:
    """A custom image that is being taken over is waited for."""
    if spec.image_type == ProvisioningPolicy.ImageType.CUSTOM:
        image = graph.windows365.get_device_image(spec.image_id)
        if image is None:
            raise _no_image(spec, "is not in Windows 365 any more")
        if image.status != "ready":
            code = "pending" if image.status == "pending" else image.error_code
            raise from_failure(types.Failure(f"deviceImage.{code}", ""), "device image")
        return
    found = {image.id: image for image in graph.windows365.gallery_images()}.get(spec.image_id)
    if found is None:
        raise _no_image(spec, "is not published by Microsoft any more")
    if found.status == "notSupported":
        raise _no_image(spec, "is not supported by Microsoft any more")


def _no_image(spec: PolicySpec, why: str) -> Stopped:
    return Stopped(
        "reprovision-no-image",
        f"{spec.image_name} {why}, so no Cloud PC can be made of it.",
        f"Give the policy another image, then start again. {UNTOUCHED}",
        Decision.FAIL,
    )


def check_network(graph: Graph, spec: PolicySpec) -> None:
    """Windows 365 provisions nothing over a connection that failed its checks; warnings are fine.

    Source: memdocs, windows-365/enterprise/provisioning-errors.md. A check that runs just now is
    believed not to matter.
    """
    if not spec.connection_id:
        return
    connection = graph.windows365.get_connection(spec.connection_id)
    if connection is None:
        raise Stopped(
            "reprovision-no-connection",
            "The policy's network connection is not in Windows 365 any more.",
            "Edit the policy and choose another connection.",
            Decision.PAUSE,
        )
    if connection.health == ConnectionRow.Health.FAILED:
        raise _unhealthy(connection)


def _unhealthy(connection: NetworkConnection) -> Stopped:
    failed = [each for each in connection.checks if each.status == ConnectionRow.Health.FAILED]
    check = failed[0] if failed else None
    known = meaning(check.error_type) if check else None
    named = f": {check.name} ({check.error_type})" if check else ""
    cause = f" {known.cause}" if known and known.cause else ""
    return Stopped(
        "reprovision-connection",
        f"The network connection {connection.name} failed its health check{named}.{cause} Windows "
        "365 makes no Cloud PC over it; those that exist go on working.",
        known.to_do if known else "Open the connection, correct what failed, run the checks again.",
        Decision.PAUSE,
    )


def check_licences(graph: Graph, wanted: int) -> None:
    """`wanted`: Cloud PCs to be made anew. Each needs its user's licence still to be there."""
    there = sum(plan.cloud_pcs for plan in plans(graph.directory.skus()))
    if there >= wanted:
        return
    raise Stopped(
        "reprovision-licences",
        f"The tenant's Windows 365 licences are for {there} Cloud PCs, and {wanted} are to be "
        "brought over: some would be wiped and not come back.",
        f"Buy or renew licences, or leave Cloud PCs out, then start again. {UNTOUCHED}",
        Decision.FAIL,
    )
