"""Microsoft Graph and its control plane of one emulator, in few words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from .client import TENANT, Client

SCOPE = "https://graph.microsoft.com/.default"


@dataclass
class GraphClient:
    client: Client
    token: str
    tenant: str = TENANT

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        version: str = "v1.0",
    ) -> httpx.Response:
        """`path` below the version, with its query; an absolute URL goes as it is."""
        url = path if path.startswith("https:") else f"/{version}{path}"
        own = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.client.http.request(method, url, json=body, headers=own)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        answer = self.ask("GET", path, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def values(self, path: str, headers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Every object of a list, over all its pages."""
        found: list[dict[str, Any]] = []
        while path:
            page = self.get(path, headers)
            found += page["value"]
            path = page.get("@odata.nextLink", "")
        return found

    def add(self, **asked: Any) -> dict[str, Any]:
        """`POST /emulator/directory`: the ids by name."""
        answer = self.client.control("POST", "directory", {"tenant": self.tenant, **asked})
        assert answer.status_code == 200, answer.text
        ids: dict[str, Any] = answer.json()
        return ids

    def held(self, kind: str) -> list[dict[str, Any]]:
        """What the emulator holds of that kind in this tenant: `body` and `inner`."""
        return [
            each
            for each in self.client.state()["graph"]
            if (each["kind"], each["tenant"]) == (kind, self.tenant)
        ]


def graph(client: Client, *, client_id: str = "graph-app", tenant: str = TENANT) -> GraphClient:
    """A client with a token for Graph; the application has every role unless it is registered."""
    return GraphClient(client, token(client, client_id=client_id, tenant=tenant), tenant)


def token(client: Client, *, client_id: str, tenant: str = TENANT, scope: str = SCOPE) -> str:
    answer = client.http.post(
        f"/{tenant}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": "secret",
            "scope": scope,
        },
    )
    assert answer.is_success, answer.text
    return str(answer.json()["access_token"])


def with_roles(client: Client, *roles: str) -> GraphClient:
    """An application with just these roles."""
    body = {"clientId": "limited", "secret": "secret", "roles": list(roles)}
    assert client.control("POST", "apps", body).is_success
    return graph(client, client_id="limited")


def refusal(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "innerError"}
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    return answer.status_code, str(error["code"])
