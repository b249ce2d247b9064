"""Create Provisioning Policy, from the first step to the job that it starts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, Walk, signed_in
from tests.w365.policy_walks import (
    Create,
    checked,
    disabled,
    only_job,
    sibling,
    titles,
    value,
)
from w365.models import (
    DeviceImage,
    EntraGroup,
    NetworkConnection,
    ProvisioningPolicy,
    Windows365,
)

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


@pytest.fixture
def create(client: Client, office: Office) -> Create:
    return Create(client, office)


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
