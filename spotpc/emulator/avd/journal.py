"""What happened to users, for tests and the demo to read: messages shown, and sessions ended."""

from __future__ import annotations

from .. import ids
from ..world import Json, Resource, World


def told(world: World, session: Resource, title: str, text: str) -> None:
    _append(world, "messages", {**_who(world, session), "title": title, "body": text})


def mailed(world: World, *, sender: str, user: str, title: str, text: str) -> None:
    """`user` is the recipient's address."""
    told = {"time": world.timestamp, "kind": "mail", "user": user, "from": sender}
    _append(world, "messages", {**told, "title": title, "body": text})


def signed_out(world: World, session: Resource, *, via: str, forced: bool = False) -> None:
    """`via`: session-delete, host-delete, vm-stopped, vm-restarted, vm-removed. A user who signs
    off by himself is not recorded."""
    _append(world, "signouts", {**_who(world, session), "via": via, "forced": forced})


def entries(world: World, kind: str) -> list[Json]:
    return world.documents(kind).values()


def _who(world: World, session: Resource) -> Json:
    host = ids.parent_of(session.id)
    return {
        "time": world.timestamp,
        "user": session.properties["userPrincipalName"],
        "sessionHost": ids.name_of(host),
        "hostPool": ids.name_of(ids.parent_of(host)),
        "sessionId": session.name,
        "sessionState": session.properties["sessionState"],
    }


def _append(world: World, kind: str, entry: Json) -> None:
    documents = world.documents(kind)
    documents.save(f"{len(documents.items()):09}", entry)
