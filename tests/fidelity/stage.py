"""One emulator in which every operation of `spotpc.azure` can be tried, well or badly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from spotpc.azure import clouds
from spotpc.azure.connect import Azure, connect, forget
from spotpc.azure.errors import AzureError, from_failure
from spotpc.azure.types import (
    Connection,
    Credential,
    ExtensionSpec,
    Failure,
    MarketplaceImage,
    NicSpec,
    Provisioning,
)
from spotpc.emulator.server import Emulator
from tests.azure.scene import REGION, marketplace, vm_spec
from tests.emulator import builders
from tests.emulator.avd_scene import hosts_of, logon, make_pool
from tests.emulator.client import GROUP, SUBSCRIPTION, TENANT, Client, open_client, until

from . import graph_operations

SPEED = 200_000.0
GROUP_NAME = "rg-one"
VM = "vm-one"
POOL = "pool"
HOST = "host-one"
USER = "ann@corp.example"
DISKS = f"{GROUP}/providers/Microsoft.Compute/disks"
WHERE = (GROUP_NAME, "gallery", "desktop")


@dataclass
class Stage:
    client: Client
    azure: Azure
    connection: Connection
    sealed_vm: str  # the id of a generalized VM
    image: MarketplaceImage
    session: str  # the id of a user's session
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def number(self) -> int:
        return next(self.numbers)

    def nic(self) -> str:
        """A new one: Azure reserves the card of a VM that failed for that VM, for a while."""
        return builders.nic(self.client, f"spare-{self.number()}")


@contextmanager
def opened(home: Path) -> Iterator[Stage]:
    """A running VM `vm-one`, a generalized one, a gallery, and a pool with a host and a session."""
    emulator = Emulator(home, speed=SPEED).start()
    client = open_client(emulator, home)
    cloud = clouds.private(client.url, client.url, ca_file=client.ca_file)
    connection = Connection(cloud, Credential(TENANT, "app", "secret"), SUBSCRIPTION)
    try:
        client.group()
        _raise_quota(client)
        builders.vnet(client, "10.0.0.0/16")
        builders.wait_agent(client, builders.vm(client, VM))
        sealed = builders.vm(client, "vm-sealed")
        builders.wait_agent(client, sealed)
        builders.generalize(client, sealed)
        builders.definition(client)
        _host(client, make_pool(client, maxSessionLimit=99))
        session = str(logon(client, USER)["sessionId"])
        azure = connect(connection)
        stage = Stage(client, azure, connection, sealed, marketplace(azure), session)
        graph_operations.furnish(stage)
        yield stage
    finally:
        forget(connection)
        client.http.close()
        emulator.stop()


def _raise_quota(client: Client) -> None:
    """Enough for every VM of every test of this process."""
    for family in ("cores", "standardDSv5Family"):
        where = {"subscription": SUBSCRIPTION, "location": REGION, "family": family}
        assert client.control("POST", "quota", {**where, "limit": 10_000}).is_success


def _host(client: Client, token: str) -> None:
    vm = builders.vm(client, HOST)
    builders.wait_agent(client, vm)
    agent = {
        "publisher": "Microsoft.Powershell",
        "type": "DSC",
        "typeHandlerVersion": "2.83",
        "protectedSettings": {"properties": {"registrationInfoToken": token}},
    }
    body = {"location": REGION, "properties": agent}
    client.wait(client.arm("PUT", f"{vm}/extensions/register", body))
    until(lambda: hosts_of(client), lambda hosts: HOST in hosts)
    until(lambda: hosts_of(client)[HOST]["status"], lambda status: status == "Available")


# --- the operations: what is called, and what the admin is told it is -------------------------


@dataclass(frozen=True)
class Operation:
    """A call of the product's own door to Azure: `ready` prepares it, so that nothing but the
    call itself meets the fault. `told` are the door's own words for it; `path` is what it asks
    for, less the names."""

    told: str
    method: str
    path: str
    ready: Callable[[Stage], Callable[[], Any]]


def _create_vm(stage: Stage) -> Callable[[], Any]:
    name = f"vm-{stage.number()}"
    spec = vm_spec(
        resource_group=GROUP_NAME,
        name=name,
        nic_id=stage.nic(),
        os_disk_name=f"{name}-os",
        image_version_id=None,
        marketplace_image=stage.image,
    )
    return partial(stage.azure.compute.create_vm, spec)


def _create_nic(stage: Stage) -> Callable[[], Any]:
    spec = NicSpec(GROUP_NAME, f"nic-{stage.number()}", REGION, builders.SUBNET_ID)
    return partial(stage.azure.network.create_nic, spec)


def _extension(stage: Stage) -> Callable[[], Any]:
    """Under one name: Azure allows only one extension of a kind."""
    spec = ExtensionSpec("ext", REGION, "Microsoft.Compute", "CustomScriptExtension", "1.10")
    return partial(stage.azure.compute.put_extension, GROUP_NAME, VM, spec)


def _run_command(stage: Stage) -> Callable[[], Any]:
    name = f"seal-{stage.number()}"
    return partial(stage.azure.compute.put_run_command, GROUP_NAME, VM, name, ["dir"], REGION)


def _version(stage: Stage) -> Callable[[], Any]:
    where = (*WHERE, f"1.0.{stage.number()}", REGION)
    create = stage.azure.gallery.create_version_from_vm
    return partial(create, *where, stage.sealed_vm, [REGION])


def _token(stage: Stage) -> Callable[[], Any]:
    """Asks for a longer life than the pool's token has, so that it is renewed."""
    return partial(stage.azure.avd.registration_token, GROUP_NAME, POOL, timedelta(days=20))


