"""Who plays in the demo: one provider, three customers, their images, groups and people."""

from __future__ import annotations

from dataclasses import dataclass

ORGANIZATION = "Harbor IT Partners"
ADMIN_EMAIL = "admin@harbor.example"


@dataclass(frozen=True)
class Set:
    name: str
    description: str
    versions: tuple[str, ...]  # oldest first
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    name: str
    friendly_name: str
    image_set: str
    version: str
    prefix: str
    hosts: int
    people: tuple[str, ...]
    signed_in: int
    session_limit: int = 8


@dataclass(frozen=True)
class Customer:
    name: str
    region: str
    time_zone: str
    domain: str
    bastion: bool
    sets: tuple[Set, ...]
    groups: tuple[Group, ...]


CUSTOMERS = (
    Customer(
        name="Alder Dental Group",
        region="westeurope",
        time_zone="Europe/Amsterdam",
        domain="alderdental.example",
        bastion=True,
        sets=(
            Set(
                "Front desk",
                "Reception and billing",
                ("0.0.0", "0.0.1", "0.0.2"),
                ("First image", "Practice software 14.2", "Card reader drivers"),
            ),
            Set("Clinicians", "Imaging viewers", ("0.0.0", "0.0.1"), ("First image", "Viewer 9")),
        ),
        groups=(
            Group(
                "FrontDesk", "Reception", "Front desk", "0.0.1", "front", 3,
                ("amira.haddad", "ben.visser", "carla.smit", "dirk.jansen", "elin.berg",
                 "femke.bos", "gita.rao", "hugo.mulder"),
                6,
            ),
            Group(
                "Clinicians", "Treatment rooms", "Clinicians", "0.0.0", "clin", 2,
                ("ilse.kok", "jonas.peters", "kira.meyer", "lars.dekker"),
                3,
            ),
        ),
    ),
    Customer(
        name="Brightwater Schools",
        region="uksouth",
        time_zone="Europe/London",
        domain="brightwater.example",
        bastion=False,
        sets=(
            Set("Teachers", "Staff desktops", ("0.0.0", "0.0.1"),
                ("First image", "M365 and 7-Zip")),
            Set("Students", "Exam-safe desktops", ("0.0.0",), ("First image",)),
        ),
        groups=(
            Group(
                "Teachers", "Staff", "Teachers", "0.0.0", "teach", 2,
                ("mary.lowe", "noor.khan", "owen.price", "paula.reid", "quinn.shaw"),
                4,
            ),
            Group(
                "Students", "Labs", "Students", "0.0.0", "lab", 2,
                ("rosa.todd", "sam.upton", "tess.vale", "umar.wells"),
                2,
            ),
        ),
    ),
    Customer(
        name="Cobalt Engineering",
        region="eastus",
        time_zone="America/New_York",
        domain="cobalt.example",
        bastion=True,
        sets=(
            Set("Engineers", "CAD and simulation", ("0.0.0", "0.0.1"), ("First image", "CAD 2026")),
        ),
        groups=(
            Group(
                "Engineers", "Design floor", "Engineers", "0.0.0", "cad", 2,
                ("vera.young", "will.zane", "xena.abbott", "yara.blake"),
                3,
            ),
        ),
    ),
)  # fmt: skip
