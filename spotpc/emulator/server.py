"""The server: one TLS listener on loopback, one thread, one request at a time."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import certificates, control, entra, faults, ids, providers
from .graph import entry as graph
from .router import Call, dispatch
from .wire import Answer, ArmError, common_headers
from .world import Json, World

_METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]


class _Protocol(H11Protocol):
    """Remembers each client's connection, so that a fault can cut it."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            self.transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client:
            self.transports.pop(self.client, None)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """A TLS client that keeps its connection open must not hold up the end.

        Not closed first: asyncio's TLS transport ignores an abort after a second close, and the
        keep-alive timeout has been the first.
        """
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


class Emulator:
    """One emulator on one state folder. `run` blocks; `start` and `stop` use a thread."""

    def __init__(
        self, home: Path, port: int = 0, speed: float | None = None, page_size: int = 100
    ) -> None:
        self.ca_file, self._certificate = certificates.ensure(home)
        self.world = World(home, speed, page_size)
        providers.load()
        # The protocol is named because asyncio sets TCP_NODELAY only then; else each answer to a
        # kept connection waits 40 ms for an acknowledgement.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread: threading.Thread | None = None
        self._server: _Server | None = None

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        config = uvicorn.Config(
            _app(self.world),
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            ssl_certfile=str(self._certificate),
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config, ready)
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self.world.close()

    def start(self) -> Emulator:
        ready = threading.Event()
        self._thread = threading.Thread(target=self.run, args=(ready.set,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise TimeoutError("the emulator did not start")
        return self

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(10)


def serve(home: Path, port: int, speed: float | None = None, page_size: int = 100) -> None:
    """Runs until SIGTERM or Ctrl-C. OSError if the port is taken."""
    emulator = Emulator(home, port, speed, page_size)
    # uvicorn stops on both signals and then raises them again, for whoever listened before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def listening() -> None:
        sys.stdout.write(f"Emulator: {emulator.url} (CA {emulator.ca_file})\n")
        sys.stdout.flush()

    emulator.run(listening)


def _app(world: World) -> Starlette:
    async def emulator(request: Request) -> Response:
        return await _control(world, request)

    async def azure(request: Request) -> Response:
        return await _azure(world, request)

    return Starlette(
        routes=[
            Route("/emulator/{name:path}", emulator, methods=_METHODS),
            Route("/{path:path}", azure, methods=_METHODS),
        ]
    )


async def _control(world: World, request: Request) -> Response:
    raw = await request.body()
    world.settle()
    body = _json(raw)
    if body is None:
        answer = control.refuse(400, "the body must be a JSON object")
    else:
        name = request.path_params["name"]
        answer = control.handle(world, request.method, name, body, dict(request.query_params))
    world.commit()
    return _response(answer, {})


async def _azure(world: World, request: Request) -> Response:
    """One request to Azure: faults, the answer, the journal, and only then the wire."""
    raw = await request.body()
    world.settle()
    path = request.scope["raw_path"].decode().partition("?")[0]
    call = _call(world, request, path, raw)
    fault = faults.take(call)
    if fault and fault.delay:
        await asyncio.sleep(fault.delay)
        world.settle()
    trouble = fault.answer if fault else None
    if fault and trouble and fault.after:
        _answer(call, request, raw)
    answer = trouble or _answer(call, request, raw)
    version = graph.version_of(path) or call.api_version
    world.record(request.method, path, version or None, answer.status)
    world.commit()
    if answer.dropped:
        await _cut(request)
    if graph.version_of(path):
        return _response(answer, graph.common_headers(request.headers))
    correlation = request.headers.get("x-ms-correlation-request-id")
    return _response(answer, common_headers(request.method, correlation))


def _call(world: World, request: Request, path: str, raw: bytes) -> Call:
    base_url = f"https://{request.headers.get('host', '127.0.0.1')}"
    query = dict(request.query_params)
    return Call(world, request.method, base_url, ids.parse(path), query, _json(raw) or {})


def _answer(call: Call, request: Request, raw: bytes) -> Answer:
    """Graph's paths begin with its version, Entra's are `/{tenant}/…`; everything else is Azure
    Resource Manager."""
    if graph.version_of(call.path.path):
        readable = _json(raw) is not None
        path = request.scope["raw_path"].decode().partition("?")[0]
        return graph.answer(call, path, request.headers, readable=readable)
    segments = call.path.path.strip("/").split("/")
    tail = "/".join(segments[1:]).lower()
    if tail == "v2.0/.well-known/openid-configuration":
        return entra.openid_configuration(call.base_url, segments[0])
    if tail == "oauth2/v2.0/token" and call.method == "POST":
        return entra.token(call.world, segments[0], dict(parse_qsl(raw.decode())))
    try:
        if call.path.path.lower() != "/metadata/endpoints":
            call.claims = entra.check(call.world, request.headers.get("authorization", ""))
            entra.check_tenant(call.world, call.path.subscription, call.claims)
        if raw and _json(raw) is None:
            raise ArmError(
                400,
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized.",
            )
        return dispatch(call)
    except ArmError as error:
        return error.answer()


def _json(raw: bytes) -> Json | None:
    """The body as an object; {} of an empty one, None of anything else."""
    try:
        value = json.loads(raw) if raw.strip() else {}
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


async def _cut(request: Request) -> None:
    client = request.scope["client"]
    transport = _Protocol.transports.get((client[0], client[1])) if client else None
    if transport:
        transport.abort()
        await asyncio.sleep(0)


def _response(answer: Answer, headers: dict[str, str]) -> Response:
    headers = {**headers, **answer.headers}
    if answer.body is None:
        return Response(status_code=answer.status or 500, headers=headers)
    headers.setdefault("Content-Type", "application/json; charset=utf-8")
    content = json.dumps(answer.body, ensure_ascii=False).encode()
    return Response(content, status_code=answer.status, headers=headers)
