"""A few lines of Resource Manager and Graph by hand: how the demo and tests furnish the emulator.

Not the product's door to Azure, on purpose: a second client that shares no code with it.
"""

from __future__ import annotations

import time
from typing import Any

import httpx

API_VERSIONS = {
    "microsoft.resources": "2021-04-01",
    "microsoft.network": "2024-05-01",
    "microsoft.compute/galleries": "2024-03-03",
    "microsoft.compute/disks": "2024-03-02",
    "microsoft.compute": "2024-07-01",
    "microsoft.desktopvirtualization": "2024-04-03",
}
PATIENCE = 60  # seconds that one operation may take; the emulator runs fast while it is furnished


class Arm:
    """One service principal's calls to one subscription."""

    def __init__(self, url: str, ca_file: str, tenant_id: str, subscription_id: str) -> None:
        self.subscription = f"/subscriptions/{subscription_id}"
        self._http = httpx.Client(base_url=url, verify=_trust(ca_file), timeout=30)
        self.tenant_id = tenant_id

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request. Raises httpx.HTTPStatusError with Azure's text if it is refused."""
        if "authorization" not in self._http.headers:
            token = self._token("https://management.azure.com/.default")
            self._http.headers["authorization"] = f"Bearer {token}"
        response = self._http.request(
            method, path, params={"api-version": _api_version(path)}, json=body
        )
        return _accepted(response)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """PUT and wait until it is there."""
        return self._settled(path, self.call("PUT", path, body))

    def post(self, path: str, body: Any = None) -> None:
        """POST an action and wait until it is over."""
        self._finish(self.call("POST", path, body))

    def remove(self, path: str) -> None:
        """DELETE and wait until it is gone."""
        self._finish(self.call("DELETE", path))

    def get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.call("GET", path).json()
        return answer

    def graph(self, method: str, path: str, body: Any = None) -> Any:
        """One request to Microsoft Graph v1.0; what it answers, if anything."""
        token = self._token("https://graph.microsoft.com/.default")
        headers = {"authorization": f"Bearer {token}"}
        response = self._http.request(method, f"/v1.0{path}", json=body, headers=headers)
        return _accepted(response).json() if response.content else None

    def group(self, name: str) -> str:
        return f"{self.subscription}/resourceGroups/{name}"

    def _settled(self, path: str, response: httpx.Response) -> dict[str, Any]:
        self._finish(response)
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.get(path)
            state = found.get("properties", {}).get("provisioningState", "Succeeded")
            if state == "Succeeded":
                return found
            if state in ("Failed", "Canceled") or time.monotonic() > deadline:
                raise RuntimeError(f"{path} is {state}")

    def _finish(self, response: httpx.Response) -> None:
        operation = response.headers.get("azure-asyncoperation")
        deadline = time.monotonic() + PATIENCE
        while operation:
            status = self._http.get(operation).json()
            if status["status"] == "Succeeded":
                return
            if status["status"] in ("Failed", "Canceled") or time.monotonic() > deadline:
                raise RuntimeError(f"{response.request.url}: {status}")

    def _token(self, scope: str) -> str:
        response = self._http.post(
            f"/{self.tenant_id}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": "furnishing",
                "client_secret": "furnishing",
                "scope": scope,
            },
        )
        token: str = response.raise_for_status().json()["access_token"]
        return token


class Control:
    """The emulator's own control plane."""

    def __init__(self, url: str, ca_file: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/emulator", verify=_trust(ca_file), timeout=30)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()

    def post(self, path: str, /, **body: Any) -> httpx.Response:
        return self._http.post(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self._http.delete(path)


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        request = response.request
        message = f"{request.method} {request.url}: {response.status_code} {response.text}"
        raise httpx.HTTPStatusError(message, request=request, response=response)
    return response


def _trust(ca_file: str) -> Any:
    import ssl

    return ssl.create_default_context(cafile=ca_file)


def _api_version(path: str) -> str:
    provider = path.rpartition("/providers/")[2].casefold()
    for prefix, version in API_VERSIONS.items():
        if provider.startswith(prefix):
            return version
    return API_VERSIONS["microsoft.resources"]
