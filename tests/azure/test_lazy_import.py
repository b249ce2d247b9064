"""A web process never loads an SDK: only `connect` does, and only workers call it."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = """
import sys
{imports}
heavy = ("azure.mgmt", "azure.identity", "azure.core", "msgraph", "kiota", "httpx", "msal")
print(",".join(sorted(m for m in sys.modules if m.startswith(heavy))))
"""


def loaded_by(imports: str) -> str:
    run = [sys.executable, "-c", LOADED.format(imports=imports)]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()


def test_the_contract_loads_no_sdk() -> None:
    names = "types, graph_types, names, clouds, errors, connect, graph"
    assert loaded_by(f"import spotpc.azure\nfrom spotpc.azure import {names}") == ""


def test_connecting_loads_nothing_of_graph() -> None:
    """A tenant without Windows 365 never pays for it."""
    connected = """
from spotpc.azure import clouds, connect, types
credential = types.Credential("00000000-0000-0000-0000-000000000001", "app", "secret")
connect.connect(types.Connection(clouds.PUBLIC, credential, "subscription")).graph
"""
    loaded = loaded_by(connected).split(",")
    assert "azure.mgmt.network" in loaded
    assert not [name for name in loaded if name.startswith(("msgraph", "kiota", "httpx"))]


@pytest.mark.parametrize(
    ("imported", "sdk"),
    [("network", "azure.mgmt.network"), ("graph.client", "msgraph"), ("graph.client", "httpx")],
)
def test_the_check_would_notice(imported: str, sdk: str) -> None:
    assert sdk in loaded_by(f"import spotpc.azure.{imported}").split(",")
