"""The same traffic against Microsoft's published resource types: names, types, words, what is
required, who may say it, and no secret in an answer.

The types are not part of this project: `AZURE_REFERENCE` names the folder that holds them. They
describe resources and a few actions; lists are judged item by item, PATCH bodies are not described.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from . import bicep
from .traffic import Exchange, put_in

Find = Callable[[str, str], Exchange]

FOLDER = Path(os.environ.get("AZURE_REFERENCE", ""), "schemas")
pytestmark = [
    pytest.mark.django_db,  # for the run that is recorded
    pytest.mark.skipif(
        "AZURE_REFERENCE" not in os.environ,
        reason="AZURE_REFERENCE does not name the folder of Azure's resource types",
    ),
]

VM = "microsoft.compute/virtualmachines"
IMAGES = "microsoft.compute/galleries/images"
POOL = "microsoft.desktopvirtualization/hostpools"

# The types of what is listed under another name than its own.
SAME = {f"{POOL}/usersessions": f"{POOL}/sessionhosts/usersessions"}


def wrong_in(one: Exchange) -> list[str] | None:
    """What is wrong with an exchange; None where no published type describes it."""
    if not one.well:
        return None
    resources, actions = bicep.load(FOLDER)
    kind = SAME.get(one.kind, one.kind).removesuffix("/*")
    if kind in actions:
        sent, answered = actions[kind]
    elif kind in resources:
        answered = resources[kind]
        sent = None if one.method == "PATCH" else answered
    else:
        return None
    wrong = [*_sent(sent, one.sent), *_answered(answered, one.answered)]
    return [f"{one.method} {one.kind} {line}" for line in wrong]


def _sent(schema: bicep.Schema | None, body: Any) -> list[str]:
    if schema is None or body is None:
        return []
    return bicep.complaints(schema, body, request=True)


def _answered(schema: bicep.Schema, body: Any) -> list[str]:
    if body is None:
        return []
    listed = isinstance(body.get("value"), list) and "value" not in schema["properties"]
    items = body["value"] if listed else [body]
    return [line for item in items for line in bicep.complaints(schema, item, request=False)]


def test_every_body_is_as_published(exchanges: list[Exchange]) -> None:
    assert [line for one in exchanges for line in wrong_in(one) or ()] == []


def test_the_published_types_are_found(exchanges: list[Exchange]) -> None:
    """A kind that no type describes is judged by nobody, so they are few and known."""
    unjudged = {one.kind for one in exchanges if one.well and wrong_in(one) is None}
    ours = {kind for kind in unjudged if "/providers/" in kind or kind.startswith("microsoft")}
    assert ours == {
        f"{VM}/deallocate",  # these three and the messages have no body
        f"{VM}/generalize",
        f"{VM}/start",
        f"{VM}/instanceview",
        f"{POOL}/sessionhosts/usersessions/sendmessage",
        "microsoft.network/bastionhosts/deleteshareablelinks",
        "microsoft.compute/locations/usages",
        "microsoft.compute/skus",
        "microsoft.compute/locations/operations/*",
        "microsoft.network/locations/operations/*",
    }


# --- negative controls: recorded bodies, each spoiled in one place ---------------------------

OS = ("properties", "osProfile")
SPOILED: dict[str, tuple[str, str, str, tuple[str | int, ...], Any]] = {
    "misspelt": ("answered", "GET", f"{VM}/*", ("properties", "provisoningState"), "Succeeded"),
    "misspelt deep": ("sent", "PUT", f"{VM}/*", (*OS, "computrName"), "vm"),
    "wrong type": ("answered", "GET", f"{VM}/*", ("properties", "hardwareProfile"), "big"),
    "null": ("answered", "GET", f"{POOL}/*", ("properties", "registrationInfo"), None),
    "type": ("answered", "GET", f"{VM}/*", ("type",), "Microsoft.Compute/disks"),
    "word": ("sent", "PUT", f"{VM}/*", ("properties", "securityProfile", "securityType"), "Safe"),
    "word listed": ("answered", "GET", f"{POOL}/sessionhosts",
                    ("value", 0, "properties", "status"), "Healthy"),
    "missing": ("sent", "PUT", f"{VM}/*", ("location",), ...),
    "missing deep": ("sent", "PUT", f"{IMAGES}/*", ("properties", "identifier", "offer"), ...),
    "secret": ("answered", "GET", f"{VM}/*", (*OS, "adminPassword"), "Not-a-real-1"),
    "Azure's own": ("sent", "PUT", f"{VM}/*", ("properties", "vmId"), "1"),
    "number": ("answered", "GET", "microsoft.compute/disks/*", ("properties", "diskSizeGB"), "127"),
    "action": ("answered", "POST", f"{POOL}/retrieveregistrationtoken", ("tokn",), "t"),
    "links": ("sent", "POST", "microsoft.network/bastionhosts/createshareablelinks",
              ("vms", 0, "vm"), "/vm"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_body_is_noticed(name: str, of_kind: Find) -> None:
    side, method, kind, place, value = SPOILED[name]
    good = of_kind(method, kind)
    assert wrong_in(good) == []
    bad = _without(good, side, place) if value is ... else put_in(getattr(good, side), place, value)
    changed = replace(good, sent=bad) if side == "sent" else replace(good, answered=bad)
    assert wrong_in(changed)


def _without(good: Exchange, side: str, place: tuple[str | int, ...]) -> Any:
    body = put_in(getattr(good, side), place, None)
    inner = body
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    return body


def test_the_case_of_a_type_does_not_matter(of_kind: Find) -> None:
    good = of_kind("GET", f"{VM}/*")
    shouted = put_in(good.answered, ("type",), good.answered["type"].upper())
    assert wrong_in(replace(good, answered=shouted)) == []
