"""From a connection to the facade: one credential per tenant, one set of clients, per process.

Importing this module imports no SDK; `connect` does, so only workers pay for it.
"""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spotpc.azure.types import Cloud, Connection, Credential

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import HttpTransport

    from spotpc.azure.avd import Avd
    from spotpc.azure.compute import Compute
    from spotpc.azure.gallery import Gallery
    from spotpc.azure.graph import Graph
    from spotpc.azure.network import Network
    from spotpc.azure.operations import Operations

CONNECT_TIMEOUT = 10  # seconds
READ_TIMEOUT = 60  # seconds


@dataclass(frozen=True)
class Azure:
    """One tenant's subscription, and its Microsoft Graph."""

    compute: Compute
    gallery: Gallery
    network: Network
    avd: Avd
    operations: Operations
    graph: Graph


# The process id is part of every key: a forked worker must not share sockets with its parent.
_lock = threading.Lock()
_facades: dict[tuple[int, Connection], Azure] = {}
_credentials: dict[tuple[int, Cloud, Credential], TokenCredential] = {}


def connect(connection: Connection) -> Azure:
    """The facade for a connection. Cheap, thread-safe, and calls nothing yet."""
    key = (os.getpid(), connection)
    with _lock:
        facade = _facades.get(key)
        if facade is None:
            token = _shared_credential(connection.cloud, connection.credential)
            facade = _facades[key] = build(connection, token, transport(connection.cloud))
        return facade


def credential_for(cloud: Cloud, credential: Credential) -> TokenCredential:
    """The one token source of a tenant in this process: it caches its tokens in memory."""
    with _lock:
        return _shared_credential(cloud, credential)


def forget(connection: Connection) -> None:
    """Drop what is cached for this credential, after it has changed. Calls under way end well."""
    gone = (connection.cloud, connection.credential)
    with _lock:
        for key in [key for key in _facades if (key[1].cloud, key[1].credential) == gone]:
            del _facades[key]
        _credentials.pop((os.getpid(), *gone), None)


def build(connection: Connection, credential: TokenCredential, transport: Any) -> Azure:
    """A facade over this transport. For `connect`, and for tests that replay recorded answers."""
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.desktopvirtualization import DesktopVirtualizationMgmtClient
    from azure.mgmt.network import NetworkManagementClient

    from spotpc.azure import policies
    from spotpc.azure.avd import Avd
    from spotpc.azure.compute import Compute
    from spotpc.azure.gallery import Gallery
    from spotpc.azure.graph import Graph
    from spotpc.azure.network import Network
    from spotpc.azure.operations import Operations

    cloud, subscription = connection.cloud, connection.subscription_id

    def options() -> dict[str, Any]:
        chain = policies.for_cloud(cloud, credential)
        return {"base_url": cloud.resource_manager, "policies": chain, "transport": transport}

    compute = ComputeManagementClient(credential, subscription, **options())
    network = NetworkManagementClient(credential, subscription, **options())
    avd = DesktopVirtualizationMgmtClient(credential, subscription, **options())
    return Azure(
        compute=Compute(compute),
        gallery=Gallery(compute),
        network=Network(network),
        avd=Avd(avd),
        operations=Operations(compute),
        graph=Graph(cloud, credential, forget_token=functools.partial(forget, connection)),
    )


def transport(cloud: Cloud) -> HttpTransport[Any, Any]:
    from azure.core.pipeline.transport import RequestsTransport

    shared: HttpTransport[Any, Any] = RequestsTransport(**_network_options(cloud))
    shared.open()  # now, because threads that share it would each open it on first use
    return shared


def _shared_credential(cloud: Cloud, credential: Credential) -> TokenCredential:
    key = (os.getpid(), cloud, credential)
    if key not in _credentials:
        _credentials[key] = _new_credential(cloud, credential)
    return _credentials[key]


def _new_credential(cloud: Cloud, credential: Credential) -> TokenCredential:
    from azure import identity

    options: dict[str, Any] = {
        "authority": cloud.authority,
        "disable_instance_discovery": not cloud.instance_discovery,
        "retry_total": 0,
        **_network_options(cloud),
    }
    tenant, client = credential.azure_tenant_id, credential.client_id
    if credential.client_secret:
        return identity.ClientSecretCredential(tenant, client, credential.client_secret, **options)
    if credential.certificate_pem:
        pem = credential.certificate_pem.encode()
        return identity.CertificateCredential(tenant, client, certificate_data=pem, **options)
    if credential.federated_token_file:
        return identity.WorkloadIdentityCredential(
            tenant_id=tenant,
            client_id=client,
            token_file_path=credential.federated_token_file,
            **options,
        )
    raise ValueError("a credential needs a secret, a certificate or a federated token file")


def _network_options(cloud: Cloud) -> dict[str, Any]:
    return {
        "connection_verify": cloud.ca_file or True,
        "connection_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
    }
