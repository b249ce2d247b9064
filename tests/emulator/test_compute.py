"""VMs: what Azure refuses, and what a VM does by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from . import builders
from .client import GROUP, SUBSCRIPTION, Client, until

VM = f"{builders.COMPUTE}/virtualMachines/vm-one"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def message(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])


@pytest.fixture
def machine(emulator: Client) -> str:
    builders.vnet(emulator)
    return builders.vm(emulator)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"computer": "a-name-too-long1"}, (400, "InvalidParameter")),
        ({"size": "Standard_X1"}, (400, "InvalidParameter")),
        ({"size": "Standard_NV36ads_A10_v5"}, (409, "SkuNotAvailable")),
        ({"size": "Standard_A2_v2"}, (400, "BadRequest")),
        ({"image": {**builders.MARKETPLACE, "sku": "win95"}}, (404, "PlatformImageNotFound")),
        ({"image": {**builders.MARKETPLACE, "version": "1.2.3"}}, (404, "PlatformImageNotFound")),
        (
            {"image": {"id": f"{builders.DEFINITION_ID}/versions/9.9.9"}},
            (404, "GalleryImageNotFound"),
        ),
        ({"osProfile": None}, (400, "InvalidParameter")),
        (
            {"networkProfile": {"networkInterfaces": [{"id": "/x"}]}},
            (400, "InvalidResourceReference"),
        ),
        (
            {"image": {**builders.MARKETPLACE, "offer": "windows-10", "sku": "win10-22h2-avd"}},
            (400, "BadRequest"),
        ),
    ],
)
def test_a_vm_that_cannot_be_is_refused_and_leaves_nothing(
    emulator: Client, change: dict[str, Any], wanted: tuple[int, str]
) -> None:
    builders.vnet(emulator)
    nic = builders.nic(emulator, "nic")
    assert code(emulator.arm("PUT", VM, builders.vm_body(nic, **change))) == wanted
    kinds = [each["type"] for each in emulator.state()["resources"]]
    assert "Microsoft.Compute/virtualMachines" not in kinds
    assert "Microsoft.Compute/disks" not in kinds
    emulator.wait(emulator.arm("DELETE", nic))


def test_the_password_is_never_shown(emulator: Client, machine: str) -> None:
    assert "Correct-Horse-9" not in emulator.arm("GET", machine).text
    assert "Correct-Horse-9" not in emulator.control("GET", "state").text
    for file in emulator.home.glob("emulator.sqlite3*"):
        assert b"Correct-Horse-9" not in file.read_bytes()


def test_quota_counts_every_vm_and_is_refused_with_its_numbers(
    emulator: Client, machine: str
) -> None:
    usages = (
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope/usages"
    )
    found = {each["name"]["value"]: each for each in emulator.arm("GET", usages).json()["value"]}
    assert found["cores"]["currentValue"] == found["standardDSv5Family"]["currentValue"] == 4
    quota = {
        "subscription": SUBSCRIPTION,
        "location": "West Europe",
        "family": "standardDSv5Family",
        "limit": 6,
    }
    emulator.control("POST", "quota", quota)
    nic = builders.nic(emulator, "nic-two")
    refused = emulator.arm(
        "PUT",
        f"{builders.COMPUTE}/virtualMachines/vm-two",
        builders.vm_body(nic, computer="vm-two"),
    )
    assert code(refused) == (409, "OperationNotAllowed")
    assert "Current Limit: 6, Current Usage: 4, Additional Required: 4" in message(refused)
    emulator.wait(emulator.arm("DELETE", machine))
    found = {each["name"]["value"]: each for each in emulator.arm("GET", usages).json()["value"]}
    assert found["cores"]["currentValue"] == 0


def test_running_stopped_generalized_and_never_again(emulator: Client, machine: str) -> None:
    refused = emulator.arm("POST", f"{machine}/generalize")
    assert code(refused) == (409, "OperationNotAllowed")
    assert message(refused) == (
        "Operation 'generalize' is not allowed on VM 'vm-one' since the VM is running. Please"
        " power off explicitly in case you shut down the VM from inside the guest operating"
        " system."
    )
    builders.act(emulator, machine, "deallocate")
    assert builders.power(emulator, machine) == "PowerState/deallocated"
    assert emulator.arm("POST", f"{machine}/generalize").status_code == 200
    for action, name in (("start", "Start VM"), ("restart", "Restart VM")):
        refused = emulator.arm("POST", f"{machine}/{action}")
        assert message(refused) == (
            f"Operation '{name}' is not allowed on VM 'vm-one' since the VM is generalized."
        )
    for child in ("extensions/x", "runCommands/x"):
        refused = emulator.arm("PUT", f"{machine}/{child}", {"location": "westeurope"})
        assert code(refused) == (409, "OperationNotAllowed")


def test_one_write_at_a_time_but_a_delete_overtakes(
    make_emulator: Callable[..., Client],
) -> None:
    client = make_emulator(speed=1000)
    client.group()
    builders.vnet(client)
    machine = builders.vm(client)
    client.control("POST", "speed", {"speed": 1})
    running = client.arm("POST", f"{machine}/deallocate")
    refused = client.arm("POST", f"{machine}/start")
    assert code(refused) == (409, "OperationNotAllowed")
    assert message(refused).endswith("since another operation is in progress.")
    assert code(client.arm("PUT", machine, {"location": "westeurope"}))[0] == 409
    first = client.arm("DELETE", machine)
    second = client.arm("DELETE", machine)
    assert first.status_code == second.status_code == 202
    aao = "Azure-AsyncOperation"
    assert first.headers[aao] == second.headers[aao]
    overtaken = client.arm("GET", running.headers[aao]).json()
    assert overtaken["status"] == "Canceled"
    assert overtaken["error"]["code"] == "OperationPreempted"
    assert "marked for deletion" in message(client.arm("POST", f"{machine}/start"))
    client.control("POST", "speed", {"speed": 1000})
    client.wait(first)
    assert client.arm("GET", machine).status_code == 404


def test_power_goes_round(emulator: Client, machine: str) -> None:
    builders.wait_agent(emulator, machine)
    for action, word in (
        ("powerOff", "stopped"),
        ("start", "running"),
        ("restart", "running"),
        ("deallocate", "deallocated"),
        ("start", "running"),
    ):
        builders.act(emulator, machine, action)
        assert builders.power(emulator, machine) == f"PowerState/{word}"
    builders.wait_agent(emulator, machine)


def test_nic_and_disk_stay_where_the_vm_says_so(emulator: Client) -> None:
    builders.vnet(emulator)
    nic = builders.nic(emulator, "nic")
    body = builders.vm_body(nic)
    body["properties"]["storageProfile"]["osDisk"] = {"createOption": "FromImage", "name": "os"}
    body["properties"]["networkProfile"]["networkInterfaces"] = [{"id": nic}]
    emulator.wait(emulator.arm("PUT", VM, body))
    disk = f"{builders.COMPUTE}/disks/os"
    refused = emulator.arm("DELETE", disk)
    assert code(refused) == (409, "OperationNotAllowed")
    assert message(refused) == f"Disk os is attached to VM {VM}."
    emulator.wait(emulator.arm("DELETE", VM))
    assert "virtualMachine" not in emulator.arm("GET", nic).json()["properties"]
    shown = emulator.arm("GET", disk).json()
    assert "managedBy" not in shown
    assert shown["properties"]["diskState"] == "Unattached"
    emulator.wait(emulator.arm("DELETE", disk))
    emulator.wait(emulator.arm("DELETE", nic))


def test_the_lists_of_vms(emulator: Client, machine: str) -> None:
    everything = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines"
    (plain,) = emulator.arm("GET", everything).json()["value"]
    assert plain["id"] == machine.replace("/rg-one/", "/RG-ONE/")
    assert "instanceView" not in plain["properties"]
    (state,) = emulator.arm("GET", everything, statusOnly="true").json()["value"]
    codes = [status["code"] for status in state["properties"]["instanceView"]["statuses"]]
    assert codes == ["ProvisioningState/succeeded", "PowerState/running"]
    (own,) = emulator.arm("GET", f"{GROUP}/providers/Microsoft.Compute/virtualMachines").json()[
        "value"
    ]
    assert own["id"] == machine


def test_a_repeated_put_changes_tags_but_not_the_image(emulator: Client, machine: str) -> None:
    body = builders.vm_body(f"{builders.NETWORK}/networkInterfaces/vm-one-nic")
    body["tags"] = {"job": "7"}
    emulator.wait(emulator.arm("PUT", machine, body))
    assert emulator.arm("GET", machine).json()["tags"] == {"job": "7"}
    body["properties"]["osProfile"]["computerName"] = "other"
    assert code(emulator.arm("PUT", machine, body)) == (409, "PropertyChangeNotAllowed")


EXTENSION = {
    "location": "westeurope",
    "properties": {
        "publisher": "Microsoft.Azure.ActiveDirectory",
        "type": "AADLoginForWindows",
        "typeHandlerVersion": "2.0",
        "settings": {"mdmId": ""},
        "protectedSettings": {"secret": "Not-Shown-1"},
    },
}


def test_an_extension_waits_for_the_agent_and_hides_its_secrets(
    emulator: Client, machine: str
) -> None:
    path = f"{machine}/extensions/login"
    operation = emulator.wait(emulator.arm("PUT", path, EXTENSION))
    assert operation["status"] == "Succeeded"
    builders.wait_agent(emulator, machine)
    shown = emulator.arm("GET", path, **{"$expand": "instanceView"})
    assert "Not-Shown-1" not in shown.text
    (status,) = shown.json()["properties"]["instanceView"]["statuses"]
    assert status["code"] == "ProvisioningState/succeeded"
    again = emulator.arm("PUT", f"{machine}/extensions/other", EXTENSION)
    assert code(again) == (400, "BadRequest")
    builders.act(emulator, machine, "deallocate")
    assert code(emulator.arm("DELETE", path)) == (409, "OperationNotAllowed")


def test_extensions_come_one_after_the_other(make_emulator: Callable[..., Client]) -> None:
    client = make_emulator(speed=1000)
    client.group()
    builders.vnet(client)
    machine = builders.vm(client)
    builders.wait_agent(client, machine)
    client.control("POST", "speed", {"speed": 1})
    assert client.arm("PUT", f"{machine}/extensions/login", EXTENSION).status_code == 201
    other = {"location": "westeurope", "properties": {"publisher": "P", "type": "T"}}
    assert code(client.arm("PUT", f"{machine}/extensions/x", other)) == (409, "Conflict")
    assert client.arm("GET", machine).json()["properties"]["provisioningState"] == "Updating"


def _command(client: Client, machine: str, name: str, script: str) -> dict[str, Any]:
    path = f"{machine}/runCommands/{name}"
    body = {
        "location": "westeurope",
        "properties": {"source": {"script": script}, "asyncExecution": True},
    }
    client.wait(client.arm("PUT", path, body))

    def look() -> dict[str, Any]:
        shown = client.arm("GET", path, **{"$expand": "instanceView"}).json()
        view: dict[str, Any] = shown["properties"]["instanceView"]
        return view

    return dict(until(look, lambda view: view["executionState"] not in ("Pending", "Running")))


def test_a_script_reports_what_it_wrote(emulator: Client, machine: str) -> None:
    view = _command(emulator, machine, "hello", "Write-Output 'hello there'")
    assert (view["executionState"], view["exitCode"]) == ("Succeeded", 0)
    assert view["output"] == "hello there"


def test_sysprep_takes_the_vm_down_and_its_end_is_never_reported(
    emulator: Client, machine: str
) -> None:
    builders.sysprep(emulator, machine)
    builders.wait_power(emulator, machine, "stopped")
    path = f"{machine}/runCommands/seal"
    view = emulator.arm("GET", path, **{"$expand": "instanceView"}).json()["properties"]
    assert view["instanceView"]["executionState"] == "Running"


def test_a_failed_sysprep_leaves_the_vm_running_and_its_log_behind(
    emulator: Client, machine: str
) -> None:
    emulator.control("POST", "behaviours", {"kind": "sysprep-fails", "match": {"vm": "vm-one"}})
    view = _command(emulator, machine, "seal", builders.SYSPREP)
    assert (view["executionState"], view["exitCode"]) == ("Failed", 1)
    assert builders.power(emulator, machine) == "PowerState/running"
    log = _command(
        emulator,
        machine,
        "log",
        "Get-Content C:\\Windows\\System32\\Sysprep\\Panther\\setuperr.log",
    )
    assert "was installed for a user, but not provisioned for all users" in log["output"]


def test_the_action_run_command_says_succeeded(emulator: Client, machine: str) -> None:
    body = {"commandId": "RunPowerShellScript", "script": ["Write-Output 'hi'"]}
    answer = emulator.arm("POST", f"{machine}/runCommand", body)
    busy = emulator.arm("POST", f"{machine}/runCommand", body)
    if busy.status_code != 202:  # the first may have ended by now
        assert message(busy).startswith("Run command extension execution is in progress.")
    emulator.wait(answer)
    value = emulator.arm("GET", answer.headers["Location"]).json()["value"]
    assert [each["message"] for each in value] == ["hi", ""]


def test_sizes_and_images_can_be_looked_up(emulator: Client) -> None:
    root = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute"
    wanted = {"$filter": "location eq 'westeurope'"}
    skus = emulator.arm("GET", f"{root}/skus", **{**wanted, "api-version": "2021-07-01"}).json()
    restricted = [each["name"] for each in skus["value"] if each["restrictions"]]
    assert restricted == ["Standard_NV36ads_A10_v5"]
    path = f"{root}/locations/westeurope/publishers/MicrosoftWindowsDesktop/artifacttypes/vmimage"
    path += "/offers/office-365/skus/win11-24h2-avd-m365/versions"
    versions = [each["name"] for each in emulator.arm("GET", path).json()]
    assert versions == sorted(versions)
    assert len(versions) == 3
    newest = emulator.arm("GET", path, **{"$top": "1", "$orderby": "name desc"}).json()
    assert [each["name"] for each in newest] == versions[-1:]
    image = emulator.arm("GET", f"{path}/{versions[0]}").json()["properties"]
    assert image["hyperVGeneration"] == "V2"
    assert emulator.arm("GET", path.replace("office-365", "none")).status_code == 404
