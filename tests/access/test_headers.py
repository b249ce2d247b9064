"""What every answer keeps to: headers, markup, cookies, and no secret in it or in a log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from images import services
from images.models import ImageVersion
from images.versions import parse
from spotgroups.models import UpdateHost
from spotpc.jobs.models import Job, JobEvent
from spotpc.jobs.services import latest_job
from tenants.models import AuditEvent, TenantCredential
from tests.access.matrix import undone
from tests.access.routes import ROUTES
from tests.access.world import ADMINISTRATOR, SECRET, World
from tests.factories import PASSWORD
from tests.scene import Scene, finish, furnished
from tests.web.test_markup import Markup, check

FRAGMENT = {"HX-Request": "true", "HX-Target": "live"}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def answers(world: World, **headers: str) -> Iterator[tuple[str, HttpResponseBase]]:
    """Every URL by both methods, also where that is refused."""
    client = world.client(ADMINISTRATOR)
    for route in ROUTES:
        url = route.url(world.own, world.admins[ADMINISTRATOR])
        if route.name == "sign-in":
            yield f"GET {route}", Client().get(url, headers=headers)
            continue
        for method in (client.get, client.post):
            with undone():
                yield f"{method.__name__} {route}", method(url, headers=headers)
        client = world.client(ADMINISTRATOR)
    yield "404", client.get("/nowhere/", headers=headers)
    yield "403", world.client("reader").get(f"/tenants/{world.own.tenant.pk}/spot-groups/update/")


def test_every_answer_has_the_strict_headers(world: World) -> None:
    seen = set()
    for name, answer in answers(world):
        seen.add(answer.status_code)
        assert set(answer["Content-Security-Policy"].split("; ")) == POLICY, name
        for header, value in HEADERS.items():
            assert answer.headers.get(header) == value, (name, header)
    assert seen == {200, 302, 403, 404, 405}


def html(answer: HttpResponseBase) -> str:
    told = answer.headers.get("Content-Type", "").startswith("text/html")
    return getattr(answer, "content", b"").decode() if told else ""


def test_every_page_is_clean(world: World) -> None:
    pages = {name: html(answer) for name, answer in answers(world)}
    whole = {name: page for name, page in pages.items() if "<html" in page}
    assert len(whole) > 25
    for name, page in whole.items():
        try:
            check(page)
        except AssertionError as error:
            raise AssertionError(name) from error


def test_every_fragment_is_clean(world: World) -> None:
    parts = {name: html(answer) for name, answer in answers(world, **FRAGMENT)}
    parts = {name: part for name, part in parts.items() if part and "<html" not in part}
    assert len(parts) > 8
    for name, part in parts.items():
        markup = Markup(part)
        assert markup.inline == [], name
        assert len(markup.ids) == len(set(markup.ids)), name


def test_one_answer_alone_holds_a_secret(world: World) -> None:
    """Every secret column of the world has the same text."""
    telling = [name for name, answer in answers(world) if SECRET in body(answer)]
    assert telling == ["post image-version-password"]


def test_no_fragment_holds_a_secret(world: World) -> None:
    assert not [name for name, answer in answers(world, **FRAGMENT) if SECRET in body(answer)]


def test_that_answer_is_kept_by_nobody(world: World) -> None:
    [route] = [route for route in ROUTES if route.name == "image-version-password"]
    client = world.client(ADMINISTRATOR)
    answer = client.post(route.url(world.own, world.admins[ADMINISTRATOR]))
    assert SECRET in body(answer)
    assert "no-store" in answer["Cache-Control"]
    [event] = AuditEvent.objects.filter(action="image_version.reveal_password")
    assert SECRET not in json.dumps([event.subject, event.detail])


def test_tables_as_files_hold_no_secret(world: World) -> None:
    client, files = world.client(ADMINISTRATOR), 0
    for route in ROUTES:
        if route.get and "tenant_id" in route.kwargs(world.own, None):
            url = route.url(world.own, world.admins[ADMINISTRATOR])
            answer = client.get(f"{url}?export=csv")
            files += answer.headers["Content-Type"].startswith("text/csv")
            assert SECRET not in body(answer)
    assert files >= 5


def body(answer: HttpResponseBase) -> str:
    if answer.streaming:
        return b"".join(getattr(answer, "streaming_content", ())).decode()
    return getattr(answer, "content", b"").decode()


def test_cookies_are_for_this_site_and_not_for_scripts(world: World) -> None:
    client = Client()
    client.get("/sign-in/")
    who = {"username": world.admins[ADMINISTRATOR].email, "password": PASSWORD}
    assert client.post("/sign-in/", who).status_code == 302
    client.post("/theme/", {"theme": "dark"})
    assert set(client.cookies) == {"csrftoken", "sessionid", "theme"}
    for cookie in client.cookies.values():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), cookie.key


@pytest.fixture
def scene(tmp_path: Path, transactional_db: None) -> Iterator[Scene]:
    with furnished(tmp_path / "azure") as found:
        yield found


def test_a_job_tells_its_secrets_to_no_row_and_no_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """With everything logged that any library has to say."""
    for name in ("", "azure", "httpx", "msal", "urllib3"):
        caplog.set_level(logging.DEBUG, name)
    update_password = build_everything(scene)
    version = scene.version("0.0.2")
    secrets = {
        "the VM's password": version.admin_password,
        "the new host's password": update_password,
        "the client secret": TenantCredential.objects.get().secret,
        "a token": "eyJ",  # how every JSON web token begins
    }
    assert all(secrets.values())
    told = {"log": caplog.text, "rows": json.dumps(written(), default=str)}
    assert version.vm_name in told["rows"]
    assert "login" in told["log"] or "oauth2" in told["log"]
    for what, secret in secrets.items():
        for where, text in told.items():
            assert secret not in text, f"{what} in the {where}"


def build_everything(scene: Scene) -> str:
    """A new version up to its VM, and the first host of an update; that host's password."""
    from spotgroups.services import Choices, start_update
    from tests.scene import run_jobs

    source = scene.version("0.0.1")
    version = services.create_version(scene.admin, scene.image_set, parse("0.0.2"), source, "")
    job = latest_job(version)
    assert job is not None
    assert finish(job).state == Job.State.SUCCEEDED
    assert scene.version("0.0.2").status == ImageVersion.Status.CONFIGURING
    start_update(scene.admin, scene.group, source, Choices("immediate"))
    built = UpdateHost.objects.exclude(ready_at=None)
    run_jobs(built.exists)
    new = UpdateHost.objects.exclude(slot=None).first()
    assert new is not None
    password: str = new.admin_password
    return password


def written() -> list[Any]:
    rows: list[Any] = list(JobEvent.objects.values())
    rows += AuditEvent.objects.values()
    rows += Job.objects.values("params", "facts", "error_text", "waiting_for")
    return rows
