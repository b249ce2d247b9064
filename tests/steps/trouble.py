"""What the tests of trouble share: faults, what the journal says, and what an admin would read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from spotgroups.desired import desired_of
from spotgroups.models import SpotGroupUpdate
from spotgroups.rollout.state import Desired
from spotpc.demo.world import COMPUTE
from spotpc.jobs.models import Job
from tests.scene import Scene, run_jobs

PACE = 100.0  # slower than the emulator: so nothing runs into a time limit on a busy machine
SPEED = 20_000.0


def fault(scene: Scene, **what: object) -> None:
    scene.control._http.post("/faults", json=what).raise_for_status()


def behaviour(scene: Scene, kind: str, **match: str) -> None:
    scene.control.post("/behaviours", kind=kind, match=match).raise_for_status()


def mend(scene: Scene) -> None:
    scene.control.delete("/behaviours").raise_for_status()
    scene.control.delete("/faults").raise_for_status()


def set_drain(scene: Scene, host: str, draining: bool) -> None:
    """Somebody at the Azure portal does it."""
    path = f"{scene.place.pool_id(scene.group.host_pool)}/sessionHosts/{host}"
    scene.place.arm.call("PATCH", path, {"properties": {"allowNewSession": not draining}})


def delete_vm(scene: Scene, name: str) -> None:
    vm = f"{scene.place.root}/{COMPUTE}/virtualMachines/{name}"
    scene.place.arm._finish(scene.place.arm.call("DELETE", vm))


def told(job: Job) -> str:
    """All that the admin reads of a job: what it waits for, how it failed, and its timeline."""
    job.refresh_from_db()
    events = [each.text for each in job.events.all()]
    return "\n".join([job.waiting_for, job.error_text, job.error_remedy, *events])


def waits_for(job: Job, words: str) -> Callable[[], bool]:
    def waits() -> bool:
        job.refresh_from_db()
        return words in job.waiting_for

    return waits


def run_until(job: Job, words: str) -> None:
    """Until the page says so."""
    run_jobs(waits_for(job, words), seconds=30)


def requests(scene: Scene, method: str, part: str) -> list[dict[str, Any]]:
    """The journal's requests by that method with that part in their path."""
    journal = scene.control.get("/requests")["requests"]
    return [
        each
        for each in journal
        if each["method"] == method and part.casefold() in each["path"].casefold()
    ]


def moment(request: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(request["time"])


def newest(scene: Scene) -> int:
    return int(scene.control.get("/requests")["requests"][-1]["seq"])


def writes_to(scene: Scene, names: set[str], since: int) -> list[str]:
    """Every write after `since` to VMs, cards, disks or session-host records of these hosts."""
    found = []
    for each in scene.control.get(f"/requests?since={since}")["requests"]:
        parts = each["path"].casefold().split("/")
        hosts = {part.split(".")[0].removesuffix("-nic").removesuffix("-os") for part in parts}
        if each["method"] not in ("GET", "HEAD") and hosts & names:
            found.append(f"{each['method']} {each['path']}")
    return found


# The planner's waits of real time, cut short.
BRISK = {
    "idle_confirm": timedelta(milliseconds=300),
    "ready_timeout": timedelta(seconds=2),
}


def hasten(monkeypatch: pytest.MonkeyPatch, **spans: timedelta) -> None:
    def brisk(update: SpotGroupUpdate, cancelled: bool = False) -> Desired:
        return replace(desired_of(update, cancelled), **{**BRISK, **spans})  # type: ignore[arg-type]

    monkeypatch.setattr("spotgroups.steps.desired_of", brisk)
