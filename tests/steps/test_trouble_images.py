"""Trouble in mid-build and mid-seal: what an admin reads, and how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from images import services
from images.models import ImageVersion
from images.versions import parse
from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job
from tests.scene import Scene, finish
from tests.steps.test_image_build import build
from tests.steps.test_image_seal import everything
from tests.steps.trouble import (
    behaviour,
    delete_vm,
    fault,
    mend,
    moment,
    newest,
    requests,
    run_until,
    told,
)

pytestmark = pytest.mark.usefixtures("unhurried")

Status = ImageVersion.Status


def begin(scene: Scene) -> tuple[ImageVersion, Job]:
    version = services.create_version(
        scene.admin, scene.image_set, parse("0.0.2"), scene.version("0.0.1"), ""
    )
    job = latest_job(version)
    assert job is not None
    return version, job


def ends_well(job: Job, version: ImageVersion) -> bool:
    finish(job, seconds=30)
    version.refresh_from_db()
    return (job.state, version.status) == (Job.State.SUCCEEDED, Status.CONFIGURING)


def ends_badly(job: Job, version: ImageVersion) -> bool:
    finish(job, seconds=30)
    version.refresh_from_db()
    return (job.state, version.status) == (Job.State.FAILED, Status.FAILED)


def test_a_429_is_waited_out_for_as_long_as_azure_asks(scene: Scene) -> None:
    body = {"error": {"code": "TooManyRequests", "message": "Slow down."}}
    headers = {"Retry-After": "2"}
    where = "/networkInterfaces/image"
    fault(scene, method="PUT", path=where, status=429, headers=headers, body=body)
    version, job = begin(scene)
    run_until(job, "Azure asks Spot PC to slow down")
    assert job.attempt == 1
    assert ends_well(job, version)
    refused, taken = requests(scene, "PUT", where)
    assert moment(taken) - moment(refused) >= timedelta(seconds=2)


def test_an_outage_is_survived_and_told(scene: Scene) -> None:
    fault(
        scene, method="PUT", path="/(networkInterfaces|virtualMachines)/image", status=503, times=2
    )
    version, job = begin(scene)
    run_until(job, "down or overloaded")
    assert ends_well(job, version)
    assert job.attempt == 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_connections_dropped_around_every_write_change_nothing(scene: Scene, after: bool) -> None:
    before = everything(scene)
    path = "/(image|trial|versions)"
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        fault(scene, method=method, path=path, drop=True, after=after, times=2)
    version, job = begin(scene)
    assert ends_well(job, version)
    assert "broken off" in told(job)
    sealed = finish(services.seal(scene.admin, version))
    assert sealed.state == Job.State.SUCCEEDED
    assert everything(scene) == before
    assert "0.0.2" in scene.names("versions")
    left = scene.control.get("/faults")["faults"]
    assert {each["method"] for each in left} <= {"PATCH"}  # all others were met


@pytest.mark.parametrize(
    ("app", "sentence", "remedy"),
    [
        ({"expired": True, "secret": "demo-client-secret"}, "has expired", "Create a new secret"),
        ({"secret": "another"}, "does not accept the client secret", "Enter the secret's value"),
    ],
    ids=["expired", "wrong"],
)
def test_a_secret_that_entra_refuses(
    scene: Scene, app: dict[str, object], sentence: str, remedy: str
) -> None:
    client = str(scene.tenant.credential.client_id)
    scene.control.post("/apps", clientId=client, **app).raise_for_status()
    since = newest(scene)
    version, job = begin(scene)
    assert ends_badly(job, version)
    assert sentence in version.error_text
    assert remedy in version.error_remedy
    journal = scene.control.get(f"/requests?since={since}")["requests"]
    assert not [each for each in journal if "/subscriptions/" in each["path"]]


def test_no_quota_is_found_before_anything_is_built(scene: Scene) -> None:
    scene.control.post(
        "/quota",
        subscription=str(scene.tenant.subscription_id),
        location="westeurope",
        family="cores",
        limit=9,
    ).raise_for_status()
    version, job = begin(scene)
    assert ends_badly(job, version)
    assert "allows 9 cores; 8 are in use and 4 more are needed" in version.error_text
    assert requests(scene, "PUT", "/image-") == []


@pytest.mark.parametrize("failure", ["OSProvisioningTimedOut", "AllocationFailed"])
def test_a_vm_that_fails_is_removed_and_built_again(scene: Scene, failure: str) -> None:
    fault(scene, failure=failure, match={"vm": "^image-"}, times=1)
    before = everything(scene)
    version, job = begin(scene)
    assert ends_well(job, version), told(job)
    assert "Removing it and trying again." in told(job)
    assert len(requests(scene, "PUT", f"/virtualMachines/{version.vm_name}")) == 2
    for kind, names in everything(scene).items():
        assert len(names) == len(before[kind]) + (kind != "snapshots")


def test_a_size_that_is_sold_out_for_a_moment(scene: Scene, settings: Settings) -> None:
    settings.AZURE_PACE = 1000  # a quarter of an hour in less than a second
    fault(scene, failure="SkuNotAvailable", match={"vm": "^image-"}, times=1)
    version, job = begin(scene)
    run_until(job, "Standard_D4s_v5")
    assert ends_well(job, version)


def test_a_vm_that_never_comes_to_be_fails_the_build_and_leaves_nothing(scene: Scene) -> None:
    behaviour(scene, "vm-create-fails")
    before = everything(scene)
    version, job = begin(scene)
    assert ends_badly(job, version)
    assert version.error_text
    assert version.error_remedy
    assert everything(scene) == before
    assert len(requests(scene, "PUT", f"/virtualMachines/{version.vm_name}")) == 3


def test_a_copy_that_hangs_is_waited_for(scene: Scene) -> None:
    version = build(scene)
    behaviour(scene, "replication-stuck")
    job = services.seal(scene.admin, version)
    run_until(job, "copying it to westeurope 40 %")
    version.refresh_from_db()
    assert version.status == Status.SEALING
    mend(scene)
    finish(job)
    version.refresh_from_db()
    assert (job.state, version.status) == (Job.State.SUCCEEDED, Status.AVAILABLE)


def test_a_temporary_vm_that_somebody_deleted_cannot_be_sealed(scene: Scene) -> None:
    version = build(scene)
    delete_vm(scene, version.vm_name)
    job = finish(services.seal(scene.admin, version))
    version.refresh_from_db()
    assert job.error_code == "vm-missing"
    assert "does not exist any more" in version.error_text
    assert "make a new one" in version.error_remedy
