"""What we ask Graph and send it has the names and words of the v1.0 metadata.

The metadata is not part of this project: `AZURE_REFERENCE` names its folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from spotpc.azure.graph import Graph

from .graph_scene import HAD, HYBRID, policy_spec
from .graph_wire import Asked, Wire
from .replay import Answer

REFERENCE = os.environ.get("AZURE_REFERENCE")
if not REFERENCE:
    pytest.skip(
        "AZURE_REFERENCE does not name the folder of Graph's metadata", allow_module_level=True
    )
METADATA = Path(REFERENCE) / "schemas" / "msgraph-v1.0-cleanMetadata.xml"

POLICY = policy_spec()

NAMESPACE = "{http://docs.oasis-open.org/odata/ns/edm}"
Types = dict[str, dict[str, str]]


def described() -> tuple[Types, dict[str, set[str]]]:
    """(type -> property -> its type, enumeration -> its words), inherited ones included."""
    schema = ElementTree.parse(METADATA).getroot().iter(f"{NAMESPACE}Schema")
    ours = next(each for each in schema if each.get("Namespace") == "microsoft.graph")
    own: Types = {}
    base: dict[str, str] = {}
    for kind in ("EntityType", "ComplexType"):
        for each in ours.iter(f"{NAMESPACE}{kind}"):
            name = each.get("Name", "")
            base[name] = each.get("BaseType", "").removeprefix("graph.")
            own[name] = {
                one.get("Name", ""): one.get("Type", "")
                for one in each
                if one.tag in (f"{NAMESPACE}Property", f"{NAMESPACE}NavigationProperty")
            }
    words = {
        each.get("Name", ""): {one.get("Name", "") for one in each}
        for each in ours.iter(f"{NAMESPACE}EnumType")
    }
    return {name: inherited(name, own, base) for name in own}, words


def inherited(name: str, own: Types, base: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    while name:
        found = {**own.get(name, {}), **found}
        name = base.get(name, "")
    return found


TYPES, WORDS = described()


def misfits(body: Any, kind: str) -> list[str]:
    """What in a body the metadata does not know: properties, words, and values of another kind."""
    kind = re.sub(r"^Collection\((.*)\)$", r"\1", kind).removeprefix("graph.")
    if isinstance(body, list):
        return [wrong for each in body for wrong in misfits(each, kind)]
    if isinstance(body, dict):
        kind = str(body.get("@odata.type", f"#microsoft.graph.{kind}")).rpartition(".")[2]
        known = TYPES.get(kind, {})
        return [
            wrong
            for name, value in body.items()
            if not name.startswith("@odata.")
            for wrong in (misfits(value, known[name]) if name in known else [f"{kind}.{name}"])
        ]
    if kind in WORDS:
        return [] if body in WORDS[kind] else [f"{kind}: {body}"]
    plain = {"Edm.String": str, "Edm.Boolean": bool, "Edm.Int32": int}
    fits = body is None or isinstance(body, plain.get(kind, object))
    return [] if fits and kind not in TYPES else [f"{kind}: {body!r}"]


def sent_by(call: Callable[[Graph], Any]) -> list[Asked]:
    joins = [{"domainJoinType": "azureADJoin", "onPremisesConnectionId": name} for name in "ab"]
    wire = Wire(Answer(body={"id": "x", "value": [], "domainJoinConfigurations": joins}))
    call(wire.graph())
    return wire.asked


EDITED = replace(
    POLICY,
    name="B",
    description="",
    image_type="custom",
    connection_id="c",
    single_sign_on=True,
    local_admin=True,
    naming_template="X-%RAND:5%",
    locale="de-DE",
)
WRITES: dict[str, tuple[str, Callable[[Graph], Any]]] = {
    "a new policy": ("cloudPcProvisioningPolicy", lambda g: g.windows365.create_policy(EDITED)),
    "an edited policy": (
        "cloudPcProvisioningPolicy",
        lambda g: g.windows365.update_policy("p", EDITED, POLICY),
    ),
    "an emptied policy": (
        "cloudPcProvisioningPolicy",
        lambda g: g.windows365.update_policy("p", POLICY, EDITED),
    ),
    "a new connection": (
        "cloudPcOnPremisesConnection",
        lambda g: g.windows365.create_connection(HYBRID),
    ),
    "an edited connection": (
        "cloudPcOnPremisesConnection",
        lambda g: g.windows365.update_connection("c", HYBRID, HAD),
    ),
    "an image": (
        "cloudPcDeviceImage",
        lambda g: g.windows365.create_device_image("n", "1.0.0", "/i"),
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_what_we_send_is_in_the_metadata(write: str) -> None:
    kind, call = WRITES[write]
    bodies = [asked.body for asked in sent_by(call) if asked.body is not None]
    assert bodies
    assert misfits(bodies, kind) == []


def test_an_assignment_is_in_the_metadata() -> None:
    (asked,) = sent_by(lambda g: g.windows365.assign_policy("p", ["g"]))
    assert misfits(asked.body["assignments"], "cloudPcProvisioningPolicyAssignment") == []


@pytest.mark.parametrize(
    "body",
    [
        {"displayNam": "x"},
        {"displayName": 1},
        {"imageType": "paper"},
        {"enableSingleSignOn": "yes"},
        {"cloud_pc_naming_template": None},  # what kiota makes of a None
        {"windowsSetting": {"language": "de-DE"}},
        {"windowsSetting": "de-DE"},
        {"domainJoinConfigurations": [{"type": "azureADJoin"}]},
        {"assignments": [{"target": {"groupId": "g"}}]},  # a target of no kind has no group
    ],
    ids=str,
)
def test_the_check_of_the_metadata_would_notice(body: Any) -> None:
    assert misfits(body, "cloudPcProvisioningPolicy")


ENTITIES = {
    "provisioningPolicies": "cloudPcProvisioningPolicy",
    "onPremisesConnections": "cloudPcOnPremisesConnection",
    "groups": "group",
    "microsoft.graph.user": "user",
    "graph.user": "user",
    "devices": "device",
    "managedDevices": "managedDevice",
}


def test_what_we_select_expand_and_filter_is_in_the_metadata() -> None:
    reads = [
        *sent_by(lambda g: g.windows365.policies()),
        *sent_by(lambda g: g.windows365.connections()),
        *sent_by(lambda g: g.directory.groups()),
        *sent_by(lambda g: g.directory.member_upns("g")),
        *sent_by(lambda g: g.directory.devices_named(["n"])),
        *sent_by(lambda g: g.directory.managed_devices_named(["n"])),
    ]
    for asked in reads:
        known = TYPES[ENTITIES[asked.path.rpartition("/")[2]]]
        chosen = ",".join(asked.query.get(name, "") for name in ("$select", "$expand"))
        names = {name for name in chosen.split(",") if name}
        filtered = re.findall(r"(\w+) (?:eq|in) ", asked.query.get("$filter", ""))
        assert names | set(filtered) <= set(known), asked.url
        assert names


def test_beta_is_used_where_v1_has_nothing() -> None:
    beta = [
        asked for asked in sent_by(lambda g: g.windows365.cloud_pcs()) if "/beta/" in asked.path
    ]
    (asked,) = beta
    selected = set(asked.query["$select"].split(",")) - {"id"}
    assert selected.isdisjoint(TYPES["cloudPC"])
