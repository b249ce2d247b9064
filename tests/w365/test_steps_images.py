"""Device images: handed over, waited for, refused for each documented reason, deleted."""

from __future__ import annotations

import pytest

from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from spotpc.jobs.services import request_cancel
from tests.scene import finish
from tests.steps.trouble import run_until, told
from tests.w365.mishaps import (
    behaviour,
    dies_once,
    fault,
    register,
    survive,
    throttle,
    writes,
)
from tests.w365.scene import SPEED, Desks
from w365 import services
from w365.models import DeviceImage, SourceImage

KIND = "deviceImages"


@pytest.fixture
def source(desks: Desks) -> SourceImage:
    return desks.source_image()


def upload(desks: Desks, source: SourceImage, version: str = "1.0.0") -> tuple[DeviceImage, Job]:
    image = services.create_device_image(desks.admin, desks.site, "Desk", version, source)
    return image, desks.job(services.IMAGE_UPLOAD)


def uploaded(desks: Desks, source: SourceImage) -> DeviceImage:
    image, job = upload(desks, source)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    image.refresh_from_db()
    return image


def test_uploaded_and_ready(desks: Desks, source: SourceImage) -> None:
    image, job = upload(desks, source)
    assert (image.status, image.graph_id) == ("uploading", "")
    desks.speed(1)
    run_tick(job.pk)
    image.refresh_from_db()
    assert (image.status, image.graph_id != "") == ("pending", True)
    job.refresh_from_db()
    assert job.waiting_for == "Windows 365 is copying and validating the image"
    desks.speed(SPEED)
    assert finish(job).state == Job.State.SUCCEEDED
    image.refresh_from_db()
    assert (image.status, image.os_status, image.error_code) == ("ready", "supported", "")
    assert "Windows 11" in image.operating_system
    assert desks.held_one(KIND, "Desk")["body"]["sourceImageResourceId"] == source.resource_id
    assert "Policies can use the image now" in told(job)


@pytest.mark.parametrize(
    ("code", "ours", "words"),
    [
        ("internalServerError", "w365-image-internal", "Microsoft failed"),
        ("sourceImageNotFound", "w365-source-missing", "no longer exists"),
        ("osVersionNotSupported", "w365-os-unsupported", "does not take this Windows version"),
        ("sourceImageInvalid", "w365-image-invalid", "cannot use this image"),
        ("sourceImageNotGeneralized", "w365-image-not-generalized", "sysprep did not finish"),
        ("vmAlreadyAzureAdjoined", "w365-image-joined", "had joined Entra ID"),
        ("paidSourceImageNotSupport", "w365-image-paid", "paid Marketplace plan"),
        ("sourceImageNotSupportCustomizeVMName", "w365-image-naming", "names its devices itself"),
        ("sourceImageSizeExceedsLimitation", "w365-image-large", "too big"),
    ],
)
def test_each_reason_to_fail_is_explained(
    desks: Desks, source: SourceImage, code: str, ours: str, words: str
) -> None:
    behaviour(desks, "image-fails", {"image": "Desk"}, errorCode=code)
    image, job = upload(desks, source)
    assert finish(job).state == Job.State.FAILED
    image.refresh_from_db()
    assert (image.status, image.error_code) == ("failed", ours)
    assert words in image.error_text
    assert image.error_remedy
    assert image.graph_id == desks.held_one(KIND, "Desk")["body"]["id"]
    assert job.error_text == image.error_text


def test_a_failed_upload_is_remembered_with_its_source(desks: Desks, source: SourceImage) -> None:
    behaviour(desks, "image-fails", {"image": "Desk"}, errorCode="vmAlreadyAzureAdjoined")
    _, job = upload(desks, source)
    finish(job)
    verdict = services.judged_source(source)
    assert verdict.refusal == ""  # a managed image of that name may be another one by now
    assert verdict.warning.startswith("An earlier upload of it failed. The template of this image")
    SourceImage.objects.filter(pk=source.pk).update(kind="gallery")
    source.refresh_from_db()
    assert "had joined Entra ID" in services.judged_source(source).refusal


def test_deleted_in_graph_then_here_and_azure_keeps_the_source(
    desks: Desks, source: SourceImage
) -> None:
    image = uploaded(desks, source)
    job = services.delete_device_image(desks.admin, image)
    image.refresh_from_db()
    assert image.status == "deleting"
    assert finish(job).state == Job.State.SUCCEEDED
    assert desks.held(KIND) == []
    assert not DeviceImage.objects.exists()
    assert source.name in desks.scene.names("images")


