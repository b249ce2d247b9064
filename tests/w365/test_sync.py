"""Reading Windows 365 of a tenant: what is there becomes rows, and trouble becomes a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spotpc.azure.graph.windows365 import Windows365 as Door
from spotpc.jobs.runner import run_tick
from spotpc.jobs.services import enqueue
from tenants.models import TenantSync
from tests import factories
from tests.scene import Scene
from tests.w365.mishaps import fault, register, throttle
from tests.w365.scene import OFFICE, PLAN, WAREHOUSE, Desks, assign, upn, wait_for_health
from w365 import services
from w365.models import (
    CloudPc,
    DeviceImage,
    EntraGroup,
    NetworkConnection,
    ProvisioningPolicy,
    SourceImage,
    Windows365,
)
from w365.sync import sync_windows_365


def calls(desks: Desks, since: int) -> list[str]:
    """What was asked of Graph."""
    journal = desks.scene.control.get(f"/requests?since={since}")["requests"]
    return [each["path"] for each in journal if each["path"].startswith(("/v1.0/", "/beta/"))]


def newest(scene: Scene) -> int:
    return int(scene.control.get("/requests")["requests"][-1]["seq"])


def test_everything_is_read(desks: Desks) -> None:
    known = desks.known
    assert (known.licences, known.assigned_users, known.error_text) == (5, 3, "")
    assert known.plans[0]["name"] == "Windows 365 Enterprise 2 vCPU, 8 GB, 128 GB"
    connection, policy = desks.connection(), desks.policy()
    assert (connection.health, connection.in_use, connection.site) == ("passed", True, desks.site)
    assert [each["status"] for each in connection.checks] == ["passed"] * 11
    assert connection.checked_at is not None
    assert policy.connection_id == connection.graph_id
    assert policy.group_ids == [desks.group(OFFICE).graph_id]
    assert [(pc.user, pc.policy, pc.status) for pc in desks.pcs()] == [
        (upn(who), policy, "provisioned") for who in ("ann", "bob", "cem")
    ]
    assert all(pc.managed_device_id and pc.device_name.startswith("CPC-") for pc in desks.pcs())
    assert (desks.group(OFFICE).members, desks.group(WAREHOUSE).members) == (3, None)
    assert "Windows 11 Enterprise" in desks.gallery_image().name


def test_few_calls_however_much_there_is(desks: Desks) -> None:
    since = newest(desks.scene)
    assert desks.sync()
    asked = calls(desks, since)
    assert len(asked) == 9, asked  # licences, six lists, beta's Cloud PCs, one group's members


def test_few_queries_however_much_there_is(desks: Desks) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            database,
        ) as seen:
            assert desks.sync()
        return len(seen)

    few = count()
    desks.directory(
        skus=[{"partNumber": PLAN, "enabled": 9}],
        groups=[{"name": f"Team {number}"} for number in range(20)],
    )
    for who in ("eli", "fay", "gus"):
        desks.cloud_pc("Office", who)
    count()  # writes them
    assert count() <= few


def test_without_licences_one_call_is_enough(scene: Scene) -> None:
    desks = Desks(scene)
    since = newest(scene)
    assert desks.sync()
    assert [path.rpartition("/")[2] for path in calls(desks, since)] == ["subscribedSkus"]
    assert (desks.known.licences, desks.known.unlicensed) == (0, True)
    assert not ProvisioningPolicy.objects.exists()


def test_licences_that_ran_out_leave_what_there_is_in_sight(desks: Desks) -> None:
    desks.directory(skus=[{"partNumber": PLAN, "enabled": 0}])
    assert desks.sync()
    assert desks.known.unlicensed
    assert desks.policy().graph_id


def test_more_users_than_licences(desks: Desks) -> None:
    policy = desks.policy().graph_id
    desks.directory(groups=[{"name": "All", "members": [upn(f"p{number}") for number in range(4)]}])
    desks.sync()
    ids = [desks.group(name).graph_id for name in (OFFICE, WAREHOUSE, "All")]
    assign(desks, policy, *ids)
    desks.sync()
    assert (desks.known.assigned_users, desks.known.overrun) == (8, 3)


def test_somebody_in_two_groups_counts_once(desks: Desks) -> None:
    desks.directory(groups=[{"name": "Twice", "members": [upn("ann").upper(), upn("dora")]}])
    desks.sync()
    assign(desks, desks.policy().graph_id,
           *(desks.group(name).graph_id for name in (OFFICE, "Twice")))  # fmt: skip
    desks.sync()
    assert desks.known.assigned_users == 4


def test_what_changed_elsewhere_is_seen(desks: Desks) -> None:
    policy = desks.policy().graph_id
    desks.graph("PATCH", f"provisioningPolicies/{policy}", {"displayName": "Offices"})
    desks.directory(groups=[{"name": "New people"}])
    desks.sync()
    assert desks.policy("Offices").graph_id == policy
    assert desks.group("New people").graph_id
    assert ProvisioningPolicy.objects.count() == 1


def test_what_vanished_goes(desks: Desks) -> None:
    policy, connection = desks.policy(), desks.connection()
    assign(desks, policy.graph_id)
    desks.graph("DELETE", f"provisioningPolicies/{policy.graph_id}")
    desks.sync()
    assert not ProvisioningPolicy.objects.exists()
    assert {pc.policy for pc in desks.pcs()} == {None}
    assert {pc.status for pc in desks.pcs()} == {"inGracePeriod"}
    assert all(pc.grace_until for pc in desks.pcs())
    assert NetworkConnection.objects.get() == connection


def test_findings_of_a_check_that_graph_ran_itself(desks: Desks) -> None:
    row = desks.connection()
    body = {
        "kind": "health-check-fails", "match": {"connection": "Office network"},
        "errorType": "permissionCheckNoSubscriptionReaderRole",
    }  # fmt: skip
    desks.scene.control._http.post("/behaviours", json=body).raise_for_status()
    desks.graph("PATCH", f"onPremisesConnections/{row.graph_id}", {"displayName": row.name})
    assert wait_for_health(desks, row.graph_id) == "failed"
    desks.sync()
    row.refresh_from_db()
    assert row.health == "failed"
    failed = [each["error_type"] for each in row.checks if each["status"] == "failed"]
    assert failed == ["permissionCheckNoSubscriptionReaderRole"]


def test_rows_under_way_and_rows_that_never_came_to_be_stay(desks: Desks) -> None:
    tenant = desks.tenant
    policy = desks.policy()
    policy.name = "Being edited"
    policy.save()
    enqueue(services.POLICY_SAVE, tenant, policy, {}, "x", run_at=timezone.now())
    vanished = NetworkConnection.objects.create(
        tenant=tenant, name="Being deleted", graph_id="gone", join_type="azureADJoin"
    )
    enqueue(services.CONNECTION_DELETE, tenant, vanished, {}, "x", run_at=timezone.now())
    DeviceImage.objects.create(tenant=tenant, name="Never", version="1.0.0", status="failed")
    desks.sync()
    assert desks.policy("Being edited") == policy
    assert set(NetworkConnection.objects.values_list("name", flat=True)) == {
        "Being deleted", "Office network"
    }  # fmt: skip
    assert DeviceImage.objects.get().name == "Never"


def test_what_a_job_is_creating_is_not_read_as_a_second_one(desks: Desks) -> None:
    row = services.create_policy(desks.admin, desks.tenant, desks.new_spec())
    job = desks.job(services.POLICY_SAVE)
    desks.graph("POST", "provisioningPolicies", {
        "displayName": "Front desk", "imageType": "gallery",
        "imageId": desks.gallery_image().graph_id,
        "domainJoinConfigurations": [{"domainJoinType": "azureADJoin", "regionName": "westus"}],
    })  # fmt: skip
    desks.sync()
    assert ProvisioningPolicy.objects.filter(name="Front desk").get() == row
    run_tick(job.pk)  # finds that the name is taken, by somebody else's
    job.refresh_from_db()
    assert job.state == "failed"
    desks.sync()
    row.refresh_from_db()
    assert row.graph_id == desks.held_one("provisioningPolicies", "Front desk")["body"]["id"]
    assert row.region_name == "westus"


def test_what_a_job_wrote_after_we_asked_is_newer(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job creates and edits while the lists are on their way here."""
    policy, real = desks.policy(), Door.policies

    def slow(self: Door) -> object:
        found = real(self)
        later = timezone.now()
        ProvisioningPolicy.objects.filter(pk=policy.pk).update(name="Newer", seen_at=later)
        ProvisioningPolicy.objects.create(
            tenant=desks.tenant, name="Just made", graph_id="new", seen_at=later
        )
        return found

    monkeypatch.setattr(Door, "policies", slow)
    desks.sync()
    names = ProvisioningPolicy.objects.values_list("name", flat=True)
    assert sorted(names) == ["Just made", "Newer"]
    monkeypatch.undo()
    desks.sync()
    assert ProvisioningPolicy.objects.get().name == "Office"


