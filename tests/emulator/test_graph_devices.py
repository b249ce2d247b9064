"""VMs that join Entra ID, the devices they leave behind, and what a taken name does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from spotpc.emulator.avd import agents, registration, session_hosts
from spotpc.emulator.avd.protocol import HOST_POOLS, SESSION_HOSTS, instant
from spotpc.emulator.graph import devices
from spotpc.emulator.graph.objects import INTUNE
from spotpc.emulator.graph.routing import documents_of
from spotpc.emulator.world import Resource, World

from . import builders
from .client import TENANT, Client, until
from .graph_client import graph, refusal

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
GROUP = "/subscriptions/s/resourceGroups/rg"
POOL = f"{GROUP}/providers/Microsoft.DesktopVirtualization/hostPools/pool"
QUARTER = 900


def extension(**settings: str) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.ActiveDirectory",
            "type": "AADLoginForWindows",
            "typeHandlerVersion": "2.0",
            "settings": settings,
        },
    }


def join(client: Client, machine: str, **settings: str) -> None:
    path = f"{machine}/extensions/login"
    assert client.wait(client.arm("PUT", path, extension(**settings)))["status"] == "Succeeded"


# -- over the wire ------------------------------------------------------------------------------


@pytest.fixture
def machine(emulator: Client) -> str:
    builders.vnet(emulator)
    return builders.vm(emulator, "host-1")


def test_a_vm_that_joins_is_a_device_and_stays_one_without_its_vm(
    emulator: Client, machine: str
) -> None:
    msgraph = graph(emulator)
    join(emulator, machine, mdmId=INTUNE)
    (device,) = msgraph.values("/devices?$filter=displayName eq 'HOST-1'")
    (record,) = msgraph.values("/deviceManagement/managedDevices?$filter=deviceName eq 'host-1'")
    assert record["azureADDeviceId"] == device["deviceId"] != device["id"]
    emulator.wait(emulator.arm("DELETE", machine))
    assert emulator.arm("GET", machine).status_code == 404
    assert msgraph.values("/devices?$filter=displayName in ('host-1','x')") == [device]
    for path in (f"/devices/{device['id']}", f"/deviceManagement/managedDevices/{record['id']}"):
        assert msgraph.ask("DELETE", path).status_code == 204
        assert refusal(msgraph.ask("DELETE", path))[0] == 404
        assert refusal(msgraph.ask("GET", path))[0] == 404
    assert msgraph.values("/devices") == msgraph.values("/deviceManagement/managedDevices") == []


def test_without_intune_s_id_a_vm_is_not_enrolled(emulator: Client, machine: str) -> None:
    msgraph = graph(emulator)
    join(emulator, machine, mdmId="")
    assert [each["isManaged"] for each in msgraph.values("/devices")] == [None]
    assert msgraph.values("/deviceManagement/managedDevices") == []
    assert graph(emulator, tenant="22222222-2222-4222-8222-222222222222").values("/devices") == []


def test_intune_s_list_knows_no_in(emulator: Client) -> None:
    path = "/deviceManagement/managedDevices?$filter=deviceName in ('a','b')"
    assert refusal(graph(emulator).ask("GET", path)) == (400, "BadRequest")


def test_a_new_vm_of_an_old_name_joins_once_the_old_device_is_gone(
    emulator: Client, machine: str
) -> None:
    msgraph = graph(emulator)
    join(emulator, machine)
    (old,) = msgraph.values("/devices")
    emulator.wait(emulator.arm("DELETE", machine))
    join(emulator, builders.vm(emulator, "host-1"))
    assert msgraph.values("/devices") == [old]
    assert msgraph.ask("DELETE", f"/devices/{old['id']}").status_code == 204
    until(lambda: msgraph.values("/devices"), lambda found: len(found) == 1)


# -- the world alone: what AVD makes of it ------------------------------------------------------


class Scene:
    """Session hosts in one pool, and a clock that moves when told."""

    def __init__(self, home: Path, clock: time_machine.Traveller) -> None:
        self.world, self.clock = World(home), clock
        self.world.documents("subscription-tenants").save("s", {"tenant": TENANT})
        pool = Resource(POOL, HOST_POOLS, {"id": POOL, "properties": {"objectId": "o"}})
        expires = instant(datetime.now(UTC).timestamp() + 24 * 3600)
        registration.apply(
            self.world,
            pool,
            {"registrationTokenOperation": "Update", "expirationTime": expires},
        )
        self.token = pool.inner["registration"]["token"]

    def host(self, name: str, computer: str, uuid: str) -> None:
        vm = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}"
        properties = {
            "vmId": uuid,
            "osProfile": {"computerName": computer},
            "storageProfile": {"osDisk": {}},
        }
        body = {"id": vm, "properties": properties}
        self.world.save(Resource(vm, "Microsoft.Compute/virtualMachines", body))
        for kind, settings in (("AADLoginForWindows", {"mdmId": INTUNE}), ("DSC", {})):
            self.world.emit(
                "extension-succeeded",
                vm=vm,
                type=kind,
                settings=settings,
                protected={"properties": {"registrationInfoToken": self.token}},
            )

    def later(self, seconds: float) -> None:
        self.clock.shift(seconds)
        self.world.settle()

    def seen(self) -> dict[str, Any]:
        (host,) = self.world.each(SESSION_HOSTS)
        sessions = agents.sessions_by_host(self.world, host.id)
        found: dict[str, Any] = session_hosts.shown(self.world, host, sessions)["properties"]
        return found

    def failed(self) -> list[str]:
        checks = self.seen()["sessionHostHealthCheckResults"]
        return [x["healthCheckName"] for x in checks if "Failed" in x["healthCheckResult"]]

    def names(self) -> list[str]:
        known = documents_of(self.world, TENANT, "devices").values()
        return [each["body"]["displayName"] for each in known]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with time_machine.travel(START, tick=False) as clock:
        made = Scene(tmp_path, clock)
        yield made
        made.world.close()


def test_a_taken_name_makes_a_host_unavailable_until_the_device_is_gone(scene: Scene) -> None:
    devices.join(scene.world, TENANT, "HOST-1", inner={"vmId": "an old one"})
    scene.host("new", "Host-1", "uuid-1")
    scene.later(QUARTER - 1)
    assert (scene.seen()["status"], scene.failed()) == ("Unavailable", ["DomainJoinedCheck"])
    (old,) = documents_of(scene.world, TENANT, "devices").values()
    devices.leave(scene.world, TENANT, old["body"]["deviceId"])
    assert scene.seen()["status"] == "Unavailable"
    scene.later(2)
    assert (scene.seen()["status"], scene.failed()) == ("Available", [])
    assert scene.names() == ["Host-1"]


def test_it_tries_again_as_long_as_the_name_is_taken(scene: Scene) -> None:
    devices.join(scene.world, TENANT, "host-1", inner={"vmId": "an old one"})
    scene.host("new", "host-1", "uuid-1")
    scene.later(10 * QUARTER)
    assert scene.failed() == ["DomainJoinedCheck"]
    assert len(scene.world.pending("entra-join-again")) == 1


def test_a_cloud_pc_s_device_takes_no_name(scene: Scene) -> None:
    devices.join(scene.world, TENANT, "host-1", managed=True)
    scene.host("new", "host-1", "uuid-1")
    scene.later(QUARTER - 1)
    assert scene.seen()["status"] == "Available"


def test_joining_twice_is_one_device(scene: Scene) -> None:
    scene.host("new", "host-1", "uuid-1")
    machine = next(scene.world.each("Microsoft.Compute/virtualMachines"))
    scene.world.emit(
        "extension-succeeded", vm=machine.id, type="AADLoginForWindows", settings={}, protected={}
    )
    assert scene.names() == ["host-1"]


def test_the_same_name_in_another_tenant_is_free(scene: Scene) -> None:
    devices.join(scene.world, "other", "host-1", inner={"vmId": "an old one"})
    scene.host("new", "host-1", "uuid-1")
    assert scene.names() == ["host-1"]


def test_a_replaced_vm_does_not_join_for_its_successor(scene: Scene) -> None:
    devices.join(scene.world, TENANT, "host-1", inner={"vmId": "an old one"})
    scene.host("new", "host-1", "uuid-1")
    machine = next(scene.world.each("Microsoft.Compute/virtualMachines"))
    machine.properties["vmId"] = "uuid-2"
    (old,) = documents_of(scene.world, TENANT, "devices").values()
    devices.leave(scene.world, TENANT, old["body"]["deviceId"])
    scene.later(2 * QUARTER)
    assert scene.names() == []
