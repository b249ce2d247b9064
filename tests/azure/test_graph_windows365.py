"""Windows 365 through the real SDK: what it sends, what we read, and the emulator's own mind."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from spotpc.azure.connect import Azure
from spotpc.azure.errors import NotFound
from tests.emulator.client import Client, until

from . import graph_scene, scene
from .graph_scene import NOBODY, policy_spec
from .graph_wire import ENDPOINT, Asked, Wire, refused, values
from .replay import Answer

POLICIES = f"{ENDPOINT}/provisioningPolicies"

# --- provisioning policies ------------------------------------------------------------------


def test_a_policy_is_made_assigned_read_and_deleted(azure: Azure, emulator: Client) -> None:
    windows365 = azure.graph.windows365
    group = graph_scene.staff(emulator)
    spec = policy_spec(naming_template="SP-%RAND:5%", local_admin=True)
    made = windows365.create_policy(spec)

    windows365.assign_policy(made, [group])
    found = windows365.get_policy(made)
    assert found is not None
    assert found.spec == replace(spec, group_ids=(group,))
    assert windows365.policies() == (found,)

    windows365.assign_policy(made, [])
    windows365.delete_policy(made)
    assert windows365.get_policy(made) is None
    windows365.delete_policy(made)  # gone is done


def test_an_edit_changes_what_differs(azure: Azure, emulator: Client) -> None:
    windows365 = azure.graph.windows365
    spec = policy_spec(naming_template="SP-%RAND:5%")
    made = windows365.create_policy(spec)
    wanted = replace(spec, name="All", description="", naming_template="", single_sign_on=True)
    windows365.update_policy(made, wanted, spec)
    found = windows365.get_policy(made)
    assert found is not None
    assert found.spec == wanted
    (held,) = graph_scene.held(emulator, "provisioningPolicies")
    assert held["body"]["cloudPcNamingTemplate"] is None  # not an empty template


def test_a_new_policy_says_all_but_its_groups() -> None:
    wire = Wire(Answer(201, {"id": "P"}))
    spec = policy_spec(image_type="custom", image_id="i", image_name="Mine", group_ids=("g",))
    assert wire.graph().windows365.create_policy(spec) == "p"
    assert wire.asked[0].body == {
        "displayName": "Staff",
        "description": "Everybody",
        "domainJoinConfigurations": [
            {
                "domainJoinType": "azureADJoin",
                "regionName": "westeurope",
                "regionGroup": "europeUnion",
            }
        ],
        "enableSingleSignOn": False,
        "localAdminEnabled": False,
        "imageType": "custom",
        "imageId": "i",
        "imageDisplayName": "Mine",
        "provisioningType": "dedicated",
        "windowsSetting": {"locale": "en-US"},
    }


def sent_patch(before: Any, **changes: Any) -> Any:
    """The body of the PATCH that turns one specification into another; None if none was sent."""
    joins = [{"domainJoinType": before.join_type, "onPremisesConnectionId": before.connection_id}]
    wire = Wire(Answer(body={"id": "p", "domainJoinConfigurations": joins}))
    wire.graph().windows365.update_policy("p", replace(before, **changes), before)
    return next((asked.body for asked in wire.asked if asked.method == "PATCH"), None)


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({}, None),
        ({"group_ids": ("g",)}, None),  # groups are assigned, not patched
        ({"name": "B"}, {"displayName": "B"}),
        ({"description": ""}, {"description": ""}),
        ({"local_admin": True}, {"localAdminEnabled": True}),
        ({"locale": "de-DE"}, {"windowsSetting": {"locale": "de-DE"}}),
        ({"naming_template": "X-%RAND:5%"}, {"cloudPcNamingTemplate": "X-%RAND:5%"}),
        (
            {"image_type": "custom", "image_id": "i", "image_name": "Mine 1.0.0"},
            {"imageType": "custom", "imageId": "i", "imageDisplayName": "Mine 1.0.0"},
        ),
        (
            {"connection_id": "c"},
            {
                "domainJoinConfigurations": [
                    {"domainJoinType": "azureADJoin", "onPremisesConnectionId": "c"}
                ]
            },
        ),
    ],
    ids=lambda value: "-".join(value or ["nothing"]) if isinstance(value, dict) else "",
)
def test_a_patch_holds_what_differs_and_no_more(changes: dict[str, Any], body: Any) -> None:
    assert sent_patch(policy_spec(), **changes) == body


def test_what_is_emptied_goes_out_as_null_under_graphs_name() -> None:
    assert sent_patch(policy_spec(naming_template="X-%RAND:5%"), naming_template="") == {
        "cloudPcNamingTemplate": None
    }


def test_spare_networks_of_a_policy_stay() -> None:
    """Graph keeps several, in order of priority; only the first is shown and changed here."""
    joins = [
        {"domainJoinType": "azureADJoin", "onPremisesConnectionId": "first"},
        {"domainJoinType": "azureADJoin", "onPremisesConnectionId": "SPARE", "newer": 1},
        {"domainJoinType": "azureADJoin", "onPremisesConnectionId": "third"},
    ]
    wire = Wire(Answer(body={"id": "p", "domainJoinConfigurations": joins}))
    was = policy_spec(connection_id="first", region_name="", region_group="")
    wire.graph().windows365.update_policy("p", replace(was, connection_id="third"), was)
    assert [asked.method for asked in wire.asked] == ["GET", "PATCH"]
    assert wire.asked[1].body["domainJoinConfigurations"] == [
        {"domainJoinType": "azureADJoin", "onPremisesConnectionId": "third"},
        joins[1],
    ]


@pytest.mark.parametrize(
    ("join", "connection", "left"),
    [
        ("azureADJoin", "", {"regionName": "westeurope", "regionGroup": "europeUnion"}),
        ("hybridAzureADJoin", "cloud-only", {"onPremisesConnectionId": "cloud-only"}),
    ],
    ids=["hosted by Microsoft", "another join"],
)
def test_a_spare_network_that_does_not_fit_any_more_goes(
    join: str, connection: str, left: dict[str, str]
) -> None:
    names = ("first", "spare")
    joins = [{"domainJoinType": join, "onPremisesConnectionId": name} for name in names]
    wire = Wire(Answer(body={"id": "p", "domainJoinConfigurations": joins}))
    was = policy_spec(join_type=join, connection_id="first")
    wanted = replace(was, join_type="azureADJoin", connection_id=connection)
    wire.graph().windows365.update_policy("p", wanted, was)
    assert wire.asked[1].body["domainJoinConfigurations"] == [
        {"domainJoinType": "azureADJoin", **left}
    ]


def test_an_assignment_says_which_kind_of_target_it_is() -> None:
    wire = Wire(Answer(204))
    wire.graph().windows365.assign_policy("p", ["a", "b"])
    (asked,) = wire.asked
    assert (asked.method, asked.path) == ("POST", f"{POLICIES}/p/assign")
    kind = "#microsoft.graph.cloudPcManagementGroupAssignmentTarget"
    assert asked.body == {
        "assignments": [
            {"target": {"@odata.type": kind, "groupId": "a"}},
            {"target": {"@odata.type": kind, "groupId": "b"}},
        ]
    }


def test_a_region_group_newer_than_the_sdk_comes_and_goes() -> None:
    """Seen: Microsoft365DSC issue 6830 (`poland`)."""
    body = {
        "id": "P",
        "displayName": "Staff",
        "imageType": "gallery",
        "provisioningType": "sharedByEntraGroup",
        "domainJoinConfigurations": [
            {"domainJoinType": "azureADJoin", "regionName": "automatic", "regionGroup": "poland"}
        ],
    }
    wire = Wire(Answer(body=body))
    found = wire.graph().windows365.get_policy("p")
    assert found is not None
    assert (found.spec.region_group, found.spec.provisioning_type) == (
        "poland",
        "sharedByEntraGroup",
    )
    assert sent_patch(policy_spec(), region_group="poland") == {
        "domainJoinConfigurations": [
            {
                "domainJoinType": "azureADJoin",
                "regionName": "westeurope",
                "regionGroup": "poland",
            }
        ]
    }


# --- images ---------------------------------------------------------------------------------


def test_gallery_images_are_read(azure: Azure) -> None:
    found = {image.id: image for image in azure.graph.windows365.gallery_images()}
    newest = found[policy_spec().image_id]
    assert (newest.status, newest.size_gb) == ("supported", 64)
    assert isinstance(newest.expires_on, date)


def test_a_device_image_is_handed_over_fails_and_is_deleted(azure: Azure, emulator: Client) -> None:
    windows365 = azure.graph.windows365
    source = f"{scene.VM_ID.replace('virtualMachines', 'images')}"
    made = windows365.create_device_image("Office", "1.0.0", source)
    assert (made.name, made.version, made.source_id) == ("Office", "1.0.0", source)
    assert made.status == "pending"
    ended = scene.wait(
        functools.partial(windows365.get_device_image, made.id),
        lambda image: image.status != "pending",
    )
    assert (ended.status, ended.error_code) == ("failed", "sourceImageNotFound")
    assert windows365.device_images() == (ended,)
    windows365.delete_device_image(made.id)
    assert windows365.get_device_image(made.id) is None
    windows365.delete_device_image(made.id)


def test_the_newer_reasons_of_a_failed_image_are_asked_for(azure: Azure, emulator: Client) -> None:
    """Without the header Graph says `unknownFutureValue`."""
    emulator.control(
        "POST", "behaviours", {"kind": "image-fails", "image": "Paid", "errorCode": PAID}
    )
    managed = scene.managed_image(azure, emulator)
    windows365 = azure.graph.windows365
    made = windows365.create_device_image("Paid", "1.0.0", managed)
    ended = scene.wait(
        functools.partial(windows365.get_device_image, made.id),
        lambda image: image.status != "pending",
    )
    assert ended.error_code == PAID
    assert windows365.device_images()[0].error_code == PAID


PAID = "paidSourceImageNotSupport"


def test_images_are_asked_for_with_newer_words_and_a_new_one_passes() -> None:
    body = {"id": "I", "status": "failed", "errorCode": "tooShiny", "expirationDate": "soon"}
    wire = Wire(values(body))
    (image,) = wire.graph().windows365.device_images()
    assert wire.asked[0].headers["Prefer"] == "include-unknown-enum-members"
    assert (image.id, image.error_code, image.expires_on) == ("i", "tooShiny", None)


# --- Cloud PCs ------------------------------------------------------------------------------


def provisioned(azure: Azure, client: Client) -> str:
    """A policy whose two users have their Cloud PCs; its id."""
    group = graph_scene.staff(client)
    made = graph_scene.policy(azure)
    azure.graph.windows365.assign_policy(made, [group])
    until(
        azure.graph.windows365.cloud_pcs,
        lambda pcs: len(pcs) == 2 and all(pc.status == "provisioned" for pc in pcs),
    )
    return made


def test_cloud_pcs_are_read_with_the_status_that_only_beta_has(
    azure: Azure, emulator: Client
) -> None:
    made = provisioned(azure, emulator)
    found = azure.graph.windows365.cloud_pcs()
    assert sorted(pc.user for pc in found) == [graph_scene.ANN, graph_scene.BEN]
    for pc in found:
        assert (pc.policy_id, pc.policy_name, pc.status) == (made, "Staff", "provisioned")
        assert pc.image_name == policy_spec().image_name
        assert pc.device_name.startswith("CPC-")
        assert pc.device_id
        assert pc.managed_device_id
        assert pc.modified_at is not None
    versions = [each["path"] for each in emulator.control("GET", "requests").json()["requests"]]
    lists = [path.split("/")[1] for path in versions if path.endswith("/cloudPCs")]
    assert set(lists) == {"v1.0", "beta"}


def test_a_reprovision_makes_another_device(azure: Azure, emulator: Client) -> None:
    provisioned(azure, emulator)
    windows365 = azure.graph.windows365
    before = windows365.cloud_pcs()[0]
    windows365.reprovision(before.id)

    def mine() -> Any:
        return next(pc for pc in windows365.cloud_pcs() if pc.id == before.id)

    after = until(
        mine, lambda pc: pc.status == "provisioned" and pc.device_name != before.device_name
    )
    assert after.managed_device_id != before.managed_device_id
    with pytest.raises(NotFound):
        windows365.reprovision(NOBODY)


def test_a_reprovision_names_no_windows_and_no_account() -> None:
    """Those are the policy's to say."""
    wire = Wire(Answer(204))
    wire.graph().windows365.reprovision("pc")
    assert (wire.asked[0].path, wire.asked[0].body) == (f"{ENDPOINT}/cloudPCs/pc/reprovision", {})