def test_images_in_azure_are_read_now_and_then(desks: Desks) -> None:
    source = desks.source_image()
    assert (source.kind, source.os_type, source.generation) == ("managed", "Windows", "V2")
    assert services.judged_source(source).refusal == ""
    of_sets = SourceImage.objects.filter(kind="gallery")
    assert {row.name for row in of_sets} == {"images/office 0.0.0", "images/office 0.0.1"}
    for _, verdict in services.judged_sources(desks.tenant):
        assert verdict.refusal in ("", services.judged_source(of_sets[0]).refusal)
    assert "Made for Spot Groups" in services.judged_source(of_sets[0]).refusal
    SourceImage.objects.all().delete()
    desks.sync()
    assert not SourceImage.objects.exists()
    long_ago = timezone.now() - timedelta(minutes=16)
    Windows365.objects.update(sources_read_at=long_ago)
    desks.sync()
    assert SourceImage.objects.count() == 3
    SourceImage.objects.all().delete()
    services.refresh_sources(desks.admin, desks.tenant)
    desks.sync()
    assert SourceImage.objects.count() == 3


def test_trouble_is_told_and_the_rest_of_the_tenant_is_read(desks: Desks) -> None:
    register(desks, roles=["Organization.Read.All"])
    read_at = desks.known.read_at
    assert desks.sync()
    known = desks.known
    assert known.error_code == "graph-scope-missing"
    assert "CloudPC.Read" in known.error_text
    assert known.read_at == read_at
    assert CloudPc.objects.count() == 3
    assert TenantSync.objects.get().error_text == ""
    register(desks)
    assert desks.sync()
    assert desks.known.error_text == ""


def test_throttling_and_outages_are_noted(desks: Desks) -> None:
    throttle(desks, "GET", "provisioningPolicies")
    assert desks.sync()
    assert "slow down" in desks.known.error_text
    fault(desks, method="GET", path="cloudPCs", status=503)
    assert desks.sync()
    assert desks.known.error_code
    assert desks.sync()
    assert desks.known.error_code == ""
    assert EntraGroup.objects.count() == 2


@pytest.mark.django_db
def test_a_tenant_without_a_credential_is_left_alone() -> None:
    sync_windows_365(factories.tenant())
    assert not Windows365.objects.exists()
