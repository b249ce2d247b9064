"""The pages of connections and device images over real jobs: from the wizard to Graph and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from spotpc.jobs.models import Job
from spotpc.web.models import WizardDraft
from tests.scene import finish
from tests.w365.policies_scene import Walk, page, signed_in
from tests.w365.scene import DOMAIN, Desks
from w365 import services
from w365.models import DeviceImage, NetworkConnection

ACCOUNT = {
    "join_type": "hybridAzureADJoin",
    "ad_domain": DOMAIN["name"],
    "ad_username": DOMAIN["username"],
    "organizational_unit": "OU=Cloud PCs,DC=corp,DC=example",
}
RIGHT = DOMAIN["password"]
WRONG = "not-the-Passw0rd"
HELD = "onPremisesConnections"


@pytest.fixture(autouse=True)
def _http(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def client(desks: Desks) -> Client:
    return signed_in(desks.admin)


def url(desks: Desks, part: str) -> str:
    return f"/tenants/{desks.tenant.pk}/windows-365/{part}/"


def created(desks: Desks, client: Client, name: str, password: str) -> NetworkConnection:
    """Typed and saved; its job has ended."""
    walk = Walk(client, url(desks, "connections/new"))
    walk.post(site=desks.site.pk)
    walk.post(**ACCOUNT, ad_password=password)
    walk.post(name=name)
    walk.post()
    row = desks.connection(name)
    assert walk.url == row.get_absolute_url()
    finish(desks.job(services.CONNECTION_SAVE))
    return desks.connection(name)


def test_a_wrong_password_is_found_by_the_check_and_put_right_by_edit(
    desks: Desks, client: Client
) -> None:
    row = created(desks, client, "Head office", WRONG)
    shown = page(client, row.get_absolute_url())
    for words in ("Checks failed", "The user name or the password is wrong.",
                  "adJoinCheckIncorrectCredentials", "No provisioning policy uses it"):  # fmt: skip
        assert words in shown, words
    walk = Walk(client, f"{url(desks, 'connections/edit')}?connection={row.pk}")
    walk.post(connection=row.pk)
    walk.post(name="Head office", **ACCOUNT, ad_password=RIGHT)
    walk.post()
    finish(desks.job(services.CONNECTION_SAVE))
    shown = page(client, row.get_absolute_url())
    assert "Checks successful" in shown
    assert "password is wrong" not in shown
    assert desks.connection("Head office").ad_password == ""
    for password in (RIGHT, WRONG):
        assert password not in shown
        assert password not in str(list(WizardDraft.objects.values()))
        assert password not in str(desks.scene.control.get("/state"))


def test_a_name_that_windows_365_has_already_is_changed_and_tried_again(
    desks: Desks, client: Client
) -> None:
    desks.graph("POST", HELD, {
        "displayName": "Head office", "connectionType": "azureADJoin",
        "subscriptionId": str(desks.tenant.subscription_id),
        "resourceGroupId": desks.scene.place.root,
        "virtualNetworkId": desks.site.subnet_id.rpartition("/subnets/")[0],
        "subnetId": desks.site.subnet_id,
    })  # fmt: skip
    row = created(desks, client, "Head office", RIGHT)
    shown = page(client, row.get_absolute_url())
    assert "It was not created." in shown
    assert "named Head office already" in shown
    run = WizardDraft.objects.get()
    walk = Walk(client, url(desks, "connections/new"))
    walk.url = url(desks, "connections/new")
    walk.post(again=str(run.pk))
    shown = walk.post(**ACCOUNT, ad_password=RIGHT)
    assert walk.step == "detail"
    assert "named Head office already" in shown
    walk.post(name="Head office 2")
    walk.post()
    finish(desks.job(services.CONNECTION_SAVE))
    assert "Head office 2" in desks.held_names(HELD)
    names = NetworkConnection.objects.values_list("name", flat=True)
    assert sorted(names) == ["Head office 2", "Office network"], "the entry that failed is gone"


def test_run_health_check_and_delete(desks: Desks, client: Client) -> None:
    row = created(desks, client, "Head office", RIGHT)
    before = row.checked_at
    assert before is not None
    client.post(f"{row.get_absolute_url()}check/")
    job = desks.job(services.CONNECTION_CHECK)
    assert "Run the health check" in page(client, row.get_absolute_url())
    assert finish(job).state == Job.State.SUCCEEDED
    after = desks.connection("Head office").checked_at
    assert after is not None
    assert after > before
    client.post(f"{row.get_absolute_url()}delete/")
    finish(desks.job(services.CONNECTION_DELETE))
    assert "Head office" not in desks.held_names(HELD)
    assert client.get(row.get_absolute_url()).status_code == 404


def test_one_in_use_stays(desks: Desks, client: Client) -> None:
    row = desks.connection()
    answer = client.post(f"{row.get_absolute_url()}delete/", follow=True)
    assert "It is used by Office." in answer.content.decode()
    assert "Office network" in desks.held_names(HELD)


def test_an_image_from_the_wizard_to_ready_and_away_again(desks: Desks, client: Client) -> None:
    source = desks.source_image("office-single")
    walk = Walk(client, url(desks, "device-images/new"))
    walk.post(name="Desk")
    walk.post(site=desks.site.pk)
    shown = walk.post(version="1.0.0")
    assert "office-single" in shown
    walk.post(source=source.pk)
    walk.post()
    finish(desks.job(services.IMAGE_UPLOAD))
    row = desks.image()
    shown = page(client, row.get_absolute_url())
    assert "Ready" in shown
    assert "Windows 11" in shown
    client.post(f"{row.get_absolute_url()}delete/")
    finish(desks.job(services.IMAGE_DELETE))
    assert desks.held_names("deviceImages") == []
    assert not DeviceImage.objects.exists()
