"""What there is in a scene's Azure, and what was ever asked for."""

from __future__ import annotations

from collections import defaultdict

from spotpc.jobs.models import Job, JobResource
from tests.scene import Scene

Inventory = dict[str, set[str]]

KINDS = (
    "virtualMachines",
    "networkInterfaces",
    "disks",
    "snapshots",
    "versions",
    "sessionHosts",
)
SETTLED = {JobResource.Fate.GONE, JobResource.Fate.KEPT}


def inventory(scene: Scene) -> Inventory:
    """Names by kind, of everything an update or an image version may leave behind."""
    found = {kind: scene.names(kind) for kind in KINDS}
    found["links"] = {
        vm.rpartition("/")[2]
        for bastion in scene.resources("bastionHosts")
        for vm in bastion["emulator"].get("links", {})
    }
    return found


def with_machine(before: Inventory, vm: str) -> Inventory:
    """The same, and one more VM with what belongs to it."""
    after = {kind: set(names) for kind, names in before.items()}
    after["virtualMachines"].add(vm)
    after["networkInterfaces"].add(f"{vm}-nic")
    after["disks"].add(f"{vm}-os")
    return after


def newest_request(scene: Scene) -> int:
    return int(scene.control.get("/requests")["requests"][-1]["seq"])


def asked_for(scene: Scene, since: int) -> Inventory:
    """Names in every PUT since then, by kind: what somebody tried to create, however often."""
    asked: Inventory = defaultdict(set)
    for each in scene.control.get(f"/requests?since={since}")["requests"]:
        if each["method"] == "PUT":
            kind, name = each["path"].rsplit("/", 2)[1:]
            asked[kind].add(name)
    return dict(asked)


def unsettled(job: Job) -> list[str]:
    """What the ledger of an ended job knows neither as gone nor as kept."""
    return [str(row) for row in job.resources.exclude(fate__in=SETTLED)]
