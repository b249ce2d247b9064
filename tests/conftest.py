"""What every test may use."""

from __future__ import annotations

from tests.emulator.conftest import emulator, make_emulator

__all__ = ["emulator", "make_emulator"]
