"""Changes to device images: what is refused, and what one act leaves."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from tests import factories
from tests.w365.cast import Cast, actions, nothing_happened
from w365 import services
from w365.models import (
    DeviceImage,
    ProvisioningPolicy,
    SourceImage,
)


def test_a_new_image_leaves_a_row_a_job_and_an_audit_row(cast: Cast) -> None:
    image = services.create_device_image(cast.admin, cast.site, "Desk", "1.0.1", cast.source)
    assert (image.status, image.source_id) == ("uploading", cast.source.resource_id)
    assert Job.objects.get().subject_name == "Desk 1.0.1"
    assert actions() == ["w365_image.create"]


@pytest.mark.parametrize(
    ("name", "version", "field", "words"),
    [
        ("", "1.0.1", "name", "Give the device image a name"),
        ("Desk", "1.0", "version", "exactly three numbers"),
        ("Desk", "01.0.0", "version", "No leading zeros"),
        ("desk", "1.0.0", "version", "There is a device image desk 1.0.0 already"),
    ],
)
def test_names_and_versions_that_cannot_be(
    cast: Cast, name: str, version: str, field: str, words: str
) -> None:
    with pytest.raises(DomainError, match=words) as refusal:
        services.create_device_image(cast.admin, cast.site, name, version, cast.source)
    assert refusal.value.field == field
    assert nothing_happened()


def test_a_source_that_windows_365_does_not_take_is_refused_with_the_reason(cast: Cast) -> None:
    cast.source.generation = "V1"
    cast.source.save()
    with pytest.raises(DomainError, match="generation 1") as refusal:
        services.create_device_image(cast.admin, cast.site, "Desk", "1.0.1", cast.source)
    assert refusal.value.field == "source"
    foreign = SourceImage.objects.create(
        tenant=factories.tenant(), resource_id="/x", kind="managed", name="x", region="x"
    )
    with pytest.raises(DomainError, match="of this tenant"):
        services.create_device_image(cast.admin, cast.site, "Desk", "1.0.1", foreign)
    assert nothing_happened()


def test_versions_of_image_sets_are_shown_as_made_for_spot_groups(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = factories.image_version(factories.image_set(cast.tenant, at=cast.site))
    SourceImage.objects.create(
        tenant=cast.tenant, resource_id=version.azure_id.upper(), kind="gallery", name="office",
        region="westeurope", os_type="Windows", os_state="Generalized", generation="V2",
    )  # fmt: skip
    with django_assert_max_num_queries(3):
        found = {row.name: verdict for row, verdict in services.judged_sources(cast.tenant)}
    assert found["desk"].refusal == ""
    assert found["office"].refusal.startswith("Made for Spot Groups, multi-session")


def test_twenty_images_are_all_there_is_room_for(cast: Cast) -> None:
    for number in range(19):
        DeviceImage.objects.create(
            tenant=cast.tenant, graph_id=f"x{number}", name="Old", version=f"1.0.{number}"
        )
    with pytest.raises(DomainError, match="all places are taken"):
        services.create_device_image(cast.admin, cast.site, "Desk", "1.0.1", cast.source)
    assert nothing_happened()


def test_an_image_in_use_is_not_deleted(cast: Cast) -> None:
    ProvisioningPolicy.objects.update(image_type="custom", image_id="i1")
    with pytest.raises(DomainError, match="It is used by Staff"):
        services.delete_device_image(cast.admin, cast.image)
    assert nothing_happened()
    ProvisioningPolicy.objects.update(image_id="g1")
    job = services.delete_device_image(cast.admin, cast.image)
    cast.image.refresh_from_db()
    assert (cast.image.status, job.params) == ("deleting", {"was": "ready"})
    with pytest.raises(DomainError, match="“Delete the device image” is running"):
        services.delete_device_image(cast.admin, cast.image)
    assert actions() == ["w365_image.delete"]
