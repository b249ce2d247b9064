"""What the tutorial promises, by the emulator's own clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from . import builders
from .client import Client

SPEED = 200.0


def minutes_to_first_answer(client: Client, vm_id: str) -> float:
    """From the VM's creation until its agent answers."""
    (answers,) = client.emulator.world.pending("vm-agent-ready", vm=vm_id)
    created = client.arm("GET", vm_id).json()["properties"]["timeCreated"]
    return (answers.due - datetime.fromisoformat(created).timestamp()) * SPEED / 60


def test_a_first_boot_takes_its_twenty_minutes_wherever_windows_comes_from(
    make_emulator: Callable[..., Client],
) -> None:
    client = make_emulator(speed=20_000)
    client.group()
    builders.vnet(client)
    builders.definition(client)
    template = builders.vm(client, "template")
    builders.wait_agent(client, template)
    builders.generalize(client, template)
    version = builders.version(client, template)
    client.control("POST", "speed", {"speed": SPEED})
    for name, image in (("from-version", {"id": version}), ("anew", builders.MARKETPLACE)):
        vm_id = builders.vm(client, name, image=image)
        assert 17 < minutes_to_first_answer(client, vm_id) < 20
