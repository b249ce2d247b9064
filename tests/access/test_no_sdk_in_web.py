"""No page, and nothing that a page starts, loads an Azure SDK: only workers open that door."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.demo.harness import ROOT


def web_side(tmp_path: Path, *then_import: str) -> dict[str, Any]:
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'web.sqlite3'}",
        "REDIS_URL": "memory://",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.access.web_side", *then_import],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_web_side_loads_no_sdk(tmp_path: Path) -> None:
    found = web_side(tmp_path)
    assert set(found["answers"]) == {200, 302}
    # It did real work meanwhile.
    assert found["jobs"] == ["images.build", "images.seal", "spotgroups.update"]
    assert found["loaded"] == []


def test_the_check_would_notice(tmp_path: Path) -> None:
    found = web_side(tmp_path, "spotpc.azure.network")
    assert "azure.mgmt.network" in found["loaded"]
