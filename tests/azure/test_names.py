from __future__ import annotations

import pytest

from spotpc.azure import names

VM = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/vm"


def test_ids_are_the_same_whatever_their_case() -> None:
    assert names.same_id(VM, VM.upper())
    assert names.same_id(VM, VM + "/")
    assert not names.same_id(VM, VM + "2")


@pytest.mark.parametrize(("one", "other"), [(None, None), ("", ""), (VM, None), (None, VM)])
def test_a_missing_id_is_not_the_same_as_anything(one: str | None, other: str | None) -> None:
    assert not names.same_id(one, other)


def test_an_id_is_taken_apart() -> None:
    found = names.parse_id(f"{VM}/extensions/join")
    assert found.subscription_id == "s"
    assert found.resource_group == "RG"
    assert found.type == "Microsoft.Compute/virtualMachines/extensions"
    assert found.names == ("vm", "join")
    assert found.name == "join"


def test_an_id_in_capitals_is_taken_apart() -> None:
    assert names.resource_group_of(VM.upper()) == "RG"


@pytest.mark.parametrize("text", ["", "/", "vm", "/subscriptions/s/resourceGroups/rg", VM + "/x"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the id"):
        names.parse_id(text)


def test_ids_are_put_together_as_they_are_taken_apart() -> None:
    made = names.gallery_version_id("s", "rg", "g", "d", "1.2.3")
    assert names.parse_id(made).names == ("g", "d", "1.2.3")
    assert names.vm_id("s", "RG", "vm") == VM
    assert names.nic_id("s", "rg", "n").endswith("/Microsoft.Network/networkInterfaces/n")


@pytest.mark.parametrize(
    ("name", "last"), [("pool/host.corp", "host.corp"), ("pool/host/2", "2"), ("host", "host")]
)
def test_last_segment(name: str, last: str) -> None:
    assert names.last_segment(name) == last


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("sales", "sales-ab2cd"),
        ("A very long prefix", "averylong-ab2cd"),
        ("Ärger & Söhne", "rgershne-ab2cd"),
        ("", "spot-ab2cd"),
        ("---", "spot-ab2cd"),
        ("12345", "12345-ab2cd"),
    ],
)
def test_host_names_are_legal(prefix: str, expected: str) -> None:
    assert names.host_name(prefix, "ab2cd") == expected
    assert len(expected) <= names.NETBIOS_LENGTH


@pytest.mark.parametrize("token", ["", "x" * 14])
def test_a_token_that_leaves_no_room_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        names.host_name("sales", token)


def test_computed_names_stay_the_same_and_differ_by_every_part() -> None:
    first = names.resource_names("sales", 17, "host", 1)
    assert first == names.resource_names("sales", 17, "host", 1)
    others = [
        names.resource_names("sales", 18, "host", 1),
        names.resource_names("sales", 17, "validate", 1),
        names.resource_names("sales", 17, "host", 2),
        names.resource_names("sales", 1, "host", 71),
    ]
    assert first.vm not in [other.vm for other in others]
    assert len({first.vm, first.nic, first.os_disk, first.snapshot, first.restored_disk}) == 5


def test_computed_names_hardly_ever_clash() -> None:
    made = {names.resource_names("sales", "job", "host", index).vm for index in range(500)}
    assert len(made) >= 499


def test_tags_say_whose_it_is() -> None:
    assert names.tags(3, 17, "template") == {
        "spotpc-tenant": "3",
        "spotpc-job": "17",
        "spotpc-purpose": "template",
    }
