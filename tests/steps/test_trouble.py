"""Trouble in mid-update: what an admin reads, how it ends, and that old hosts stay untouched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from spotgroups import services
from spotpc.azure import connect
from spotpc.jobs.models import Job
from tenants.connection import connection_for
from tests.scene import Scene, finish, run_jobs
from tests.steps.test_update import OLD, assert_updated, start
from tests.steps.trouble import (
    behaviour,
    delete_vm,
    fault,
    hasten,
    mend,
    newest,
    requests,
    run_until,
    set_drain,
    told,
    writes_to,
)

pytestmark = pytest.mark.usefixtures("unhurried")

ANN, BOB = "ann@test.example", "bob@test.example"
WAITS_FOR_ANN = "Waits for 1 user to sign out"


def records(scene: Scene) -> dict[str, dict[str, Any]]:
    """The pool's session hosts by their short names."""
    hosts = {host["name"].rpartition("/")[2]: host["properties"] for host in scene.hosts()}
    return {name.split(".")[0]: properties for name, properties in hosts.items()}


def assert_old_hosts_serve(scene: Scene, since: int) -> None:
    """In Azure, and by the journal: nobody so much as tried to change one of them."""
    found = records(scene)
    assert set(found) >= OLD
    assert all(found[name]["allowNewSession"] for name in OLD)
    assert all(found[name]["status"] == "Available" for name in OLD)
    assert writes_to(scene, OLD, since) == []
    assert scene.control.get("/messages")["messages"] == []


# Before anything is built


def test_no_quota_is_found_before_anything_is_built(scene: Scene) -> None:
    scene.control.post(
        "/quota",
        subscription=str(scene.tenant.subscription_id),
        location="westeurope",
        family="standardDSv5Family",
        limit=15,
    ).raise_for_status()
    since = newest(scene)
    update, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    update.refresh_from_db()
    assert (job.state, update.outcome) == (Job.State.FAILED, "failed")
    assert "allows 15 cores; 8 are in use and 8 more are needed" in job.error_text
    assert "users are not affected" in job.error_remedy
    assert scene.names("virtualMachines") == OLD
    assert_old_hosts_serve(scene, since)


def test_a_full_subnet_is_found_before_anything_is_built(scene: Scene) -> None:
    fill_subnet(scene, free=1)
    since = newest(scene)
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert job.state == Job.State.FAILED
    assert "has 1 free addresses, 2 are needed" in job.error_text
    assert "enlarge the subnet" in job.error_remedy
    assert_old_hosts_serve(scene, since)


def fill_subnet(scene: Scene, free: int) -> None:
    """Hosts go into a subnet of eight addresses, five of which Azure keeps for itself."""
    place = scene.place
    network = f"{place.root}/providers/Microsoft.Network/virtualNetworks/small"
    prefix = "10.30.0.0/29"
    subnets = [{"name": "hosts", "properties": {"addressPrefix": prefix}}]
    place.put(network, {"addressSpace": {"addressPrefixes": [prefix]}, "subnets": subnets})
    subnet_id = f"{network}/subnets/hosts"
    for number in range(3 - free):
        nic = f"{place.root}/providers/Microsoft.Network/networkInterfaces/printer-{number}"
        address = {"subnet": {"id": subnet_id}, "privateIPAllocationMethod": "Dynamic"}
        place.put(nic, {"ipConfigurations": [{"name": "ip", "properties": address}]})
    site = scene.group.site
    site.subnet_id = subnet_id
    site.save()


def test_a_host_pool_that_somebody_deleted(scene: Scene) -> None:
    _, job = start(scene, "immediate", warning_minutes=0)
    pool = scene.place.pool_id(scene.group.host_pool)
    for host in scene.hosts():
        scene.place.arm.call("DELETE", host["id"])
    scene.place.arm.call("DELETE", pool)
    finish(job)
    assert job.error_code == "host-pool-missing"
    assert "Office does not exist any more" in job.error_text
    assert scene.names("virtualMachines") == OLD


