"""Workers that die around a call of Graph, and what else goes wrong on the way to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from spotpc.azure import connect
from spotpc.azure.graph.windows365 import Windows365
from spotpc.jobs.models import Job
from tenants.connection import connection_for
from tests.scene import finish
from tests.w365.scene import Desks


class Killed(BaseException):
    """Nothing in a worker catches it, and nothing is written after it."""


def dies_once(patch: pytest.MonkeyPatch, method: str, when: str) -> Callable[[], int]:
    """The next call of this method of the facade kills its worker, `before` or `after` the request
    is answered. How often the method was called at all."""
    real = getattr(Windows365, method)
    calls: list[str] = []

    def deadly(self: Windows365, *given: Any) -> Any:
        calls.append(method)
        if len(calls) > 1:
            return real(self, *given)
        if when == "after":
            real(self, *given)
        raise Killed

    patch.setattr(Windows365, method, deadly)
    return lambda: len(calls)


def survive(job: Job, deaths: Callable[[], int]) -> Job:
    """Run until the worker dies, and let another one go on to the end."""
    with pytest.raises(Killed):
        finish(job)
    assert deaths() == 1
    long_ago = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(lease_until=long_ago, next_run_at=long_ago)
    return finish(job)


def fault(desks: Desks, **what: object) -> None:
    desks.scene.control._http.post("/faults", json=what).raise_for_status()


def throttle(desks: Desks, method: str, path: str, seconds: str = "1") -> None:
    error = {"code": "TooManyRequests", "message": "Please retry again later."}
    fault(desks, method=method, path=path, status=429, body={"error": error},
          headers={"Retry-After": seconds})  # fmt: skip


def behaviour(desks: Desks, kind: str, match: dict[str, str], **told: object) -> None:
    body = {"kind": kind, "match": match, **told}
    desks.scene.control._http.post("/behaviours", json=body).raise_for_status()


def register(desks: Desks, **app: object) -> None:
    """What the app is allowed from now on; tokens that are there are forgotten."""
    client = str(desks.tenant.credential.client_id)
    given = {"clientId": client, "secret": "demo-client-secret", **app}
    desks.scene.control._http.post("/apps", json=given).raise_for_status()
    connect.forget(connection_for(desks.tenant))


def writes(desks: Desks, part: str) -> list[str]:
    """Every write to Graph that it took, with that part in its path."""
    return [
        f"{each['method']} {each['path']}"
        for each in desks.scene.writes()
        if part.casefold() in each["path"].casefold() and 200 <= each["status"] < 300
    ]
