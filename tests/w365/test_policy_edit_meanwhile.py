"""Edit Provisioning Policy while others act: newer values, two tabs, things that go away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.jobs.services import active_job
from spotpc.web.models import WizardDraft
from tests import factories
from tests.w365 import policies_scene as scene
from tests.w365.policies_scene import Office, signed_in
from tests.w365.policy_walks import (
    Edit,
    checked,
)
from w365.models import (
    GalleryImage,
    NetworkConnection,
    ProvisioningPolicy,
)


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
