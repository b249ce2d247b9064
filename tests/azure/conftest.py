"""The door opened on an emulator of one's own: real SDK, real TLS, real token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, connect, forget
from spotpc.azure.types import Connection, Credential
from tests.emulator.client import SUBSCRIPTION, TENANT, Client
from tests.emulator.conftest import emulator, make_emulator

__all__ = ["azure", "connection", "emulator", "make_emulator"]


@pytest.fixture
def connection(emulator: Client) -> Iterator[Connection]:
    cloud = clouds.private(emulator.url, emulator.url, ca_file=emulator.ca_file)
    value = Connection(cloud, Credential(TENANT, "app", "secret"), SUBSCRIPTION)
    yield value
    forget(value)


@pytest.fixture
def azure(connection: Connection) -> Azure:
    return connect(connection)
