"""Provisioning policies from the first click to what Windows 365 holds, and back on the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from spotpc.jobs.models import Job
from tests.scene import finish
from tests.w365.policies_scene import Walk, page, signed_in
from tests.w365.scene import NEWER_GALLERY_IMAGE, OFFICE, WAREHOUSE, Desks
from w365 import services

KIND = "provisioningPolicies"


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def client(desks: Desks) -> Client:
    return signed_in(desks.admin)


class Edit(Walk):
    """Through Edit Provisioning Policy for the policy Office."""

    def __init__(self, client: Client, desks: Desks) -> None:
        policy = desks.policy()
        start = f"/tenants/{desks.tenant.pk}/windows-365/policies/edit/?policy={policy.pk}"
        super().__init__(client, start)
        shown = self.post(policy=policy.pk)
        base = re.search(r'name="base" value="([^"]*)"', shown)
        assert base is not None
        self.post(network=policy.connection_id, groups=policy.group_ids, base=base[1])

    def to_review(self, image: str, description: str) -> str:
        self.post(image_type="gallery", gallery=image)
        return self.post(name="Office", description=description)


def text(shown: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


def test_created_on_the_pages_and_held_by_windows_365(client: Client, desks: Desks) -> None:
    create = Walk(client, f"/tenants/{desks.tenant.pk}/windows-365/policies/new/")
    create.post(network="microsoft", region="unitedKingdom")
    create.post(image_type="gallery", gallery=NEWER_GALLERY_IMAGE)
    create.post(groups=[desks.group(WAREHOUSE).graph_id])
    create.post(name="Warehouse", description="Forklifts")
    assert "Being created" in create.post()
    job = finish(desks.job(services.POLICY_SAVE))
    assert job.state == Job.State.SUCCEEDED, job.error_text
    held = desks.held_one(KIND, "Warehouse")["body"]
    assert held["imageId"] == NEWER_GALLERY_IMAGE
    [join] = held["domainJoinConfigurations"]
    assert (join["domainJoinType"], join["regionGroup"], join["regionName"]) == (
        "azureADJoin", "unitedKingdom", "automatic",
    )  # fmt: skip
    assert desks.assigned("Warehouse") == {desks.group(WAREHOUSE).graph_id}
    shown = text(page(client, create.url))
    assert "In Windows 365" in shown
    assert "Microsoft hosted network, United Kingdom" in shown


def test_another_image_by_the_five_steps(client: Client, desks: Desks) -> None:
    """New Cloud PCs are made from it; the three that exist keep theirs, and the page says so."""
    newer = desks.gallery_image(NEWER_GALLERY_IMAGE)
    edit = Edit(client, desks)
    shown = edit.to_review(newer.graph_id, "Everybody in the office")
    assert "3 existing Cloud PCs keep the image they have." in shown
    edit.post()
    assert finish(desks.job(services.POLICY_SAVE)).state == Job.State.SUCCEEDED
    assert desks.held_one(KIND, "Office")["body"]["imageId"] == NEWER_GALLERY_IMAGE
    assert desks.assigned("Office") == {desks.group(OFFICE).graph_id}
    desks.sync()
    shown = text(page(client, desks.policy().get_absolute_url()))
    assert f"Gallery Image {newer.name}" in shown
    assert "3 of 3 Cloud PCs are not on this policy's image." in shown
    assert shown.count("Another image") == 3


def test_what_was_changed_in_intune_meanwhile_wins(client: Client, desks: Desks) -> None:
    edit = Edit(client, desks)
    edit.to_review(desks.policy().image_id, "Mine")
    edit.post()
    desks.graph("PATCH", f"{KIND}/{desks.policy().graph_id}", {"description": "Theirs"})
    assert finish(desks.job(services.POLICY_SAVE)).state == Job.State.FAILED
    assert desks.held_one(KIND, "Office")["body"]["description"] == "Theirs"
    shown = text(page(client, desks.policy().get_absolute_url()))
    assert "Field Yours Now in Windows 365 Description Mine Theirs" in shown
    again = Edit(client, desks)
    assert "Theirs</textarea>" in again.post(image_type="gallery", gallery=desks.policy().image_id)
    again.post(name="Office", description="Both of ours")
    again.post()
    assert finish(desks.job(services.POLICY_SAVE)).state == Job.State.SUCCEEDED
    assert desks.held_one(KIND, "Office")["body"]["description"] == "Both of ours"
    assert "Now in Windows 365" not in page(client, desks.policy().get_absolute_url())