def test_both_lists_are_joined() -> None:
    plain = [{"id": "AB", "displayName": "one"}, {"id": "CD", "displayName": "two"}]
    states = [
        {"id": "ab", "status": "failed", "statusDetail": {"code": "c", "message": "Why."}},
        {"id": "xx", "status": "provisioned"},  # made between the two calls
    ]

    def answer(asked: Asked) -> Answer:
        return values(*(states if asked.path.startswith("/beta/") else plain))

    wire = Wire(answer)
    one, two = wire.graph().windows365.cloud_pcs()
    assert (one.status, one.status_code, one.status_detail) == ("failed", "c", "Why.")
    assert (two.id, two.status) == ("cd", "")
    assert wire.asked[1].query == {"$select": "id,status,statusDetail"}
    assert wire.asked[1].headers["Prefer"] == "include-unknown-enum-members"


def test_times_that_are_none_are_none() -> None:
    """The published example has a day of three digits; an unset time is one of the year 1."""
    body = {
        "id": "pc",
        "gracePeriodEndDateTime": "2020-11-010T20:00:34Z",
        "lastModifiedDateTime": "0001-01-01T00:00:00Z",
    }
    (pc,) = Wire(values(body)).graph().windows365.cloud_pcs()
    assert (pc.grace_until, pc.modified_at) == (None, None)
    body = {"id": "pc", "lastModifiedDateTime": "2024-11-03T07:03:44.9712345Z"}
    (pc,) = Wire(values(body)).graph().windows365.cloud_pcs()
    assert pc.modified_at == datetime(2024, 11, 3, 7, 3, 44, 971234, UTC)


def test_a_missing_policy_is_none_and_a_missing_page_is_not() -> None:
    gone = refused(404, "itemNotFound", "The resource could not be found.")
    assert Wire(gone).graph().windows365.get_policy("p") is None
    with pytest.raises(NotFound):
        Wire(gone).graph().windows365.policies()
