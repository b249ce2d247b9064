"""What Azure's words mean: one table for the codes with several meanings, one law per promise."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotpc.azure.catalogue import ENTRIES, UNKNOWN, Decision, Entry, Match, classify, recognise
from spotpc.azure.catalogue.entry import clean, fill, on
from spotpc.azure.catalogue.words import FALLBACKS


class Case(NamedTuple):
    code: str
    status: int | None
    message: str
    entry: str
    operation: str = ""


AMBIGUOUS = [
    Case(
        "OperationNotAllowed",
        409,
        "Operation could not be completed as it results in exceeding approved Total Regional Cores "
        "quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current "
        "Limit: 10, Current Usage: 8, Additional Required: 4, (Minimum) New Limit Required: 12. "
        "Submit a request",
        "quota-cores",
    ),
    Case(
        "OperationNotAllowed",
        409,
        "exceeding approved standardDSv5Family Cores quota. Location: x, Current Limit: 4",
        "quota-family",
    ),
    Case(
        "OperationNotAllowed", 409, "exceeding approved Public IPs quota. Location", "quota-other"
    ),
    Case("OperationNotAllowed", 409, "exceeding quota limits of Core. Maximum", "quota-cores"),
    Case(
        "OperationNotAllowed",
        429,
        "The server rejected the request because too many requests have been received for this "
        "subscription.",
        "throttled-compute",
    ),
    Case(
        "OperationNotAllowed", 409, "Disk d1 is attached to VM /subscriptions/x.", "disk-attached"
    ),
    Case(
        "OperationNotAllowed",
        409,
        "'a' on VM 'v' since another operation is in progress",
        "vm-busy",
    ),
    Case(
        "OperationNotAllowed",
        409,
        "on VM 'v' since the VM is marked for deletion.",
        "vm-being-deleted",
    ),
    Case("OperationNotAllowed", 409, "on VM 'v' since the VM is generalized.", "vm-generalized"),
    Case("OperationNotAllowed", 409, "on VM 'v' since the VM is running.", "vm-still-running"),
    Case(
        "OperationNotAllowed",
        409,
        "Creation of managed images are not supported for virtual machine with TrustedLaunch "
        "security type.",
        "managed-image-trusted-launch",
    ),
    Case("OperationNotAllowed", 409, "something entirely new", "unknown"),
    # The same text under another status is not the throttle.
    Case(
        "OperationNotAllowed",
        409,
        "too many requests have been received for this subscription",
        "unknown",
    ),
    Case("Conflict", 409, "failed due to conflict with a concurrent request", "vm-busy"),
    Case("Conflict", 409, "Run command extension execution is in progress.", "script-running"),
    Case(
        "Conflict",
        200,
        "has a different Hypervisor generation ['V2'] than the parent gallery image Hypervisor "
        "generation ['V1'].",
        "definition-wrong-generation",
    ),
    Case(
        "Conflict",
        409,
        "The current state conflicts with what the request expects.",
        "graph-changed",
    ),
    Case("Conflict", 409, "something entirely new", "unknown"),
    Case(
        "Conflict",
        409,
        "The current state conflicts with what the request expects: it is 'provisioning'.",
        "cloudpc-busy",
        "reprovision Cloud PC",
    ),
    Case(
        "Conflict",
        409,
        "can't be changed while its health checks are running.",
        "w365-connection-busy",
        "update network connection",
    ),
    Case("Conflict", 409, "It is in use.", "w365-connection-used", "delete network connection"),
    Case("Conflict", 409, "It already exists.", "w365-name-taken", "create device image"),
    Case("Conflict", 409, "something entirely new", "graph-changed", "create device image"),
    Case(
        "Conflict",
        409,
        "Device images being used in a provisioning policy can't be deleted.",
        "w365-image-used",
        "delete device image",
    ),
    Case("BadRequest", 400, "displayName is odd", "w365-refused", "create device image"),
    Case("BadRequest", 400, "displayName is odd", "request-refused", "create snapshot"),
    Case("InvalidProperties", 400, "Target Geography is invalid.", "w365-refused"),
    Case("ResourceNotFound", 404, "could not be discovered.", "mail-sender-unknown", "send mail"),
    Case("ResourceNotFound", 404, "could not be discovered.", "not-found", "read device image"),
    Case("Authorization_RequestDenied", 403, "Insufficient.", "graph-scope-missing", "list groups"),
    Case(
        "Authorization_RequestDenied", 403, "Insufficient.", "graph-rights-missing", "delete device"
    ),
    Case("TooManyRequests", 429, "Please retry again later.", "graph-throttled"),
    Case("TooManyRequests", 429, "The request is being throttled.", "throttled"),
    Case("InvalidParameter", 400, "Windows computer name cannot be more than 15", "computer-name"),
    Case("InvalidParameter", 400, "The supplied password must be between", "password-refused"),
    Case("InvalidParameter", 400, "something entirely new", "unknown"),
    Case("BadRequest", 400, "size 'B1' cannot boot", "request-refused"),
    Case(
        "BadRequest",
        400,
        "VM size 'B1' cannot boot Hypervisor Generation '2'.",
        "size-wrong-generation",
    ),
    Case("BadRequest", 500, "something entirely new", "unknown"),
    Case("NotFound", 404, "The Image img cannot be found.", "image-missing"),
    Case("NotFound", 404, "nothing here", "not-found"),
    Case("NotFound", 500, "nothing here", "unknown"),
    Case("404", 404, "User session ID not found", "session-gone"),
    Case("404", 404, "SessionHost not found", "host-missing"),
    Case("404", 404, "SessionHost not found", "host-removed", "delete session host"),
    Case("400", 400, "ExpirationTime value must be between one hour and", "registration-expiry"),
    Case(
        "PropertyChangeNotAllowed",
        409,
        "Changing property 'osProfile.customData'",
        "property-fixed",
    ),
    Case(
        "PropertyChangeNotAllowed",
        409,
        "Changing property 'galleryImageVersion.properties.x' is not allowed.",
        "version-exists",
    ),
    Case("AllocationFailed", 200, "do not have sufficient capacity", "no-capacity", "create VM"),
    Case("AllocationFailed", 200, "do not have sufficient capacity", "no-capacity-start", "start"),
    Case(
        "AllocationFailed",
        200,
        "The VM allocation failed due to an internal error.",
        "allocation-internal",
    ),
    Case("OSProvisioningTimedOut", 200, "OS Provisioning for VM 'v' did not finish", "os-slow"),
    Case(
        "OSProvisioningTimedOut",
        200,
        "OS Provisioning for VM 'v': the guest OS has not been properly prepared",
        "image-not-generalized",
    ),
    Case("ResourceNotFound", 404, "The Resource 'a/b/c' was not found", "not-found", "read disk"),
    Case(
        "ResourceNotFound", 404, "The Resource 'a/b/c' was not found", "already-gone", "delete disk"
    ),
    Case("ResourceGroupNotFound", 404, "Resource group 'g' could not be found.", "group-missing"),
    Case("ResourceGroupNotFound", 404, "Resource group 'g'", "already-gone", "delete disk"),
    Case("internalServerError", None, "", "w365-image-internal", "upload device image"),
    Case("internalServerError", None, "", "cloudpc-internal", "provision Cloud PC"),
    Case("InternalServerError", 500, "", "azure-internal"),
    Case("AADSTS7000222", 401, "AADSTS7000222: expired for app 'a'", "secret-expired"),
    Case("AADSTS7000215", 401, "AADSTS7000215: Invalid client secret", "secret-wrong"),
    Case("AADSTS700016", 400, "AADSTS700016: Application", "app-missing"),
    Case("AADSTS90002", 400, "AADSTS90002: Tenant 't' not found.", "tenant-missing"),
    Case("AADSTS700027", 401, "AADSTS700027: Client assertion", "certificate-refused"),
    Case("AADSTS53003", 400, "AADSTS53003: Access has been blocked", "conditional-access"),
    Case("AADSTS65001", 400, "AADSTS65001: no consent", "sign-in-refused"),
    *(
        Case(
            "VMExtensionProvisioningError", 200, f"Failed to join domain='d'. Error code {n}", code
        )
        for n, code in {
            "1355": "join-domain-unreachable",
            "1326": "join-password",
            "2": "join-ou-missing",
            "5": "join-refused",
            "8557": "join-refused",
            "1332": "join-refused",
            "2224": "join-account-exists",
            "2732": "join-account-exists",
            "21": "extension-failed",
        }.items()
    ),
    Case("VMExtensionProvisioningError", 200, "the disk failed. Error code 2", "extension-failed"),
    Case("operationnotallowed", 409, "ON VM 'v' SINCE THE VM IS GENERALIZED", "vm-generalized"),
    Case("NeverSeenBefore", 409, "something entirely new", "unknown"),
    Case("", None, "", "unknown"),
    Case("drain-undone", None, "", "drain-undone"),  # observed by us, named by its own code
]


@pytest.mark.parametrize("case", AMBIGUOUS, ids=lambda case: f"{case.code}-{case.entry}")
def test_code_status_and_text_together_decide(case: Case) -> None:
    assert classify(case.code, case.status, case.message, case.operation).code == case.entry


def test_an_unknown_failure_is_retried_a_few_times_and_quoted() -> None:
    assert (UNKNOWN.decision, UNKNOWN.tries) == (Decision.RETRY, 5)
    sentence, _ = UNKNOWN.render({"azure_code": "NeverSeenBefore"})
    assert "NeverSeenBefore" in sentence


def test_the_numbers_of_a_quota_reach_the_sentence() -> None:
    case = AMBIGUOUS[0]
    match = recognise(case.code, case.status, case.message)
    sentence, remedy = match.entry.render(match.groups)
    assert "8 of 10" in sentence
    assert "4 more" in sentence
    assert "eastus" in sentence
    assert "at least 12" in remedy


# --- laws of every entry --------------------------------------------------------------------

every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)


def test_codes_are_unique() -> None:
    assert len({entry.code for entry in ENTRIES}) == len(ENTRIES)


@every_entry
def test_an_entry_is_well_formed(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.code)
    for template in (entry.sentence, entry.remedy):
        outside = re.sub(r"\[[^\]]*\]", "", template)
        assert set(re.findall(r"\{(\w+)\}", outside)) <= FALLBACKS.keys()
        assert all("{" in part for part in re.findall(r"\[[^\]]*\]", template))
    for point in entry.points:
        assert not point.believed or point.source


@every_entry
def test_it_reads_well_without_a_single_fact(entry: Entry) -> None:
    for text in entry.render({}):
        assert text.endswith((".", "?"))
        assert text[0].isupper()
        assert len(text) <= 300
        assert not re.search(r"[{}\[\]]|  |\bunknown\b|\.\.", text), text
        # "the subscription the subscription": a fallback brings its own noun
        assert not re.search(r"\b(\w{4,}) (a|an|the) (\w+ )?\1\b", text, re.IGNORECASE), text


@every_entry
def test_what_comes_back_later_comes_back(entry: Entry) -> None:
    """Whoever must act is told what to do; nothing is tried without end at full speed."""
    if entry.decision in (Decision.PAUSE, Decision.FAIL):
        assert not re.search("nothing to do", entry.remedy, re.IGNORECASE)
    assert entry.after is None or entry.after > 0


def test_a_status_alone_can_never_be_a_point() -> None:
    with pytest.raises(ValueError, match="status alone"):
        on(status=409)


NAMES = st.sampled_from([*sorted(FALLBACKS), "used", "limit", "needed", "minimum"])


@given(st.sampled_from(ENTRIES), st.dictionaries(NAMES, st.text() | st.just("{size}")))
def test_rendering_never_leaves_braces(entry: Entry, facts: dict[str, str]) -> None:
    for text in entry.render(facts):
        assert not set(text) & set("{}")
        assert "\n" not in text


@given(st.text(), st.text(), st.none() | st.integers(100, 599), st.text())
def test_anything_is_classified(
    code: str, message: str, status: int | None, operation: str
) -> None:
    assert isinstance(recognise(code, status, message, operation), Match)


def test_values_are_made_readable() -> None:
    assert clean("/subscriptions/s/resourceGroups/g/providers/M.C/virtualMachines/vm-1") == "vm-1"
    assert fill("{vm} is full.", {"vm": "vm-1"}) == "vm-1 is full."
    assert clean("/subscriptions/{sub}/virtualMachines/{vm}") == ""
    assert clean("\n- Networking\n  - VM Size\n") == "Networking, VM Size"
    assert len(clean("x" * 5000)) == 300
    assert fill("No[: {used}].", {"used": clean("It is in use.")}) == "No: It is in use."
    assert clean("1.0.") == "1.0."
    assert fill("{vm} is full[: {used}].", {"used": "{size}"}) == "The VM is full: {size}."
