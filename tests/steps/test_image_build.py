"""From the wizard's last click to a temporary VM that somebody can connect to."""

from __future__ import annotations

import pytest

from images import services
from images.models import ImageVersion
from images.versions import parse
from spotpc.jobs.services import latest_job
from tests.scene import Scene, finish
from tests.steps.trouble import SPEED, run_until


def build(scene: Scene, number: str = "0.0.2") -> ImageVersion:
    version = services.create_version(
        scene.admin, scene.image_set, parse(number), scene.version("0.0.1"), "7-Zip"
    )
    job = latest_job(version)
    assert job is not None
    finish(job)
    version.refresh_from_db()
    return version


def test_a_new_version_becomes_a_running_vm_with_a_bastion_link(scene: Scene) -> None:
    version = build(scene)
    assert version.status == ImageVersion.Status.CONFIGURING
    assert version.connect_url.startswith("https://")
    assert version.vm_address
    vm = next(
        each for each in scene.resources("virtualMachines") if each["name"] == version.vm_name
    )
    source = vm["properties"]["storageProfile"]["imageReference"]["id"]
    assert source.endswith("/versions/0.0.1")
    assert vm["tags"]["spotpc-purpose"] == "image"
    assert version.admin_password not in str(scene.control.get("/state"))


@pytest.mark.usefixtures("unhurried")
def test_a_vm_is_there_for_the_admin_once_windows_answers(scene: Scene) -> None:
    scene.control.post("/speed", speed=100)
    version = services.create_version(
        scene.admin, scene.image_set, parse("0.0.2"), scene.version("0.0.1"), ""
    )
    job = latest_job(version)
    assert job is not None
    run_until(job, "Windows is starting for the first time")
    version.refresh_from_db()
    assert version.status == ImageVersion.Status.CREATING
    scene.control.post("/speed", speed=SPEED)
    finish(job)
    version.refresh_from_db()
    assert version.status == ImageVersion.Status.CONFIGURING
