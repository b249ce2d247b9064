"""An update whose worker dies at every single write: same end, nothing twice, no rest."""

from __future__ import annotations

from itertools import count

from spotgroups import services
from spotgroups.models import SpotGroupUpdate
from spotgroups.services import Choices
from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job
from tenants.sync import sync_tenant
from tests.crash.conftest import Workers
from tests.crash.inventory import asked_for, inventory, newest_request, unsettled
from tests.scene import Scene
from tests.steps.test_update import images_of_hosts

ANN = "ann@test.example"
FEWEST_WRITES = 14  # twice: card, VM, two extensions, drain, record, VM again


def begin(scene: Scene, method: str, number: str) -> Job:
    choices = Choices(method=method, warning_minutes=0)
    update = services.start_update(scene.admin, scene.group, scene.version(number), choices)
    job = latest_job(update)
    assert job is not None
    return job


def other(number: str) -> str:
    return {"0.0.0": "0.0.1", "0.0.1": "0.0.0"}[number]


def assert_replaced(scene: Scene, job: Job, old: set[str], since: int) -> None:
    """Two hosts of the new version and nothing else, and nobody ever asked for more than that."""
    assert job.state == Job.State.SUCCEEDED
    update = SpotGroupUpdate.objects.get(pk=job.subject_id)
    assert update.image_version is not None
    number = update.image_version.number
    assert images_of_hosts(scene) == [number, number]
    now = inventory(scene)
    new = now["virtualMachines"]
    assert len(new) == 2
    assert not new & old
    assert now["networkInterfaces"] == {f"{name}-nic" for name in new}
    assert now["disks"] == {f"{name}-os" for name in new}
    assert now["snapshots"] == set()
    assert asked_for(scene, since) == {
        "networkInterfaces": now["networkInterfaces"],
        "virtualMachines": new,
        "extensions": {"spotpc-join", "spotpc-register"},
    }
    assert {host["name"].rpartition("/")[2].split(".")[0] for host in scene.hosts()} == new
    assert all(host["properties"]["allowNewSession"] for host in scene.hosts())
    assert unsettled(job) == []


def test_an_immediate_update_survives_every_crash(scene: Scene, workers: Workers) -> None:
    assert sync_tenant(scene.tenant.pk)
    number = "0.0.0"
    for write in count(1):
        number = other(number)
        old, since = scene.names("virtualMachines"), newest_request(scene)
        scene.logon("ann")
        job = begin(scene, "immediate", number)
        crashed = workers.survive(job, write)
        assert_replaced(scene, job, old, since)
        assert scene.sessions() == []
        signed_out = scene.control.get("/state")["signouts"]
        assert [each["user"] for each in signed_out] == [ANN] * write
        assert len(scene.control.get("/messages")["messages"]) >= write
        if not crashed:
            break
    assert write > FEWEST_WRITES + len(("message", "sign-out"))


def test_an_opportunistic_update_survives_every_crash(scene: Scene, workers: Workers) -> None:
    assert sync_tenant(scene.tenant.pk)
    number = "0.0.0"
    for write in count(1):
        number = other(number)
        old, since = scene.names("virtualMachines"), newest_request(scene)
        scene.logon("ann")
        job = begin(scene, "opportunistic", number)
        crashed = workers.survive(job, write, until="Waits for 1 user to sign out")
        assert [each["user"] for each in scene.sessions()] == [ANN]
        assert job.active
        scene.logoff("ann")
        crashed = crashed or workers.survive(job, write - workers.writes)
        workers.run(job)
        assert_replaced(scene, job, old, since)
        assert scene.sessions() == []
        if not crashed:
            break
    assert scene.control.get("/state")["signouts"] == []
    assert scene.control.get("/messages")["messages"] == []
    assert write > FEWEST_WRITES
