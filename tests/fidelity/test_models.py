"""Every body of a whole run against the installed SDK's own model classes: names and types.

Request and answer of the product, and of the furnishing, which shares no code with it. The SDK is
generated from Microsoft's specification, so a property it does not know is none of Azure's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from azure.mgmt.compute import models as compute
from azure.mgmt.desktopvirtualization import models as avd
from azure.mgmt.network import models as network

from tests.emulator import oracle

from . import avd_models
from .traffic import Exchange, put_in

pytestmark = pytest.mark.django_db  # for the run that is recorded

Find = Callable[[str, str], Exchange]

POOL = "microsoft.desktopvirtualization/hostpools"
SESSIONS = f"{POOL}/sessionhosts/usersessions"
VM = "microsoft.compute/virtualmachines"
IMAGES = "microsoft.compute/galleries/images"
NICS = "microsoft.network/networkinterfaces"
BASTION = "microsoft.network/bastionhosts"

# What a GET (of one, or as an item of a list) and a PUT carry.
RESOURCES: dict[str, type] = {
    VM: compute.VirtualMachine,
    f"{VM}/extensions": compute.VirtualMachineExtension,
    f"{VM}/runcommands": compute.VirtualMachineRunCommand,
    "microsoft.compute/disks": compute.Disk,
    "microsoft.compute/snapshots": compute.Snapshot,
    "microsoft.compute/galleries": compute.Gallery,
    IMAGES: compute.GalleryImage,
    f"{IMAGES}/versions": compute.GalleryImageVersion,
    "microsoft.compute/locations/usages": compute.Usage,
    "microsoft.compute/skus": compute.ResourceSku,
    "microsoft.network/virtualnetworks": network.VirtualNetwork,
    "microsoft.network/virtualnetworks/subnets": network.Subnet,
    NICS: network.NetworkInterface,
    BASTION: network.BastionHost,
    POOL: avd.HostPool,
    f"{POOL}/sessionhosts": avd.SessionHost,
    f"{POOL}/usersessions": avd.UserSession,
}

PATCHES: dict[str, type] = {
    VM: compute.VirtualMachineUpdate,
    f"{IMAGES}/versions": compute.GalleryImageVersionUpdate,
    POOL: avd.HostPoolPatch,
    f"{POOL}/sessionhosts": avd.SessionHostPatch,
}


class Action(NamedTuple):
    sent: type | None = None
    answered: type | None = None


# The other requests with a body, by method and kind.
ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", f"{VM}/instanceview"): Action(None, compute.VirtualMachineInstanceView),
    ("POST", f"{POOL}/retrieveregistrationtoken"): Action(None, avd.RegistrationInfo),
    ("POST", f"{SESSIONS}/sendmessage"): Action(avd.SendMessage),
    ("POST", f"{BASTION}/createshareablelinks"): Action(network.BastionShareableLinkListRequest),
    ("POST", f"{BASTION}/deleteshareablelinks"): Action(network.BastionShareableLinkListRequest),
    ("POST", f"{BASTION}/getshareablelinks"): Action(
        network.BastionShareableLinkListRequest, network.BastionShareableLink
    ),
}

# No model in the SDKs the product uses: Entra's two, the resource group (azure-mgmt-resource), and
# the operation URLs, which azure-core reads by hand; `test_operations_have_their_keys` does too.
UNMODELLED = ("/v2.0/*", "/.well-known/*", "subscriptions/resourcegroups/*", "/operations/*")


def complaints(model: type, body: Any) -> list[str]:
    if hasattr(model, "_attribute_map"):
        return avd_models.complaints(model, body)
    return oracle.complaints(model, body)


def models_of(one: Exchange) -> Action | None:
    """The models of what was sent and answered; None where nobody has said which they are."""
    kind = one.kind.removesuffix("/*")
    if (one.method, kind) in ACTIONS:
        return ACTIONS[one.method, kind]
    resource = RESOURCES.get(kind)
    if resource is None:
        return None
    return Action(PATCHES.get(kind) if one.method == "PATCH" else resource, resource)


def wrong_in(one: Exchange) -> list[str]:
    """Everything an exchange's bodies have that their models have not."""
    if one.kind.endswith(UNMODELLED):
        return []
    if not one.well:
        return _error(one.answered)
    models = models_of(one)
    wrong = _sent(models, one.sent) + _answered(models, one.answered)
    return [f"{one.method} {one.kind} {line}" for line in wrong]


def _sent(models: Action | None, body: Any) -> list[str]:
    if body is None:
        return []
    if models is None or models.sent is None:
        return ["nobody checks what is sent"]
    return complaints(models.sent, body)


def _answered(models: Action | None, body: Any) -> list[str]:
    if body is None:
        return []
    if models is None or models.answered is None:
        return ["nobody checks what is answered"]
    if "value" not in body:
        return complaints(models.answered, body)
    odd = [f"{key}: not in a list" for key in body if key not in ("value", "nextLink")]
    return odd + [line for item in body["value"] for line in complaints(models.answered, item)]


def _error(body: Any) -> list[str]:
    good = set(body) == {"error"} and {"code", "message"} <= set(body["error"])
    return [] if good else [f"{body} is no error of Azure's"]


def test_every_body_is_one_the_sdk_knows(exchanges: list[Exchange]) -> None:
    assert [line for one in exchanges for line in wrong_in(one)] == []


def test_the_run_reaches_every_model(exchanges: list[Exchange]) -> None:
    """A model of the tables above that met no body would prove nothing."""
    met = {model for one in exchanges for model in _met(one)}
    listed = {model for action in ACTIONS.values() for model in action if model}
    assert ({*RESOURCES.values(), *PATCHES.values()} | listed) - met == set()


