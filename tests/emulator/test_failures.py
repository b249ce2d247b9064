"""The table of named failures, and each surface of it through the real clients."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spotpc.emulator.failures import NAMED, Failure, Surface, expand

# Entries of the reference that are no answer of Azure's to a call of the product.
_NOT_ANSWERS = (
    "boots to ERROR HANDLER",  # only on the screen of the VM
    "action run command false green",  # a success; the emulator's run command does it by itself
    "managed run command",  # RunCommandFailed, with an output of our own
    "IMAGE_STATE_",  # a registry value
    "replicationStatus",  # a state; behaviour replication-stuck
    "delete protected version",  # no text is known
    "delete replicated region",
    "delete version in use",
    "registrationInfo null",  # states and habits of AVD, shown by the provider itself
    "404 (host not found)",
    "delete host with sessions",
    "ghost sessions",
    "VM gone",
    "VM left",
    "drain flips back",
    "max session limit",
    "no host for user",
    "AVD 429",
    "AVD 500",
    "session host configuration",
    "sessionHost",
    "ImageHyperVGeneration",  # Microsoft's own updater, which the product does not call
    "MigrationMayExceedCapacityLimit",
    "HostpoolHasNoSessionHosts",
    "never registers",  # the VM's own event log from here on
    "_REGISTRATION_TOKEN",
    "EXPIRED_MACHINE_TOKEN",
    "NAME_ALREADY_REGISTERED",
    "bad token format",
    "agent install busy",
    "registry check",
    "DownloadMsiException",
    "3703",
    "(stack)",
    "DSC already in image",
    "sysprep: provider failed",  # the reference has a pattern, no text
    "JsonADDomainExtension 5 /",
    "hostname duplicate",
    "AADLoginForWindows -",
    "AADLoginForWindows 51",
    "Intune",
)
_NAMED_AFTER_THE_EXTENSION = ("JsonADDomainExtension", "JoinDomain")
_UNSEEN_TEXT = ("RetryableErrorDueToAnotherOperation",)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for value in (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    ):
        yield from _texts(value)


def _plain(text: str) -> str:
    """Without ids, names in quotes, placeholders and numbers: what is Azure's own in it."""
    text = re.sub(r"\{[^{}\"]*\}|'[^']*'|\.\.\.", " ", text)
    return re.sub(r"[\W\d_]+", " ", text).strip().lower()


def _said(failure: Failure) -> str:
    return " | ".join(_plain(text) for text in _texts([failure.body, failure.error]))


@pytest.fixture(scope="module")
def reference() -> list[dict[str, Any]]:
    folder = os.environ.get("AZURE_REFERENCE")
    if not folder:
        pytest.skip("AZURE_REFERENCE names no folder with errors.json")
    entries: list[dict[str, Any]] = json.loads((Path(folder) / "errors.json").read_text())
    first_graph_entry = next(i for i, e in enumerate(entries) if e["code"] == "(envelope)")
    return [e for e in entries[:first_graph_entry] if not any(n in e["code"] for n in _NOT_ANSWERS)]


def _message(entry: dict[str, Any]) -> str:
    """The innermost text of an entry's body, which is JSON, or prose."""
    body = entry["body"]
    if not isinstance(body, dict | list):
        try:
            body = json.loads(body)
        except ValueError:
            return str(body)
    return max(_texts(body), key=len)


def _likeness(wanted: str, said: str) -> float:
    words = wanted.split()
    pairs = {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
    return sum(pair in said for pair in pairs) / len(pairs)


def _untold(entries: list[dict[str, Any]], said: list[str]) -> list[str]:
    """Entries whose text none of ours repeats."""
    return [
        f"{entry['code']}: {_message(entry)}"
        for entry in entries
        if entry["code"] not in _UNSEEN_TEXT
        and max(_likeness(_plain(_message(entry)), each) for each in said) < 0.75
    ]


def test_every_failure_of_the_reference_has_a_name(reference: list[dict[str, Any]]) -> None:
    assert _untold(reference, [_said(failure) for failure in NAMED.values()]) == []
    assert len(reference) > 100


def test_a_text_that_is_missing_is_noticed(reference: list[dict[str, Any]]) -> None:
    without = [_said(failure) for name, failure in NAMED.items() if "SkuNot" not in name]
    assert [each[:15] for each in _untold(reference, without)] == ["SkuNotAvailable"] * 2


def test_codes_and_statuses_are_those_of_the_reference(reference: list[dict[str, Any]]) -> None:
    """Of the failures that repeat a text best, one has the code and the status it came with."""
    wrong = [
        f"{code} {entry['http_status']}"
        for entry in reference
        if (code := entry["code"].partition(" ")[0]) not in _NAMED_AFTER_THE_EXTENSION
        and re.fullmatch("[A-Z][A-Za-z]+", code)
        and not any(_came_so(each, code, entry["http_status"]) for each in _likest(entry))
    ]
    assert wrong == []


def _likest(entry: dict[str, Any]) -> list[Failure]:
    wanted = _plain(_message(entry))
    likeness = {name: _likeness(wanted, _said(each)) for name, each in NAMED.items()}
    return [NAMED[name] for name in likeness if likeness[name] == max(likeness.values())]


def _came_so(failure: Failure, code: str, status: int | None) -> bool:
    said = json.dumps([failure.name, failure.body, failure.error]).lower()
    return code.lower() in said and failure.status == (status or failure.status)


# -- the table itself ---------------------------------------------------------------------------

# What `faults.facts_of` fills in from a request.
_TOLD = {
    "sub", "rg", "guid", "time", "location", "size",
    "vm", "ext", "nic", "disk", "gallery", "image", "version",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_failure_leaves_only_what_a_request_fills_in(name: str) -> None:
    (effect,) = expand(name)
    text = json.dumps([effect.headers, effect.body, effect.error])
    assert set(re.findall(r"\{([A-Za-z]\w*)\}", text)) <= _TOLD


@pytest.mark.parametrize("failure", NAMED.values(), ids=lambda failure: failure.name)
def test_a_failure_is_whole(failure: Failure) -> None:
    re.compile(failure.path)
    re.compile(failure.method)
    assert failure.source
    assert failure.seen in ("literal", "documented", "believed")
    if failure.surface in (Surface.RESPONSE, Surface.ENTRA):
        assert 400 <= failure.status < 600
        assert failure.body
    else:
        assert failure.status == 200
        assert failure.error or failure.body
        assert failure.state in ("Failed", "Canceled")


def test_throttling_says_when_to_come_back() -> None:
    throttled = [failure for failure in NAMED.values() if failure.status == 429]
    assert len(throttled) > 5
    assert all(float(failure.headers["Retry-After"]) > 0 for failure in throttled)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        expand("NoSuchFailure")
