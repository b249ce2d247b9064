from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from spotgroups import desired, steps
from spotgroups.rollout.state import Desired
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
    desired_of = desired.desired_of

    def brisk(*arguments: Any, **more: Any) -> Desired:
        return replace(
            desired_of(*arguments, **more),
            idle_confirm=timedelta(milliseconds=300),
            ready_timeout=timedelta(seconds=2),
        )

    monkeypatch.setattr(steps, "desired_of", brisk)
