"""Microsoft's example requests are accepted by the emulator, with a status of the example, and
answered with every key of the example's answer, but for a short list with reasons.

The examples are not part of this project: `AZURE_REFERENCE` names their folder.
"""

from __future__ import annotations

import copy
import os
import re
from typing import Any

import httpx
import pytest

from . import examples
from .examples import Example, Place
from .stage import Stage

if "AZURE_REFERENCE" not in os.environ:
    pytest.skip(
        "AZURE_REFERENCE does not name the folder of Azure's examples", allow_module_level=True
    )

PROVIDERS = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.DesktopVirtualization")

# Operations, or single examples, that are not put to the emulator.
NOT_ASKED: dict[str, str] = {
    r"Images_(CreateOrUpdate|Update)(\..*)?": "a TrustedLaunch VM or disk becomes no managed image",
    r"ApplicationGroups_.*|Workspaces_.*|Desktops_.*": "the product leaves them as they are",
    r"VirtualMachines_ListByLocation|VirtualMachineImages_ListByEdgeZone": "not offered",
    r"VirtualNetworks_(CheckIPAddressAvailability|ListUsage)": "not offered",
    r"DeleteBastionShareableLinkByToken": "not offered: links are deleted by their VM",
    r"VirtualMachineRunCommands_Update": "not offered: Azure does not run a script twice",
    r"VirtualMachines_Update\..*": "they detach data disks, which desktops have not",
    r"GalleryImages_Update": "it changes the generation to the V1 of its own world: refused",
    r"VirtualMachines_CreateOrUpdate\.From(ACustom|AGeneralizedShared)Image": (
        "a VM without TrustedLaunch, which this world's images refuse"
    ),
    r"VirtualMachines_CreateOrUpdate\.FromASpecializedSharedImage": "its images are generalized",
    r"VirtualMachines_CreateOrUpdate\.FromA(Shared|Community).*Image": "galleries of others",
    r"VirtualMachines_CreateOrUpdate\.WithNetworkInterfaceConfiguration": (
        "a NIC inside the VM's body: believed to work, the product makes its own"
    ),
    r"GalleryImageVersions_CreateOrUpdate\.With(CommunityImageVersion|VHD).*": (
        "galleries of others, and disks in storage accounts"
    ),
    r"NetworkInterfaces_CreateOrUpdate": "a second address without a subnet of its own",
    r"VirtualMachines_List(All)?\.MaximumSet": "a machine wrote down every key Compute ever had",
}

# Keys of an example's answer that may be missing, by their place in one resource.
OPTIONAL: dict[str, str] = {
    r"tags(/.*)?": "the example's own tags",
    r"nextLink": "only where there is another page",
    r"systemData": "who wrote a resource and when: nobody reads it",
    # Features that nobody has switched on. Azure leaves out what is not set.
    r"(properties/)?(.*/)?(extendedLocations?|zones|plan|purchasePlan|type|zoneDetails/\*)": (
        "edge zones, zones and plans, where there are some"
    ),
    r"managedBy|properties/(availabilitySet|proximityPlacementGroup|hostGroup|applicationProfile|"
    r"scheduledEvents\w+|additionalCapabilities|diagnosticsProfile|userData|extensionsTimeBudget|"
    r"hardwareProfile/vmSizeProperties|storageProfile/osDisk/diffDiskSettings)": "VMs: not set",
    r".*dataDisk(s|Images)(/\*)?": "a desktop has no data disks",
    r"resources/\*/tags/.*": "the example's own tags",
    r"bootDiagnostics|patchStatus|assignedHost|isVMInStandbyPool|platform\w+Domain": (
        "instance view: not set"
    ),
    r"(disks|vmAgent)/.*statuses/\*/time|extensions/\*/statuses/\*/message": (
        "instance view: the time and text of a good status"
    ),
    r"vmAgent/extensionHandlers/\*": "nobody reads the versions of extension handlers",
    r"properties/(errorBlobUri|outputBlobUri|parameters/\*|runAsUser)": "run commands: not set",
    r"properties/(enableAutomaticUpgrade|forceUpdateTag|suppressFailures)": "extensions: not set",
    r"properties/protectedSettings": "Azure never shows them, whatever the machine wrote",
    r"properties/instanceView": "only where $expand asks for it",
    r"properties/(disallowed|imageDeprecationStatus/.*)": "Marketplace images: not set",
    r"properties/(encryptionSettingsCollection|LastOwnershipUpdateTime|supportsHibernation|"
    r"supportedCapabilities|creationData/source\w+Id|diskSizeBytes|diskState|hyperVGeneration|"
    r"incrementalSnapshotFamilyId)": "disks and snapshots: by what they were made of",
    r"properties/storageProfile/osDisk/(blobUri|snapshot)": "managed images: of a VM",
    r"properties/(description|sharingProfile|sharingStatus)": "galleries: not set",
    r"properties/(publishingProfile/targetRegions/\*/encryption|safetyProfile/policyViolations)": (
        "versions: not set"
    ),
    r"properties/storageProfile/(osDiskImage/)?source/(id|uri|storageAccountId)": (
        "versions: another source than a VM"
    ),
    r"properties/(enableKerberos|enableSessionRecording|ipConfigurations/\*|networkAcls|"
    r"virtualNetwork)": "Bastion: not set",
    r"properties/(disableTcpStateTracking|dscpConfiguration|macAddress|networkSecurityGroup)|"
    r"properties/ipConfigurations/\*/properties/"
    r"(publicIPAddress|privateIPAddressPrefixLength|gatewayLoadBalancer)": "NICs: not set",
    r"properties/(subnets/\*/)?(etag|properties/(delegations/\*|purpose|serviceEndpoints|"
    r"serviceAssociationLinks|ipConfigurationProfiles)|delegations/\*|purpose|dhcpOptions|"
    r"defaultOutboundAccess|sharingScope)": "networks: not set",
    r"properties/(agentUpdate|customRdpProperty|description|friendlyName|vmTemplate|ring|"
    r"personalDesktopAssignmentType|sso\w+)": "host pools: not set; `ring` is of old versions",
    r"properties/registrationInfo": "shown in answers to writes only (reported for all versions)",
    r"properties/(assignedUser|friendlyName)": "session hosts: not set",
}


