"""Changes to connections: what is refused, and that one act leaves one job and one audit row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from spotpc.web.errors import DomainError
from tenants.models import AuditEvent
from tests import factories
from tests.w365.cast import SECRET, Cast, actions, nothing_happened
from w365 import services
from w365.models import (
    NetworkConnection,
    ProvisioningPolicy,
    Windows365,
)
from w365.services import ConnectionChoices


def test_a_new_connection_leaves_a_row_a_job_and_an_audit_row(cast: Cast) -> None:
    row = services.create_connection(cast.admin, cast.tenant, cast.choices())
    job = Job.objects.get()
    assert (job.kind, job.subject_id, job.created_by) == (
        "w365.connection-save", row.pk, "ann@provider.example"
    )  # fmt: skip
    assert row.resource_group_id.endswith("/resourceGroups/rg-desktops")
    assert row.virtual_network_id.endswith("/virtualNetworks/vnet")
    assert row.subnet_id == cast.site.subnet_id
    assert (row.graph_id, row.ad_password) == ("", SECRET)
    assert actions() == ["w365_connection.create"]
    assert SECRET not in str(job.params)
    assert SECRET not in str(AuditEvent.objects.values().get())
    assert SECRET not in repr(cast.choices())


def test_an_entra_joined_connection_keeps_no_account(cast: Cast) -> None:
    choices = cast.choices(join_type="azureADJoin")
    row = services.create_connection(cast.admin, cast.tenant, choices)
    assert (row.ad_domain, row.ad_username) == ("", "")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Give the connection a name"),
        ({"name": "OFFICE"}, "name", "There is a connection named OFFICE already"),
        ({"site": None}, "site", "Choose the site"),
        ({"join_type": "workgroup"}, "join_type", "how Cloud PCs are joined"),
        ({"ad_domain": ""}, "ad_domain", "Active Directory domain"),
        ({"ad_username": ""}, "ad_username", "account that joins"),
        ({"ad_password": ""}, "ad_password", "password of this account"),
    ],
)
def test_a_new_connection_that_lacks_something(
    cast: Cast, change: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(DomainError, match=words) as refusal:
        services.create_connection(cast.admin, cast.tenant, cast.choices(**change))
    assert refusal.value.field == field
    assert nothing_happened()


def test_a_site_of_another_tenant_is_refused(cast: Cast) -> None:
    foreign = factories.site(factories.tenant())
    with pytest.raises(DomainError):
        services.create_connection(cast.admin, cast.tenant, cast.choices(site=foreign))
    with pytest.raises(DomainError):
        services.edit_connection(
            cast.admin, cast.connection, cast.choices(join_type="azureADJoin", site=foreign)
        )
    assert nothing_happened()


def test_nothing_is_created_without_a_licence(cast: Cast) -> None:
    Windows365.objects.update(licences=0)
    assert services.why_not_new(cast.tenant).startswith("The tenant has no Windows 365 licence")
    acts: tuple[Callable[[], object], ...] = (
        lambda: services.create_connection(cast.admin, cast.tenant, cast.choices()),
        lambda: services.create_policy(cast.admin, cast.tenant, cast.spec(name="New")),
        lambda: services.create_device_image(cast.admin, cast.site, "New", "1.0.0", cast.source),
    )
    for create in acts:
        with pytest.raises(DomainError, match="no Windows 365 licence"):
            create()
    assert nothing_happened()
    Windows365.objects.all().delete()  # nobody has looked yet
    assert services.why_not_new(cast.tenant) == ""


def test_an_edit_says_what_changed_and_keeps_the_row_until_graph_has_it(cast: Cast) -> None:
    choices = cast.choices(join_type="azureADJoin", site=None)
    job = services.edit_connection(cast.admin, cast.connection, choices)
    cast.connection.refresh_from_db()
    assert cast.connection.name == "Office"
    assert job.params["wanted"]["name"] == "Head office"
    assert "subnet_id" not in job.params["wanted"]
    event = AuditEvent.objects.get()
    assert (event.action, event.detail) == (
        "w365_connection.edit", {"changed": ["name"], "password": True}
    )  # fmt: skip


def test_an_edit_that_changes_nothing_is_refused(cast: Cast) -> None:
    same = ConnectionChoices(name="Office", site=None, join_type="azureADJoin")
    with pytest.raises(DomainError, match="Nothing was changed"):
        services.edit_connection(cast.admin, cast.connection, same)
    assert nothing_happened()


def test_the_way_to_join_stays(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Create another connection") as refusal:
        services.edit_connection(cast.admin, cast.connection, cast.choices())
    assert refusal.value.field == "join_type"


def test_another_account_needs_its_password_and_the_same_one_does_not(cast: Cast) -> None:
    NetworkConnection.objects.update(
        join_type="hybridAzureADJoin", ad_domain="corp.example", ad_username="join@corp.example"
    )
    other = cast.choices(ad_username="new@corp.example", ad_password="")
    with pytest.raises(DomainError, match="password of this account"):
        services.edit_connection(cast.admin, cast.connection, other)
    assert services.edit_connection(cast.admin, cast.connection, cast.choices(ad_password=""))


@pytest.mark.parametrize("health", ["pending", "running"])
def test_no_change_while_a_check_runs(cast: Cast, health: str) -> None:
    NetworkConnection.objects.update(health=health)
    ProvisioningPolicy.objects.all().delete()
    cast.connection.refresh_from_db()
    assert services.why_not_edit(cast.connection).startswith("A health check is running")
    assert services.why_not_delete(cast.connection).startswith("A health check is running")
    choices = cast.choices(join_type="azureADJoin")
    acts: tuple[Callable[[], object], ...] = (
        lambda: services.edit_connection(cast.admin, cast.connection, choices),
        lambda: services.run_health_check(cast.admin, cast.connection),
        lambda: services.delete_connection(cast.admin, cast.connection),
    )
    for act in acts:
        with pytest.raises(DomainError, match="health check is running"):
            act()
    assert nothing_happened()


def test_a_connection_in_use_is_not_deleted(cast: Cast) -> None:
    with pytest.raises(DomainError, match="It is used by Staff"):
        services.delete_connection(cast.admin, cast.connection)
    ProvisioningPolicy.objects.all().delete()
    NetworkConnection.objects.update(in_use=True)
    cast.connection.refresh_from_db()
    with pytest.raises(DomainError, match="Windows 365 says that it is in use"):
        services.delete_connection(cast.admin, cast.connection)
    assert nothing_happened()
    NetworkConnection.objects.update(in_use=False)
    cast.connection.refresh_from_db()
    assert services.delete_connection(cast.admin, cast.connection).kind == "w365.connection-delete"
    assert actions() == ["w365_connection.delete"]


def test_two_acts_at_once_make_one_job(cast: Cast) -> None:
    services.run_health_check(cast.admin, cast.connection)
    with pytest.raises(DomainError, match="“Run the health check” is running"):
        services.edit_connection(cast.admin, cast.connection, cast.choices(join_type="azureADJoin"))
    assert Job.objects.count() == 1
    assert actions() == ["w365_connection.check"]
    cast.connection.refresh_from_db()
    assert cast.connection.ad_password == ""


# Rows that never came to be, and lists


def test_a_row_that_never_came_to_be_can_be_dropped_for_the_next_try(cast: Cast) -> None:
    row = services.create_connection(cast.admin, cast.tenant, cast.choices())
    with pytest.raises(DomainError, match="is running"):
        services.discard(cast.admin, row)
    assert services.failed_job(row) is None
    Job.objects.update(state="failed", next_run_at=None, error_text="Graph refused the name.")
    failed = services.failed_job(row)
    assert failed is not None
    assert failed.error_text == "Graph refused the name."
    services.discard(cast.admin, row)
    assert not NetworkConnection.objects.filter(name="Head office").exists()
    assert actions() == ["w365_connection.create", "w365_connection.discard"]
    with pytest.raises(DomainError, match="is in Windows 365"):
        services.discard(cast.admin, cast.connection)


def test_uses_say_the_same_of_many_rows_in_three_queries(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows = (cast.connection, cast.image, cast.policy)
    enqueue("w365.image-delete", cast.tenant, cast.image, {"was": "ready"}, "x")
    services.uses_of(cast.tenant)  # content types are read once per process
    with django_assert_num_queries(3):
        uses = services.uses_of(cast.tenant)
    one_by_one = [services.why_not_delete(row) for row in rows]
    with django_assert_num_queries(0):
        assert [services.why_not_delete(row, uses) for row in rows] == one_by_one
    assert all(one_by_one)
    assert services.why_not_edit(cast.policy, uses) == services.why_not_edit(cast.policy) == ""
