"""A named failure of every surface, as the real clients meet it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient

from . import builders
from .avd_scene import Credential, hosts_of, logon, make_hosts, make_pool, sdk
from .client import SUBSCRIPTION, TENANT, Client, until


@pytest.fixture
def compute(emulator: Client) -> Any:
    builders.vnet(emulator)
    return ComputeManagementClient(
        Credential(emulator.token),
        SUBSCRIPTION,
        base_url=emulator.url,
        connection_verify=emulator.ca_file,
        polling_interval=0,
        retry_total=0,
    )


def _fail(client: Client, name: str, **more: Any) -> None:
    answer = client.control("POST", "faults", {"failure": name, **more})
    assert answer.status_code == 200, answer.text


def _build(client: Client, compute: Any, name: str = "vm-one") -> Any:
    body = builders.vm_body(builders.nic(client, f"{name}-nic"), computer=name)
    return compute.virtual_machines.begin_create_or_update("rg-one", name, body).result()


def test_a_refused_request_changes_nothing_and_strikes_once(emulator: Client, compute: Any) -> None:
    _fail(emulator, "SkuNotAvailable")
    with pytest.raises(HttpResponseError) as caught:
        _build(emulator, compute)
    assert caught.value.status_code == 409
    assert caught.value.error
    assert caught.value.error.code == "SkuNotAvailable"
    message = str(caught.value.error.message)
    assert "Standard_D4s_v5" in message
    assert "location 'westeurope'" in message
    assert emulator.arm("GET", f"{builders.COMPUTE}/virtualMachines/vm-one").status_code == 404
    assert _build(emulator, compute).properties.provisioning_state == "Succeeded"


def test_an_operation_ends_badly_long_after_its_request_was_accepted(
    emulator: Client, compute: Any
) -> None:
    _fail(emulator, "OSProvisioningTimedOut", match={"vm": "^vm-"})
    with pytest.raises(HttpResponseError) as caught:
        _build(emulator, compute)
    assert caught.value.status_code == 200
    assert caught.value.error
    assert caught.value.error.code == "OSProvisioningTimedOut"
    assert "'vm-one'" in str(caught.value.error.message)
    left = compute.virtual_machines.get("rg-one", "vm-one")
    assert left.properties.provisioning_state == "Failed"


def test_a_preempted_operation_is_canceled(emulator: Client, compute: Any) -> None:
    _fail(emulator, "OperationPreempted")
    body = builders.vm_body(builders.nic(emulator, "nic"), computer="vm-one")
    path = f"{builders.COMPUTE}/virtualMachines/vm-one"
    operation = emulator.wait(emulator.arm("PUT", path, body))
    assert operation["status"] == "Canceled"
    assert operation["error"]["code"] == "OperationPreempted"


def test_a_failed_join_tells_its_code_only_in_the_instance_view(
    emulator: Client, compute: Any
) -> None:
    builders.vm(emulator)
    _fail(emulator, "JsonADDomainExtension.1355")
    join = {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Compute",
            "type": "JsonADDomainExtension",
            "typeHandlerVersion": "1.3",
            "settings": {"Name": "corp.example"},
        },
    }
    extensions = compute.virtual_machine_extensions
    with pytest.raises(HttpResponseError) as caught:
        extensions.begin_create_or_update("rg-one", "vm-one", "join", join).result()
    assert caught.value.error
    assert caught.value.error.code == "VMExtensionProvisioningError"
    assert "1355" not in str(caught.value.error.message)
    view = extensions.get("rg-one", "vm-one", "join", expand="instanceView").properties
    assert view.instance_view
    messages = [str(each.message) for each in view.instance_view.substatuses or ()]
    assert [message.rpartition(" ")[2] for message in messages] == ["1355", "1355"]


def test_a_sysprep_that_fails_prints_its_log(emulator: Client, compute: Any) -> None:
    vm_id = builders.vm(emulator)
    _fail(emulator, "Sysprep.bitLocker")
    builders.sysprep(emulator, vm_id)
    commands = compute.virtual_machine_run_commands

    def view() -> Any:
        found = commands.get_by_virtual_machine("rg-one", "vm-one", "seal", expand="instanceView")
        return found.properties.instance_view

    seen = until(view, lambda found: found.execution_state in ("Failed", "Succeeded"))
    assert seen.execution_state == "Failed"
    assert "BitLocker is on for the OS volume" in seen.output
    assert builders.power(emulator, vm_id) == "PowerState/running"


def test_an_expired_secret_is_refused_by_the_token_endpoint(emulator: Client) -> None:
    _fail(emulator, "AADSTS7000222")
    credential = ClientSecretCredential(
        TENANT,
        "app",
        "secret",
        authority=emulator.url,
        disable_instance_discovery=True,
        connection_verify=emulator.ca_file,
    )
    scope = "https://management.azure.com/.default"
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222"):
        credential.get_token(scope)
    assert credential.get_token(scope).token


def test_throttling_says_when_to_come_back(emulator: Client) -> None:
    make_pool(emulator)
    _fail(emulator, "SubscriptionRequestsThrottled", times=2)
    answers = [_pools(emulator) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "10"
    assert SUBSCRIPTION in answers[0].json()["error"]["message"]


def _pools(client: Client) -> httpx.Response:
    return client.arm("GET", "Microsoft.DesktopVirtualization/hostPools")


def test_the_avd_envelope_has_the_number_for_a_code(emulator: Client) -> None:
    make_hosts(emulator, make_pool(emulator), "vm-1")
    session = logon(emulator, "ann@corp.example")["sessionId"]
    _fail(emulator, "404.userSession", match={"hostPool": "pool"})
    with pytest.raises(HttpResponseError) as caught:
        sdk(emulator).user_sessions.delete("rg-one", "pool", "vm-1", session, force=True)
    assert caught.value.error
    assert (caught.value.status_code, caught.value.error.code) == (404, "404")
    assert hosts_of(emulator)["vm-1"]["sessions"] == 1


def test_an_unknown_failure_is_refused(emulator: Client) -> None:
    assert emulator.control("POST", "faults", {"failure": "NoSuchFailure"}).status_code == 400
