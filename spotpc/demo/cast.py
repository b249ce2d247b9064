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
class Policy:
    """`made_of` is the image its Cloud PCs were made of, `image` the one it has by now. Either is
    the sku of one of Microsoft's images, or the name of a custom one."""

    name: str
    description: str
    made_of: str
    image: str
    people: tuple[str, ...]
    own_network: bool = False

    @property
    def group(self) -> str:
        return f"CPC {self.name}"


@dataclass(frozen=True)
class CloudPcs:
    """A customer's Windows 365."""

    licences: int
    policies: tuple[Policy, ...]
    custom_image: str = ""  # the name of one, in version 1.0.0
    plan: str = "CPC_E_2C_8GB_128GB"


@dataclass(frozen=True)
class Customer:
    name: str
    region: str
    time_zone: str
    domain: str
    bastion: bool
    sets: tuple[Set, ...]
    groups: tuple[Group, ...]
    cloud_pcs: CloudPcs | None = None


WIN11_24H2 = "win11-24h2-ent-cpc-m365"
WIN11_25H2 = "win11-25h2-ent-cpc-m365"

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
        cloud_pcs=CloudPcs(
            licences=8,
            custom_image="Back office",
            policies=(
                Policy(
                    "Back office", "Bookkeeping, in our own network", "Back office", "Back office",
                    ("anna.bakker", "bram.hendriks"), own_network=True,
                ),
                Policy(
                    "Travelling hygienists", "Laptops stay in the car", WIN11_24H2, WIN11_25H2,
                    ("cleo.dijk", "daan.meijer", "eva.willems", "finn.koster"),
                ),
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
        # One licence too few, as it happens.
        cloud_pcs=CloudPcs(
            licences=2,
            policies=(
                Policy(
                    "Site visits", "Drawings on the road", WIN11_24H2, WIN11_24H2,
                    ("zoe.carter", "abe.dunn", "bea.ellis"),
                ),
            ),
        ),
    ),
)  # fmt: skip
