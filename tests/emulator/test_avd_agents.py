"""What the agent in a VM does, minute by minute, on the world alone: no server, no waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from spotpc.emulator import control_users
from spotpc.emulator.avd import agents, registration, session_hosts, sessions
from spotpc.emulator.avd.protocol import HOST_POOLS, SESSION_HOSTS, USER_SESSIONS, instant
from spotpc.emulator.world import Resource, World

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
GROUP = "/subscriptions/s/resourceGroups/rg"
POOL = f"{GROUP}/providers/Microsoft.DesktopVirtualization/hostPools/pool"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
MINUTE = 60


class Scene:
    """One pool, one VM, and a clock that moves when told."""

    def __init__(self, home: Path, clock: time_machine.Traveller) -> None:
        self.home, self.clock = home, clock
        self.world = World(home)
        properties = {
            "objectId": "object-1",
            "hostPoolType": "Pooled",
            "loadBalancerType": "BreadthFirst",
            "maxSessionLimit": 4,
        }
        self.pool = Resource(POOL, HOST_POOLS, {"id": POOL, "properties": properties})
        registration.apply(self.world, self.pool, _asking(27 * 24 * 3600))
        self.vm()

    @property
    def token(self) -> str:
        return str(self.pool.inner["registration"]["token"])

    def vm(self, vm: str = VM, uuid: str = "uuid-1", computer: str = "vm-1") -> None:
        properties = {"vmId": uuid, "osProfile": {"computerName": computer}}
        self.world.save(
            Resource(vm, "Microsoft.Compute/virtualMachines", {"id": vm, "properties": properties})
        )

    def install(self, protected: Any = None, settings: Any = None, vm: str = VM) -> None:
        self.world.emit(
            "extension-succeeded",
            vm=vm,
            type="DSC",
            settings=settings or {},
            protected=protected or {"properties": {"registrationInfoToken": self.token}},
        )

    def later(self, seconds: float) -> None:
        self.clock.shift(seconds)
        self.world.settle()

    def hosts(self) -> list[Resource]:
        return list(self.world.each(SESSION_HOSTS))

    def seen(self) -> dict[str, Any]:
        (host,) = self.hosts()
        found: dict[str, Any] = session_hosts.shown(
            self.world, host, agents.sessions_by_host(self.world, host.id)
        )["properties"]
        return found

    def behave(self, kind: str, **match: str) -> None:
        self.world.documents("behaviours").save("one", {"kind": kind, "match": match})


def _asking(seconds: float) -> dict[str, str]:
    expires = instant(datetime.now(UTC).timestamp() + seconds)
    return {"registrationTokenOperation": "Update", "expirationTime": expires}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with time_machine.travel(START, tick=False) as clock:
        made = Scene(tmp_path, clock)
        yield made
        made.world.close()


@pytest.fixture
def available(scene: Scene) -> Scene:
    scene.install()
    scene.later(10 * MINUTE)
    assert scene.seen()["status"] == "Available"
    return scene


def test_a_fresh_host_takes_six_minutes_and_updates_its_agent_on_the_way(scene: Scene) -> None:
    scene.install()
    assert scene.hosts() == []
    history = []
    for _ in range(7):
        scene.later(MINUTE)
        history.append(scene.seen()["status"])
    assert history == ["Unavailable", *["Upgrading"] * 4, *["Available"] * 2]
    assert scene.seen()["virtualMachineId"] == "uuid-1"
    assert scene.seen()["resourceId"] == VM
    assert scene.seen()["agentVersion"] == agents._VERSION_UPDATED


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda token: ({"properties": {"registrationInfoToken": token}}, {}), id="p"),
        pytest.param(lambda token: ({"Items": {"RegistrationInfoToken": token}}, {}), id="items"),
        pytest.param(
            lambda token: ({"x": 1}, {"properties": {"registrationInfoToken": token}}), id="leaked"
        ),
    ],
)
def test_the_token_is_found_where_templates_put_it(scene: Scene, body: Any) -> None:
    protected, settings = body(scene.token)
    scene.install(protected, settings)
    scene.later(2 * MINUTE)
    assert len(scene.hosts()) == 1


def test_an_unknown_token_opens_nothing(scene: Scene) -> None:
    scene.install({"properties": {"registrationInfoToken": scene.token + "x"}})
    scene.later(60 * MINUTE)
    assert scene.hosts() == []


def test_a_replaced_token_opens_nothing(scene: Scene) -> None:
    old = scene.token
    registration.apply(scene.world, scene.pool, _asking(7200))
    scene.install({"properties": {"registrationInfoToken": old}})
    scene.later(60 * MINUTE)
    assert scene.hosts() == []


def test_an_expired_token_opens_nothing(scene: Scene) -> None:
    registration.apply(scene.world, scene.pool, _asking(7200))
    scene.later(7201)
    scene.install()
    scene.later(60 * MINUTE)
    assert scene.hosts() == []


def test_a_token_is_good_until_it_expires(scene: Scene) -> None:
    registration.apply(scene.world, scene.pool, _asking(7200))
    scene.later(7199)
    scene.install()
    scene.later(60 * MINUTE)
    assert len(scene.hosts()) == 1


def test_another_vm_of_the_same_name_is_kept_out(available: Scene) -> None:
    other = VM.replace("vm-1", "other")
    available.vm(other, uuid="uuid-2", computer="vm-1")
    available.install(vm=other)
    available.later(agents.APPEARS + 1)
    assert available.seen()["status"] == "Available"
    assert available.seen()["virtualMachineId"] == "uuid-1"


def test_a_domain_joined_host_carries_its_domain(scene: Scene) -> None:
    join = {"type": "JsonADDomainExtension", "settings": {"Name": "corp.example"}}
    kind = "Microsoft.Compute/virtualMachines/extensions"
    scene.world.save(Resource(f"{VM}/extensions/join", kind, {"properties": join}))
    scene.install()
    scene.later(2 * MINUTE)
    assert scene.hosts()[0].body["name"] == "pool/vm-1.corp.example"


def test_the_heart_beats_while_the_vm_runs_and_stops_with_it(available: Scene) -> None:
    before = available.seen()["lastHeartBeat"]
    available.later(5 * MINUTE)
    running = available.seen()["lastHeartBeat"]
    assert running > before
    available.world.emit("vm-stopped", vm=VM)
    stopped = available.seen()["lastHeartBeat"]
    available.later(5 * MINUTE)
    assert available.seen()["lastHeartBeat"] == stopped == running
    assert available.seen()["status"] == "Shutdown"


def test_a_started_host_is_available_after_its_agent_started(available: Scene) -> None:
    available.world.emit("vm-stopped", vm=VM)
    available.later(MINUTE)
    available.world.emit("vm-running", vm=VM)
    assert available.seen()["status"] == "Unavailable"
    available.later(agents.AGENT_STARTS)
    assert available.seen()["status"] == "Available"


def test_a_restart_ends_the_sessions_once_the_agent_is_back(available: Scene) -> None:
    sessions.begin(available.world, available.hosts()[0], "ann@corp.example")
    available.world.emit("vm-running", vm=VM)
    assert available.seen()["status"] == "Unavailable"
    assert available.seen()["sessions"] == 1  # a ghost
    available.later(agents.AGENT_STARTS)
    assert available.seen()["sessions"] == 0
    (lost,) = available.world.documents("signouts").values()
    assert (lost["user"], lost["via"]) == ("ann@corp.example", "vm-restarted")


def test_a_stop_before_the_host_appeared_only_delays_it(scene: Scene) -> None:
    scene.install()
    scene.world.emit("vm-stopped", vm=VM)
    scene.later(10 * MINUTE)
    assert scene.hosts() == []
    scene.world.emit("vm-running", vm=VM)
    scene.later(10 * MINUTE)
    assert scene.seen()["status"] == "Available"


def test_a_removed_vm_leaves_a_ghost_that_turns_unavailable(available: Scene) -> None:
    available.world.remove(VM)
    available.world.emit("vm-removed", vm=VM)
    assert available.seen()["status"] == "Available"  # nobody has noticed yet
    available.later(agents.HEARTBEAT_LOST)
    assert available.seen()["status"] == "Unavailable"


def test_a_forgotten_host_does_not_come_back_by_itself(available: Scene) -> None:
    host = available.hosts()[0]
    agents.cancel(available.world, host)
    available.world.remove(host.id)
    available.world.emit("vm-stopped", vm=VM)
    available.world.emit("vm-running", vm=VM)
    available.later(30 * MINUTE)
    assert available.hosts() == []


def test_hosts_never_register_is_a_green_extension_and_no_host(scene: Scene) -> None:
    scene.behave("hosts-never-register", hostPool="pool", vm="^vm-1$")
    scene.install()
    scene.later(60 * MINUTE)
    assert scene.hosts() == []


def test_hosts_never_register_spares_other_pools(scene: Scene) -> None:
    scene.behave("hosts-never-register", hostPool="elsewhere")
    scene.install()
    scene.later(60 * MINUTE)
    assert len(scene.hosts()) == 1


def test_hosts_unhealthy_holds_until_it_is_cleared(available: Scene) -> None:
    available.behave("hosts-unhealthy", hostPool="pool", vm="vm-")
    checks = available.seen()["sessionHostHealthCheckResults"]
    failed = [each["healthCheckName"] for each in checks if "Failed" in each["healthCheckResult"]]
    assert (available.seen()["status"], failed) == ("Unavailable", ["DomainTrustCheck"])
    refusal = control_users._logon(available.world, {"hostPool": "pool", "user": "a@b"}, {})
    assert refusal.status == 409
    available.world.documents("behaviours").clear()
    assert available.seen()["status"] == "Available"


def test_speed_shortens_the_wait(scene: Scene) -> None:
    scene.world.change_speed(60)
    scene.install()
    scene.later(6)
    assert scene.seen()["status"] == "Available"


def test_everything_is_found_again_after_a_restart(available: Scene) -> None:
    sessions.begin(available.world, available.hosts()[0], "ann@corp.example")
    available.world.close()
    available.world = World(available.home)
    assert available.seen()["sessions"] == 1
    (session,) = available.world.each(USER_SESSIONS)
    assert session.body["name"] == "pool/vm-1/2"
