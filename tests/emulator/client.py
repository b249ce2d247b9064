"""What the emulator's tests share: a small client, and waiting on conditions."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from spotpc.emulator.server import Emulator

SUBSCRIPTION = "5b1c2f7e-0000-4000-8000-000000000001"
TENANT = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-one"
VERSIONS = {
    "microsoft.compute": "2026-04-01",
    "microsoft.network": "2026-03-01",
    "microsoft.desktopvirtualization": "2024-04-03",
}

Seen = TypeVar("Seen")


@dataclass
class Client:
    """ARM and the control plane of one emulator, in few words."""

    url: str
    ca_file: str
    home: Path
    http: httpx.Client
    running: Emulator | None = None
    token: str = ""

    @property
    def emulator(self) -> Emulator:
        """The server itself, where it runs in this process."""
        assert self.running is not None
        return self.running

    def login(self, secret: str = "secret", client_id: str = "app") -> httpx.Response:
        answer = self.http.post(
            f"/{TENANT}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": secret,
                "scope": "https://management.azure.com/.default",
            },
        )
        if answer.is_success:
            self.token = answer.json()["access_token"]
        return answer

    def arm(self, method: str, path: str, body: Any = None, **query: str) -> httpx.Response:
        """Adds the token and an api-version; `path` may be relative to the default group."""
        if not path.startswith(("/", "https:")):
            path = f"{GROUP}/providers/{path}"
        if "api-version" not in path:
            namespace = path.lower().rpartition("/providers/")[2].partition("/")[0]
            query.setdefault("api-version", VERSIONS.get(namespace, "2024-03-01"))
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(method, path, json=body, params=query or None, headers=headers)

    def control(self, method: str, name: str, body: Any = None, **query: str) -> httpx.Response:
        return self.http.request(method, f"/emulator/{name}", json=body, params=query)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", "state").json()
        return found

    def wait(self, answer: httpx.Response, seconds: float = 20) -> dict[str, Any]:
        """Follows a long-running answer to its end; returns the operation's body."""
        assert answer.status_code in (200, 201, 202), answer.text
        url = answer.headers["Azure-AsyncOperation"]

        def look() -> dict[str, Any]:
            operation: dict[str, Any] = self.arm("GET", url).json()
            return operation

        return until(look, lambda operation: operation["status"] != "InProgress", seconds)

    def group(self, name: str = "rg-one") -> None:
        path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
        assert self.arm("PUT", path, {"location": "westeurope"}).is_success


def until(look: Callable[[], Seen], good: Callable[[Seen], bool], seconds: float = 20) -> Seen:
    """Polls `look` until `good` of it; a failure shows what was seen last."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.02)


def open_client(emulator: Emulator, home: Path) -> Client:
    return connect(emulator.url, str(emulator.ca_file), home, emulator)


def connect(url: str, ca_file: str, home: Path, emulator: Emulator | None = None) -> Client:
    verify = ssl.create_default_context(cafile=ca_file)
    http = httpx.Client(base_url=url, verify=verify, timeout=30)
    client = Client(url, ca_file, home, http, emulator)
    client.login()
    return client
