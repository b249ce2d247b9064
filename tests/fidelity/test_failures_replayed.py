"""Every failure of the reference list that concerns a call of the product, replayed by the
emulator in Azure's own words, met by that call, and told in ours.

The list is not part of this project: `AZURE_REFERENCE` names its folder. Where it has Azure's
body, that is replayed; where it has prose, the emulator's failure of that meaning.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from spotpc.azure.catalogue import ENTRIES, Decision
from spotpc.azure.errors import AzureError
from spotpc.emulator.failures import NAMED
from tests.azure.test_reference_failures import DIFFERS, REFERENCE, SAID, matches, with_reference
from tests.emulator.client import SUBSCRIPTION

from . import stage
from .stage import OPERATIONS, POOL, VM, Stage

pytestmark = with_reference

# The call that meets it: positions in the list with a body of Azure's.
BODIES: dict[str, tuple[int, ...]] = {
    "create VM": (
        *range(2, 12), 0, 1, 18, *range(23, 32), *range(33, 41), *range(42, 48), 49, 50, 51,
        *range(53, 59), 74, 75, 76, 82, 90,
    ),
    "read VM": (73, 83, 91),
    "start": (22, 32, 84, 85, 88, 103),
    "generalize": (104,),
    "swap disk": (17, 105),
    "delete disk": (16, 80),
    "install extension": (*range(59, 68), 158, 167, 168, 170),
    "create NIC": (12, 13, 19, 20, 21, 77, 79),
    "delete NIC": (14, 15),
    "create version": (109, 110, 121),
    "registration token": (81, 130),
    "list hosts": (87, 89, 141, 142),
    "message": (132,),
    "drain": (133,),
    "sign in": tuple(range(68, 73)),
    "list policies": (175, 176, 177, 180),
    "delete device": (179,),
}  # fmt: skip

# Positions with prose only, or with an instance view: the emulator's failure of that meaning.
BY_NAME: dict[int, str] = {
    41: "BadRequest.diskSecurityType",
    48: "OSProvisioningTimedOut.imageBlocked",
    78: "LinkedAuthorizationFailed.tenant",
    86: "InvalidResourceLocation",
    92: "TooManyRequests.imageSource",
    94: "RunCommandFailed",
    96: "Sysprep.appPackage",
    97: "Sysprep.reservedStorage",
    98: "Sysprep.restartPending",
    99: "Sysprep.bitLocker",
    100: "Sysprep.notValidated",
    101: "Sysprep.provider",
    111: "InvalidParameter.osState",
    112: "InvalidParameter.osType",
    113: "InvalidParameter.ephemeralSource",
    114: "NotFound.source",
    115: "InvalidParameter.regions",
    116: "InvalidParameter.duplicateRegion",
    117: "InvalidParameter.replicaCount",
    118: "InvalidParameter.versionName",
    119: "PropertyChangeNotAllowed.version",
    120: "ParentResourceNotFound",
    128: "InvalidParameter.osProfileMissing",
    129: "InvalidParameter.osProfile",
    134: "409.sessionsExist",
    163: "JsonADDomainExtension.1355",
    164: "JsonADDomainExtension.1326",
    165: "JsonADDomainExtension.2",
    166: "JsonADDomainExtension.5",
    171: "VMExtensionHandlerNonTransientError.login-2145648607",
    172: "VMExtensionHandlerNonTransientError.login-2145648595",
    173: "VMExtensionHandlerNonTransientError.login51",
    181: "Conflict.graph",
    182: "serviceNotAvailable",
    183: "deviceImage.internalServerError",
    184: "deviceImage.sourceImageNotFound",
    185: "deviceImage.osVersionNotSupported",
    186: "deviceImage.sourceImageInvalid",
    187: "deviceImage.sourceImageNotGeneralized",
    188: "deviceImage.vmAlreadyAzureAdjoined",
    189: "deviceImage.paidSourceImageNotSupport",
    190: "deviceImage.sourceImageNotSupportCustomizeVMName",
    191: "deviceImage.sourceImageSizeExceedsLimitation",
    192: "Conflict.imageInUse",
    193: "BadRequest.imageLimit",
    195: "cloudPC.internalServerError",
    196: "cloudPC.onPremisesConnectionNotHealthy",
    197: "cloudPC.diskAllocationFailed",
    198: "cloudPC.domainJoinFailed",
    199: "cloudPC.hybridJoinFailed",
    200: "cloudPC.intuneEnrollFailed",
    201: "cloudPC.licenseNotFound",
    202: "cloudPC.notEnoughIpAddresses",
    203: "cloudPC.provisioningPolicyNotFound",
    204: "cloudPC.requestDisallowedByPolicy",
    205: "cloudPC.userNotFound",
    206: "healthCheck.dnsCheckFqdnNotFound",
    207: "healthCheck.adJoinCheckFqdnNotFound",
    208: "healthCheck.endpointConnectivityCheckCloudPcUrlNotAllowListed",
    209: "healthCheck.azureAdDeviceSyncCheckDeviceNotFound",
    210: "healthCheck.resourceAvailabilityCheckNoSubnetIP",
    211: "healthCheck.permissionCheckNoSubscriptionReaderRole",
    212: "healthCheck.udpConnectivityCheckStunUrlNotAllowListed",
}

# Why no call of the product can meet the rest.
NOT_MET: dict[str, tuple[int, ...]] = {
    "seen on the screen or in a log inside the VM only": (
        52, 102, *range(150, 158), 159, 160, 161, 162, 174,
    ),
    "a success: the product looks at what it should have achieved": (95, 126, 138, 139, 169),
    "a state the product reads and waits for": (122, 131, 135, 136, 137, 148, 149, 194),
    "the SDK always names itself; who does not is refused (test_graph_wire)": (178,),
    "a rule without a text; the product sets the version's safety profile": (124, 125),
    "action run commands: the product uses managed ones": (93,),
    "managed images and capture: the product captures into a gallery": (106, 107, 108, 127),
    "the product deletes neither galleries nor definitions": (123,),
    "Microsoft's own updater and the users' own clients": (140, *range(143, 148)),
}  # fmt: skip

WHERE = {at: name for name, many in BODIES.items() for at in many}
REPLAYED = sorted([*WHERE, *BY_NAME])

TOLD = {
    "sub": SUBSCRIPTION, "rg": stage.GROUP_NAME, "vm": VM, "guid": "1", "location": "westeurope",
    "type": "Microsoft.Compute/virtualMachines", "name": VM, "host": stage.HOST, "pool": POOL,
}  # fmt: skip


def body_of(at: int) -> Any:
    """Azure's words, with what the request would tell filled in and the rest left as it is."""
    text = re.sub(r"\{(\w+)\}", lambda word: TOLD.get(word[1], word[0]), REFERENCE[at]["body"])
    return json.loads(text)


