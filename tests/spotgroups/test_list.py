"""The list of Spot Groups and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from spotgroups.models import UpdateHost
from tests import factories
from tests.spotgroups.conftest import Office

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


def page(client: Client, url: str, **query: str) -> str:
    return client.get(url, query).content.decode()


def test_a_line_says_how_a_group_stands(client: Client, office: Office) -> None:
    factories.user_session(office.hosts[0])
    factories.user_session(office.hosts[1], state="Disconnected")
    lines = b"".join(
        client.get(office.url("spot-group-list"), {"export": "csv"}).streaming_content  # type: ignore[attr-defined]
    ).decode()
    assert "FrontDesk,Reception,Front desk,0.0.1,Available,2,1,1,2," in lines


@pytest.mark.parametrize(
    ("states", "status", "why"),
    [
        ([{}, {}], "Available", ""),
        ([{"status": "NeedsAssistance"}, {"status": "UpgradeFailed"}], "Available", ""),
        (
            [{}, {"status": "Unavailable"}],
            "Limited Availability",
            "1 of 2 hosts takes no log-ons: front-2 (Unavailable).",
        ),
        (
            [{}, {"allow_new_session": False}],
            "Limited Availability",
            "1 of 2 hosts takes no log-ons: front-2 (in drain mode).",
        ),
        (
            [{"status": "Shutdown"}, {"status": "Shutdown"}],
            "Not available",
            "2 of 2 hosts take no log-ons: front-1 (Shutdown), front-2 (Shutdown).",
        ),
    ],
)
def test_status(
    client: Client, office: Office, states: list[dict[str, Any]], status: str, why: str
) -> None:
    for host, fields in zip(office.hosts, states, strict=True):
        type(host).objects.filter(pk=host.pk).update(**fields)
    shown = page(client, office.url("spot-group-list"))
    assert f"<span>{status}</span>" in shown
    assert why in shown
    assert ("take" in shown) == bool(why)
    assert why in page(client, office.url("spot-group", office.group.pk))


def test_a_group_without_hosts_is_not_available(client: Client, office: Office) -> None:
    for host in office.hosts:
        host.delete()
    shown = page(client, office.url("spot-group-list"))
    assert "<span>Not available</span>" in shown
    assert "No session host was seen in Azure." in shown


def test_an_update_is_shown_and_a_scheduled_one_changes_no_status(
    client: Client, office: Office
) -> None:
    update = office.start()
    shown = page(client, office.url("spot-group-list"))
    assert shown.count("<span>Updating</span>") == 2  # the group's status, the update's headline
    assert office.url("spot-group-update-detail", update.pk) in shown
    assert "0 of 2 hosts" in shown
    assert "every 3s" in shown
    at = timezone.now() + timedelta(days=1)
    type(update).objects.update(method="scheduled", scheduled_at=at)
    shown = page(client, office.url("spot-group-list"))
    assert "<span>Updating</span>" not in shown
    assert "<span>Scheduled for</span>" in shown
    assert "<span>Available</span>" in shown
    UpdateHost.objects.create(
        tenant=office.tenant, update_row=update, name="front-x", slot=0, phase="Building VM"
    )
    assert page(client, office.url("spot-group-list")).count("<span>Updating</span>") == 2


def test_search_filter_and_sort(client: Client, office: Office) -> None:
    other = factories.image_set(office.tenant, "Clinicians", at=office.group.site)
    factories.spot_group(other, "Rooms", version=factories.image_version(other, "0.0.9"))
    factories.user_session(office.hosts[0])
    factories.user_session(office.hosts[1], state="Disconnected")
    url = office.url("spot-group-list")
    assert "Rooms" not in page(client, url, q="front")
    assert "FrontDesk" not in page(client, url, status="unavailable")
    assert "FrontDesk" not in page(client, url, image_set=str(other.pk))
    for column in ("image_version", "status", "hosts", "active", "disconnected", "total"):
        first, second = (page(client, url, sort=f"{sign}{column}") for sign in ("", "-"))
        rows = [text.index(">Rooms<") < text.index(">FrontDesk<") for text in (first, second)]
        assert rows[0] != rows[1], column
    assert "Nothing matches" in page(client, url, q="zzz")


def test_filters_offer_no_foreign_sets(client: Client, office: Office) -> None:
    factories.image_set(name="Foreign images")
    assert "Foreign images" not in page(client, office.url("spot-group-list"))


def test_update_is_disabled_with_the_reason(client: Client, reader: Client, office: Office) -> None:
    url = office.url("spot-group", office.group.pk)
    assert f"?group={office.group.pk}" in page(client, url)
    refused = page(reader, url)
    assert "Your role in this tenant does not allow it." in refused
    assert f"?group={office.group.pk}" not in refused
    office.start()
    assert "is being updated to Front desk 0.0.2 already" in page(client, url)


def test_the_page_of_a_group(client: Client, office: Office) -> None:
    update = office.start()
    shown = page(client, office.url("spot-group", office.group.pk))
    for words in ("Spot Group:", "FrontDesk", "Reception", "front-1", "front-2", "Amsterdam",
                  "Europe/Amsterdam", "Pooled, up to 10 users", "Front desk 0.0.2", "Immediate",
                  "ann@provider.example"):  # fmt: skip
        assert words in shown, words
    assert office.url("spot-group-update-detail", update.pk) in shown
    live = client.get(
        office.url("spot-group", office.group.pk), HTTP_HX_TARGET="live", **HTMX
    ).content.decode()
    assert 'id="live"' in live
    assert "<html" not in live
    assert "front-1" not in live
    rows = client.get(office.url("spot-group", office.group.pk), **HTMX).content.decode()
    assert 'id="hosts"' in rows
    assert "Image history" not in rows


def test_foreign_groups_are_not_found(client: Client, office: Office) -> None:
    foreign = factories.spot_group(factories.image_set(), "Theirs")
    assert client.get(office.url("spot-group", foreign.pk)).status_code == 404
    stranger = f"/tenants/{foreign.tenant_id}/spot-groups/"
    assert client.get(stranger).status_code == 404
    assert client.get(f"{stranger}{foreign.pk}/").status_code == 404
    assert "Theirs" not in page(client, office.url("spot-group-list"))


def test_the_list_costs_the_same_for_many(
    client: Client, office: Office, django_assert_num_queries: Any
) -> None:
    def furnish(number: int) -> None:
        group = factories.spot_group(office.old.image_set, f"Group {number}", version=office.old)
        for index in range(3):
            host = office.host(f"g{number}-{index}", group, status="Unavailable")
            factories.user_session(host)
        office.group = group
        update = office.start()
        UpdateHost.objects.create(
            tenant=office.tenant, update_row=update, name="x", slot=0, phase="Ready"
        )

    url = office.url("spot-group-list")
    furnish(1)
    client.get(url)
    with django_assert_num_queries(12) as few:
        client.get(url)
    for number in range(2, 9):
        furnish(number)
    with django_assert_num_queries(len(few)):
        assert page(client, url).count("3 of 3 hosts take no log-ons") == 8
