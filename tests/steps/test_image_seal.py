"""Seal: captured, proved, published, and nothing left over; a failed one loses nobody's work."""

from __future__ import annotations

import pytest

from images import services
from images.models import ImageVersion
from spotpc.demo.world import COMPUTE
from spotpc.jobs.models import Job, JobResource
from spotpc.jobs.services import active_job, latest_job, request_cancel
from tests.scene import Scene, finish, run_jobs
from tests.steps.test_image_build import build
from tests.steps.trouble import SPEED, run_until

LEFTOVER_KINDS = ("virtualMachines", "networkInterfaces", "disks", "snapshots")


def everything(scene: Scene) -> dict[str, set[str]]:
    return {kind: scene.names(kind) for kind in LEFTOVER_KINDS}


def test_a_sealed_version_is_available_and_leaves_nothing_behind(scene: Scene) -> None:
    before = everything(scene)
    version = build(scene)
    job = finish(services.seal(scene.admin, version))
    assert job.state == Job.State.SUCCEEDED
    version.refresh_from_db()
    assert version.status == ImageVersion.Status.AVAILABLE
    assert version.azure_id.endswith("/versions/0.0.2")
    assert version.admin_password == ""
    image = next(each for each in scene.resources("versions") if each["name"] == "0.0.2")
    assert image["properties"]["publishingProfile"]["excludeFromLatest"] is False
    assert everything(scene) == before
    gone = JobResource.objects.filter(tenant=scene.tenant, kind="virtual machine")
    assert {row.fate for row in gone.filter(job=job)} == {"gone"}


@pytest.mark.usefixtures("unhurried")
def test_the_trial_vm_has_proved_the_image_before_windows_answers(scene: Scene) -> None:
    job = services.seal(scene.admin, build(scene))
    run_until(job, "Trial VM")
    scene.control.post("/speed", speed=50)
    run_jobs(lambda: Job.objects.get(pk=job.pk).step == "publish")
    (trial,) = (
        each["name"] for each in scene.resources("virtualMachines") if "trial" in each["name"]
    )
    view = scene.place.arm.get(f"{scene.place.root}/{COMPUTE}/virtualMachines/{trial}/instanceView")
    assert "PowerState/running" in [each["code"] for each in view["statuses"]]
    assert view["vmAgent"]["statuses"][0]["displayStatus"] == "Not Ready"
    scene.control.post("/speed", speed=SPEED)
    assert finish(job).state == Job.State.SUCCEEDED


def test_a_failed_sysprep_tells_its_cause_and_gives_the_vm_back(scene: Scene) -> None:
    version = build(scene)
    before = scene.names("disks")
    scene.control.post("/behaviours", kind="sysprep-fails", match={})
    job = finish(services.seal(scene.admin, version))
    assert job.state == Job.State.FAILED
    assert job.error_code == "sysprep-failed"
    version.refresh_from_db()
    assert version.status == ImageVersion.Status.CONFIGURING
    assert "Sysprep failed" in version.error_text
    assert version.error_remedy
    assert version.vm_running
    assert version.vm_name in scene.names("virtualMachines")
    assert scene.names("snapshots") == set()
    assert len(scene.names("disks")) == len(before)

    scene.control.delete("/behaviours")
    again = finish(services.seal(scene.admin, version))
    assert again.state == Job.State.SUCCEEDED
    assert version.vm_name not in str(everything(scene))


def test_a_seal_cancelled_before_sysprep_ended_goes_back(scene: Scene) -> None:
    version = build(scene)
    job = services.seal(scene.admin, version)
    run_jobs(lambda: "sysprep_begun" in Job.objects.get(pk=job.pk).facts)
    request_cancel(job, scene.admin.email)
    finish(job)
    version.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert version.status == ImageVersion.Status.CONFIGURING
    assert version.vm_name in scene.names("virtualMachines")
    assert scene.names("snapshots") == set()


def test_deleting_a_version_removes_it_from_azure_and_then_its_row(scene: Scene) -> None:
    version = scene.version("0.0.1")
    finish(services.delete(scene.admin, version))
    assert not ImageVersion.objects.filter(pk=version.pk).exists()
    assert "0.0.1" not in scene.names("versions")


def test_a_cancelled_build_leaves_nothing(scene: Scene) -> None:
    from images.versions import parse

    before = everything(scene)
    version = services.create_version(scene.admin, scene.image_set, parse("0.0.5"), None, "")
    run_jobs(lambda: len(scene.names("virtualMachines")) > len(before["virtualMachines"]))
    job = active_job(version)
    assert job is not None
    request_cancel(job, scene.admin.email)
    finish(job)
    version.refresh_from_db()
    assert version.status == ImageVersion.Status.FAILED
    assert "Cancelled by" in version.error_text
    assert everything(scene) == before
    assert latest_job(version) == job