def test_one_that_a_policy_took_meanwhile_is_not_deleted(desks: Desks, source: SourceImage) -> None:
    image = uploaded(desks, source)
    job = services.delete_device_image(desks.admin, image)
    body = {"imageType": "custom", "imageId": image.graph_id}
    desks.graph("PATCH", f"provisioningPolicies/{desks.policy().graph_id}", body)
    assert finish(job).state == Job.State.FAILED
    image.refresh_from_db()
    assert image.status == "ready"
    assert "still provisioned from it" in image.error_text
    assert desks.held_names(KIND) == ["Desk"]


def test_a_cancelled_upload_is_taken_away_again(desks: Desks, source: SourceImage) -> None:
    image, job = upload(desks, source)
    desks.speed(1)
    run_tick(job.pk)
    assert desks.held_names(KIND) == ["Desk"]
    request_cancel(job, "ann@provider.example")
    assert finish(job).state == Job.State.CANCELLED
    image.refresh_from_db()
    assert (image.status, image.graph_id) == ("failed", "")
    assert image.error_text == "The upload was cancelled by ann@provider.example."
    assert desks.held(KIND) == []
    assert finish(services.delete_device_image(desks.admin, image)).state == Job.State.SUCCEEDED
    assert not DeviceImage.objects.exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("method", ["create_device_image", "delete_device_image"])
def test_a_worker_that_dies_around_a_write(
    desks: Desks, source: SourceImage, monkeypatch: pytest.MonkeyPatch, method: str, when: str
) -> None:
    if method == "create_device_image":
        image, job = upload(desks, source)
    else:
        image = uploaded(desks, source)
        job = services.delete_device_image(desks.admin, image)
    survive(job, dies_once(monkeypatch, method, when))
    assert job.state == Job.State.SUCCEEDED, told(job)
    made = method == "create_device_image"
    assert desks.held_names(KIND) == (["Desk"] if made else [])
    assert DeviceImage.objects.count() == made
    assert len([each for each in writes(desks, KIND) if each.startswith("POST")]) == 1


def test_429_503_and_a_lost_answer(desks: Desks, source: SourceImage) -> None:
    throttle(desks, "POST", f"{KIND}$")
    fault(desks, method="GET", path=f"{KIND}/", status=503, times=2)
    fault(desks, method="POST", path=f"{KIND}$", drop=True, after=True)
    image, job = upload(desks, source)
    assert finish(job).state == Job.State.SUCCEEDED, told(job)
    image.refresh_from_db()
    assert image.status == "ready"
    assert desks.held_names(KIND) == ["Desk"]


def test_a_missing_permission_is_named(desks: Desks, source: SourceImage) -> None:
    register(desks, roles=["CloudPC.Read.All"])
    image, job = upload(desks, source)
    assert finish(job).state == Job.State.FAILED
    image.refresh_from_db()
    assert (image.status, image.graph_id) == ("failed", "")
    assert "CloudPC.ReadWrite.All" in image.error_text
    assert "grant admin consent" in image.error_remedy


def test_an_image_of_that_name_and_version_made_in_intune(
    desks: Desks, source: SourceImage
) -> None:
    image, job = upload(desks, source)
    desks.graph("POST", KIND, {
        "displayName": "desk", "version": "1.0.0", "sourceImageResourceId": source.resource_id,
    })  # fmt: skip
    assert finish(job).state == Job.State.FAILED
    image.refresh_from_db()
    assert "named Desk 1.0.0 already" in image.error_text
    assert image.graph_id == ""
    assert desks.held_names(KIND) == ["desk"]


def test_the_limit_of_twenty_is_found_before_graph_is_asked(
    desks: Desks, source: SourceImage
) -> None:
    image, job = upload(desks, source)
    for number in range(20):
        desks.graph("POST", KIND, {
            "displayName": "Old", "version": f"1.0.{number}",
            "sourceImageResourceId": source.resource_id,
        })  # fmt: skip
    finish(job)
    image.refresh_from_db()
    assert (job.state, image.error_code) == (Job.State.FAILED, "w365-image-limit")
    assert "all places are taken" in image.error_text


def test_an_image_that_somebody_deleted_meanwhile(desks: Desks, source: SourceImage) -> None:
    image, job = upload(desks, source)
    desks.speed(1)
    run_until(job, "copying")
    image.refresh_from_db()
    desks.graph("DELETE", f"{KIND}/{image.graph_id}")
    assert finish(job).state == Job.State.FAILED
    assert "somebody deleted it there" in job.error_text