# Building new hosts


def stopped(scene: Scene, job: Job, since: int) -> str:
    run_until(job, "Stopped:")
    assert_old_hosts_serve(scene, since)
    assert "the old hosts keep serving; try again, or cancel" in job.waiting_for
    return job.waiting_for


def try_again(scene: Scene, job: Job) -> None:
    mend(scene)
    services.try_again(scene.admin, job.subject)  # type: ignore[arg-type]
    finish(job)
    assert_updated(scene, job)


@pytest.mark.parametrize("kind", ["hosts-never-register", "hosts-unhealthy"])
def test_new_hosts_that_never_become_ready_stop_the_update(scene: Scene, kind: str) -> None:
    scene.logon("ann")
    _, job = start(scene, "immediate", warning_minutes=0)
    # The old ones are fine: only what is built from now on is ill.
    behaviour(scene, kind, vm="^off-(?![12]$)")
    since = newest(scene)
    sentence = stopped(scene, job, since)
    assert "not healthy for" in sentence
    assert [each["user"] for each in scene.sessions()] == [ANN]
    try_again(scene, job)


def test_a_subnet_that_fills_up_meanwhile_stops_the_update(scene: Scene) -> None:
    _, job = start(scene, "immediate", warning_minutes=0)
    fault(scene, failure="SubnetIsFull", times=9)
    since = newest(scene)
    stopped(scene, job, since)
    assert "subnet" in told(job)
    try_again(scene, job)


def test_one_vm_that_fails_is_replaced(scene: Scene) -> None:
    fault(scene, failure="AllocationFailed", match={"vm": "^off-"}, times=1)
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)
    assert "ran out of room for Standard_D4s_v5" in told(job)


def test_a_size_sold_out_for_a_moment(scene: Scene) -> None:
    fault(scene, failure="SkuNotAvailable", match={"vm": "^off-"}, times=1)
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)


def test_an_image_version_deleted_from_the_gallery_meanwhile(scene: Scene) -> None:
    """One host stands already; the second cannot be built, so the old one goes on serving."""
    scene.logon("ann")
    behaviour(scene, "slow-vm", vm="^off-(?![12]$)")
    _, job = start(scene, "opportunistic")
    run_until(job, "Waits for 1 new host")
    definition = scene.image_set.definition
    scene.place.arm.call("DELETE", f"{scene.place.definition_id(definition)}/versions/0.0.1")
    mend(scene)
    run_until(job, "Stopped:")
    assert "0.0.1" in told(job)
    (left,) = OLD & set(records(scene))
    assert records(scene)[left]["allowNewSession"] is True
    assert [each["user"] for each in scene.sessions()] == [ANN]


def test_a_host_pool_deleted_in_mid_update(scene: Scene) -> None:
    behaviour(scene, "hosts-never-register", vm="^off-(?![12]$)")
    _, job = start(scene, "immediate", warning_minutes=0)
    run_until(job, "Waits for 2 new hosts")
    pool = scene.place.pool_id(scene.group.host_pool)
    for host in scene.hosts():
        scene.place.arm.call("DELETE", host["id"])
    scene.place.arm.call("DELETE", pool)
    finish(job)
    assert (job.state, job.error_code) == (Job.State.FAILED, "host-pool-missing")
    assert "Office does not exist any more" in job.error_text
    built = scene.names("virtualMachines") - OLD
    assert len(built) == 2
    assert all(name in told(job) for name in built)  # they stay, and are listed with why
    assert {row.fate for row in job.resources.all()} == {"kept"}


