"""Every module that registers routes, events or controls. Loading one is all it needs."""

from __future__ import annotations

import importlib

_MODULES = ("arm", "compute", "network", "avd", "graph", "control_users")


def load() -> None:
    for name in _MODULES:
        importlib.import_module(f"{__package__}.{name}")
