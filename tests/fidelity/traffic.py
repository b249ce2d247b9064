"""Every body that crosses the wire between the product (or its furnishing) and the emulator."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from images import services as images
from spotgroups import services as spotgroups
from spotgroups.services import Choices
from spotpc.emulator import ids, server
from spotpc.emulator.graph import entry
from spotpc.emulator.ids import ArmPath
from spotpc.emulator.world import World
from spotpc.jobs.models import Job
from spotpc.jobs.services import latest_job
from tenants.sync import sync_tenant
from tests.scene import Scene, describe_jobs, finish, furnished
from tests.steps.test_image_build import build

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `sent` and `answered` are JSON, None where there was none."""

    method: str
    path: str
    query: dict[str, str]
    sent: Any
    status: int
    answered: Any

    @property
    def arm(self) -> ArmPath:
        return ids.parse(self.path)

    @property
    def kind(self) -> str:
        """The type path in small letters, with `/*` where one resource of it is named."""
        return self.arm.type_path.lower() + ("/*" if self.arm.item else "")

    @property
    def graph(self) -> str:
        """Microsoft Graph's version, `v1.0` or `beta`; empty for everybody else."""
        return entry.version_of(self.path)

    @property
    def well(self) -> bool:
        return self.status < 400


class Recorder:
    """ASGI around ASGI: the server neither knows nor changes."""

    def __init__(self, app: Any, kept: list[Exchange]) -> None:
        self._app, self._kept = app, kept

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        sent, answered, status = bytearray(), bytearray(), [0]

        async def receiving() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            status[0] = message.get("status", status[0])
            answered.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receiving, sending)
        path = unquote(scope["path"])
        if not path.startswith("/emulator/"):
            query = dict(parse_qsl(scope["query_string"].decode()))
            one = Exchange(scope["method"], path, query, _json(sent), status[0], _json(answered))
            self._kept.append(one)


def _json(raw: bytes | bytearray) -> Any:
    """None of an empty body, and of Entra's form."""
    return json.loads(raw) if raw[:1] in (b"{", b"[") else None


def record(home: Path) -> list[Exchange]:
    """A customer furnished, an image built, sealed twice (the first sysprep fails) and rolled out,
    with users who are warned and signed out."""
    kept: list[Exchange] = []
    plain = server._app

    def recorded(world: World) -> Any:
        return Recorder(plain(world), kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_app", recorded)
        with furnished(home) as scene:
            _build_and_seal(scene)
            _roll_out(scene)
    return distinct(kept)


def _build_and_seal(scene: Scene) -> None:
    version = build(scene)
    scene.control.post("/behaviours", kind="sysprep-fails", match={})
    failed = finish(images.seal(scene.admin, version))
    assert failed.state == Job.State.FAILED, describe_jobs()
    scene.control.delete("/behaviours")
    sealed = finish(images.seal(scene.admin, version))
    assert sealed.state == Job.State.SUCCEEDED, describe_jobs()


def _roll_out(scene: Scene) -> None:
    scene.logon("ann")
    scene.logon("bob")
    scene.control.post("/disconnect", user="bob@test.example")
    assert sync_tenant(scene.tenant.pk)
    choices = Choices(method="immediate", warning_minutes=0)
    update = spotgroups.start_update(scene.admin, scene.group, scene.version("0.0.1"), choices)
    job = latest_job(update)
    assert job is not None
    assert finish(job).state == Job.State.SUCCEEDED, describe_jobs()


def distinct(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Polls repeat themselves: one of each kind, query, status and pair of bodies."""
    found = {
        json.dumps([one.method, one.path, one.status, one.sent, one.answered], sort_keys=True): one
        for one in exchanges
    }
    return list(found.values())


def save(exchanges: list[Exchange], file: Path) -> None:
    file.write_text(json.dumps([asdict(one) for one in exchanges]), encoding="utf-8")


def load(file: Path) -> list[Exchange]:
    return [Exchange(**one) for one in json.loads(file.read_text(encoding="utf-8"))]


def put_in(body: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a body with one thing in it changed: what the negative controls do."""
    changed: Any = json.loads(json.dumps(body))
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return changed
