"""Spot Group updates against the emulator: hosts, sessions, messages, and what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from spotgroups import services
from spotgroups.models import SpotGroupUpdate
from spotgroups.services import Choices
from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job, latest_job
from tenants.sync import sync_tenant
from tests.scene import Scene, finish, run_jobs

OLD = {"off-1", "off-2"}


def start(scene: Scene, method: str, **more: object) -> tuple[SpotGroupUpdate, Job]:
    assert sync_tenant(scene.tenant.pk)
    choices = Choices(method=method, **more)  # type: ignore[arg-type]
    update = services.start_update(scene.admin, scene.group, scene.version("0.0.1"), choices)
    job = latest_job(update)
    assert job is not None
    return update, job


def images_of_hosts(scene: Scene) -> list[str]:
    """The image version each session host of the pool was built from."""
    vms = {each["id"].casefold(): each for each in scene.resources("virtualMachines")}
    return [
        vms[host["properties"]["resourceId"].casefold()]["properties"]["storageProfile"][
            "imageReference"
        ]["id"].rpartition("/")[2]
        for host in scene.hosts()
    ]


def assert_updated(scene: Scene, job: Job) -> None:
    assert job.state == Job.State.SUCCEEDED
    assert images_of_hosts(scene) == ["0.0.1", "0.0.1"]
    for kind in ("virtualMachines", "networkInterfaces", "disks"):
        assert not {name for name in scene.names(kind) if name.removesuffix("-nic") in OLD}
        assert not {name for name in scene.names(kind) if name.removesuffix("-os") in OLD}
        assert len(scene.names(kind)) == 2
    assert scene.group.image_version == scene.version("0.0.1")


def entra_devices(scene: Scene) -> set[str]:
    graph = scene.control.get("/state")["graph"]
    return {each["body"]["displayName"] for each in graph if each["kind"] == "devices"}


def test_opportunistic_waits_for_users_and_signs_nobody_out(scene: Scene) -> None:
    scene.logon("ann")
    update, job = start(scene, "opportunistic")

    def waits_for_ann() -> bool:
        update.refresh_from_db()
        left = {host["name"].rpartition("/")[2] for host in scene.hosts()} & OLD
        return update.hosts.filter(phase="Waiting for users").exists() and len(left) == 1

    run_jobs(waits_for_ann)
    assert [each["user"] for each in scene.sessions()] == ["ann@test.example"]
    landed = scene.logon("bob")
    assert landed["sessionHost"].rpartition("/")[2].split(".")[0] not in OLD
    scene.logoff("ann")
    finish(job)
    assert_updated(scene, job)
    assert scene.control.get("/messages")["messages"] == []
    assert scene.control.get("/state")["signouts"] == []


def test_immediate_warns_everybody_and_then_signs_them_out(scene: Scene) -> None:
    scene.logon("ann")
    scene.logon("bob")
    scene.control.post("/disconnect", user="bob@test.example")
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)
    told = {each["user"] for each in scene.control.get("/messages")["messages"]}
    assert "ann@test.example" in told
    out = {each["user"] for each in scene.control.get("/state")["signouts"]}
    assert out == {"ann@test.example", "bob@test.example"}
    assert scene.sessions() == []


def test_scheduled_builds_before_and_cuts_over_at_its_time(scene: Scene) -> None:
    scene.logon("ann")
    at = datetime.now(UTC) + timedelta(seconds=20)
    update, job = start(
        scene, "scheduled", scheduled_at=at, scheduled_zone="UTC", warning_minutes=0
    )
    finish(job, seconds=90)
    assert_updated(scene, job)
    update.refresh_from_db()
    assert update.cut_over_at is not None
    assert update.cut_over_at >= at
    ready = [row.ready_at for row in update.hosts.filter(slot__isnull=False)]
    assert all(moment is not None and moment < at for moment in ready)
    sent = datetime.fromisoformat(scene.control.get("/messages")["messages"][0]["time"])
    assert sent >= at


def test_vms_that_fail_stop_the_update_and_touch_nobody(scene: Scene) -> None:
    scene.logon("ann")
    scene.control.post("/behaviours", kind="vm-create-fails", match={})
    update, job = start(scene, "immediate", warning_minutes=0)
    run_jobs(lambda: "Stopped:" in Job.objects.get(pk=job.pk).waiting_for)
    old = [host for host in scene.hosts() if host["name"].rpartition("/")[2] in OLD]
    assert len(old) == 2
    assert all(host["properties"]["allowNewSession"] for host in old)
    assert len(scene.sessions()) == 1
    scene.control.delete("/behaviours")
    services.try_again(scene.admin, update)
    finish(job)
    assert_updated(scene, job)


def test_cancel_before_the_cut_over_puts_the_group_back(scene: Scene) -> None:
    update, job = start(scene, "immediate", warning_minutes=0)
    run_jobs(lambda: len(scene.names("virtualMachines")) == 4)
    services.cancel_update(scene.admin, update)
    finish(job)
    assert job.state == Job.State.CANCELLED
    assert scene.names("virtualMachines") == OLD
    assert len(scene.names("networkInterfaces")) == 2
    assert images_of_hosts(scene) == ["0.0.0", "0.0.0"]
    assert all(host["properties"]["allowNewSession"] for host in scene.hosts())
    assert active_job(update) is None


def test_the_devices_of_removed_hosts_go_with_them(scene: Scene) -> None:
    assert entra_devices(scene) == OLD
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)
    assert len(entra_devices(scene)) == 2
    assert not entra_devices(scene) & OLD


def test_without_the_permission_the_devices_stay_and_are_listed(scene: Scene) -> None:
    client_id = str(scene.tenant.credential.client_id)
    registered = {"clientId": client_id, "secret": "demo-client-secret", "roles": []}
    scene.control.post("/apps", **registered).raise_for_status()
    update, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)
    assert entra_devices(scene) >= OLD
    notes = [row.note for row in update.hosts.filter(slot=None)]
    assert len(notes) == 2
    assert all("Device.Read.All" in note for note in notes), notes
    warned = [each.text for each in job.events.filter(level="warning")]
    assert any("off-1: Its device records stay" in text for text in warned)


def test_an_outage_of_graph_only_delays_the_clean_up(scene: Scene) -> None:
    busy = {"method": "GET", "path": "/v1.0/devices", "status": 503, "times": 3}
    scene.control.post("/faults", **busy).raise_for_status()
    _, job = start(scene, "immediate", warning_minutes=0)
    finish(job)
    assert_updated(scene, job)
    assert not entra_devices(scene) & OLD
