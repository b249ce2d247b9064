from __future__ import annotations

from django.apps import AppConfig


class EmulatorConfig(AppConfig):
    """Only brings the `emulator` command; the server itself runs without Django."""

    name = "spotpc.emulator"
    verbose_name = "Azure emulator"