def _message(stage: Stage) -> Callable[[], Any]:
    where = (GROUP_NAME, POOL, HOST, stage.session)
    return partial(stage.azure.avd.send_message, *where, "Update", "Please sign out.")


def _sign_in(stage: Stage) -> Callable[[], Any]:
    """With nothing cached, so that a token is asked for first."""
    forget(stage.connection)
    return partial(connect(stage.connection).compute.list_disks, GROUP_NAME)


def _plain(call: str, *arguments: Any) -> Callable[[Stage], Callable[[], Any]]:
    """A call that needs nothing prepared: `compute.start` and its arguments."""
    return lambda stage: partial(attrgetter(call)(stage.azure), GROUP_NAME, *arguments)


_VM = "/virtualMachines/x"
_IMAGE_VERSION = "/galleries/x/images/x/versions/1.0.0"
_HOST = "/hostPools/x/sessionHosts/x"
_CREATE, _DELETE = "create virtual machine", "delete virtual machine"

OPERATIONS: dict[str, Operation] = {
    "create VM": Operation(_CREATE, "PUT", _VM, _create_vm),
    "delete VM": Operation(_DELETE, "DELETE", _VM, _plain("compute.delete_vm", VM)),
    "read VM": Operation("read virtual machine", "GET", _VM, _plain("compute.get_vm", VM)),
    "start": Operation("start", "POST", f"{_VM}/start", _plain("compute.start", VM)),
    "generalize": Operation(
        "generalize", "POST", f"{_VM}/generalize", _plain("compute.generalize", VM)
    ),
    "swap disk": Operation(
        "swap OS disk", "PATCH", _VM, _plain("compute.swap_os_disk", VM, f"{DISKS}/d")
    ),
    "install extension": Operation("install extension", "PUT", f"{_VM}/extensions/x", _extension),
    "run command": Operation("run command", "PUT", f"{_VM}/runCommands/x", _run_command),
    "create NIC": Operation("create network interface", "PUT", "/networkInterfaces/x", _create_nic),
    "delete NIC": Operation(
        "delete network interface",
        "DELETE",
        "/networkInterfaces/x",
        _plain("network.delete_nic", f"{VM}-nic"),
    ),
    "delete disk": Operation(
        "delete disk", "DELETE", "/disks/x", _plain("compute.delete_disk", "d")
    ),
    "create version": Operation("create image version", "PUT", _IMAGE_VERSION, _version),
    "registration token": Operation("read registration token", "PATCH", "/hostPools/x", _token),
    "list hosts": Operation(
        "list session hosts", "GET", "/hostPools/x/sessionHosts", _plain("avd.list_hosts", POOL)
    ),
    "drain": Operation("set drain mode", "PATCH", _HOST, _plain("avd.set_drain", POOL, HOST, True)),
    "delete host": Operation(
        "delete session host", "DELETE", _HOST, _plain("avd.delete_host", POOL, HOST, False)
    ),
    "message": Operation("send message", "POST", f"{_HOST}/userSessions/1/sendMessage", _message),
    "sign in": Operation("list disks", "POST", "/x/oauth2/v2.0/token", _sign_in),
    **{name: Operation(*parts) for name, parts in graph_operations.OPERATIONS.items()},
}


