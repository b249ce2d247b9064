"""A worker that dies on command: `python -m tests.crash.worker`, one order per line on stdin.

It loads Django and the SDKs once and forks for every order, so that a worker costs milliseconds
and every worker begins with nothing in memory. Where it dies is counted in writes to Azure, at the
SDKs' transport: below everything the product wrote, above the wire.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

# POST is how Azure reads these two.
READS = ("/getbastionshareablelinks", "/getshareablelinks", "/retrieveregistrationtoken")
# The second look at an empty host comes after 3 seconds even in a fast cloud; not in these tests.
SECOND_LOOK = timedelta(milliseconds=200)


@dataclass(frozen=True)
class Order:
    """Work on `job` until it has ended, or waits for something that begins with `until`.

    Dies by SIGKILL right before or right after the write number `write`; 0: never.
    """

    job: int
    write: int = 0
    when: str = "after"
    until: str = ""

    def line(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    import django

    django.setup()
    _load_everything()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if not pid:
            _work(order)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            _say({"killed": os.WTERMSIG(status) == signal.SIGKILL})
        elif status:
            sys.exit("A worker failed; what it said is above.")


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _load_everything() -> None:
    """What a fork should find in memory: the apps' steps, and all that they import late."""
    from azure import identity  # noqa: F401

    import tests.scene  # noqa: F401
    from spotpc.azure import avd, compute, gallery, network, operations, policies  # noqa: F401
    from spotpc.jobs.kinds import discover

    discover()


def _work(order: Order) -> None:
    from spotpc.jobs import sweeps
    from spotpc.jobs.models import Job
    from tests.scene import finish, run_jobs

    writes = _count_writes(order)
    _hasten()
    job = Job.objects.get(pk=order.job)
    sweeps.reap()  # as beat does: the lease of the one that died
    if order.until:

        def stopped() -> bool:
            job.refresh_from_db()
            return not job.active or job.waiting_for.startswith(order.until)

        run_jobs(stopped)
    else:
        finish(job)
    _say({"killed": False, "writes": len(writes)})


def _count_writes(order: Order) -> list[str]:
    from azure.core.pipeline.transport import RequestsTransport

    send, writes = RequestsTransport.send, list[str]()

    def counted(transport: Any, request: Any, **options: Any) -> Any:
        path = urlsplit(request.url).path.lower()
        if request.method in ("GET", "HEAD") or "/subscriptions/" not in path:
            return send(transport, request, **options)
        if path.endswith(READS):
            return send(transport, request, **options)
        writes.append(f"{request.method} {path}")
        _die_if(order, "before", len(writes))
        answer = send(transport, request, **options)
        _die_if(order, "after", len(writes))
        return answer

    RequestsTransport.send = counted
    return writes


def _die_if(order: Order, when: str, write: int) -> None:
    if (order.write, order.when) == (write, when):
        os.kill(os.getpid(), signal.SIGKILL)


def _hasten() -> None:
    from spotgroups.desired import desired_of

    def hasty(*arguments: Any, **more: Any) -> Any:
        return replace(desired_of(*arguments, **more), idle_confirm=SECOND_LOOK)

    patch("spotgroups.steps.desired_of", hasty).start()


if __name__ == "__main__":
    main()