def test_throttling_slows_the_update_down_and_nothing_else(scene: Scene) -> None:
    body = {"error": {"code": "TooManyRequests", "message": "Slow down."}}
    headers = {"Retry-After": "1"}
    _, job = start(scene, "immediate", warning_minutes=0)
    fault(
        scene, path="/sessionHosts", method="GET", status=429, headers=headers, body=body, times=2
    )
    finish(job)
    assert_updated(scene, job)
    assert "slow down" in told(job)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_connections_dropped_around_every_write_change_nothing(scene: Scene, after: bool) -> None:
    scene.logon("ann")
    _, job = start(scene, "immediate", warning_minutes=0)
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        fault(scene, method=method, path="/(off-|sessionHosts)", drop=True, after=after, times=2)
    finish(job)
    assert_updated(scene, job)
    assert "broken off" in told(job)
    assert scene.control.get("/faults")["faults"] == []  # all were met
    asked = {
        each["path"].rpartition("/")[2] for each in requests(scene, "PUT", "/virtualMachines/")
    }
    assert len({name for name in asked if name.startswith("off-")} - OLD) == 2


# While users are moved


def test_drain_mode_turned_off_by_somebody_is_turned_on_again(scene: Scene) -> None:
    scene.logon("ann")
    _, job = start(scene, "opportunistic")
    run_until(job, WAITS_FOR_ANN)
    (left,) = OLD & set(records(scene))
    set_drain(scene, left, False)
    run_jobs(lambda: "drain mode came off" in told(job), seconds=20)
    assert records(scene)[left]["allowNewSession"] is False
    scene.logoff("ann")
    finish(job)
    assert_updated(scene, job)


def test_a_new_vm_deleted_by_somebody_is_replaced(scene: Scene) -> None:
    scene.logon("ann")
    _, job = start(scene, "opportunistic")
    run_until(job, WAITS_FOR_ANN)
    new = sorted(scene.names("virtualMachines") - OLD)[0]
    delete_vm(scene, new)
    scene.logoff("ann")
    finish(job)
    assert_updated(scene, job)
    assert new not in scene.names("virtualMachines")


def test_a_log_on_in_flight_is_warned_for_the_whole_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob lands on an old host after its users were warned: he gets his own warning time."""
    warning = timedelta(seconds=3)
    hasten(monkeypatch, warning=warning)
    scene.logon("ann")
    _, job = start(scene, "immediate", warning_minutes=5)
    run_jobs(lambda: bool(scene.control.get("/messages")["messages"]), seconds=20)
    land_on_old_host(scene, "bob")
    finish(job)
    assert_updated(scene, job)
    warned = first_times(scene.control.get("/messages")["messages"])
    signed_out = first_times(scene.control.get("/state")["signouts"])
    assert set(warned) == set(signed_out) == {ANN, BOB}
    for user in warned:
        assert signed_out[user] - warned[user] >= warning


def first_times(entries: list[dict[str, Any]]) -> dict[str, datetime]:
    return {each["user"]: datetime.fromisoformat(each["time"]) for each in reversed(entries)}


def land_on_old_host(scene: Scene, person: str) -> None:
    """The broker had chosen the host before it was drained."""
    hosts = records(scene)
    for name in hosts:
        set_drain(scene, name, name not in OLD)
    assert scene.logon(person)["sessionHost"].split(".")[0] in OLD
    for name in hosts:
        set_drain(scene, name, name in OLD)


# The door to Azure closes


def test_a_secret_that_expires_in_mid_update_is_waited_for(scene: Scene) -> None:
    scene.logon("ann")
    update, job = start(scene, "opportunistic")
    run_until(job, WAITS_FOR_ANN)
    app = {"clientId": str(scene.tenant.credential.client_id), "secret": "demo-client-secret"}
    scene.control.post("/apps", **app, expired=True).raise_for_status()
    connect.forget(connection_for(scene.tenant))  # as after an hour, when the token is used up
    run_until(job, "has expired")
    assert job.active
    update.refresh_from_db()
    assert "nothing is changed until it can" in update.waiting_for
    scene.control.post("/apps", **app).raise_for_status()
    scene.logoff("ann")
    finish(job)
    assert_updated(scene, job)