def struck_by(method: str, path: str) -> str | None:
    """The first operation that a fault of this method and path strikes."""
    for name, operation in OPERATIONS.items():
        if re.fullmatch(method, operation.method) and re.search(path, whole(operation.path)):
            return name
    return None


def whole(path: str) -> str:
    if path.endswith("/token"):
        return path
    if path.startswith(("/deviceManagement/", "/devices/")):
        return f"/v1.0{path}"
    namespace = "DesktopVirtualization" if "hostPools" in path else "Compute"
    return f"/subscriptions/s/resourceGroups/g/providers/Microsoft.{namespace}{path}"


def pattern(path: str) -> str:
    """The fault's expression for what an operation asks for: any name."""
    return re.sub(r"/(x|1|1\.0\.0)(?=/|$)", "/[^/]+", path) + "$"


# --- one failure, from the control plane to the sentence --------------------------------------


def met(stage: Stage, name: str, fault: dict[str, Any]) -> AzureError:
    """What the product makes of a fault: the error its call raises, or, where Azure accepted the
    call, the error of what the resource says of itself later."""
    call = OPERATIONS[name].ready(stage)
    answer = stage.client.control("POST", "faults", fault)
    assert answer.is_success, answer.text
    try:
        url = call()
    except AzureError as error:
        return error
    finally:
        left = stage.client.control("GET", "faults").json()["faults"]
        stage.client.control("DELETE", "faults")
        assert left == [], f"{name} never met {fault}"
    return _later(stage, name, url)


def _later(stage: Stage, name: str, url: Any) -> AzureError:
    if name in graph_operations.LATER:
        failure = graph_operations.LATER[name](stage, url)
        assert failure is not None, f"{name} went well"
        return from_failure(failure, OPERATIONS[name].told, user=USER)
    assert url, f"{name} went well"
    operations = stage.azure.operations
    ended = until(
        lambda: operations.get(url),
        lambda found: found is not None and found.state is not Provisioning.RUNNING,
    )
    assert ended is not None
    failure = _inside(stage, name) or ended.failure
    assert failure is not None, f"{name} went well"
    return from_failure(failure, OPERATIONS[name].told, vm=VM)


def _inside(stage: Stage, name: str) -> Failure | None:
    """What only the thing itself tells: an extension its true code, a run command its output."""
    compute = stage.azure.compute
    if name == "install extension":
        return next(iter(compute.get_instance_failures(GROUP_NAME, VM)), None)
    if name == "run command":
        number = f"seal-{next(stage.numbers) - 1}"
        found = until(
            lambda: compute.get_run_command(GROUP_NAME, VM, number),
            lambda command: command is not None and command.state not in ("Running", "Unknown"),
        )
        assert found is not None
        return Failure(f"RunCommand.{found.state}", f"{found.output}\n{found.error}")
    return None
