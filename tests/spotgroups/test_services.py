"""What starting an update refuses, whoever asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from images.models import ImageVersion
from spotgroups.message import default_message
from spotgroups.models import SpotGroupUpdate
from spotgroups.services import Choices, start_update
from spotpc.jobs.models import Job
from spotpc.web.errors import DomainError
from tests import factories
from tests.spotgroups.conftest import Office


def refused(office: Office, version: ImageVersion | None = None, **choices: object) -> str:
    asked = Choices(**{"method": "immediate", **choices})  # type: ignore[arg-type]
    with pytest.raises(DomainError) as refusal:
        start_update(office.admin, office.group, version or office.new, asked)
    return refusal.value.sentence


def test_one_update_at_a_time(office: Office) -> None:
    office.start()
    assert "is being updated to Front desk 0.0.2 already" in refused(office)
    assert SpotGroupUpdate.objects.count() == Job.objects.count() == 1


@pytest.mark.parametrize("status", ["creating", "configuring", "sealing", "failed", "deleting"])
def test_only_available_versions(office: Office, status: str) -> None:
    version = factories.image_version(office.old.image_set, "1.0.0", status)
    assert "Front desk 1.0.0 cannot be used for FrontDesk. It is " in refused(office, version)


def test_a_status_that_changed_meanwhile_counts(office: Office) -> None:
    ImageVersion.objects.filter(pk=office.new.pk).update(status="deleting")
    assert office.new.status == "available"  # what the caller still believes
    assert "It is Deleting." in refused(office)


def test_only_the_groups_own_region_and_tenant(office: Office) -> None:
    far = factories.site(office.tenant, region="eastus")
    for version in (
        factories.image_version(),
        factories.image_version(factories.image_set(at=far)),
    ):
        assert "cannot be used for FrontDesk." in refused(office, version)


def test_only_times_to_come(office: Office) -> None:
    for at in (None, timezone.now() - timedelta(seconds=1)):
        assert "over by now" in refused(office, method="scheduled", scheduled_at=at)


def test_the_floor_counts_hosts_that_take_log_ons(office: Office) -> None:
    office.host("front-3", status="UpgradeFailed")
    office.host("front-4", allow_new_session=False)
    office.group.hosts_wanted = 4
    office.group.save()
    assert office.start().floor_seats == 30


@pytest.mark.parametrize(("minutes", "words"), [(0, "now"), (1, "1 minute."), (5, "5 minutes.")])
def test_the_usual_message_names_the_time_users_have(minutes: int, words: str) -> None:
    assert words in default_message(minutes)