def fault_of(at: int) -> tuple[str, dict[str, Any]]:
    """The operation and the fault that strikes it, on the surface where Azure shows it."""
    if at in BY_NAME:
        failure = NAMED[BY_NAME[at]]
        name = stage.struck_by(failure.method, failure.path)
        assert name is not None
        return name, {"failure": failure.name}
    operation, entry = OPERATIONS[WHERE[at]], REFERENCE[at]
    fault = {"method": operation.method, "path": stage.pattern(operation.path)}
    body = body_of(at)
    if entry["http_status"] == 200:
        ended = {"error": body["error"], "state": body["status"], "surface": "operation"}
        return WHERE[at], {**fault, "status": 200, "body": None, **ended}
    return WHERE[at], {**fault, "status": entry["http_status"], "body": body}


def wrong_with(at: int, error: AzureError) -> list[str]:
    """What of an error is not the decision the list advises, told in our own words."""
    entry = next((each for each in ENTRIES if each.code == error.code), None)
    if entry is None or error.code == "unknown":
        return [f"{error.azure_code} is unknown: {error.azure_message}"]
    known = {match.entry.code for _, match in matches(at)}
    wrong = [] if error.code in known else [f"{error.code} is not among {known}"]
    if error.decision is not wanted(at):
        wrong.append(f"{error.code}: {error.decision}")
    theirs = (REFERENCE[at]["sentence"], REFERENCE[at]["remedy"])
    for our, their in zip((error.sentence, error.remedy), theirs, strict=True):
        if set(our) & set("{}"):
            wrong.append(f"unfilled: {our}")
        if difflib.SequenceMatcher(None, our.casefold(), their.casefold()).ratio() >= 0.75:
            wrong.append(f"not our words: {our}")
    return wrong


def wanted(at: int, differs: Mapping[int, tuple[Decision, str]] = DIFFERS) -> Decision | None:
    first = re.match(r"[A-Z_]+(?![a-z])", REFERENCE[at]["action"])
    return differs[at][0] if at in differs else SAID.get(first[0] if first else "")


def test_every_failure_is_replayed_or_known_not_to_be_met() -> None:
    left_out = [at for many in NOT_MET.values() for at in many]
    assert sorted([*REPLAYED, *left_out]) == list(range(len(REFERENCE)))


@pytest.mark.parametrize("at", REPLAYED)
def test_a_replayed_failure_is_told_and_decided(at: int, azure: Stage) -> None:
    name, fault = fault_of(at)
    assert wrong_with(at, stage.met(azure, name, fault)) == []


# --- negative controls ------------------------------------------------------------------------


def test_words_nobody_has_seen_are_noticed(azure: Stage) -> None:
    name, fault = fault_of(0)
    body = {"error": {"code": "NeverSeenBefore", "message": "The moon is full."}}
    error = stage.met(azure, name, {**fault, "body": body})
    assert wrong_with(0, error) == ["NeverSeenBefore is unknown: The moon is full."]


def test_the_end_of_another_operation_is_noticed(azure: Stage) -> None:
    name, fault = fault_of(46)
    error = stage.met(azure, name, {**fault, "error": body_of(2)["error"]})
    assert wrong_with(46, error)


def test_their_words_and_open_braces_are_noticed() -> None:
    ((_, match),) = matches(0)
    theirs = AzureError(match.entry.code, REFERENCE[0]["sentence"], "Wait.", match.entry.decision)
    assert [line.partition(":")[0] for line in wrong_with(0, theirs)] == [
        "unfilled",
        "not our words",
    ]


def test_another_decision_is_noticed() -> None:
    entry = next(each for each in ENTRIES if each.decision is Decision.FAIL)
    assert wrong_with(0, AzureError(entry.code, "No.", "Stop.", Decision.FAIL))
