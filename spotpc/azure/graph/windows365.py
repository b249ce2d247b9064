"""Windows 365: provisioning policies, images, Azure network connections and Cloud PCs.

Graph v1.0, `deviceManagement/virtualEndpoint`; what only beta has comes from `beta`. A write is
answered at once and goes on for minutes or hours: what a later read shows is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from azure.core.exceptions import DecodeError
from msgraph.generated.models.cloud_pc_on_premises_connection import CloudPcOnPremisesConnection

from spotpc.azure.calls import found, listed
from spotpc.azure.errors import Stopped, translated
from spotpc.azure.graph import beta, bodies, convert, requests
from spotpc.azure.graph.client import Ask, Client, Json
from spotpc.azure.graph_types import (
    CloudPc,
    DeviceImage,
    GalleryImage,
    NetworkConnection,
    NetworkConnectionSpec,
    Policy,
    PolicySpec,
)


class Windows365:
    def __init__(self, client: Client) -> None:
        self._client = client

    # Provisioning policies

    def policies(self) -> tuple[Policy, ...]:
        """Every policy with the groups it is assigned to."""
        return listed(
            lambda: self._client.items(requests.list_policies),
            convert.policy,
            "list provisioning policies",
        )

    def get_policy(self, policy_id: str) -> Policy | None:
        return found(
            lambda: convert.policy(self._object(requests.read_policy(policy_id))),
            "read provisioning policy",
        )

    def create_policy(self, spec: PolicySpec) -> str:
        """Its id. The groups are assigned afterwards. Graph has no name of ours in it: who may have
        asked before looks for the display name first."""
        with translated("create provisioning policy", resource=spec.name):
            return self._created(requests.create_policy(bodies.policy(spec)))

    def update_policy(self, policy_id: str, spec: PolicySpec, was: PolicySpec) -> None:
        """Change what differs between the two, but for the groups. Existing Cloud PCs stay as they
        are: a policy speaks of those still to be made."""
        if bodies.same_policy(spec, was):
            return
        with translated("update provisioning policy", resource=was.name):
            joins = self._joins(policy_id) if bodies.moved(spec, was) else ()
            body = bodies.policy_changes(spec, was, joins)
            self._client.answer(requests.change_policy(policy_id, body))

    def _joins(self, policy_id: str) -> Iterable[Json]:
        return self._object(requests.read_policy(policy_id)).get("domainJoinConfigurations") or ()

    def assign_policy(self, policy_id: str, group_ids: Iterable[str]) -> None:
        """Exactly these groups; a user in none of them any more loses the Cloud PC in the end.

        For dedicated policies: an assignment of a shared one also names a plan, which this drops.
        """
        with translated("assign provisioning policy"):
            self._client.answer(requests.assign_policy(policy_id, group_ids))

    def delete_policy(self, policy_id: str) -> None:
        """Gone counts as done. Refused while in use."""
        self._remove(requests.delete_policy(policy_id), "delete provisioning policy")

    # Images

    def gallery_images(self) -> tuple[GalleryImage, ...]:
        """What Microsoft publishes for Cloud PCs."""
        return listed(
            lambda: self._client.items(requests.list_gallery_images),
            convert.gallery_image,
            "list gallery images",
        )

    def device_images(self) -> tuple[DeviceImage, ...]:
        return listed(
            lambda: self._client.items(requests.list_device_images),
            convert.device_image,
            "list device images",
        )

    def get_device_image(self, image_id: str) -> DeviceImage | None:
        return found(
            lambda: convert.device_image(self._object(requests.read_device_image(image_id))),
            "read device image",
        )

    def create_device_image(self, name: str, version: str, source_id: str) -> DeviceImage:
        """Windows 365 begins to copy the image, for hours. Name and version together are unique,
        and a tenant has room for 20."""
        body = bodies.device_image(name, version, source_id)
        with translated("create device image", resource=f"{name} {version}"):
            return convert.device_image(self._object(requests.create_device_image(body)))

    def delete_device_image(self, image_id: str) -> None:
        """Gone counts as done. Refused while a policy uses it."""
        self._remove(requests.delete_device_image(image_id), "delete device image")

    # Azure network connections

    def connections(self) -> tuple[NetworkConnection, ...]:
        """Each with the outcome of its checks, but without the single checks."""
        return listed(
            lambda: self._client.items(requests.list_connections),
            convert.connection,
            "list network connections",
        )

    def get_connection(self, connection_id: str) -> NetworkConnection | None:
        """With its checks."""
        return found(
            lambda: convert.connection(self._object(requests.read_connection(connection_id))),
            "read network connection",
        )

    def create_connection(self, spec: NetworkConnectionSpec) -> str:
        """Its id. The health checks begin by themselves."""
        with translated("create network connection", resource=spec.name):
            return self._created(requests.create_connection(bodies.connection(spec)))

    def update_connection(
        self, connection_id: str, spec: NetworkConnectionSpec, was: NetworkConnection
    ) -> None:
        """Change what differs, and the password where one is given; the checks begin anew.
        Refused while checks run."""
        body = bodies.connection_changes(spec, was)
        with translated("update network connection", resource=was.name):
            self._client.answer(requests.change_connection(connection_id, body))

    def delete_connection(self, connection_id: str) -> None:
        """Gone counts as done. Refused while in use, and while checks run."""
        self._remove(requests.delete_connection(connection_id), "delete network connection")

    def run_health_checks(self, connection_id: str) -> None:
        """Begin the checks anew. NotFound if the connection is gone.

        Microsoft documents the action for signed-in users only (learn.microsoft.com,
        "runHealthChecks": application permissions not supported). Where the app is refused, the
        connection is saved as it is, which starts them too (the example of PATCH answers
        `running`).
        """
        with translated("run health checks"):
            try:
                with translated("run health checks"):
                    self._client.answer(requests.run_health_checks(connection_id))
            except Stopped:
                known = convert.connection(self._object(requests.read_connection(connection_id)))
                body = CloudPcOnPremisesConnection(display_name=known.name)
                self._client.answer(requests.change_connection(connection_id, body))

    # Cloud PCs

    def cloud_pcs(self) -> tuple[CloudPc, ...]:
        """Every Cloud PC of the tenant with its status: two lists, however many there are."""
        with translated("list Cloud PCs"):
            known = self._client.items(requests.list_cloud_pcs)
            states = beta.states(self._client)
            return tuple(
                convert.cloud_pc(one, states.get(str(one.get("id")).lower(), {})) for one in known
            )

    def reprovision(self, cloud_pc_id: str) -> None:
        """Wipe it and make it anew from its policy's image: all that is on its disk is lost.

        Windows version and kind of account are left to the policy: the body may name them
        (learn.microsoft.com, "cloudPC: reprovision"), ours does not.
        """
        with translated("reprovision Cloud PC"):
            self._client.answer(requests.reprovision(cloud_pc_id))

    # What each of them needs

    def _object(self, ask: Ask) -> Json:
        answer = self._client.answer(ask)
        if not isinstance(answer, dict):
            raise DecodeError("an empty answer of Graph")
        return answer

    def _created(self, ask: Ask) -> str:
        identity = str(self._object(ask).get("id") or "")
        if not identity:
            raise DecodeError("Graph made something and did not say its id")
        return identity.lower()

    def _remove(self, ask: Ask, operation: str) -> None:
        found(lambda: self._client.answer(ask), operation)
