"""Faults, named failures and behaviours."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from . import builders
from .client import GROUP, Client, until

DISK = "Microsoft.Compute/disks/d"


def _put(client: Client) -> httpx.Response:
    return client.arm("PUT", DISK, {"location": "westeurope"})


def _disks(client: Client) -> int:
    return sum(each["type"].endswith("/disks") for each in client.state()["resources"])


def test_a_fault_answers_before_anything_is_written(emulator: Client) -> None:
    fault = {
        "method": "PUT",
        "path": "/disks/",
        "status": 429,
        "headers": {"Retry-After": 7},
        "body": {"error": {"code": "TooManyRequests", "message": "slow down"}},
        "times": 2,
    }
    assert emulator.control("POST", "faults", fault).is_success
    for _ in range(2):
        answer = _put(emulator)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "7"
    assert _disks(emulator) == 0
    assert _put(emulator).status_code == 202


def test_a_fault_after_the_write_replaces_only_the_answer(emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": "/disks/", "status": 504, "after": True})
    assert _put(emulator).status_code == 504
    assert _disks(emulator) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_dropped_connection_has_no_answer(emulator: Client, after: bool) -> None:
    emulator.control("POST", "faults", {"path": "/disks/", "drop": True, "after": after})
    with pytest.raises(httpx.RemoteProtocolError):
        _put(emulator)
    assert _disks(emulator) == int(after)
    line = emulator.control("GET", "requests").json()["requests"][-1]
    assert (line["method"], line["status"]) == ("PUT", 0)


def test_a_delay_only_delays(emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": "/disks/", "delaySeconds": 0.3})
    begun = time.monotonic()
    assert _put(emulator).status_code == 202
    assert time.monotonic() - begun >= 0.3


def test_faults_can_be_cleared(emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": "/disks/", "status": 500, "times": 9})
    emulator.control("DELETE", "faults")
    assert _put(emulator).status_code == 202


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"status": 500, "path": "("},
        {"failure": "NoSuchThing"},
        {"drop": True, "match": {"vm": "["}},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(emulator: Client, fault: dict[str, Any]) -> None:
    assert emulator.control("POST", "faults", fault).status_code == 400


def test_a_named_failure_of_the_response(emulator: Client) -> None:
    builders.vnet(emulator)
    nic = builders.nic(emulator, "nic")
    emulator.control("POST", "faults", {"failure": "SkuNotAvailable", "match": {"vm": "^vm-"}})
    answer = emulator.arm("PUT", "Microsoft.Compute/virtualMachines/vm-one", builders.vm_body(nic))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "SkuNotAvailable")
    assert (
        "'Following SKUs have failed for Capacity Restrictions: Standard_D4s_v5'"
        in error["message"]
    )
    assert "location 'westeurope'" in error["message"]


def test_a_named_failure_of_the_operation(emulator: Client) -> None:
    builders.vnet(emulator)
    nic = builders.nic(emulator, "nic")
    emulator.control("POST", "faults", {"failure": "OSProvisioningTimedOut"})
    path = f"{builders.COMPUTE}/virtualMachines/vm-one"
    operation = emulator.wait(emulator.arm("PUT", path, builders.vm_body(nic)))
    assert operation["status"] == "Failed"
    assert operation["error"]["code"] == "OSProvisioningTimedOut"
    assert "'vm-one'" in operation["error"]["message"]
    shown = emulator.arm("GET", path, **{"$expand": "instanceView"}).json()["properties"]
    assert shown["provisioningState"] == "Failed"
    codes = [status["code"] for status in shown["instanceView"]["statuses"]]
    assert codes == ["ProvisioningState/failed/OSProvisioningTimedOut", "PowerState/running"]


def test_a_named_failure_of_the_instance_view(emulator: Client) -> None:
    builders.vnet(emulator)
    machine = builders.vm(emulator)
    emulator.control("POST", "faults", {"failure": "JsonADDomainExtension.1355"})
    body = {
        "location": "westeurope",
        "properties": {"publisher": "Microsoft.Compute", "type": "JsonADDomainExtension"},
    }
    path = f"{machine}/extensions/join"
    operation = emulator.wait(emulator.arm("PUT", path, body))
    assert operation["error"]["code"] == "VMExtensionProvisioningError"
    view = emulator.arm("GET", path, **{"$expand": "instanceView"}).json()["properties"]
    assert "Error code 1355" in view["instanceView"]["substatuses"][0]["message"]


def test_a_named_failure_of_the_token_endpoint(emulator: Client) -> None:
    emulator.control("POST", "faults", {"failure": "AADSTS7000222"})
    assert emulator.login().json()["error_codes"] == [7000222]
    assert emulator.login().status_code == 200


def test_vm_create_fails_leaves_a_failed_record_and_a_reserved_nic(
    make_emulator: Callable[..., Client],
) -> None:
    client = make_emulator(speed=300)
    client.group()
    builders.vnet(client)
    nic = builders.nic(client, "nic")
    client.control("POST", "behaviours", {"kind": "vm-create-fails", "match": {"vm": "bad"}})
    path = f"{builders.COMPUTE}/virtualMachines/vm-bad"
    operation = client.wait(client.arm("PUT", path, builders.vm_body(nic, computer="vm-bad")))
    assert operation["error"]["code"] == "AllocationFailed"
    assert builders.power(client, path) == ""
    refused = client.arm("DELETE", nic)
    assert refused.json()["error"]["code"] == "NicReservedForAnotherVm"
    assert refused.json()["error"]["message"].endswith(f"Reserved VM: {path}")
    until(lambda: client.arm("DELETE", nic).status_code, lambda status: status == 202, 5)


def test_behaviours_are_matched_and_cleared(emulator: Client) -> None:
    builders.vnet(emulator)
    emulator.control("POST", "behaviours", {"kind": "vm-create-fails", "match": {"vm": "^bad"}})
    builders.vm(emulator, "good")
    emulator.control("DELETE", "behaviours")
    builders.vm(emulator, "bad")


def test_a_slow_vm_takes_its_time(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(speed=300)
    client.group()
    builders.vnet(client)
    nic = builders.nic(client, "nic")
    client.control("POST", "behaviours", {"kind": "slow-vm"})
    body = builders.vm_body(nic)
    answer = client.arm("PUT", f"{builders.COMPUTE}/virtualMachines/vm-one", body)
    begun = time.monotonic()
    client.wait(answer, 30)
    assert time.monotonic() - begun > 4  # 240 s × 10 / 300; 0.8 s without


def test_an_unknown_behaviour_is_refused(emulator: Client) -> None:
    assert emulator.control("POST", "behaviours", {"kind": "rain"}).status_code == 400


def test_a_fault_is_on_azure_only(emulator: Client) -> None:
    emulator.control("POST", "faults", {"path": ".*", "status": 500})
    assert emulator.control("GET", "state").status_code == 200
    assert emulator.arm("GET", GROUP).status_code == 500
