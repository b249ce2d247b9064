"""What is really there: the emulator's own account of it, over its control plane."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spotpc.demo import cast
from spotpc.demo.arm import Control

GONE_SECONDS = 60


@dataclass(frozen=True)
class Host:
    name: str
    image: str  # "teachers/0.0.1"
    takes_sessions: bool
    users: tuple[str, ...]


class Azure:
    def __init__(self, url: str, ca_file: str) -> None:
        self.control = Control(url, ca_file)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control.get("/state")
        return found

    def resources(self, kind: str, tenant: str = "") -> list[dict[str, Any]]:
        """Those of a type such as `virtualMachines`; of one customer, if named."""
        return [
            each
            for each in self.state()["resources"]
            if each["type"].casefold().endswith(f"/{kind.casefold()}")
            and (not tenant or _subscription(tenant) in each["id"])
        ]

    def names(self, kind: str, tenant: str) -> set[str]:
        return {each["id"].rpartition("/")[2] for each in self.resources(kind, tenant)}

    def belongings(self, pool: str) -> set[str]:
        """Ids of the VMs, network cards and disks of the pool's hosts."""
        names = {host.name for host in self.hosts(pool)}
        mine = [vm for vm in self.resources("virtualMachines") if vm["name"] in names]
        return {part for vm in mine for part in _parts(vm)}

    def still_there(self, wanted: set[str]) -> set[str]:
        return wanted & {each["id"].casefold() for each in self.state()["resources"]}

    def strays(self, tenant: str) -> set[str]:
        """Network cards, disks and snapshots that no VM owns."""
        loose = {
            each["id"].casefold()
            for kind in ("networkInterfaces", "disks", "snapshots")
            for each in self.resources(kind, tenant)
        }
        return loose - {part for vm in self.resources("virtualMachines") for part in _parts(vm)}

    # Host pools and their users

    def hosts(self, pool: str) -> list[Host]:
        state = self.state()
        vms = {
            each["id"].casefold(): each
            for each in state["resources"]
            if each["type"].casefold() == "microsoft.compute/virtualmachines"
        }
        return [
            _host(each, vms, state["sessions"])
            for each in state["resources"]
            if each["type"].casefold().endswith("/sessionhosts")
            and f"/hostpools/{pool.casefold()}/" in each["id"].casefold()
        ]

    def images_of(self, pool: str) -> set[str]:
        """What the pool's hosts run: `{"teachers/0.0.1"}`."""
        return {host.image for host in self.hosts(pool)}

    def where(self, pool: str) -> dict[str, str]:
        """User → host."""
        return {user: host.name for host in self.hosts(pool) for user in host.users}

    def log_on(self, pool: str, user: str) -> str:
        answer = self.control.post("/logon", hostPool=pool, user=user)
        assert answer.status_code == 200, answer.text
        host: str = answer.json()["sessionHost"]
        return host

    def log_off(self, user: str) -> None:
        self.control.post("/logoff", user=user).raise_for_status()

    def only_these_users(self, pool: str, *users: str) -> None:
        """Everybody else signs off, and these sign on."""
        for user in self.where(pool):
            self.log_off(user)
        for user in users:
            self.log_on(pool, user)

    def messages(self, user: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = self.control.get("/messages")["messages"]
        return [each for each in told if each["user"] == user]

    def sign_outs(self, user: str) -> list[dict[str, Any]]:
        """By the portal or by a host's end; signing off by oneself is not in it."""
        return [each for each in self.state()["signouts"] if each["user"] == user]

    # Trouble

    @contextmanager
    def behaving(self, kind: str, **match: str) -> Iterator[None]:
        self.control.post("/behaviours", kind=kind, match=match).raise_for_status()
        try:
            yield
        finally:
            self.calm()

    def calm(self) -> None:
        self.control.delete("/behaviours").raise_for_status()
        self.control.delete("/faults").raise_for_status()


def _subscription(tenant: str) -> str:
    from spotpc.demo.seed import id_of

    customer = next(each for each in cast.CUSTOMERS if each.name == tenant)
    return str(id_of(customer, "subscription"))


def _host(record: dict[str, Any], vms: dict[str, Any], sessions: list[dict[str, Any]]) -> Host:
    told = record["properties"]
    vm = vms.get(told["resourceId"].casefold())
    users = sorted(each["user"] for each in sessions if each["id"].startswith(record["id"] + "/"))
    return Host(
        name=record["id"].rpartition("/")[2],
        image=_image(vm) if vm else "no VM",
        takes_sessions=told["allowNewSession"],
        users=tuple(users),
    )


def _parts(vm: dict[str, Any]) -> set[str]:
    told = vm["properties"]
    cards = {each["id"] for each in told["networkProfile"]["networkInterfaces"]}
    disk = told["storageProfile"]["osDisk"]["managedDisk"]["id"]
    return {part.casefold() for part in (vm["id"], disk, *cards)}


def _image(vm: dict[str, Any]) -> str:
    """`…/images/teachers/versions/0.0.1` → `teachers/0.0.1`."""
    parts = vm["properties"]["storageProfile"]["imageReference"].get("id", "").split("/")
    return f"{parts[-3]}/{parts[-1]}" if len(parts) > 3 else "no image"


def at(entry: dict[str, Any]) -> datetime:
    """When a message or a sign-out was."""
    return datetime.fromisoformat(entry["time"].replace("Z", "+00:00"))


def wait_until(true: Callable[[], bool], what: str, seconds: float = GONE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"Not within {seconds:.0f} s: {what}"
        time.sleep(0.1)  # between two looks
