"""What every test may use."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.emulator.conftest import emulator, make_emulator

__all__ = ["emulator", "make_emulator"]

# How fast a busy machine makes up examples is no property of the product. In a fresh checkout the
# first text alone costs a second or two: hypothesis then writes its table of characters.
settings.register_profile("spotpc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("spotpc")
