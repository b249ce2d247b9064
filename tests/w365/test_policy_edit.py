"""Edit Provisioning Policy: its five steps, what they offer, and what the review says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from spotpc.jobs.models import Job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, signed_in
from tests.w365.policy_walks import (
    Edit,
    checked,
    disabled,
    only_job,
    sibling,
    titles,
    value,
)
from w365.models import (
    CloudPc,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
)

EDIT_STEPS = [
    "Select Provisioning Policy", "Edit Configurations", "Edit Device Image",
    "Edit Provisioning Policy Detail", "Review and Save Changes",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _site(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def office() -> Office:
    return scene.office()


@pytest.fixture
def client(office: Office) -> Client:
    return signed_in(office.admin)


@pytest.fixture
def edit(client: Client, office: Office) -> Edit:
    return Edit(client, office)


def test_editing_in_exactly_five_steps(edit: Edit, office: Office) -> None:
    shown = edit.shown()
    assert titles(shown) == EDIT_STEPS
    assert checked(shown, "policy") == [str(office.policy.pk)]
    shown = edit.to_config()
    assert checked(shown, "network") == [office.amsterdam.graph_id]
    assert checked(shown, "groups") == [office.staff.graph_id]
    assert "Changing a policy that is in use affects its users." in shown
    shown = edit.config(shown)
    assert checked(shown, "image_type") == ["gallery"]
    assert checked(shown, "gallery") == [scene.OLD_WINDOWS]
    shown = edit.post(image_type="gallery", gallery=scene.NEW_WINDOWS)
    assert value(shown, "name") == "Reception"
    assert "Front desks</textarea>" in shown
    shown = edit.post(name="Reception", description="Front desks")
    assert edit.step == "review"
    assert titles(shown) == EDIT_STEPS
    edit.post()
    assert edit.url == office.page
    params = only_job().params
    assert params["base"]["image_id"] == scene.OLD_WINDOWS
    assert params["wanted"] == {
        **params["base"], "image_id": scene.NEW_WINDOWS, "image_name": office.new.name,
    }  # fmt: skip
    assert params["base"] == Job.objects.get().params["base"]
    office.policy.refresh_from_db()
    assert office.policy.image_id == scene.OLD_WINDOWS, "the row follows Windows 365"
    assert AuditEvent.objects.get().action == "w365_policy.edit"


def test_the_review_says_old_and_new_and_what_it_does_not_do(edit: Edit, office: Office) -> None:
    edit.to_detail()
    shown = edit.post(name="Reception", description="All front desks")
    cells = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in
             re.findall(r'<tr role="row"><td.*?</tr>', shown, re.DOTALL)]  # fmt: skip
    assert cells == [
        "Description Front desks All front desks",
        "Device Image Windows 11 Enterprise + Microsoft 365 Apps 24H2 "
        "Windows 11 Enterprise + Microsoft 365 Apps 25H2",
    ]
    assert "What this does not do" in shown
    assert "2 existing Cloud PCs keep the image they have." in shown
    for pc in office.pcs:
        assert f"{pc.device_name}, {pc.user}" in shown
    assert "the policy's page offers to bring them over" in shown


def test_only_ten_cloud_pcs_are_named(edit: Edit, office: Office) -> None:
    for number in range(10):
        scene.cloud_pc(office.policy, f"user{number}@alder.example")
    shown = edit.to_review()
    assert "12 existing Cloud PCs keep the image they have." in shown
    assert "and 2 more" in shown
    CloudPc.objects.all().delete()
    assert "The policy has no Cloud PCs, so nobody is affected now." in edit.shown()


def test_another_image_changes_nothing_else(edit: Edit, office: Office) -> None:
    """And an edit of something else says nothing of images."""
    edit.to_image()
    edit.keep_image()
    shown = edit.post(name="Reception", description="Other words")
    assert "What this does not do" not in shown
    edit.post()
    params = only_job().params
    assert params["wanted"] == {**params["base"], "description": "Other words"}


def test_images_are_told_apart_by_more_than_their_name(edit: Edit, office: Office) -> None:
    twin = scene.gallery_image(office.tenant, "a-twin", office.old.name)
    edit.to_image()
    edit.post(image_type="gallery", gallery=twin.graph_id)
    assert "What this does not do" in edit.post(name="Reception", description="Front desks")
    edit.post()
    assert only_job().params["wanted"]["image_id"] == "a-twin"


def test_nothing_changed_is_nothing_saved(edit: Edit, office: Office) -> None:
    edit.to_image()
    edit.keep_image()
    shown = edit.post(name="Reception", description="Front desks")
    assert "Nothing is changed." in shown
    shown = edit.post()
    assert "Nothing is changed, so there is nothing to save." in shown
    assert edit.step == "review"
    assert Job.objects.count() == 0


def test_line_ends_are_no_change(edit: Edit, office: Office) -> None:
    ProvisioningPolicy.objects.update(description="One\nTwo")
    edit.to_image()
    edit.keep_image()
    assert "Nothing is changed." in edit.post(name="Reception", description="One\r\nTwo")


def test_whom_another_group_or_network_concerns(edit: Edit, office: Office) -> None:
    shown = edit.to_review(network=office.rotterdam.graph_id, groups=[office.guests.graph_id])
    for words in (
        "Members of Staff who are in no other assigned group lose their Cloud PC: they can use it "
        "for seven days more",
        "Windows 365 makes a Cloud PC for each licensed member of Guests who has none yet.",
        "2 existing Cloud PCs stay on Amsterdam.",
        "Amsterdam (Microsoft Entra hybrid join)", "Rotterdam (Microsoft Entra hybrid join)",
    ):  # fmt: skip
        assert words in shown, words
    edit.post()
    wanted = only_job().params["wanted"]
    assert wanted["connection_id"] == office.rotterdam.graph_id
    assert wanted["group_ids"] == [office.guests.graph_id]


def test_from_a_connection_to_microsofts_network_and_no_group(edit: Edit, office: Office) -> None:
    shown = edit.to_config()
    assert "Choose the region" in edit.config(shown, network="microsoft", region="")
    edit.config(shown, network="microsoft", region="germany", groups=[])
    edit.keep_image()
    shown = edit.post(name="Reception", description="Front desks")
    assert "Microsoft hosted network, Germany (Microsoft Entra join)" in shown
    edit.post()
    wanted = only_job().params["wanted"]
    assert (wanted["connection_id"], wanted["join_type"]) == ("", "azureADJoin")
    assert (wanted["region_group"], wanted["region_name"]) == ("germany", "automatic")
    assert wanted["group_ids"] == []


def test_what_a_policy_has_can_be_kept(edit: Edit, office: Office) -> None:
    """A connection that failed, an image and a group that are gone: the name can be mended."""
    NetworkConnection.objects.filter(pk=office.amsterdam.pk).update(health="failed")
    GalleryImage.objects.filter(graph_id=scene.OLD_WINDOWS).delete()
    EntraGroup.objects.filter(pk=office.staff.pk).delete()
    shown = edit.to_config()
    assert "Amsterdam (current)" in shown
    assert "Its checks failed" in shown
    assert f"A group not found in Entra ID ({office.staff.graph_id})" in shown
    shown = edit.config(shown)
    assert edit.step == "image"
    assert "Windows 365 does not list it any more. Choose another one soon." in shown
    edit.keep_image()
    shown = edit.post(name="Reception desk", description="Front desks")
    assert "<strong>Reception desk</strong>" in shown
    edit.post()
    params = only_job().params
    assert params["wanted"] == {**params["base"], "name": "Reception desk"}


def test_one_region_of_a_group_is_kept(edit: Edit, office: Office) -> None:
    ProvisioningPolicy.objects.update(
        connection_id="", join_type="azureADJoin", region_group="europeUnion",
        region_name="westeurope",
    )  # fmt: skip
    shown = edit.to_config()
    assert "westeurope, European Union (current)" in shown
    edit.config(shown)
    edit.keep_image()
    assert "Nothing is changed." in edit.post(name="Reception", description="Front desks")


def test_policies_that_cannot_be_edited_say_why(edit: Edit, office: Office) -> None:
    tenant = office.tenant
    never = scene.policy(tenant, "Never", graph_id="")
    shared = scene.policy(tenant, "Frontline", provisioning_type="shared")
    foreign = scene.policy(sibling(office), "Theirs")
    shown = edit.shown()
    assert sorted(disabled(shown, "policy")) == sorted([str(never.pk), str(shared.pk)])
    assert "Theirs" not in shown
    for policy, words in (
        (never.pk, "It has not been created in Windows 365."),
        (shared.pk, "Spot PC edits policies for dedicated Cloud PCs only"),
        (foreign.pk, "is not one of this tenant's"),
        ("", "Choose the provisioning policy to edit."),
        ("x" * 5000, "is not one of this tenant's"),
    ):
        assert words in edit.post(policy=policy)
        assert edit.step == "policy"
    assert WizardDraft.objects.count() == 0
