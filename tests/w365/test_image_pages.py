"""Device images: the list, one while Windows 365 takes it over, the wizard, Delete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotpc.jobs.models import Job
from spotpc.web.models import WizardDraft
from tenants.models import AuditEvent, Site, TenantRole
from tests import factories
from tests.w365.policies_scene import (
    Office,
    Walk,
    device_image,
    guid,
    office,
    page,
    policy,
    signed_in,
)
from w365 import services
from w365.models import DeviceImage, SourceImage, Windows365

LIVE = {"HX-Request": "true", "HX-Target": "live"}


@pytest.fixture(autouse=True)
def _http(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def alder() -> Office:
    made = office()
    factories.site(made.tenant, "Harbour")
    return made


@pytest.fixture
def client(alder: Office) -> Client:
    return signed_in(alder.admin)


@pytest.fixture
def walk(client: Client, alder: Office) -> Walk:
    return Walk(client, alder.url("w365-image-new"))


def harbour() -> Site:
    return Site.objects.get(name="Harbour")


def source(of: Office, name: str = "win11-dental", **fields: Any) -> SourceImage:
    group = f"/subscriptions/{of.tenant.subscription_id}/resourceGroups/rg-desktops"
    found = {
        "resource_id": f"{group}/providers/Microsoft.Compute/images/{name}",
        "kind": "managed",
        "region": "westeurope",
        "os_type": "Windows",
        "os_state": "Generalized",
        "generation": "V2",
    }
    return SourceImage.objects.create(tenant=of.tenant, name=name, **{**found, **fields})


def version_of_a_spot_group(of: Office, number: str) -> SourceImage:
    site = harbour()
    images = site.image_sets.first() or factories.image_set(of.tenant, "Front desk", at=site)
    return source(
        of,
        f"images/{images.definition} {number}",
        kind="gallery",
        resource_id=(
            f"/subscriptions/{of.tenant.subscription_id}/resourceGroups/{site.resource_group}"
            f"/providers/Microsoft.Compute/galleries/{site.gallery}/images/{images.definition}"
            f"/versions/{number}"
        ),
    )


def end(row: DeviceImage, state: str = "failed", **fields: Any) -> None:
    Job.objects.filter(subject_id=row.pk).update(
        state=state, next_run_at=None, finished_at=timezone.now(), **fields
    )


def newest() -> DeviceImage:
    return DeviceImage.objects.latest("pk")


# The list and one image


def test_the_list_says_what_matters(client: Client, alder: Office) -> None:
    DeviceImage.objects.update(
        site=harbour(), os_build="26100.2314", expires_on="2027-10-14",
        source_id="/subscriptions/x/galleries/cloudpcs/images/dental/versions/1.0.2",
    )  # fmt: skip
    device_image(alder.tenant, "Kiosk", status="failed", error_text="sysprep did not finish in it.")
    policy(alder.tenant, "Dentists", image_type="custom", image_id=alder.custom.graph_id)
    shown = page(client, alder.url("w365-image-list"))
    for words in ("Dental", "1.0.2", "dental 1.0.2", "Harbour", "Ready", "26100.2314",
                  "14 Oct 2027", "1 policy", "Dentists", "Kiosk", "Failed",
                  "sysprep did not finish in it.", "Create Device Image"):  # fmt: skip
        assert words in shown, words
    answer = client.get(alder.url("w365-image-list") + "?export=csv")
    text = b"".join(getattr(answer, "streaming_content", ())).decode()
    assert "Dental,1.0.2,dental 1.0.2,Harbour,Ready,26100.2314,2027-10-14,Dentists" in text
    assert "Failed: sysprep did not finish in it." in text


def test_an_image_whose_support_has_ended_says_so(client: Client, alder: Office) -> None:
    DeviceImage.objects.update(os_status="supportedWithWarning")
    for url in (alder.url("w365-image-list"), alder.custom.get_absolute_url()):
        assert "Microsoft's support for its Windows has ended." in page(client, url)


def test_its_page(client: Client, alder: Office) -> None:
    policy(alder.tenant, "Dentists", image_type="custom", image_id=alder.custom.graph_id)
    shown = page(client, alder.custom.get_absolute_url())
    for words in ("Dental 1.0.2", "Ready", "Windows 11 Enterprise", "25H2", "Dentists",
                  alder.custom.graph_id, alder.custom.source_id):  # fmt: skip
        assert words in shown, words


def uploaded(alder: Office, name: str = "Reception") -> DeviceImage:
    return services.create_device_image(alder.admin, harbour(), name, "1.0.0", source(alder))


def test_the_take_over_is_seen_live(client: Client, alder: Office) -> None:
    row = uploaded(alder)
    assert "Handing over" in page(client, row.get_absolute_url())
    DeviceImage.objects.filter(pk=row.pk).update(graph_id=guid(), status="pending")
    Job.objects.update(waiting_for="Windows 365 is copying and validating the image")
    part = page(client, row.get_absolute_url(), **LIVE)
    assert "<html" not in part
    for words in ("every 3s", "Being taken over", "Windows 365 is copying and validating",
                  "Leave the source image in Azure until then"):  # fmt: skip
        assert words in part, words
    end(row, "succeeded")
    DeviceImage.objects.filter(pk=row.pk).update(status="ready")
    part = page(client, row.get_absolute_url(), **LIVE)
    assert "hx-trigger" not in part
    assert "Ready" in part


def test_a_failed_one_says_why_and_what_to_do(client: Client, alder: Office) -> None:
    row = device_image(
        alder.tenant, "Kiosk", status="failed", error_text="It is <unsealed>.",
        error_remedy="Seal it.",
    )  # fmt: skip
    shown = page(client, row.get_absolute_url())
    assert "It is <unsealed>." in shown
    assert "What to do: Seal it." in shown
    assert "<unsealed>" not in client.get(row.get_absolute_url()).content.decode()


def test_the_page_of_one_that_is_gone_leads_to_the_list(client: Client, alder: Office) -> None:
    url = alder.custom.get_absolute_url()
    alder.custom.delete()
    answer = client.get(url, headers=LIVE)
    assert answer["HX-Redirect"] == alder.url("w365-image-list")


# Create


def to_source(walk: Walk, name: str = "Reception") -> str:
    walk.post(name=name)
    walk.post(site=harbour().pk)
    return walk.post(version="1.0.0")


def test_from_the_name_to_the_image(walk: Walk, alder: Office) -> None:
    image = source(alder)
    first = walk.shown()
    for words in ("Enter Image Name", "Select Site", "Version", "Select Source Image",
                  "Review and Create Device Image", "Windows 365 Takes It Over",
                  "Versions of Spot Group image sets cannot be used here."):  # fmt: skip
        assert words in first, words
    shown = to_source(walk)
    assert "win11-dental" in shown
    review = walk.post(source=image.pk)
    for words in ("Reception", "1.0.0", "Harbour, westeurope", "win11-dental", "about an hour"):
        assert words in review, words
    done = walk.post()
    made = newest()
    assert walk.url == made.get_absolute_url()
    assert "Hand it to Windows 365" in done
    assert (made.name, made.version, made.source_id) == ("Reception", "1.0.0", image.resource_id)
    assert (made.site, made.created_by) == (harbour(), "ann@provider.example")
    assert Job.objects.get().kind == services.IMAGE_UPLOAD


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give the device image a name."),
        ("  ", "Give the device image a name."),
        ("x" * 5000, "A name has at most 64 characters; this one has 5,000."),
        ("<img src=x>", "Windows 365 takes no < > in a name."),
        ("Desk 🖥", "Windows 365 takes no 🖥 in a name."),
    ],
)
def test_a_bad_name_is_explained_beside_the_field(walk: Walk, typed: str, sentence: str) -> None:
    shown = walk.post(name=typed)
    assert sentence in shown
    assert 'aria-invalid="true"' in shown
    assert not WizardDraft.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give the image a version"),
        ("1.0", "A version has exactly three numbers"),
        ("1.0.0.0", "A version has exactly three numbers"),
        ("01.0.0", "No leading zeros"),
        ("one.two.three", "Use three whole numbers"),
        ("9" * 5000, "A version number is short"),
        ("1.0.2", "There is a device image dental 1.0.2 already. The next free version is 1.0.3."),
    ],
)
def test_a_bad_version_is_explained_beside_the_field(walk: Walk, typed: str, sentence: str) -> None:
    walk.post(name="dental")
    walk.post(site=harbour().pk)
    shown = walk.post(version=typed)
    assert walk.step == "version"
    assert sentence in shown
    assert 'aria-invalid="true"' in shown


def test_the_next_version_of_that_name_is_filled_in(walk: Walk, alder: Office) -> None:
    device_image(alder.tenant, "Dental", "1.0.10")
    device_image(alder.tenant, "Dental", "made elsewhere")
    walk.post(name="Dental")
    assert 'value="1.0.11"' in walk.post(site=harbour().pk)
    walk.url = walk.url.replace("/version/", "/name/")
    walk.post(name="Brand new")
    assert 'value="1.0.0"' in walk.go("version")


def test_what_cannot_be_taken_is_shown_with_why_and_cannot_be_chosen(
    walk: Walk, alder: Office
) -> None:
    good = source(alder, "good")
    bad = source(alder, "old", generation="V1")
    source(alder, "unsealed", os_state="Specialized")
    source(alder, "penguin", os_type="Linux")
    source(alder, "desks 1.0.0", identifier="a/b/win11-24h2-avd", kind="gallery")
    source(alder, "locked 1.0.0", security_type="TrustedLaunch", kind="gallery")
    source(alder, "far-away", region="eastus2")
    shown = to_source(walk)
    for words in ("A generation 1 image.", "Not generalized", "Linux. A Cloud PC needs",
                  "Multi-session Windows", "for TrustedLaunch machines only"):  # fmt: skip
        assert words in shown, words
    assert "far-away" not in shown, "it is in another region than the site"
    assert shown.index("good") < shown.index("unsealed"), "what can be chosen stands first"
    refused = walk.post(source=bad.pk)
    assert walk.step == "source"
    assert "old: A generation 1 image." in refused
    walk.post(source=good.pk)
    assert walk.step == "review"


def test_versions_of_spot_groups_are_counted_and_not_offered(walk: Walk, alder: Office) -> None:
    source(alder)
    found = [version_of_a_spot_group(alder, f"0.0.{number}") for number in (1, 2)]
    shown = to_source(walk)
    assert "2 versions of Spot Group image sets are not listed" in shown
    assert found[0].name not in shown
    refused = walk.post(source=found[0].pk)
    assert "That image is not there any more, or cannot be taken." in refused
    assert walk.step == "source"


def test_where_nothing_can_be_taken_it_says_what_to_do(walk: Walk, alder: Office) -> None:
    shown = to_source(walk)
    assert "No image in westeurope that Windows 365 could take." in shown
    source(alder, "old", generation="V1")
    assert "None of the images in westeurope can be taken." in walk.shown()
    assert "Choose the image that Windows 365 is to take over." in walk.post()


def test_another_tenants_source_is_no_choice(walk: Walk, alder: Office) -> None:
    other = source(alder, "theirs")
    SourceImage.objects.update(tenant=factories.tenant())
    to_source(walk)
    assert "theirs" not in walk.post(source=other.pk)


def test_a_source_that_goes_bad_meanwhile_is_noticed(walk: Walk, alder: Office) -> None:
    image = source(alder)
    to_source(walk)
    walk.post(source=image.pk)
    SourceImage.objects.update(os_state="Specialized")
    shown = walk.post()
    assert walk.step == "source"
    assert "Not generalized" in shown
    assert not Job.objects.exists()


def test_another_site_asks_for_the_source_anew(walk: Walk, alder: Office) -> None:
    far = factories.site(alder.tenant, "Virginia", region="eastus2")
    image = source(alder)
    source(alder, "far-away", region="eastus2")
    to_source(walk)
    walk.post(source=image.pk)
    walk.url = walk.url.replace("/review/", "/site/")
    walk.post(site=far.pk)
    shown = walk.post(version="1.0.0")
    assert walk.step == "source"
    assert "far-away" in shown
    assert "aria-invalid" not in shown, "nothing wrong was typed"


def test_images_in_azure_are_read_again_on_request(
    walk: Walk, client: Client, alder: Office
) -> None:
    Windows365.objects.update(sources_read_at=timezone.now() - timedelta(minutes=9))
    shown = to_source(walk)
    url = alder.url("w365-image-sources")
    assert f'formaction="{url}"' in shown
    answer = client.post(url, {"next": walk.url})
    assert answer["Location"] == walk.url
    assert Windows365.objects.get().sources_read_at is None
    assert client.post(url, {"next": "https://evil.example/"})["Location"] == alder.url(
        "w365-image-list"
    )
    assert client.get(url).status_code == 405


# Refused by Windows 365


def test_what_was_refused_is_changed_and_tried_again(
    walk: Walk, client: Client, alder: Office
) -> None:
    image = source(alder)
    to_source(walk)
    walk.post(source=image.pk)
    walk.post()
    old = newest()
    end(old, error_code="unknown", error_text="The image version must follow a form.")
    DeviceImage.objects.filter(pk=old.pk).update(status="failed", error_text="Refused.")
    shown = page(client, old.get_absolute_url())
    assert "Not created" in shown
    assert "Change and try again" in shown
    run = WizardDraft.objects.get()
    walk.url = alder.url("w365-image-new")
    shown = walk.post(again=str(run.pk))
    assert walk.step == "version"
    assert "The image version must follow a form." in shown
    assert "This was refused when it was saved." not in shown, "it is said beside the field"
    assert 'value="1.0.0"' in shown
    walk.post(version="1.0.0")
    walk.post(source=image.pk)
    walk.post()
    made = newest()
    assert (made.version, made.pk != old.pk) == ("1.0.0", True)
    assert not DeviceImage.objects.filter(pk=old.pk).exists()


def test_an_image_found_bad_stays_and_another_source_is_asked_for(
    walk: Walk, client: Client, alder: Office
) -> None:
    image, other = source(alder), source(alder, "sealed")
    to_source(walk)
    walk.post(source=image.pk)
    walk.post()
    old = newest()
    words = {"error_code": "w365-image-not-generalized", "error_text": "It is unsealed."}
    end(old, **words)
    DeviceImage.objects.filter(pk=old.pk).update(status="failed", graph_id=guid(), **words)
    walk.url = alder.url("w365-image-new")
    shown = walk.post(again=str(WizardDraft.objects.get().pk))
    assert walk.step == "version", "Windows 365 has that version, though it failed"
    assert "The next free version is 1.0.1." in shown
    shown = walk.post(version="1.0.1")
    assert "It is unsealed." in shown
    walk.post(source=other.pk)
    walk.post()
    assert (newest().version, newest().source_id) == ("1.0.1", other.resource_id)
    assert DeviceImage.objects.filter(pk=old.pk).exists()


# Delete, and who may


def test_delete_asks_first_and_says_what_is_lost(client: Client, alder: Office) -> None:
    url = alder.url("w365-image-delete", alder.custom.pk)
    asked = page(client, url)
    assert "Delete Dental 1.0.2?" in asked
    assert "Its source image in Azure stays" in asked
    done = client.post(url, follow=True).content.decode()
    assert "Dental 1.0.2 is being deleted." in done
    assert Job.objects.get().kind == services.IMAGE_DELETE
    assert AuditEvent.objects.get().action == "w365_image.delete"


@pytest.mark.parametrize("method", ["get", "post"])
def test_one_in_use_is_not_deleted_and_the_policies_are_named(
    client: Client, alder: Office, method: str
) -> None:
    policy(alder.tenant, "Dentists", image_type="custom", image_id=alder.custom.graph_id)
    answer = getattr(client, method)(alder.url("w365-image-delete", alder.custom.pk), follow=True)
    assert "It is used by Dentists." in answer.content.decode()
    assert not Job.objects.exists()


def test_rows_of_others_are_not_found(client: Client, alder: Office) -> None:
    foreign = device_image(factories.tenant(), "Foreign")
    for name in ("w365-image", "w365-image-delete"):
        assert client.get(alder.url(name, foreign.pk)).status_code == 404
    assert client.get(foreign.get_absolute_url()).status_code == 404
    assert "Foreign" not in page(client, alder.url("w365-image-list"))


@pytest.mark.parametrize(
    ("role", "answer"), [(TenantRole.Role.READER, 403), (TenantRole.Role.CONTRIBUTOR, 302)]
)
def test_what_a_role_does_not_allow_is_forbidden(alder: Office, role: str, answer: int) -> None:
    member = signed_in(factories.member(alder.tenant, role))
    assert member.get(alder.url("w365-image-new")).status_code == answer
    assert member.post(alder.url("w365-image-sources")).status_code == answer
    assert member.get(alder.url("w365-image-delete", alder.custom.pk)).status_code == 403
    assert page(member, alder.custom.get_absolute_url())
