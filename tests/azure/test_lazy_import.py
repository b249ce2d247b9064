"""A web process never loads an SDK: only `connect` does, and only workers call it."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
{imports}
heavy = ("azure.mgmt", "azure.identity", "azure.core", "msgraph", "msal", "requests")
print(",".join(sorted(m for m in sys.modules if m.startswith(heavy))))
"""


def loaded_by(imports: str) -> str:
    run = [sys.executable, "-c", LOADED.format(imports=imports)]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()


def test_the_contract_loads_no_sdk() -> None:
    imports = "import spotpc.azure\nfrom spotpc.azure import types, names, clouds, errors, connect"
    assert loaded_by(imports) == ""


def test_the_check_would_notice() -> None:
    assert "azure.mgmt.network" in loaded_by("import spotpc.azure.network")
