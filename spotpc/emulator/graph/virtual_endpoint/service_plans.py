"""Windows 365 Enterprise plans: the sizes of Cloud PCs, and which one a user's licence gives.

A plan's id is made of its name: real ones are GUIDs nobody computes. A licence's part number says
its plan: `CPC_E_2C_8GB_128GB`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...wire import Answer
from ...world import Json, World
from .. import objects, people
from ..odata import listed
from ..routing import GraphCall, graph
from . import shapes


@dataclass(frozen=True)
class Plan:
    cores: int
    ram_gb: int
    disk_gb: int

    @property
    def id(self) -> str:
        return objects.stable_id("cloud-pc-plan", self.part_number)

    @property
    def part_number(self) -> str:
        return f"CPC_E_{self.cores}C_{self.ram_gb}GB_{self.disk_gb}GB"

    @property
    def name(self) -> str:
        return f"Cloud PC Enterprise {self.cores}vCPU/{self.ram_gb}GB/{self.disk_gb}GB"


# Source: learn.microsoft.com, "Windows 365 size options".
PLANS = tuple(
    Plan(cores, ram, disk)
    for cores, ram, disks in (
        (2, 4, (64, 128, 256)),
        (2, 8, (128, 256)),
        (4, 16, (128, 256, 512)),
        (8, 32, (128, 256, 512)),
        (16, 64, (512, 1024)),
    )
    for disk in disks
)


def find(plan_id: str) -> Plan | None:
    return next((plan for plan in PLANS if plan.id == plan_id.lower()), None)


def of_part_number(number: str) -> Plan | None:
    """The plan of a SKU; None of any that isn't a Windows 365 Enterprise one."""
    told = re.fullmatch(r"CPC_E_(\d+)C_(\d+)GB_(\d+)GB", number, re.IGNORECASE)
    return Plan(*map(int, told.groups())) if told else None


def held(world: World, tenant: str, user_id: str) -> Plan | None:
    """The plan of the licence this user holds."""
    licence = people.cloud_pc_licence(world, tenant, user_id)
    return of_part_number(str(licence["skuPartNumber"])) if licence else None


def take(world: World, tenant: str, user_id: str) -> Plan | None:
    """The same, after giving him a free licence if he has none; None if there is none left."""
    licence = people.take_cloud_pc_licence(world, tenant, user_id)
    return of_part_number(str(licence["skuPartNumber"])) if licence else None


@graph(
    "GET",
    "/deviceManagement/virtualEndpoint/servicePlans",
    needs=("CloudPC.Read.All", "CloudPC.ReadWrite.All"),
)
def _list(call: GraphCall) -> Answer:
    bodies: list[Json] = [
        {
            "id": plan.id,
            "displayName": plan.name,
            "vCpuCount": plan.cores,
            "ramInGB": plan.ram_gb,
            "storageInGB": plan.disk_gb,
        }
        for plan in PLANS
    ]
    shown = [shapes.view(call, shapes.SERVICE_PLAN, body) for body in bodies]
    return listed(call, shown, shapes.SERVICE_PLAN)
