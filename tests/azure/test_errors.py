"""What the product sees when an SDK raises, and when a resource says it failed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core import exceptions as sdk
from hypothesis import given
from hypothesis import strategies as st

from spotpc.azure.errors import (
    Decision,
    NotFound,
    RetryLater,
    Stopped,
    from_failure,
    translated,
)
from spotpc.azure.types import Failure
from tests.azure.fakes import VM, arm, http, raised

# --- what passes and what does not ----------------------------------------------------------


def test_nothing_happens_where_nothing_fails() -> None:
    with translated("read VM"):
        value = 1
    assert value == 1


def test_our_own_bugs_stay_bugs() -> None:
    with pytest.raises(KeyError), translated("read VM"):
        raise KeyError("vm")


def test_an_error_already_translated_keeps_its_words() -> None:
    inner = Stopped("x", "Sentence.", "Remedy.", Decision.PAUSE)
    assert raised(inner, "read VM") is inner


def test_importing_the_errors_imports_no_sdk() -> None:
    code = (
        "import sys; import spotpc.azure.errors; "
        "sdks = ('azure', 'msal', 'msgraph', 'httpx'); "
        "print([name for name in sys.modules if name.split('.')[0] in sdks])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"


# --- answers --------------------------------------------------------------------------------


def test_a_failed_operation_answers_200_and_is_told_by_its_body() -> None:
    body = {"status": "Failed", **arm("AllocationFailed", "do not have sufficient capacity")}
    error = raised(http(200, body), "create virtual machine", vm="vm-1", size="D4s_v5")
    assert isinstance(error, RetryLater)
    assert (error.code, error.decision) == ("no-capacity", Decision.CLEANUP_THEN_RETRY)
    assert (error.after, error.asked, error.tries) == (900, False, 3)
    assert "D4s_v5" in error.sentence
    assert error.azure_code == "AllocationFailed"
    assert "sufficient capacity" in error.azure_message
    assert str(error) == error.sentence


def test_a_quota_stops_and_says_its_numbers() -> None:
    text = (
        "Operation could not be completed as it results in exceeding approved Total Regional Cores "
        "quota. Additional details - Location: westeurope, Current Limit: 10, Current Usage: 8, "
        "Additional Required: 4, (Minimum) New Limit Required: 12. Submit"
    )
    error = raised(http(409, arm("OperationNotAllowed", text)))
    assert isinstance(error, Stopped)
    assert error.code == "quota-cores"
    assert "westeurope" in error.sentence
    assert "8 of 10" in error.sentence


def test_a_missing_right_names_the_action() -> None:
    text = (
        "The client 'a' with object id 'o' does not have authorization to perform action "
        "'Microsoft.Network/virtualNetworks/subnets/read' over scope '/subscriptions/s/"
        "resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/hosts' or the scope"
    )
    error = raised(http(403, arm("AuthorizationFailed", text)))
    assert isinstance(error, Stopped)
    assert "Microsoft.Network/virtualNetworks/subnets/read on hosts" in error.sentence


def test_a_missing_linked_right_names_the_second_action() -> None:
    text = (
        "The client 'a' has permission to perform action 'Microsoft.Network/networkInterfaces/"
        "write' on scope 'x'; however, it does not have permission to perform action(s) "
        "'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) "
        "'/subscriptions/s/x/subnets/hosts' or the linked scope(s) are invalid."
    )
    error = raised(http(403, arm("LinkedAuthorizationFailed", text)))
    assert error.code == "permission-missing-linked"
    assert "subnets/join/action on hosts" in error.sentence


def test_a_policy_is_named() -> None:
    text = (
        "Resource 'nic-1' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":"
        '{"name":"No public IPs","id":"/x"}}]\'.'
    )
    error = raised(http(403, arm("RequestDisallowedByPolicy", text)))
    assert isinstance(error, Stopped)
    assert "No public IPs" in error.sentence
    assert "nic-1" in error.sentence


def test_a_lock_is_named() -> None:
    text = (
        "The scope '/subscriptions/s/x/vm-1' cannot perform delete operation because following "
        "scope(s) are locked: '/subscriptions/s/resourceGroups/g'. Please remove the lock"
    )
    error = raised(http(409, arm("ScopeLocked", text)), "delete virtual machine")
    assert isinstance(error, Stopped)
    assert "lock on g" in error.sentence


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_bare_status_without_a_body_is_retried(status: int) -> None:
    error = raised(http(status))
    assert isinstance(error, RetryLater)
    assert error.code != "unknown"
    assert error.azure_code == str(status)


def test_a_page_of_a_proxy_is_retried_a_few_times() -> None:
    error = raised(http(418, "<html>teapot</html>"))
    assert isinstance(error, RetryLater)
    assert (error.code, error.tries) == ("unknown", 5)
    assert "418" in error.sentence


def test_an_answer_that_is_no_json_is_unreadable() -> None:
    error = raised(http(200, "<html>sign in</html>", kind=sdk.DecodeError))
    assert error.code == "unreadable-answer"


def test_half_an_answer_is_a_broken_connection() -> None:
    assert raised(http(200, "{", kind=sdk.IncompleteReadError)).code == "network"


def test_the_parts_are_used_where_the_body_is_lost() -> None:
    error = sdk.HttpResponseError(message="(ScopeLocked) locked")
    error.status_code = 409
    error.error = sdk.ODataV4Format(arm("ScopeLocked", "x")["error"])
    assert raised(error).code == "locked"


# --- not found ------------------------------------------------------------------------------

GONE = (
    "The Resource 'Microsoft.Compute/virtualMachines/VM-1' under resource group 'g' was not found"
)


def not_found(url: str, code: str = "ResourceNotFound", text: str = GONE) -> sdk.HttpResponseError:
    return http(404, arm(code, text), kind=sdk.ResourceNotFoundError, url=url)


@pytest.mark.parametrize("url", [VM, VM + "?api-version=1", VM + "/start"])
def test_the_addressed_resource_is_missing(url: str) -> None:
    error = raised(not_found(url), "read virtual machine")
    assert isinstance(error, NotFound)
    assert error.decision == Decision.RECONCILE


def test_what_a_delete_does_not_find_is_done() -> None:
    error = raised(not_found(VM), "delete virtual machine")
    assert isinstance(error, NotFound)
    assert error.decision == Decision.SUCCESS


def test_a_missing_parent_is_not_the_resource() -> None:
    error = raised(not_found(VM + "/extensions/join"), "install extension")
    assert isinstance(error, RetryLater)
    assert error.code == "reference-missing"


def test_under_a_missing_parent_a_delete_is_done() -> None:
    error = raised(not_found(VM + "/extensions/join"), "delete extension")
    assert isinstance(error, NotFound)


def test_a_missing_group_is_not_the_resource() -> None:
    error = raised(not_found(VM, "ResourceGroupNotFound", "Resource group 'g' could not be found."))
    assert isinstance(error, RetryLater)
    assert "g" in error.sentence


def test_a_404_for_the_source_image_is_not_the_vm() -> None:
    text = "The platform image 'MicrosoftWindowsDesktop:windows-11:x:1.0' is not available."
    error = raised(not_found(VM, "PlatformImageNotFound", text), "create virtual machine")
    assert isinstance(error, Stopped)


# --- what a resource says of itself ---------------------------------------------------------


def test_a_failure_is_read_down_to_its_cause() -> None:
    inner = json.dumps(
        arm(
            "SubnetIsFull",
            "Subnet /subscriptions/s/subnets/hosts with address "
            "prefix 10.0.0.0/24 does not have enough capacity for 1 IP addresses.",
        )
    )
    error = from_failure(Failure("DeploymentFailed", inner), "create network interface")
    assert isinstance(error, Stopped)
    assert error.code == "subnet-full"
    assert "subnet hosts has no free address left in 10.0.0.0/24" in error.sentence
    assert error.azure_code == "SubnetIsFull"


def test_facts_of_the_caller_win_over_the_text() -> None:
    failure = Failure("OSProvisioningTimedOut", "OS Provisioning for VM 'v-1' did not finish")
    assert "v-1" in from_failure(failure).sentence
    assert "host 7" in from_failure(failure, vm="host 7").sentence


def test_what_the_product_observes_has_words_too() -> None:
    error = from_failure(Failure("drain-undone", ""), host="avd-3")
    assert isinstance(error, RetryLater)
    assert error.sentence.startswith("Something else took avd-3 out of drain mode")


def test_every_decision_has_its_class() -> None:
    kinds = {
        Decision.RETRY: RetryLater,
        Decision.WAIT: RetryLater,
        Decision.TRY_OTHER: RetryLater,
        Decision.CLEANUP_THEN_RETRY: RetryLater,
        Decision.RECONCILE: RetryLater,
        Decision.PAUSE: Stopped,
        Decision.FAIL: Stopped,
        Decision.SUCCESS: RetryLater,
    }
    from spotpc.azure.catalogue import ENTRIES

    for entry in ENTRIES:
        error = from_failure(Failure(entry.code, ""))
        assert error.decision == entry.decision
        assert type(error) is (NotFound if entry.missing else kinds[entry.decision])


@given(st.text(), st.text(), st.dictionaries(st.sampled_from(["vm", "size"]), st.text()))
def test_any_failure_gets_a_sentence(code: str, message: str, facts: dict[str, str]) -> None:
    error = from_failure(Failure(code, message), "create", **facts)
    assert error.sentence
    assert error.remedy
    assert not set(error.sentence + error.remedy) & set("{}")


def test_odd_responses_are_survived() -> None:
    odd: Any = SimpleNamespace(status_code=500, reason=None, headers=None, text=lambda: "")
    assert raised(sdk.HttpResponseError(response=odd)).code == "azure-internal"
