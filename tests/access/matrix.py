"""Asks one URL as everybody, and says where the answer is not the one that is due."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from spotpc.web.scoping import Permission
from tests.access.routes import Open, Route
from tests.access.world import ADMINISTRATOR, ANONYMOUS, ROLES, SIDES, STRANGER, World

METHODS = ("GET", "POST")
SIGN_IN = "redirect to sign-in"
FINE = "200 or 302"
# What reading may write: who is signed in, and which tenant was looked at last.
LEFT_OUT = {"sessions.Session": (), "tenants.Admin": ("last_tenant_id", "last_login")}


def due(world: World, route: Route, method: str, role: str, side: str) -> str:
    """The answer that the role should get."""
    need = route.need(method)
    if need is Open.PUBLIC:
        return FINE
    if role == ANONYMOUS:
        return SIGN_IN
    if need is None:
        return "405"
    if need is Open.SIGNED_IN:
        return FINE
    if need is Open.MEMBER:
        return FINE if (role == STRANGER) == (side == "foreign") else "404"
    granted = world.permissions(role, side)
    if Permission.VIEW not in granted:
        return "404"
    return FINE if need in granted else "403"


def got(client: Client, method: str, url: str) -> str:
    client.raise_request_exception = False
    answer = client.get(url) if method == "GET" else client.post(url)
    if answer.status_code == 302:
        to_sign_in = answer["Location"].startswith(reverse("sign-in") + "?next=")
        return SIGN_IN if to_sign_in else FINE
    return FINE if answer.status_code == 200 else str(answer.status_code)


def complaints(world: World, route: Route, method: str) -> list[str]:
    """Every role on every side; what each request changed is undone before the next."""
    found = []
    sides = SIDES if route.kwargs(world.own, world.admins[ADMINISTRATOR]) else SIDES[:1]
    for role in ROLES:
        for side in sides:
            admin = world.admins.get(role)
            url = route.url(world.sides[side], admin)
            with undone():
                answer = got(world.client(role), method, url)
            expected = due(world, route, method, role, side)
            if answer != expected:
                found.append(f"{method} {route} as {role}, {side}: {answer} instead of {expected}")
    return found


def mixed_complaints(world: World, route: Route, method: str) -> list[str]:
    """The administrator of both tenants, with one tenant in the URL and the other's row."""
    admin = world.admins[ADMINISTRATOR]
    own = route.kwargs(world.sides["own"], admin)
    other = route.kwargs(world.sides["sibling"], admin)
    found = []
    for name in set(own) - {"tenant_id", "organization_id", "step"}:
        url = reverse(route.name, kwargs={**own, name: other[name]})
        with undone():
            answer = got(world.client(ADMINISTRATOR), method, url)
        if answer != "404":
            found.append(f"{method} {route} with another tenant's {name}: {answer}")
    return found


def written_by_get(world: World, route: Route, **headers: str) -> set[str]:
    """Tables that differ after a GET by somebody who may do everything."""
    url = route.url(world.own, world.admins[ADMINISTRATOR])
    client = world.client(ADMINISTRATOR)
    before = rows()
    assert client.get(url, headers=headers).status_code in (200, 302)
    after = rows()
    return {table for table in before if before[table] != after[table]}


def rows() -> dict[str, list[Any]]:
    """Every row of every table, by model."""
    found = {}
    for model in apps.get_models():
        label = model._meta.label
        if LEFT_OUT.get(label) == ():
            continue
        kept = [
            each.attname
            for each in model._meta.concrete_fields
            if each.attname not in LEFT_OUT.get(label, ())
        ]
        found[label] = list(model._base_manager.order_by("pk").values_list(*kept))
    return found


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
