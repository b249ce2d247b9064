"""What the image pages show, and to whom."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from images.models import ImageNote, ImageSet, ImageVersion
from spotpc.jobs.kinds import kind_of
from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from spotpc.web.templatetags.ui import duration
from tenants.models import AuditEvent
from tests import factories
from tests.images.conftest import LIVE, PAGES, Cast, page, signed_in

POSTS = ("connect/", "password/", "rdp/", "reboot/", "seal/", "cancel/", "delete/")


def row_of(html: str, number: str) -> str:
    rows = html.split("<tr ")
    return next(row for row in rows if f">{number}</a>" in row)


# --- The list ---------------------------------------------------------------------------------


def test_the_list_says_how_each_set_stands(client: Client, cast: Cast) -> None:
    cast.version("1.0.9")
    cast.version("1.0.10")
    cast.version("1.0.3", "sealing")
    cast.version("1.0.11", "failed")
    factories.spot_group(cast.image_set, "Reception")
    html = page(client, cast.url)
    for shown in ("Front desk", "Amsterdam", "1.0.10", "Sealing", "1.0.3", "Reception"):
        assert shown in html
    assert "Failed" not in html  # what is under way says more


def test_the_newest_version_counts_when_nothing_is_under_way(client: Client, cast: Cast) -> None:
    cast.version("1.0.9")
    cast.version("1.0.10", "failed")
    assert "Failed" in page(client, cast.url)


def test_the_list_is_searched_sorted_by_number_and_exported(client: Client, cast: Cast) -> None:
    cast.version("1.0.9")
    other = factories.image_set(cast.tenant, "Office")
    factories.image_version(other, "1.0.10")
    group = factories.spot_group(other, "Accounts")
    factories.spot_group(other, "Accounts payable")
    html = page(client, f"{cast.url}?q={group.name}")
    assert "Front desk" not in html
    assert html.count(other.get_absolute_url()) == 1
    html = page(client, f"{cast.url}?sort=-newest")
    assert html.index("Office") < html.index("Front desk")
    lines = b"".join(client.get(f"{cast.url}?export=csv")).decode().splitlines()
    assert lines[0].endswith("Name,Site,Available Version,Status,Used by,Last Update")
    assert lines[1].startswith("Front desk,Amsterdam,1.0.9,1.0.9 Available,,")


def test_an_empty_list_says_so(client: Client, cast: Cast) -> None:
    ImageSet.objects.all().delete()
    assert "no image set yet" in page(client, cast.url)


# --- One set ----------------------------------------------------------------------------------


def test_the_set_page_lists_versions_newest_first_by_number(client: Client, cast: Cast) -> None:
    for number in ("1.0.9", "1.0.10", "0.9.99"):
        cast.version(number)
    html = page(client, cast.set_url)
    assert html.index(">1.0.10</a>") < html.index(">1.0.9</a>") < html.index(">0.9.99</a>")
    for column in ("Version Number", "Creation Date", "Status", "Source", "Used by", "Actions"):
        assert column in html
    assert "Add New Version" in html
    assert "Refresh" in html


def test_actions_are_always_in_place_and_say_why_not(client: Client, cast: Cast) -> None:
    used, free = cast.version("1.0.0"), cast.version("1.0.1")
    factories.spot_group(cast.image_set, "Reception", version=used)
    ready = cast.version("1.0.2", "configuring")
    html = page(client, cast.set_url)
    assert "In use by Reception." in row_of(html, "1.0.0")
    assert cast.version_url(free, "delete/") in row_of(html, "1.0.1")
    assert "there is no temporary VM" in row_of(html, "1.0.1")
    for action in ("connect/", "seal/", "delete/"):
        assert cast.version_url(ready, action) in row_of(html, "1.0.2")
    for number in ("1.0.0", "1.0.1", "1.0.2"):
        assert all(word in row_of(html, number) for word in ("Connect", "Seal Image", "Delete"))


def test_a_reader_sees_every_action_disabled(cast: Cast) -> None:
    cast.version("1.0.2", "configuring")
    reader = signed_in(factories.member(cast.tenant, "reader"))
    html = page(reader, cast.set_url)
    assert row_of(html, "1.0.2").count("Your role in this tenant does not allow it.") >= 3
    assert "formaction" not in html
    assert "Add note" not in html


def test_what_runs_is_shown_and_only_then_the_page_renews_itself(
    client: Client, cast: Cast
) -> None:
    version = cast.version("1.0.2", "sealing")
    assert "data-poll" not in page(client, cast.set_url)
    job = enqueue("images.seal", cast.tenant, version, {}, "x")
    Job.objects.filter(pk=job.pk).update(step="sysprep", waiting_for="Windows is being generalized")
    html = page(client, cast.set_url)
    assert html.count("data-poll") == 2  # the standing, and the table
    kind = list(kind_of("images.seal"))
    assert f"step 3 of {len(kind)}, Generalize Windows" in html
    assert "Windows is being generalized" in html
    assert f"usually {duration(sum(step.expected for step in kind))}" in html
    live = page(client, cast.set_url, **LIVE)
    assert "Windows is being generalized" in live
    assert "<html" not in live
    assert "<table" not in live
    table = page(client, cast.set_url, **{**LIVE, "HX-Target": "versions"})
    assert "<table" in table
    assert "Image Set Notes" not in table


def test_notes_are_shown_with_author_and_version(client: Client, cast: Cast) -> None:
    cast.version("1.0.0")
    url = cast.set_url + "notes/"
    answer = client.post(url, {"text": "M365 <b>and</b> 7Zip", "number": "1.0.0"}, follow=True)
    html = answer.content.decode()
    assert "The note has been added." in html
    assert "M365 &lt;b&gt;and&lt;/b&gt; 7Zip" in html
    assert "ann@provider.example · Version 1.0.0" in html
    assert AuditEvent.objects.get().action == "image_set.note"


@pytest.mark.parametrize(
    ("typed", "sentence"), [("", "Write something first."), ("n" * 2001, "at most 2000")]
)
def test_a_note_that_cannot_be_taken_is_kept(
    client: Client, cast: Cast, typed: str, sentence: str
) -> None:
    answer = client.post(cast.set_url + "notes/", {"text": typed})
    assert sentence in answer.content.decode()
    assert typed in answer.content.decode()
    assert not ImageNote.objects.exists()


def test_older_notes_are_one_click_away(client: Client, cast: Cast) -> None:
    for number in range(31):
        factories.image_note(cast.image_set, f"Note number {number}.")
    assert "Note number 0." not in page(client, cast.set_url)
    assert "Note number 0." in page(client, cast.set_url + "?notes=all")


# --- One version ------------------------------------------------------------------------------


def test_a_failed_version_says_why_and_what_to_do(client: Client, cast: Cast) -> None:
    version = cast.version(
        "1.0.0", "failed", error_text="No room in Azure.", error_remedy="Ask for more."
    )
    html = page(client, cast.version_url(version))
    assert "No room in Azure." in html
    assert "What to do: Ask for more." in html


def test_the_version_page_shows_progress_timeline_and_its_own_notes(
    client: Client, cast: Cast
) -> None:
    version = cast.version("1.0.0", "creating")
    factories.image_note(cast.image_set, "about this one", version_number="1.0.0")
    factories.image_note(cast.image_set, "about another", version_number="0.0.1")
    job = enqueue("images.build", cast.tenant, version, {}, "x")
    job.events.create(tenant=cast.tenant, text="Starting from the newest image")
    html = page(client, cast.version_url(version))
    assert "Build and start the temporary VM" in html
    assert "Starting from the newest image" in html
    assert cast.version_url(version, "cancel/") in html
    assert "about this one" in html
    assert "about another" not in html
    assert "<html" not in page(client, cast.version_url(version), **LIVE)


def test_the_page_of_a_version_that_was_deleted_meanwhile_goes_to_its_set(
    client: Client, cast: Cast
) -> None:
    version = cast.version("1.0.0", "deleting")
    url = cast.version_url(version)
    version.delete()
    assert client.get(url).status_code == 404
    assert client.get(url, headers=LIVE)["HX-Redirect"] == cast.set_url


# --- Seal, delete, cancel ---------------------------------------------------------------------


def test_seal_asks_first_and_then_seals_once(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    html = page(client, cast.version_url(version, "seal/"))
    for words in ("cannot be undone", "usually takes about 5 minutes", "cannot see who that is"):
        assert words in html
    assert not Job.objects.exists()
    for _ in range(2):
        answer = client.post(cast.version_url(version, "seal/"), follow=True)
    assert "cannot be sealed now" in answer.content.decode()
    assert Job.objects.get().kind == "images.seal"
    assert AuditEvent.objects.filter(action="image_version.seal").count() == 1


@pytest.mark.parametrize("act", ["seal/", "delete/"])
def test_what_cannot_be_done_now_is_not_asked(client: Client, cast: Cast, act: str) -> None:
    version = cast.version("1.0.0", "sealing")
    answer = client.get(cast.version_url(version, act), follow=True)
    assert answer.redirect_chain[-1][0] == cast.version_url(version)
    assert "is not possible now. It is Sealing" in answer.content.decode()


def test_delete_names_what_is_lost(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    assert version.vm_name in page(client, cast.version_url(version, "delete/"))
    image = cast.version("1.0.1")
    assert "The image 1.0.1 in the gallery images" in page(
        client, cast.version_url(image, "delete/")
    )
    client.post(cast.version_url(image, "delete/"))
    assert ImageVersion.objects.get(pk=image.pk).status == "deleting"


def test_delete_is_refused_while_in_use(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0")
    factories.spot_group(cast.image_set, "Reception", version=version)
    url = cast.version_url(version, "delete/")
    assert "In use by Reception." in client.get(url, follow=True).content.decode()
    assert "in use by Reception" in client.post(url, follow=True).content.decode()
    assert ImageVersion.objects.get(pk=version.pk).status == "available"


def test_cancel(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "creating")
    job = enqueue("images.build", cast.tenant, version, {}, "x")
    answer = client.post(cast.version_url(version, "cancel/"), follow=True)
    assert "Cancelling" in answer.content.decode()
    job.refresh_from_db()
    assert job.cancel_requested_by == "ann@provider.example"


# --- Who may ----------------------------------------------------------------------------------


def every_url(cast: Cast, version: ImageVersion) -> list[str]:
    pages = [cast.version_url(version, each) for each in PAGES]
    return [cast.url, cast.set_url, cast.set_url + "notes/", cast.set_url + "new-version/", *pages]


def test_a_foreign_organization_gets_404_everywhere(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    stranger = signed_in(factories.admin(factories.organization()))
    for url in every_url(cast, version):
        assert stranger.get(url).status_code == 404, url
    for act in POSTS:
        assert stranger.post(cast.version_url(version, act)).status_code == 404, act
    assert not Job.objects.exists()
    assert not AuditEvent.objects.exists()


def test_ids_of_another_tenant_or_set_are_404(client: Client, cast: Cast) -> None:
    other = factories.tenant(cast.tenant.organization)
    foreign = factories.image_version(factories.image_set(other))
    sibling = factories.image_version(factories.image_set(cast.tenant))
    assert client.get(f"{cast.url}{foreign.image_set_id}/").status_code == 404
    for wrong in (foreign, sibling):
        url = f"{cast.set_url}versions/{wrong.pk}/"
        assert client.get(url).status_code == 404
        assert client.post(url + "delete/").status_code == 404


def test_a_reader_looks_but_changes_nothing(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    reader = signed_in(factories.member(cast.tenant, "reader"))
    for url in (cast.url, cast.set_url, cast.version_url(version)):
        assert reader.get(url).status_code == 200
    for url in (cast.set_url + "new-version/", cast.version_url(version, "connect/")):
        assert reader.get(url).status_code == 403
    for act in POSTS:
        assert reader.post(cast.version_url(version, act)).status_code == 403, act
    assert reader.post(cast.set_url + "notes/", {"text": "x"}).status_code == 403
    assert not Job.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_contributor_seals_but_does_not_delete(cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    contributor = signed_in(factories.member(cast.tenant, "contributor"))
    assert contributor.post(cast.version_url(version, "delete/")).status_code == 403
    assert contributor.get(cast.version_url(version, "delete/")).status_code == 403
    assert contributor.post(cast.version_url(version, "seal/")).status_code == 302


def test_nothing_changes_by_a_link(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    before = AuditEvent.objects.count(), Job.objects.count()
    for act in ("password/", "rdp/", "reboot/", "cancel/"):
        assert client.get(cast.version_url(version, act)).status_code == 405
    for each in PAGES:
        page(client, cast.version_url(version, each))
    assert (AuditEvent.objects.count(), Job.objects.count()) == before


def test_the_address_is_the_one_that_is_linked(cast: Cast) -> None:
    version = cast.version("1.0.0")
    assert cast.image_set.get_absolute_url() == cast.set_url
    assert version.get_absolute_url() == cast.version_url(version)
    assert reverse("image-set-list", args=[cast.tenant.pk]) == cast.url
