"""Changes to versions: what is refused, and that one act leaves one job and one audit row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from images import services
from images.models import ImageNote, ImageVersion
from images.versions import VersionNumber
from spotgroups.models import SpotGroupUpdate
from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from spotpc.web.errors import DomainError
from tenants.models import AuditEvent
from tests import factories
from tests.images.conftest import Cast

ONE = VersionNumber(1, 0, 1)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def fresh(version: ImageVersion) -> ImageVersion:
    return ImageVersion.objects.select_related("image_set", "tenant").get(pk=version.pk)


def test_create_leaves_a_version_a_note_a_job_and_an_audit_row(cast: Cast) -> None:
    source = cast.version("1.0.0")
    version = services.create_version(cast.admin, cast.image_set, ONE, source, " 7zip ")
    assert (version.status, version.source, version.source_name) == (
        "creating", source, "Front desk 1.0.0"
    )  # fmt: skip
    assert ImageNote.objects.get().text == "7zip"
    job = Job.objects.get()
    assert (job.kind, job.subject_id, job.subject_name) == (
        "images.build", version.pk, "Front desk 1.0.1"
    )  # fmt: skip
    assert actions() == ["image_version.create"]


@pytest.mark.parametrize("status", ["creating", "configuring", "sealing", "failed", "deleting"])
def test_only_an_available_version_is_a_source(cast: Cast, status: str) -> None:
    source = cast.version("1.0.0", status)
    with pytest.raises(DomainError, match="not Available any more"):
        services.create_version(cast.admin, cast.image_set, ONE, source, "")
    assert not Job.objects.exists()
    assert not actions()


def test_a_source_that_changed_since_it_was_read_is_refused(cast: Cast) -> None:
    source = cast.version("1.0.0")
    ImageVersion.objects.filter(pk=source.pk).update(status="deleting")
    with pytest.raises(DomainError):
        services.create_version(cast.admin, cast.image_set, ONE, source, "")


def test_a_source_of_another_tenant_or_site_is_refused(cast: Cast) -> None:
    elsewhere = factories.image_set(at=factories.site(cast.tenant, "Dublin"))
    for foreign in (factories.image_version(), factories.image_version(elsewhere)):
        with pytest.raises(DomainError):
            services.create_version(cast.admin, cast.image_set, ONE, foreign, "")
    assert not Job.objects.exists()


def test_a_number_that_exists_is_refused_with_the_next_free_one(cast: Cast) -> None:
    cast.version("1.0.1")
    with pytest.raises(DomainError, match=r"exists already.*1\.0\.2") as refusal:
        services.create_version(cast.admin, cast.image_set, ONE, None, "")
    assert refusal.value.field == "number"


def test_two_versions_of_a_set_may_be_built_at_once(cast: Cast) -> None:
    for number in (ONE, ONE.following()):
        services.create_version(cast.admin, cast.image_set, number, None, "")
    assert Job.objects.filter(state="queued").count() == 2


def test_two_seals_at_once_make_one_job(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    first, second = fresh(version), fresh(version)
    services.seal(cast.admin, first)
    with pytest.raises(DomainError, match="Sealing and cannot be sealed"):
        services.seal(cast.admin, second)
    assert Job.objects.get().kind == "images.seal"
    assert actions() == ["image_version.seal"]


@pytest.mark.parametrize("status", ["creating", "sealing", "validating", "available", "failed"])
def test_seal_only_while_configuring(cast: Cast, status: str) -> None:
    version = cast.version("1.0.0", status)
    with pytest.raises(DomainError):
        services.seal(cast.admin, version)
    assert fresh(version).status == status
    assert not Job.objects.exists()


def test_a_seal_while_the_vm_restarts_is_refused_and_changes_nothing(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    services.power(cast.admin, version, "restart")
    with pytest.raises(DomainError, match="Another job runs"):
        services.seal(cast.admin, fresh(version))
    assert fresh(version).status == "configuring"
    assert actions() == ["image_version.restart"]


def test_delete_is_refused_while_a_group_is_assigned_runs_or_will_run_on_it(cast: Cast) -> None:
    version, newer = cast.version("1.0.0"), cast.version("1.0.1")
    factories.spot_group(cast.image_set, "Assigned", version=version)
    runs = factories.spot_group(cast.image_set, "Runs", version=newer)
    factories.session_host(runs, image_version=version)
    soon = factories.spot_group(cast.image_set, "Soon", version=newer)
    for outcome in ("", "succeeded"):
        SpotGroupUpdate.objects.create(
            tenant=cast.tenant, spot_group=soon, image_version=version, outcome=outcome,
            image_name="x", method="immediate", hosts_wanted=1, surge=1, floor_seats=0,
            created_by="x",
        )  # fmt: skip
    assert services.used_by(version) == ["Assigned", "Runs", "Soon"]
    with pytest.raises(DomainError, match="in use by Assigned, Runs, Soon"):
        services.delete(cast.admin, fresh(version))
    assert fresh(version).status == "available"
    assert not actions()


def test_what_was_used_once_may_be_deleted(cast: Cast) -> None:
    version = cast.version("1.0.0")
    group = factories.spot_group(cast.image_set)
    SpotGroupUpdate.objects.create(
        tenant=cast.tenant, spot_group=group, image_version=version, outcome="succeeded",
        image_name="x", method="immediate", hosts_wanted=1, surge=1, floor_seats=0, created_by="x",
    )  # fmt: skip
    assert services.delete(cast.admin, version).kind == "images.delete"
    assert fresh(version).status == "deleting"


def test_a_source_is_not_deleted_under_a_build(cast: Cast) -> None:
    source = cast.version("1.0.0")
    services.create_version(cast.admin, cast.image_set, ONE, source, "")
    with pytest.raises(DomainError, match=r"1\.0\.1 is being built from Front desk 1\.0\.0"):
        services.delete(cast.admin, fresh(source))
    assert fresh(source).status == "available"


def test_connect_starts_a_vm_that_stopped_itself_once(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring", vm_running=False)
    assert services.connect(cast.admin, fresh(version)) is False
    assert services.connect(cast.admin, fresh(version)) is False  # it is starting already
    assert Job.objects.get().params == {"action": "start"}
    assert actions() == ["image_version.connect"] * 2


def test_connect_gives_a_running_vm_another_72_hours(cast: Cast) -> None:
    soon = timezone.now() + timedelta(hours=1)
    version = cast.version("1.0.0", "configuring", stops_at=soon)
    assert services.connect(cast.admin, version) is True
    stops_at = fresh(version).stops_at
    assert stops_at is not None
    assert stops_at > timezone.now() + timedelta(hours=71)
    assert not Job.objects.exists()


def test_connect_waits_for_a_vm_that_is_being_stopped(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring", vm_running=False)
    services.power(None, version, "stop")
    assert not actions()  # nobody did it
    assert Job.objects.get().created_by == "Spot PC"
    with pytest.raises(DomainError, match="Another job"):
        services.connect(cast.admin, version)


def test_the_password_is_given_only_while_there_is_a_vm_and_audited(cast: Cast) -> None:
    with pytest.raises(DomainError):
        services.reveal_password(cast.admin, cast.version("1.0.0"))
    assert not actions()
    version = cast.version("1.0.1", "configuring")
    assert services.reveal_password(cast.admin, version) == "not-a-real-Passw0rd"
    assert actions() == ["image_version.reveal_password"]
    assert "Passw0rd" not in str(AuditEvent.objects.values_list("subject", "detail").get())


def test_cancel_asks_the_job_once(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    with pytest.raises(DomainError, match="Nothing runs"):
        services.cancel(cast.admin, version)
    enqueue("images.seal", cast.tenant, version, {}, "x")
    job = services.cancel(cast.admin, version)
    assert job.cancel_requested_by == cast.admin.email
    assert actions() == ["image_version.cancel"]


def test_cancel_after_the_point_of_no_return_says_so(cast: Cast) -> None:
    version = cast.version("1.0.0", "sealing")
    job = enqueue("images.seal", cast.tenant, version, {}, "x")
    Job.objects.filter(pk=job.pk).update(past_no_return=True)
    with pytest.raises(DomainError, match="cannot be undone"):
        services.cancel(cast.admin, version)
    job.refresh_from_db()
    assert job.cancel_requested_at is None
    assert not actions()


def test_an_empty_note_is_refused(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Write something"):
        services.add_note(cast.admin, cast.image_set, "  \n ")
    assert not actions()
