from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scene import Scene, furnished
from tests.w365.cast import cast
from tests.w365.scene import PATIENCE, Desks, windows_365

__all__ = ["cast", "desks", "scene"]


@pytest.fixture
def scene(tmp_path: Path, transactional_db: None) -> Iterator[Scene]:
    with furnished(tmp_path / "azure", PATIENCE) as found:
        yield found


@pytest.fixture
def desks(scene: Scene) -> Desks:
    return windows_365(scene)
