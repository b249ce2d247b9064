"""Every module that registers routes, events or controls. Loading one is all it needs."""

from __future__ import annotations

import importlib
import importlib.util

_MODULES = (
    "arm",
    "compute",
    "network",
    "avd",
    "control_users",
)


def load() -> None:
    for name in _MODULES:
        if importlib.util.find_spec(f"spotpc.emulator.{name}"):
            importlib.import_module(f"spotpc.emulator.{name}")
