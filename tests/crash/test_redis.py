"""A real worker with beat on a real Redis: neither of them holds anything that an update needs."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from spotpc.demo.children import Child, python, redis_executable, stop_all
from spotpc.jobs.models import Job
from tenants.sync import sync_tenant
from tests.crash.conftest import worker_environment
from tests.crash.inventory import newest_request
from tests.crash.test_updates import assert_replaced, begin
from tests.scene import Scene, describe_jobs

SECONDS = 60


@dataclass
class Stack:
    redis: redis.Redis
    worker: Child

    def kill_worker(self) -> None:
        """With all its processes, as a power cut would; its supervisor starts it again."""
        self.worker._signal(signal.SIGKILL)
        assert self.worker.process is not None
        self.worker.process.wait()
        self.worker.start()


@pytest.fixture
def stack(scene: Scene, shared_database: str, tmp_path: Path) -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="spotpc-") as folder:
        socket_path = Path(folder) / "redis.sock"  # Unix allows no long ones
        command = [
            redis_executable(), "--port", "0", "--unixsocket", str(socket_path),
            "--save", "", "--appendonly", "no", "--dir", folder,
        ]  # fmt: skip
        server = Child("Redis", command, tmp_path / "redis.log", dict(os.environ))
        environment = {
            **worker_environment(scene, shared_database),
            "REDIS_URL": f"redis+socket://{socket_path}",
            "SPOTPC_DISPATCH_SECONDS": "1",
        }
        worker = Child(
            "Celery worker",
            python(
                "-m", "celery", "-A", "spotpc", "worker", "--beat", "--concurrency", "2",
                "--schedule", str(tmp_path / "beat"), "--loglevel", "INFO",
                "--without-gossip", "--without-mingle",
            ),
            tmp_path / "worker.log",
            environment,
        )  # fmt: skip
        children = [server, worker]
        try:
            server.start()
            wait_until(socket_path.exists, server)
            worker.start()
            yield Stack(redis.Redis(unix_socket_path=str(socket_path)), worker)
        finally:
            stop_all([child for child in children if child.process])


def wait_until(holds: Callable[[], bool], child: Child) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > deadline:
            log = child.log.read_text()[-3000:]
            raise AssertionError(f"Not within {SECONDS} s. {describe_jobs()}\n{log}")
        time.sleep(0.05)


def flush(stack: Stack) -> None:
    stack.redis.flushall()


def kill(stack: Stack) -> None:
    stack.kill_worker()


@pytest.mark.parametrize("trouble", [flush, kill])
def test_an_update_goes_on(scene: Scene, stack: Stack, trouble: Callable[[Stack], None]) -> None:
    assert sync_tenant(scene.tenant.pk)
    scene.logon("ann")
    old, since = scene.names("virtualMachines"), newest_request(scene)
    job = begin(scene, "immediate", "0.0.1")

    def building() -> bool:
        return bool(scene.names("virtualMachines") - old)

    def ended() -> bool:
        job.refresh_from_db()
        return not job.active

    wait_until(building, stack.worker)
    assert not ended()
    trouble(stack)
    wait_until(ended, stack.worker)
    assert job.state == Job.State.SUCCEEDED
    assert_replaced(scene, job, old, since)
