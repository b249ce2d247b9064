"""A build and a seal whose worker dies at every single write."""

from __future__ import annotations

from itertools import count

from images import services
from images.models import ImageVersion
from images.versions import parse
from spotpc.jobs.services import latest_job
from tests.crash.conftest import Workers
from tests.scene import Scene

def test_first(scene: Scene, workers: Workers) -> None:
    import time
    for n in range(1, 6):
        t=time.monotonic()
        version = services.create_version(scene.admin, scene.image_set, parse(f"0.1.{n}"), scene.version("0.0.1"), "")
        job = latest_job(version)
        k = workers.run(job, n, "before")
        k2 = workers.run(job, 1, "after")
        workers.run(job)
        job.refresh_from_db()
        print(n, k, k2, job.state, time.monotonic()-t)
        t=time.monotonic()
        job = services.seal(scene.admin, version)
        k = workers.run(job, n, "before")
        k2 = workers.run(job, 1, "after")
        workers.run(job)
        job.refresh_from_db()
        print(n, k, k2, job.state, time.monotonic()-t)
    assert 0
