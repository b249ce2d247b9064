"""The ways into a temporary VM, and who gets to see its password."""

from __future__ import annotations

from django.test import Client

from spotpc.jobs.models import Job
from spotpc.jobs.services import enqueue
from tenants.models import AuditEvent
from tests.images.conftest import LIVE, PAGES, Cast, page

PASSWORD = "not-a-real-Passw0rd"


def test_connect_with_bastion_is_a_link_to_a_new_tab(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring", connect_url="https://bst.example/api/x?a=1")
    html = page(client, cast.version_url(version, "connect/"))
    assert 'href="https://bst.example/api/x?a=1" target="_blank"' in html
    assert r".\spotadmin" in html


def test_without_bastion_there_is_an_rdp_file(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    assert "has no Azure Bastion" in page(client, cast.version_url(version, "connect/"))
    answer = client.post(cast.version_url(version, "rdp/"))
    assert answer["Content-Disposition"] == 'attachment; filename="front-desk-1.0.0.rdp"'
    assert b"full address:s:10.0.0.20\r\nusername:s:.\\spotadmin\r\n" in answer.content
    event = AuditEvent.objects.get()
    assert event.action == "image_version.connect"
    assert event.detail == {"way": "rdp", "user": r".\spotadmin"}


def test_connect_as_somebody_else(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    url = cast.version_url(version, "rdp/")
    answer = client.post(url, {"user": "jane\r\nalternate shell:s:x", "domain": "CONTOSO"})
    assert b"username:s:CONTOSO\\janealternate shell:s:x\r\n" in answer.content
    html = client.post(url, {"user": "", "domain": "CONTOSO"}).content.decode()
    assert "Whose account?" in html
    assert 'value="CONTOSO"' in html


def test_a_vm_that_stopped_itself_is_started(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring", vm_running=False)
    url = cast.version_url(version, "connect/")
    assert "Start the VM" in page(client, url)
    html = client.post(url, follow=True).content.decode()
    assert "It is being started." in html
    assert "data-poll" in html
    assert Job.objects.get().params == {"action": "start"}
    assert client.post(cast.version_url(version, "rdp/"))["Location"] == url


def test_reboot(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    client.post(cast.version_url(version, "reboot/"))
    assert Job.objects.get().params == {"action": "restart"}
    assert AuditEvent.objects.get().action == "image_version.restart"


def test_a_version_without_a_vm_says_so(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0")
    assert "no temporary VM" in page(client, cast.version_url(version, "connect/"))
    for act in ("connect/", "password/", "rdp/", "reboot/"):
        answer = client.post(cast.version_url(version, act), follow=True)
        assert answer.status_code == 200
        assert "has no temporary VM" in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_the_password_is_in_no_page_but_the_answer_to_reveal(client: Client, cast: Cast) -> None:
    version = cast.version("1.0.0", "configuring")
    enqueue("images.power", cast.tenant, version, {"action": "restart"}, "x")
    urls = [cast.url, cast.set_url, cast.url + "?export=csv", cast.set_url + "?export=csv"]
    for url in urls + [cast.version_url(version, each) for each in PAGES]:
        answer = client.get(url, follow=True)
        body = b"".join(answer) if answer.streaming else answer.content
        assert PASSWORD not in body.decode(), url
        assert PASSWORD not in page(client, cast.set_url, **LIVE)
    assert PASSWORD.encode() not in client.post(cast.version_url(version, "rdp/")).content
    revealed = client.post(cast.version_url(version, "password/"))
    assert PASSWORD in revealed.content.decode()
    assert "no-store" in revealed["Cache-Control"]
    assert AuditEvent.objects.filter(action="image_version.reveal_password").count() == 1
    assert PASSWORD not in page(client, cast.version_url(version, "connect/"))
