"""One customer, furnished in an emulator and in the database, and jobs driven without Celery."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.test import override_settings
from django.utils import timezone

from images.models import ImageSet, ImageVersion
from spotgroups.models import SpotGroup
from spotpc.demo import cast, seed, world
from spotpc.demo.arm import Control
from spotpc.demo.world import Place
from spotpc.emulator.server import Emulator
from spotpc.jobs.models import Job
from spotpc.jobs.runner import run_tick
from tenants.models import Admin, Membership, Organization, Tenant

PACE = 2000.0  # how much faster than Azure the emulator of a scene is

CUSTOMER = cast.Customer(
    name="Test customer",
    region="westeurope",
    time_zone="Europe/Amsterdam",
    domain="test.example",
    bastion=True,
    sets=(cast.Set("Office", "", ("0.0.0", "0.0.1"), ("First", "Second")),),
    groups=(
        cast.Group("Office", "Everybody", "Office", "0.0.0", "off", 2, ("ann", "bob", "cem"), 0, 4),
    ),
)


@dataclass
class Scene:
    emulator: Emulator
    control: Control
    place: Place
    admin: Admin
    tenant: Tenant

    @property
    def image_set(self) -> ImageSet:
        return ImageSet.objects.get(tenant=self.tenant)

    @property
    def group(self) -> SpotGroup:
        return SpotGroup.objects.select_related("site", "tenant").get(tenant=self.tenant)

    def version(self, number: str) -> ImageVersion:
        major, minor, patch = map(int, number.split("."))
        return ImageVersion.objects.select_related("image_set__site", "tenant").get(
            image_set=self.image_set, major=major, minor=minor, patch=patch
        )

    def logon(self, person: str) -> dict[str, Any]:
        answer = self.control.post(
            "/logon", hostPool=self.group.host_pool, user=f"{person}@{CUSTOMER.domain}"
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def logoff(self, person: str) -> None:
        self.control.post("/logoff", user=f"{person}@{CUSTOMER.domain}").raise_for_status()

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """Bodies of what the emulator's Azure holds of a type, e.g. `virtualMachines`."""
        return [
            each
            for each in self.control.get("/state")["resources"]
            if each["type"].casefold().endswith(f"/{kind.casefold()}")
        ]

    def names(self, kind: str) -> set[str]:
        return {each["name"] for each in self.resources(kind)}

    def sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/state")["sessions"]
        return found

    def hosts(self) -> list[dict[str, Any]]:
        return world.hosts_of(self.place, self.group.host_pool)

    def writes(self) -> list[dict[str, Any]]:
        journal = self.control.get("/requests")["requests"]
        return [each for each in journal if each["method"] not in ("GET", "HEAD")]


@contextmanager
def furnished(home: Path, speed: float = PACE) -> Iterator[Scene]:
    """An emulator with the customer in it, and settings that point to it."""
    emulator = Emulator(home, speed=seed.RUSH).start()
    control = Control(emulator.url, str(emulator.ca_file))
    pointing = override_settings(
        AZURE_CLOUD="custom",
        AZURE_AUTHORITY=emulator.url,
        AZURE_RESOURCE_MANAGER=emulator.url,
        AZURE_GRAPH=emulator.url,
        AZURE_CA_FILE=str(emulator.ca_file),
        AZURE_PACE=speed,
    )
    with pointing:
        place = seed.place_of(CUSTOMER, emulator.url, str(emulator.ca_file))
        seed.furnish_customer(place, CUSTOMER)
        seed.wait_for_hosts(place, CUSTOMER.groups[0])
        control.post("/speed", speed=speed)
        organization = Organization.objects.create(name="Test provider")
        admin = Admin.objects.create(email="ann@provider.example", name="Ann")
        Membership.objects.create(
            admin=admin, organization=organization, role=Membership.Role.ADMINISTRATOR
        )
        tenant = seed.tenant_rows(organization, CUSTOMER, place)
        try:
            yield Scene(emulator, control, place, admin, tenant)
        finally:
            place.arm.close()
            control.close()
            emulator.stop()


def run_jobs(until: Callable[[], bool], seconds: float = 60) -> None:
    """Be the worker: tick every due job until the condition holds."""
    deadline = time.monotonic() + seconds
    while not until():
        hurry()
        due = Job.objects.filter(next_run_at__lte=timezone.now()).values_list("pk", flat=True)
        for job_id in list(due):
            run_tick(job_id)
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s. {describe_jobs()}")


def hurry() -> None:
    """What “Run now” does, to every job that waits for Azure and is not in trouble."""
    waiting = Job.objects.filter(state__in=Job.ACTIVE, lease_token="", attempt=0)
    waiting.update(next_run_at=timezone.now())


def finish(job: Job, seconds: float = 60) -> Job:
    """Run this job to its end."""

    def ended() -> bool:
        job.refresh_from_db()
        return not job.active

    run_jobs(ended, seconds)
    return job


def describe_jobs() -> str:
    lines = []
    for job in Job.objects.all():
        events = [f"{each.step}: {each.text}" for each in job.events.order_by("id")]
        lines.append(
            f"{job} {job.state} {job.step} waiting for {job.waiting_for!r} {job.error_text}\n  "
            + "\n  ".join(events[-30:])
        )
    return "\n".join(lines)
