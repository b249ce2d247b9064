"""Create and Edit Provisioning Policy, from the first step to the job that they start."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent, Tenant
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, Walk, signed_in
from w365 import services
from w365.models import (
    CloudPc,
    DeviceImage,
    EntraGroup,
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
    Windows365,
)

EDIT_STEPS = [
    "Select Provisioning Policy", "Edit Configurations", "Edit Device Image",
    "Edit Provisioning Policy Detail", "Review and Save Changes",
]  # fmt: skip
CREATE_STEPS = [
    "Select Connection", "Select Device Image", "Select Group", "Provisioning Policy Detail",
    "Review and Save Provisioning Policy",
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


def sibling(office: Office) -> Tenant:
    """Another tenant that the same admin may see."""
    return factories.tenant(office.tenant.organization)


def titles(shown: str) -> list[str]:
    return re.findall(r'<h2 class="step-title">\s*<span>([^<]*)<', shown)


def value(shown: str, field: str) -> str:
    """What stands in a field of the page."""
    found = re.search(rf'name="{field}"[^>]*? value="([^"]*)"', shown)
    assert found is not None, field
    return found[1]


def checked(shown: str, field: str) -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]*)"[^>]* checked', shown)


def disabled(shown: str, field: str) -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]*)"[^>]* disabled', shown)


class Edit(Walk):
    """Edits Reception; what is not given stays as it is shown."""

    def __init__(self, client: Client, office: Office) -> None:
        super().__init__(client, f"{office.url('w365-policy-edit')}?policy={office.policy.pk}")
        self.office = office

    def to_config(self) -> str:
        return self.post(policy=self.office.policy.pk)

    def config(self, shown: str, **given: Any) -> str:
        """From the step on Edit Configurations."""
        kept = {name: checked(shown, name) for name in ("network", "groups")}
        region = re.findall(r'<option value="([^"]*)" selected', shown)
        known = {**kept, "region": region, "base": value(shown, "base")}
        return self.post(**{**known, **given})

    def to_image(self, **given: Any) -> str:
        return self.config(self.to_config(), **given)

    def to_detail(self, **config: Any) -> str:
        self.to_image(**config)
        return self.post(image_type="gallery", gallery=scene.NEW_WINDOWS)

    def to_review(self, **config: Any) -> str:
        self.to_detail(**config)
        return self.post(name="Reception", description="Front desks")

    def keep_image(self) -> str:
        return self.post(image_type="gallery", gallery=scene.OLD_WINDOWS)


@pytest.fixture
def edit(client: Client, office: Office) -> Edit:
    return Edit(client, office)


class Create(Walk):
    def __init__(self, client: Client, office: Office) -> None:
        super().__init__(client, office.url("w365-policy-new"))
        self.office = office

    def to_image(self, **given: Any) -> str:
        return self.post(**(given or {"network": self.office.amsterdam.graph_id}))

    def to_groups(self) -> str:
        self.to_image()
        return self.post(image_type="custom", custom=self.office.custom.graph_id)

    def to_detail(self) -> str:
        self.to_groups()
        return self.post(groups=[self.office.guests.graph_id])

    def to_review(self) -> str:
        self.to_detail()
        return self.post(name="Dentists", description="Treatment rooms")


@pytest.fixture
def create(client: Client, office: Office) -> Create:
    return Create(client, office)


def only_job(kind: str = services.POLICY_SAVE) -> Job:
    return Job.objects.get(kind=kind)


# Create


def test_creating_to_the_end(create: Create, office: Office) -> None:
    shown = create.to_review()
    assert titles(shown) == CREATE_STEPS
    for words in (
        "Dentists", "Treatment rooms", "Amsterdam (Microsoft Entra hybrid join)", "Custom Image",
        "Dental 1.0.2", "Guests",
        "Windows 365 makes a Cloud PC for each licensed member of Guests who has none yet.",
    ):  # fmt: skip
        assert words in shown, words
    assert ProvisioningPolicy.objects.count() == 1
    shown = create.post()
    made = ProvisioningPolicy.objects.get(name="Dentists")
    assert create.url == made.get_absolute_url()
    assert "Being created" in shown
    assert (made.connection_id, made.join_type) == (office.amsterdam.graph_id, "hybridAzureADJoin")
    assert (made.image_type, made.image_id) == ("custom", office.custom.graph_id)
    assert made.image_name == "Dental 1.0.2", "so that its Cloud PCs tell the version"
    assert (made.group_ids, made.graph_id) == ([office.guests.graph_id], "")
    assert made.locale == "nl-NL", "the tenant's language"
    job = only_job()
    assert job.created_by == "ann@provider.example"
    assert job.params["wanted"]["name"] == "Dentists"
    assert AuditEvent.objects.get().action == "w365_policy.create"


def test_two_clicks_make_one_policy(client: Client, create: Create) -> None:
    create.to_review()
    answers = [client.post(create.url) for _ in range(2)]
    assert answers[0].url == answers[1].url  # type: ignore[attr-defined]
    assert ProvisioningPolicy.objects.filter(name="Dentists").count() == 1


def test_microsofts_own_network_needs_a_region(create: Create, office: Office) -> None:
    shown = create.post(network="microsoft")
    assert "Choose the region in which Microsoft hosts the network." in shown
    assert create.step == "network"
    assert checked(shown, "network") == ["microsoft"]
    assert "Choose one of the listed regions." in create.post(network="microsoft", region="moon")
    create.post(network="microsoft", region="france")
    create.post(image_type="gallery", gallery=scene.NEW_WINDOWS)
    create.post()
    shown = create.post(name="Remote", description="")
    assert "Microsoft hosted network, France (Microsoft Entra join)" in shown
    assert "Nobody gets a Cloud PC from it until a group is assigned." in shown
    create.post()
    made = ProvisioningPolicy.objects.get(name="Remote")
    assert (made.join_type, made.connection_id) == ("azureADJoin", "")
    assert (made.region_group, made.region_name) == ("france", "automatic")
    assert made.group_ids == []


def test_connections_that_cannot_be_used_say_why(create: Create, office: Office) -> None:
    tenant = office.tenant
    failed = scene.connection(tenant, "Utrecht", health="failed")
    fresh = scene.connection(tenant, "Zwolle", health="running")
    scene.connection(tenant, "Not yet", graph_id="", health="pending")
    rechecked = scene.connection(tenant, "Busy", health="running", in_use=True)
    shown = create.shown()
    for words in (
        "Its checks failed, so no Cloud PC can be provisioned over it.",
        "Its health check has not ended yet.", "Not created in Windows 365 yet.",
        "Microsoft Entra hybrid join, westeurope. Checks successful with warnings.",
    ):  # fmt: skip
        assert words in shown, words
    assert len(disabled(shown, "network")) == 3
    assert "(current)" not in shown
    for connection in (failed, fresh):
        assert f"{connection.name}: Its" in create.post(network=connection.graph_id)
        assert create.step == "network"
    create.post(network=rechecked.graph_id)
    assert create.step == "image", "Windows 365 checks again what is in use; it works meanwhile"


@pytest.mark.parametrize("given", ["", "no-such-id", "x" * 5000])
def test_a_connection_must_be_a_listed_one(create: Create, office: Office, given: str) -> None:
    foreign = scene.connection(sibling(office), "Theirs")
    assert "Theirs" not in create.shown()
    for key in (given, foreign.graph_id):
        shown = create.post(network=key, region="france")
        assert "Choose a connection" in shown or "Choose one of those listed." in shown
        assert create.step == "network"
    assert WizardDraft.objects.count() == 0


def test_images_that_cannot_be_chosen_are_shown_with_the_reason(
    create: Create, office: Office
) -> None:
    tenant, past = office.tenant, timezone.localdate() - timedelta(days=1)
    scene.gallery_image(tenant, "unsupported", "Windows 10 20H2", status="notSupported")
    scene.gallery_image(tenant, "expired", "Windows 10 21H2", expires_on=past)
    pending = scene.device_image(tenant, "Dental", "1.0.3", "pending")
    failed = scene.device_image(tenant, "Dental", "1.0.1", "failed", error_text="It is joined.")
    deleting = scene.device_image(tenant, "Dental", "1.0.0", "deleting")
    scene.device_image(tenant, "Dental", "1.0.4", "uploading", graph_id="")
    shown = create.to_image()
    for words in (
        "Microsoft does not support it any more.", "No longer available since",
        "Windows 365 has not taken it over yet.",
        "Windows 365 could not take it over. It is joined.", "It is being deleted.",
        "Its support by Microsoft has ended. It can be used until",
    ):  # fmt: skip
        assert words in shown, words
    assert disabled(shown, "gallery") == ["unsupported", "expired"] or disabled(
        shown, "gallery"
    ) == ["expired", "unsupported"]
    assert len(disabled(shown, "custom")) == 4
    for kind, key in (
        ("gallery", "unsupported"), ("gallery", "expired"), ("custom", pending.graph_id),
        ("custom", failed.graph_id), ("custom", deleting.graph_id),
    ):  # fmt: skip
        create.post(image_type=kind, **{kind: key})
        assert create.step == "image", key


def test_the_type_and_the_image_belong_together(create: Create, office: Office) -> None:
    shown = create.to_image()
    for name in ("gallery", "custom"):
        assert f'name="{name}"' in shown, "both lists are there without a script"
    custom = office.custom.graph_id
    for given, words in (
        ({}, "Choose Gallery Image or Custom Image."),
        ({"image_type": "iso"}, "Choose Gallery Image or Custom Image."),
        ({"image_type": "gallery"}, "Choose the gallery image."),
        ({"image_type": "custom"}, "Choose the device image."),
        ({"image_type": "gallery", "gallery": custom}, "not a gallery image of Windows 365 now"),
        ({"image_type": "custom", "custom": scene.NEW_WINDOWS}, "not a device image"),
        ({"image_type": "gallery", "custom": custom}, "Choose the gallery image."),
    ):
        assert words in create.post(**given), given
        assert create.step == "image"
    # What the other list says is not looked at.
    create.post(image_type="custom", custom=custom, gallery="nonsense")
    assert create.step == "groups"


def test_images_of_another_tenant_are_not_offered(create: Create, office: Office) -> None:
    theirs = sibling(office)
    gallery = scene.gallery_image(theirs, "their-windows", "Their Windows")
    custom = scene.device_image(theirs, "Their image")
    shown = create.to_image()
    assert "Their" not in shown
    for given in (
        {"image_type": "gallery", "gallery": gallery.graph_id},
        {"image_type": "custom", "custom": custom.graph_id},
    ):
        assert "Choose one of those listed." in create.post(**given)
        assert create.step == "image"


def test_a_name_that_windows_365_refuses_stays_with_the_reason(
    create: Create, office: Office
) -> None:
    create.to_detail()
    for name, words in (
        ("", "Give the policy a name."),
        ("Sales <R&D>", "Windows 365 takes no < & > in a name. Leave that out."),
        ("rEcEption", "There is a provisioning policy named rEcEption already."),
        ("x" * 121, "A name has at most 120 characters; this one has 121."),
    ):
        shown = create.post(name=name, description="Kept as typed")
        assert words in shown, name
        assert "Kept as typed" in shown
        assert create.step == "detail"
        if name:
            assert value(shown, "name") == name


def test_groups_must_be_this_tenants(create: Create, office: Office) -> None:
    foreign = scene.group(sibling(office), "Their staff")
    assert "Their staff" not in create.to_groups()
    shown = create.post(groups=[office.staff.graph_id, foreign.graph_id])
    assert "A group you chose is not in this tenant" in shown
    assert checked(shown, "groups") == [office.staff.graph_id]
    assert create.step == "groups"


@pytest.mark.parametrize(
    ("gone", "step", "words"),
    [
        (NetworkConnection, "network", "That connection is not in this tenant, or not any more."),
        (DeviceImage, "image", "not a device image of this tenant, or not any more"),
        (EntraGroup, "groups", "A group you chose is not in this tenant, or not any more."),
    ],
)
def test_what_went_away_meanwhile_is_noticed_at_the_end(
    create: Create, gone: Any, step: str, words: str
) -> None:
    create.to_review()
    gone.objects.all().delete()
    shown = create.post()
    assert create.step == step
    assert words in shown
    assert ProvisioningPolicy.objects.count() == 1
    assert Job.objects.count() == 0


def test_a_connection_that_failed_meanwhile_is_noticed_at_the_end(
    create: Create, office: Office
) -> None:
    create.to_review()
    NetworkConnection.objects.update(health="failed")
    assert "Its checks failed" in create.post()
    assert create.step == "network"
    assert Job.objects.count() == 0


def test_two_tabs_cannot_make_two_of_one_name(client: Client, office: Office) -> None:
    first, second = Create(client, office), Create(client, office)
    first.to_review()
    second.to_review()
    first.post()
    assert "There is a provisioning policy named Dentists already." in second.post()
    assert second.step == "detail"
    assert ProvisioningPolicy.objects.filter(name="Dentists").count() == 1


def test_without_a_licence_nothing_is_created(client: Client, office: Office) -> None:
    Windows365.objects.update(licences=0)
    answer = client.get(office.url("w365-policy-new"), follow=True)
    assert answer.redirect_chain[-1][0] == office.url("w365-policy-list")
    assert "no Windows 365 licence" in answer.content.decode()


def test_a_refused_policy_is_changed_and_tried_again(
    client: Client, create: Create, office: Office
) -> None:
    create.to_review()
    create.post()
    never = ProvisioningPolicy.objects.get(name="Dentists")
    only_job()
    Job.objects.update(
        state="failed", next_run_at=None, finished_at=timezone.now(),
        error_code="w365-name-taken", error_text="Windows 365 has one named Dentists already.",
        error_remedy="Choose another name.",
    )  # fmt: skip
    shown = scene.page(client, never.get_absolute_url())
    again = re.search(r'name="again" value="([^"]*)"', shown)
    assert again is not None
    walk = Walk.__new__(Walk)
    walk.client, walk.at, walk.url = client, {}, office.url("w365-policy-new")
    shown = walk.post(again=again[1])
    assert "Windows 365 has one named Dentists already. Choose another name." in shown
    assert walk.step == "detail"
    assert value(shown, "name") == "Dentists"
    walk.post(name="Dentists 2", description="Treatment rooms")
    walk.post()
    made = ProvisioningPolicy.objects.get(name="Dentists 2")
    assert made.image_id == office.custom.graph_id
    assert not ProvisioningPolicy.objects.filter(pk=never.pk).exists()


# Edit


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


# Edited elsewhere meanwhile


def test_an_edit_starts_from_what_was_shown(edit: Edit, office: Office) -> None:
    """A reading of Windows 365 in the middle of an edit does not mix two states."""
    edit.to_image()
    ProvisioningPolicy.objects.update(description="Newer", image_id=scene.NEW_WINDOWS)
    assert checked(edit.shown(), "gallery") == [scene.OLD_WINDOWS]
    assert "Front desks</textarea>" in edit.keep_image()


def test_newer_values_are_shown_and_not_overwritten(edit: Edit, office: Office) -> None:
    edit.to_review()
    ProvisioningPolicy.objects.update(description="Newer words")
    shown = edit.shown()
    assert "This policy changed in Windows 365 since you began." in shown
    assert "Newer words" in shown
    shown = edit.post()
    assert "Nothing was saved: 1 value of this policy changed since you began." in shown
    assert edit.step == "review"
    assert Job.objects.count() == 0
    again = f"{office.url('w365-policy-edit')}?policy={office.policy.pk}"
    assert f'href="{again}"' in shown
    fresh = Edit(edit.client, office)
    fresh.to_image()
    assert "Newer words</textarea>" in fresh.keep_image()


def test_newer_values_are_told_even_where_the_old_ones_are_gone(edit: Edit, office: Office) -> None:
    """The steps still hold, for the policy had that connection; so the reason can be shown."""
    edit.to_review()
    ProvisioningPolicy.objects.update(connection_id=office.rotterdam.graph_id)
    NetworkConnection.objects.filter(pk=office.amsterdam.pk).delete()
    shown = edit.shown()
    assert edit.step == "review"
    assert "A connection that Windows 365 no longer has" in shown
    assert "Rotterdam" in shown


def test_what_is_not_asked_for_is_not_overwritten_either(edit: Edit, office: Office) -> None:
    edit.to_review()
    ProvisioningPolicy.objects.update(single_sign_on=True)
    shown = edit.post()
    assert "Single sign-on" in shown
    assert Job.objects.count() == 0


def test_another_policy_starts_from_its_own_values(edit: Edit, office: Office) -> None:
    other = scene.policy(office.tenant, "Board", description="The board")
    edit.to_review()
    edit.go("policy")
    edit.post(policy=other.pk)
    assert edit.step == "config"
    edit.config(edit.shown())
    assert "The board</textarea>" in edit.keep_image()


@pytest.mark.parametrize("base", ["", "nonsense", "a:b:c"])
def test_values_that_were_tampered_with_are_not_taken(edit: Edit, base: str) -> None:
    shown = edit.to_config()
    assert "Open this step again" in edit.config(shown, base=base)
    assert edit.step == "config"


def test_two_tabs_do_not_save_over_each_other(client: Client, office: Office) -> None:
    first, second = Edit(client, office), Edit(client, office)
    first.to_review()
    second.to_review()
    first.post()
    assert "is running. Wait until it has ended." in second.post()
    assert second.step == "policy"
    assert Job.objects.count() == 1


def test_a_policy_deleted_meanwhile_is_noticed(edit: Edit, office: Office) -> None:
    edit.to_review()
    ProvisioningPolicy.objects.all().delete()
    assert "is not one of this tenant's" in edit.post()
    assert edit.step == "policy"


def test_an_image_gone_meanwhile_is_noticed(edit: Edit, office: Office) -> None:
    edit.to_review()
    GalleryImage.objects.filter(graph_id=scene.NEW_WINDOWS).delete()
    shown = edit.post()
    assert edit.step == "image"
    assert "not a gallery image of Windows 365 now" in shown
    assert Job.objects.count() == 0


def test_an_edit_that_windows_365_refused_is_changed_and_tried_again(
    client: Client, edit: Edit, office: Office
) -> None:
    edit.to_review()
    edit.post()
    Job.objects.update(
        state="failed", next_run_at=None, finished_at=timezone.now(), error_code="unknown",
        error_text="Windows 365 refused it.", error_remedy="",
    )  # fmt: skip
    shown = scene.page(client, office.page)
    again = re.search(r'name="again" value="([^"]*)"', shown)
    assert again is not None
    edit.url = office.url("w365-policy-edit")
    shown = edit.post(again=again[1])
    assert "Windows 365 refused it." in shown
    assert edit.step == "review"
    edit.post()
    assert active_job(office.policy) is not None


def test_a_conflict_is_not_tried_again_with_old_values(
    client: Client, edit: Edit, office: Office
) -> None:
    edit.to_review()
    edit.post()
    Job.objects.update(
        state="failed", next_run_at=None, finished_at=timezone.now(),
        error_code="policy-changed", error_text="Somebody changed it.",
        facts={"conflict": [["Description", "Front desks", "Newer"]]},
    )  # fmt: skip
    shown = scene.page(client, office.page)
    assert "Edit again starts from the newer values." in shown
    assert 'name="again"' not in shown
    draft = WizardDraft.objects.exclude(finished_at=None).get()
    answer = client.post(office.url("w365-policy-edit"), {"again": str(draft.pk)})
    assert answer["Location"] == office.page


def test_a_draft_is_its_admins_alone(edit: Edit, office: Office) -> None:
    edit.to_review()
    colleague = factories.admin(office.tenant.organization)
    assert signed_in(colleague).get(edit.url).status_code == 404
