"""What Windows 365 takes and what it does not, and what licences count. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from spotpc.azure.graph_types import Sku
from w365 import licences
from w365.sources import Verdict, definition_of, judge

GALLERY = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/images/images/desk"
)
VERSION = f"{GALLERY}/versions/1.0.0"
MANAGED = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/images/desk"


@dataclass
class Image:
    resource_id: str = VERSION
    kind: str = "gallery"
    os_type: str = "Windows"
    os_state: str = "Generalized"
    generation: str = "V2"
    security_type: str = ""
    identifier: str = "Contoso/windows-11/win11-24h2-ent"
    usable: bool = True


@dataclass
class Upload:
    source_id: str = VERSION
    status: str = "failed"
    error_code: str = "w365-image-joined"
    error_text: str = "It had joined."


def test_a_good_image_is_taken() -> None:
    assert judge(Image()) == Verdict()
    assert judge(Image(resource_id=MANAGED, kind="managed", identifier="")) == Verdict()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"os_type": "Linux"}, "Linux"),
        ({"identifier": "MicrosoftWindowsDesktop/office-365/win11-24h2-avd-m365"}, "Multi-session"),
        ({"identifier": "MicrosoftWindowsDesktop/windows-10/20h2-evd"}, "Multi-session"),
        ({"identifier": "Contoso/desks/win11-multisession"}, "Multi-session"),
        ({"identifier": "Contoso/desks/win11-multi-session"}, "Multi-session"),
        ({"identifier": "MicrosoftWindowsServer/WindowsServer/2022-datacenter-g2"}, "Server"),
        ({"generation": "V1"}, "generation 1"),
        ({"os_state": "Specialized"}, "Not generalized"),
        ({"security_type": "TrustedLaunch"}, "for TrustedLaunch machines only"),
        ({"security_type": "ConfidentialVM"}, "for ConfidentialVM machines only"),
        ({"usable": False}, "Azure has not finished it"),
    ],
)
def test_what_cannot_be_chosen_says_why(change: dict[str, object], words: str) -> None:
    verdict = judge(replace(Image(), **change))  # type: ignore[arg-type]
    assert words in verdict.refusal
    assert verdict.refusal.endswith(".")
    assert verdict.warning == ""


@pytest.mark.parametrize(
    "identifier", ["Contoso/havdal/win11", "Contoso/devd-tools/ent", "MicrosoftWindowsDesktop/"
                   "windows-ent-cpc/win11-24h2-ent-cpc-m365", ""],
)  # fmt: skip
def test_avd_inside_another_word_means_nothing(identifier: str) -> None:
    assert judge(replace(Image(), identifier=identifier)) == Verdict()


@pytest.mark.parametrize(
    "security",
    ["", "Standard", "TrustedLaunchSupported", "TrustedLaunchAndConfidentialVmSupported"],
)
def test_definitions_that_allow_standard_machines_are_fine(security: str) -> None:
    assert judge(replace(Image(), security_type=security)) == Verdict()


def test_an_image_set_of_spot_groups_is_never_offered() -> None:
    known = {definition_of(VERSION)}
    refusal = judge(replace(Image(), resource_id=VERSION.upper()), spot_groups=known).refusal
    assert refusal.startswith("Made for Spot Groups, multi-session")
    other = f"{GALLERY}-2/versions/1.0.0"
    assert judge(replace(Image(), resource_id=other), spot_groups=known) == Verdict()


def test_a_managed_image_has_no_definition() -> None:
    assert definition_of(MANAGED) == ""
    assert judge(Image(resource_id=MANAGED), spot_groups={definition_of(VERSION)}) == Verdict()


def test_what_an_earlier_upload_found_out_counts() -> None:
    assert judge(Image(), uploads=[Upload()]) == Verdict(
        refusal="Windows 365 refused it before. It had joined."
    )
    passing = Upload(error_code="w365-image-internal", error_text="Microsoft failed.")
    assert judge(Image(), uploads=[passing]) == Verdict(
        warning="An earlier upload of it failed. Microsoft failed."
    )
    assert judge(Image(kind="managed"), uploads=[Upload()]).refusal == ""
    assert judge(Image(kind="managed"), uploads=[Upload()]).warning.endswith("It had joined.")


@pytest.mark.parametrize(
    "upload",
    [
        Upload(status="ready"),
        Upload(source_id=f"{GALLERY}/versions/2.0.0"),
        Upload(error_code="graph-scope-missing"),
        Upload(error_code="cancelled"),
    ],
)
def test_other_uploads_say_nothing_of_it(upload: Upload) -> None:
    assert judge(Image(), uploads=[upload]) == Verdict()


def sku(part_number: str, enabled: int = 5) -> Sku:
    return Sku(id=part_number, part_number=part_number, enabled=enabled, warning=0, consumed=0)


def test_licences_for_cloud_pcs_are_told_from_others() -> None:
    found = licences.plans([
        sku("SPE_E5"), sku("CPC_B_2C_8RAM_128GB"), sku("CPC_E_4C_16GB_256GB", 2),
        sku("CPC_E_2C_8GB_128GB"), sku("CPC_LVL_1", 1), sku("Windows_365_S_2vCPU_8GB_128GB", 2),
    ])  # fmt: skip
    assert [(plan.name, plan.enabled, plan.cloud_pcs) for plan in found] == [
        ("CPC_LVL_1", 1, 1),
        ("Windows 365 Enterprise 2 vCPU, 8 GB, 128 GB", 5, 5),
        ("Windows 365 Enterprise 4 vCPU, 16 GB, 256 GB", 2, 2),
        ("Windows 365 Frontline 2 vCPU, 8 GB, 128 GB", 2, 6),
    ]


def test_licences_that_microsoft_warns_of_still_work() -> None:
    expired = replace(sku("CPC_E_2C_8GB_128GB", 0), warning=3, consumed=2)
    [plan] = licences.plans([expired])
    assert (plan.enabled, plan.consumed, plan.cloud_pcs) == (3, 2, 3)
