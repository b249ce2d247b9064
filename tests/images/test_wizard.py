"""New Image Set Version, as somebody types it."""

from __future__ import annotations

import pytest
from django.test import Client

from images.models import ImageNote, ImageVersion
from spotpc.jobs.models import Job
from tests import factories
from tests.images.conftest import Cast


def start(client: Client, cast: Cast, number: str) -> str:
    """Through the first step; the URL of the second."""
    answer = client.post(cast.set_url + "new-version/version/", {"number": number})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_the_next_number_is_filled_in(client: Client, cast: Cast) -> None:
    cast.version("1.0.9")
    cast.version("1.0.10", "failed")
    page = text_of(client.get(cast.set_url + "new-version/", follow=True))
    assert 'value="1.0.11"' in page
    assert "New Image Set Version" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1.0", "A version has exactly three numbers"),
        ("1.0.0.0", "A version has exactly three numbers"),
        ("01.0.0", "No leading zeros"),
        ("1.0.-1", "A version has no negative numbers"),
        ("1" * 5000, "A version number is short"),
        ("1.0.0", "Version 1.0.0 exists already in Front desk. The next free one is 1.0.1."),
        ("", "Give the version a number"),
    ],
)
def test_a_bad_number_is_explained_beside_the_field_and_kept(
    client: Client, cast: Cast, typed: str, sentence: str
) -> None:
    cast.version("1.0.0")
    answer = client.post(cast.set_url + "new-version/version/", {"number": typed})
    page = text_of(answer)
    assert answer.status_code == 200
    assert sentence in page
    assert 'aria-invalid="true"' in page
    if typed:
        assert f'value="{typed}"' in page
    assert not Job.objects.exists()


def test_from_first_step_to_the_new_version(client: Client, cast: Cast) -> None:
    source = cast.version("1.0.0")
    at = start(client, cast, "1.0.1")
    at = client.post(at, {"source": source.pk})["Location"]
    page = text_of(client.get(at))
    assert "Front desk 1.0.1" in page  # the summary of the answers
    assert "Front desk 1.0.0" in page
    assert ">Save</button>" in page
    done = client.post(at, {"notes": "adding 7zip install"}, follow=True)
    version = ImageVersion.objects.get(patch=1)
    assert done.redirect_chain[-1][0] == cast.version_url(version)
    assert "Creating Template VM" in text_of(done)
    assert ImageNote.objects.get().version_number == "1.0.1"
    client.post(at, {"notes": "adding 7zip install"})  # Back, and Save again
    assert Job.objects.count() == 1


def test_the_sources_and_why_some_cannot_be_chosen(client: Client, cast: Cast) -> None:
    cast.version("1.0.0")
    cast.version("1.0.1", "sealing")
    site = cast.image_set.site
    other = factories.image_set(at=site, name="Office")
    factories.image_version(other, "2.0.0")
    factories.image_version(other, "2.0.1", "failed")
    far = factories.image_set(at=factories.site(cast.tenant, "Dublin"), name="Far")
    factories.image_version(far, "3.0.0")
    factories.image_version(number="4.0.0")  # of another tenant
    page = text_of(client.get(start(client, cast, "1.0.2")))
    for shown in (
        "Front desk 1.0.0",
        "Not a source: it is Sealing, not Available.",
        "Marketplace image MicrosoftWindowsDesktop office-365 win11-24h2-avd-m365 (newest)",
        "Image set Office",
        "Office 2.0.0",
    ):
        assert shown in page
    for hidden in ("Office 2.0.1", "Far 3.0.0", "4.0.0"):
        assert hidden not in page
    assert page.index("Front desk 1.0.0") < page.index("Front desk 1.0.1")
    assert page.count(" disabled>") == 1


def test_the_newest_available_version_is_chosen_already(client: Client, cast: Cast) -> None:
    cast.version("1.0.0")
    newest = cast.version("1.0.1")
    cast.version("1.0.2", "failed")
    page = text_of(client.get(start(client, cast, "1.0.3")))
    assert f'value="{newest.pk}" required id="id_source_0_0" checked>' in page


def test_a_source_that_is_not_offered_is_refused(client: Client, cast: Cast) -> None:
    sealing = cast.version("1.0.1", "sealing")
    foreign = factories.image_version()
    at = start(client, cast, "1.0.2")
    page = text_of(client.post(at, {"source": sealing.pk}))
    assert "Front desk 1.0.1: Not a source: it is Sealing" in page
    for value in (foreign.pk, 10**12, "x", ""):
        page = text_of(client.post(at, {"source": value}))
        assert "That source cannot be used here" in page or "Choose what the new" in page
    assert not Job.objects.exists()


def test_a_source_that_went_away_meanwhile_sends_back_to_its_step(
    client: Client, cast: Cast
) -> None:
    source = cast.version("1.0.0")
    second = start(client, cast, "1.0.1")
    third = client.post(second, {"source": source.pk})["Location"]
    ImageVersion.objects.filter(pk=source.pk).update(status="deleting")
    answer = client.post(third, {"notes": "kept"})
    assert answer["Location"] == second
    assert "Deleting, not Available" in text_of(client.get(second))
    assert not Job.objects.exists()


def test_from_the_marketplace_while_another_version_is_being_built(
    client: Client, cast: Cast
) -> None:
    cast.version("1.0.0", "creating")
    at = client.post(start(client, cast, "1.0.1"), {"source": "marketplace"})["Location"]
    client.post(at, {"notes": ""})
    version = ImageVersion.objects.get(patch=1)
    assert version.source is None
    assert version.source_name == cast.image_set.marketplace_name


def test_notes_that_are_too_long_are_kept(client: Client, cast: Cast) -> None:
    at = client.post(start(client, cast, "1.0.1"), {"source": "marketplace"})["Location"]
    page = text_of(client.post(at, {"notes": "n" * 2001}))
    assert "at most 2000 characters" in page
    assert "n" * 2001 in page
    assert not Job.objects.exists()


def test_a_draft_belongs_to_its_set(client: Client, cast: Cast) -> None:
    other = factories.image_set(cast.tenant)
    at = start(client, cast, "1.0.1")
    assert client.get(at.replace(cast.set_url, f"{cast.url}{other.pk}/")).status_code == 404
