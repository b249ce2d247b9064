"""Entra ID, Intune's devices and mail: what Windows 365 and the clean-up of devices need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.device_management.managed_devices.managed_devices_request_builder import (
    ManagedDevicesRequestBuilder,
)
from msgraph.generated.devices.devices_request_builder import DevicesRequestBuilder
from msgraph.generated.groups.groups_request_builder import GroupsRequestBuilder
from msgraph.generated.groups.item.transitive_members.graph_user.graph_user_request_builder import (
    GraphUserRequestBuilder,
)
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.message import Message
from msgraph.generated.models.recipient import Recipient
from msgraph.generated.users.item.send_mail.send_mail_post_request_body import (
    SendMailPostRequestBody,
)
from msgraph.graph_service_client import GraphServiceClient

from spotpc.azure.calls import found, listed
from spotpc.azure.errors import translated
from spotpc.azure.graph import convert
from spotpc.azure.graph.client import Ask, Client
from spotpc.azure.graph_types import EntraDevice, EntraGroup, ManagedDevice, Sku

# The directory's largest page, and how many values one filter may compare (learn.microsoft.com,
# "Use the $filter query parameter").
_PAGE: Final = 999
_COMPARED: Final = 15


class Directory:
    def __init__(self, client: Client) -> None:
        self._client = client

    def groups(self) -> tuple[EntraGroup, ...]:
        """The security groups: those a provisioning policy can be assigned to."""
        return listed(
            lambda: self._client.items(_groups),
            convert.group,
            "list groups",
            scopes="GroupMember.Read.All",
        )

    def member_upns(self, group_id: str) -> tuple[str, ...]:
        """User principal names of all users in it, groups inside it included. The index behind the
        answer lags a little behind recent changes (`ConsistencyLevel: eventual`)."""
        return listed(
            lambda: self._client.items(_members(group_id)),
            lambda user: str(user.get("userPrincipalName") or ""),
            "list members",
            scopes="GroupMember.Read.All",
        )

    def skus(self) -> tuple[Sku, ...]:
        """The tenant's licences of every product."""
        return listed(
            lambda: self._client.items(
                lambda graph: graph.subscribed_skus.to_get_request_information()
            ),
            convert.sku,
            "list licences",
            scopes="LicenseAssignment.Read.All",
        )

    def devices_named(self, names: Iterable[str]) -> tuple[EntraDevice, ...]:
        """Entra's devices with one of these names. A name may stand for several: a machine that
        was made anew leaves its old device behind."""
        with translated("list devices", scopes="Device.Read.All"):
            return tuple(
                convert.device(one)
                for some in _portions(names)
                for one in self._client.items(_devices(some))
            )

    def delete_device(self, object_id: str) -> None:
        """Gone counts as done."""
        found(
            lambda: self._client.answer(
                lambda graph: graph.devices.by_device_id(object_id).to_delete_request_information()
            ),
            "delete device",
        )

    def managed_devices_named(self, names: Iterable[str]) -> tuple[ManagedDevice, ...]:
        """Intune's devices with one of these names."""
        with translated("list managed devices"):
            return tuple(
                convert.managed_device(one)
                for some in _portions(names)
                for one in self._client.items(_managed_devices(some))
            )

    def delete_managed_device(self, device_id: str) -> None:
        """Gone counts as done."""
        found(
            lambda: self._client.answer(
                lambda graph: graph.device_management.managed_devices.by_managed_device_id(
                    device_id
                ).to_delete_request_information()
            ),
            "delete managed device",
        )

    def send_mail(self, sender: str, to: str, subject: str, text: str) -> None:
        """Plain text from a mailbox of the tenant. Accepted is not delivered, but more is not to be
        known. It leaves no copy in the mailbox's Sent Items."""
        body = _mail(to, subject, text)
        with translated("send mail", mailbox=sender, user=to):
            self._client.answer(
                lambda graph: graph.users.by_user_id(sender).send_mail.to_post_request_information(
                    body
                )
            )


def _groups(graph: GraphServiceClient) -> RequestInformation:
    query = GroupsRequestBuilder.GroupsRequestBuilderGetQueryParameters(
        filter="securityEnabled eq true", select=["id", "displayName", "description"], top=_PAGE
    )
    return graph.groups.to_get_request_information(RequestConfiguration(query_parameters=query))


def _members(group_id: str) -> Ask:
    """Only users: such a cast is an advanced query, which needs the header and the count
    (learn.microsoft.com, "List group transitive members")."""
    query = GraphUserRequestBuilder.GraphUserRequestBuilderGetQueryParameters(
        count=True, select=["userPrincipalName"], top=_PAGE
    )
    how = RequestConfiguration(query_parameters=query)
    how.headers.add("ConsistencyLevel", "eventual")
    return lambda graph: graph.groups.by_group_id(
        group_id
    ).transitive_members.graph_user.to_get_request_information(how)


def _devices(names: Sequence[str]) -> Ask:
    query = DevicesRequestBuilder.DevicesRequestBuilderGetQueryParameters(
        filter=f"displayName in ({', '.join(map(_quoted, names))})",
        select=["id", "deviceId", "displayName"],
        top=_PAGE,
    )
    how = RequestConfiguration(query_parameters=query)
    return lambda graph: graph.devices.to_get_request_information(how)


def _managed_devices(names: Sequence[str]) -> Ask:
    """Believed: Intune filters by `eq` and `or`, but not by `in`."""
    query = ManagedDevicesRequestBuilder.ManagedDevicesRequestBuilderGetQueryParameters(
        filter=" or ".join(f"deviceName eq {_quoted(name)}" for name in names),
        select=["id", "deviceName", "azureADDeviceId"],
    )
    how = RequestConfiguration(query_parameters=query)
    return lambda graph: graph.device_management.managed_devices.to_get_request_information(how)


def _mail(to: str, subject: str, text: str) -> SendMailPostRequestBody:
    message = Message(
        subject=subject,
        body=ItemBody(content_type=BodyType.Text, content=text),
        to_recipients=[Recipient(email_address=EmailAddress(address=to))],
    )
    return SendMailPostRequestBody(message=message, save_to_sent_items=False)


def _quoted(name: str) -> str:
    return "'{}'".format(name.replace("'", "''"))


def _portions(names: Iterable[str]) -> Iterator[Sequence[str]]:
    every = list(dict.fromkeys(names))
    return (every[at : at + _COMPARED] for at in range(0, len(every), _COMPARED))
