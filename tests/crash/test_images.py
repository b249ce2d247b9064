"""A build and a seal whose worker dies at every single write: same end, nothing twice, no rest."""

from __future__ import annotations

from itertools import count

from images import services
from images.models import ImageVersion
from images.versions import parse
from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job, request_cancel
from tests.crash.conftest import Workers
from tests.crash.inventory import asked_for, inventory, newest_request, unsettled, with_machine
from tests.scene import Scene

Status = ImageVersion.Status


def begin(scene: Scene, number: str) -> tuple[ImageVersion, Job]:
    version = services.create_version(
        scene.admin, scene.image_set, parse(number), scene.version("0.0.1"), ""
    )
    job = latest_job(version)
    assert job is not None
    return version, job


def built(scene: Scene, workers: Workers, number: str) -> ImageVersion:
    version, job = begin(scene, number)
    workers.run(job)
    version.refresh_from_db()
    assert version.status == Status.CONFIGURING
    return version


def test_a_build_survives_every_crash(scene: Scene, workers: Workers) -> None:
    for write in count(1):
        before, since = inventory(scene), newest_request(scene)
        version, job = begin(scene, f"0.1.{write}")
        crashed = workers.survive(job, write)
        version.refresh_from_db()
        assert (job.state, version.status) == (Job.State.SUCCEEDED, Status.CONFIGURING)
        assert version.connect_url
        after = with_machine(before, version.vm_name)
        assert inventory(scene) == {**after, "links": before["links"] | {version.vm_name}}
        assert asked_for(scene, since) == {
            "networkInterfaces": {f"{version.vm_name}-nic"},
            "virtualMachines": {version.vm_name},
        }
        assert unsettled(job) == []
        if not crashed:
            break
    assert write > len(("network card", "virtual machine", "link"))


def test_a_seal_survives_every_crash(scene: Scene, workers: Workers) -> None:
    for write in count(1):
        before = inventory(scene)
        version = built(scene, workers, f"0.1.{write}")
        since = newest_request(scene)
        job = services.seal(scene.admin, version)
        crashed = workers.survive(job, write)
        version.refresh_from_db()
        assert (job.state, version.status) == (Job.State.SUCCEEDED, Status.AVAILABLE)
        versions = before["versions"] | {version.number}
        assert inventory(scene) == {**before, "versions": versions}
        asked = asked_for(scene, since)
        assert asked["versions"] == {version.number}
        assert len(asked["snapshots"]) == 1
        assert len(asked["networkInterfaces"]) == 1  # the trial VM's
        assert len(asked["virtualMachines"]) == 1
        assert unsettled(job) == []
        if not crashed:
            break
    assert write > 11


def test_a_seal_that_fails_survives_every_crash(scene: Scene, workers: Workers) -> None:
    """The temporary VM comes back with its work, whenever the worker dies on the way."""
    scene.control.post("/behaviours", kind="sysprep-fails", match={})
    version = built(scene, workers, "0.1.0")
    before = inventory(scene)
    for write in count(1):
        job = services.seal(scene.admin, version)
        crashed = workers.survive(job, write)
        version.refresh_from_db()
        assert (job.state, job.error_code) == (Job.State.FAILED, "sysprep-failed")
        assert (version.status, version.vm_running) == (Status.CONFIGURING, True)
        now = inventory(scene)
        assert len(now["disks"]) == len(before["disks"])
        assert {**now, "disks": set()} == {**before, "disks": set()}
        assert unsettled(job) == []
        if not crashed:
            break
    assert write > 9


def test_a_seal_cancelled_right_after_sysprep_began_gives_the_vm_back(
    scene: Scene, workers: Workers
) -> None:
    """The worker that started sysprep is dead and nobody has looked since: the clean-up knows."""
    version = built(scene, workers, "0.1.0")
    job = services.seal(scene.admin, version)
    snapshot, sysprep = 1, 2
    assert workers.run(job, sysprep, "after")
    assert len(asked_for(scene, 0)["snapshots"]) == snapshot
    request_cancel(job, scene.admin.email)
    workers.run(job)
    job.refresh_from_db()
    version.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert version.status == Status.CONFIGURING
    vm = next(vm for vm in scene.resources("virtualMachines") if vm["name"] == version.vm_name)
    assert vm["properties"]["storageProfile"]["osDisk"]["name"] != f"{version.vm_name}-os"
    assert unsettled(job) == []