def _left_out(example: Example) -> bool:
    patterns = "|".join(f"(?:{pattern})" for pattern in NOT_ASKED)
    return any(re.fullmatch(patterns, name) for name in (example.name, example.operation))


ASKED = [each for each in examples.all_of(PROVIDERS) if not _left_out(each)]


@pytest.fixture(scope="module")
def place(azure: Stage) -> Place:
    return examples.furnish(azure)


def unserved(example: Example, status: int, body: Any) -> list[str]:
    """What an answer lacks of the example's: the status, or places of keys."""
    if status not in (200, 201, 202, 204):
        return [f"{status}: {body}"]
    if status == 202 and body is None:
        return []  # what is asked for is behind its Location
    theirs = _expected(example, status)
    lacking = [] if theirs is None else examples.missing(theirs, body)
    return [each for each in lacking if not _optional(each)]


def _expected(example: Example, status: int) -> Any:
    """The example's body for this status; for one it has not, the one it has."""
    if str(status) in example.answers:
        return example.answers[str(status)]
    return next((each for each in example.answers.values() if each is not None), None)


def _optional(path: str) -> bool:
    """Items of a list are judged as one resource alone is."""
    return bool(
        re.fullmatch(
            "|".join(f"(?:{each})" for each in OPTIONAL), re.sub(r"^(value/)?\*/", "", path)
        )
    )


def body_of(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None


@pytest.mark.parametrize("example", ASKED, ids=lambda each: each.name)
def test_an_example_is_served(example: Example, place: Place) -> None:
    answer = place.ask(example)
    assert unserved(example, answer.status_code, body_of(answer)) == []


def test_every_exception_is_one() -> None:
    """A reason that no example needs any more is to be taken out."""
    everything = list(examples.all_of(PROVIDERS))
    for pattern in NOT_ASKED:
        names = [name for each in everything for name in (each.name, each.operation)]
        assert any(re.fullmatch(pattern, name) for name in names), pattern
    assert len(ASKED) > 90


# --- negative controls ------------------------------------------------------------------------

SPOILED = [
    ("VirtualMachines_Get", ("properties", "vmId")),
    ("VirtualMachines_Get", ("properties", "storageProfile", "osDisk", "managedDisk", "id")),
    ("VirtualMachines_InstanceView", ("vmAgent", "vmAgentVersion")),
    ("VirtualMachines_ListAll.MinimumSet", ("value",)),
    ("Usage_List.MinimumSet", ("value",)),
    ("GalleryImageVersions_Get.WithReplicationStatus", ("properties", "replicationStatus")),
    ("SessionHosts_List", ("value", 0, "properties", "allowNewSession")),
    ("UserSessions_ListByHostPool", ("value", 0, "properties", "userPrincipalName")),
    ("HostPools_RetrieveRegistrationToken", ("token",)),
    ("GetBastionShareableLink", ("value", 0, "bsl")),
]


@pytest.mark.parametrize(("name", "path"), SPOILED, ids=lambda value: str(value))
def test_a_key_that_is_gone_is_noticed(
    name: str, path: tuple[str | int, ...], place: Place
) -> None:
    example = next(each for each in ASKED if each.name == name)
    answer = place.ask(example)
    good = body_of(answer)
    for item in good.get("value", [])[1:]:
        good["value"].remove(item)
    assert unserved(example, answer.status_code, good) == []
    bad: Any = copy.deepcopy(good)
    inner = bad
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    assert len(unserved(example, answer.status_code, bad)) == 1


def test_a_refused_example_is_noticed(place: Place) -> None:
    example = next(each for each in ASKED if each.name == "VirtualMachines_Get")
    names = {**place.names, "vmName": "nobody"}
    answer = Place(place.stage, names).ask(example)
    assert unserved(example, answer.status_code, body_of(answer))
