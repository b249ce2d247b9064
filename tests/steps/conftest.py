from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.scene import Scene, furnished
from tests.steps import trouble


@pytest.fixture
def scene(tmp_path: Path, transactional_db: None) -> Iterator[Scene]:
    with furnished(tmp_path / "azure") as found:
        yield found


@pytest.fixture
def unhurried(scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fast Azure and a patient portal; only the waits for real time are cut short."""
    settings.AZURE_PACE = trouble.PACE
    scene.control.post("/speed", speed=trouble.SPEED)
    trouble.hasten(monkeypatch)
