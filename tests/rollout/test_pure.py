"""Deciding is pure: the planner and all it imports know neither Django nor Azure nor a clock."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import sys
import spotgroups.rollout.planner, spotgroups.rollout.preview
print(*sorted({name.split(".")[0] for name in sys.modules} & {"django", "azure", "celery"}))
"""


def test_the_planner_loads_neither_django_nor_azure() -> None:
    found = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
