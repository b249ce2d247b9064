"""From Windows' own log to a sentence an admin can act on."""

from __future__ import annotations

import pytest

from images.steps.seal import sysprep_failure
from images.steps.sysprep import last_error_line

APP = (
    "2026-11-22 02:14:09, Error SYSPRP Package Contoso.Notes_1.2_x64__abc was installed for a "
    "user, but not provisioned for all users. This package will not function properly."
)


@pytest.mark.parametrize(
    ("log", "says", "remedy"),
    [
        (APP, "Contoso.Notes", "Remove"),
        ("Error SYSPRP BitLocker is on for the OS volume.", "BitLocker", "Turn BitLocker off"),
        ("Error: there are updates that require a reboot", "restart", "Restart the template"),
        (f"enrolment checked\n{APP}", "Contoso.Notes", "Remove"),
        ("Error SYSPRP this device is MDM managed", "enrolled", "Leave the domain"),
        ("Error SYSPRP rearm count reached, 0xc004d307", "1001", "Marketplace"),
        ("Error SYSPRP nobody knows", "could not be generalized", "setuperr.log"),
    ],
)
def test_the_cause_is_named_with_what_to_do(log: str, says: str, remedy: str) -> None:
    stopped = sysprep_failure(log, "image-abcde")
    assert says in stopped.sentence
    assert "nothing is lost" in stopped.sentence
    assert remedy in stopped.remedy


def test_the_last_error_of_the_log_goes_into_the_timeline() -> None:
    assert last_error_line(f"all well\n{APP}\nInfo done") == APP
    assert last_error_line("all well") == ""