def _met(one: Exchange) -> set[type]:
    models = models_of(one) if one.well else None
    pairs = zip(models, (one.sent, one.answered), strict=True) if models else ()
    return {model for model, body in pairs if model and body}


def test_operations_have_their_keys(exchanges: list[Exchange]) -> None:
    """Source of the keys: learn.microsoft.com, "Track asynchronous Azure operations"."""
    bodies = [one.answered for one in exchanges if one.kind.endswith("/operations/*")]
    assert bodies
    for body in bodies:
        assert {"name", "status", "startTime"} <= set(body)
        assert set(body) <= {"name", "status", "startTime", "endTime", "error", "properties"}
        assert ("endTime" in body) == (body["status"] != "InProgress")


def test_no_secret_comes_back(exchanges: list[Exchange]) -> None:
    """Not all that must stay secret is marked so in Microsoft's types."""
    secrets = {secret for one in exchanges for secret in _secrets(one.sent)}
    assert len(secrets) >= 3  # two administrators' passwords, and a token in protected settings
    assert [one for one in exchanges if _tells(one, secrets)] == []


def _secrets(body: Any) -> set[str]:
    properties = (body or {}).get("properties", {})
    password = properties.get("osProfile", {}).get("adminPassword")
    protected = properties.get("protectedSettings", {}).get("properties", {})
    return {each for each in (password, *protected.values()) if each}


def _tells(one: Exchange, secrets: set[str]) -> bool:
    """A pool's registration token is for those who ask for it, and in the answer to its renewal."""
    asked = one.kind in (f"{POOL}/retrieveregistrationtoken", f"{POOL}/*") and one.method != "GET"
    return not asked and any(secret in json.dumps(one.answered) for secret in secrets)


def test_a_secret_that_comes_back_is_noticed(of_kind: Find) -> None:
    one = of_kind("PUT", f"{VM}/*")
    (secret,) = _secrets(one.sent)
    assert not _tells(one, {secret})
    assert _tells(replace(one, answered=one.sent), {secret})


# --- negative controls: recorded bodies, each spoiled in one place ---------------------------

DISK = ("properties", "storageProfile", "osDisk")
SPOILED: list[tuple[str, str, str, tuple[str | int, ...], Any]] = [
    ("answered", "GET", f"{VM}/*", ("properties", "provisoningState"), "Succeeded"),
    ("answered", "GET", f"{VM}/*", ("properties", "hardwareProfile", "vmSize"), 4),
    ("answered", "GET", f"{VM}/*", (*DISK, "managedDisk", "idd"), "/disk"),
    ("answered", "GET", f"{VM}/*", (*DISK, "createOption"), "FromNowhere"),
    ("answered", "GET", VM, ("value", 0, "properties", "vmIdd"), "1"),
    ("answered", "GET", VM, ("nextlink",), "https://next"),
    ("answered", "GET", f"{VM}/instanceview", ("statuses", 0, "lvl"), "Info"),
    ("sent", "PUT", f"{VM}/*", (*DISK, "deleteOptions"), "Delete"),
    ("sent", "PUT", f"{VM}/extensions/*", ("properties", "publisher"), ["P"]),
    ("sent", "PATCH", f"{VM}/*", ("properties", "storage"), {}),
    ("sent", "PUT", f"{NICS}/*", ("properties", "ipConfigurations", 0, "properties", "prim"), True),
    ("answered", "GET", f"{IMAGES}/versions/*", ("properties", "publishingProfile"), "all"),
    ("answered", "GET", f"{POOL}/*", ("properties", "maxSessionLimits"), 4),
    ("answered", "GET", f"{POOL}/*", ("properties", "maxSessionLimit"), "4"),
    ("answered", "GET", f"{POOL}/*", ("properties", "loadBalancerType"), 1),
    ("answered", "GET", f"{POOL}/sessionhosts", ("value", 0, "properties", "allowNewSesion"), True),
    ("answered", "GET", f"{POOL}/sessionhosts", ("value", 0, "properties", "lastHeartBeat"), "now"),
    ("answered", "GET", f"{POOL}/sessionhosts", ("value", 0, "properties", "sessions"), True),
    ("sent", "PATCH", f"{POOL}/sessionhosts/*", ("properties", "allowNewSession"), "no"),
    ("sent", "PATCH", f"{POOL}/*", ("properties", "registrationInfo", "expires"), "now"),
    ("sent", "POST", f"{SESSIONS}/sendmessage", ("title",), "Update"),
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: f"{spoil[2]}-{spoil[3][-1]}")
def test_a_spoiled_body_is_noticed(
    spoil: tuple[str, str, str, tuple[str | int, ...], Any], of_kind: Find
) -> None:
    side, method, kind, place, value = spoil
    good = of_kind(method, kind)
    assert wrong_in(good) == []
    bad = put_in(getattr(good, side), place, value)
    changed = replace(good, sent=bad) if side == "sent" else replace(good, answered=bad)
    assert len(wrong_in(changed)) == 1


def test_a_kind_nobody_knows_is_noticed(of_kind: Find) -> None:
    other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i"
    assert wrong_in(replace(of_kind("GET", f"{VM}/*"), path=other))


def test_what_is_no_error_of_azures_is_noticed(of_kind: Find) -> None:
    assert wrong_in(replace(of_kind("GET", f"{VM}/*"), status=404, answered={"error": "gone"}))
