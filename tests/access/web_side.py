"""Be the web server for a while, then say which SDK modules that has loaded.

A program of its own, run by test_no_sdk_in_web.py: in a test process others have imported them.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

SDKS = ("azure.mgmt", "azure.identity", "azure.core", "msgraph", "msal", "kiota_abstractions")


def main(then_import: list[str]) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.SECURE_SSL_REDIRECT = False
    importlib.import_module("spotpc.wsgi")
    call_command("migrate", verbosity=0)

    from tests.access import world as worlds

    world = worlds.build()
    client = world.client(worlds.ADMINISTRATOR)
    answers = [*look_everywhere(world, client), *work(world, client)]
    for name in then_import:
        importlib.import_module(name)
    loaded = sorted(name for name in sys.modules if name.startswith(SDKS))
    print(json.dumps({"answers": answers, "jobs": jobs(), "loaded": loaded}))


def look_everywhere(world: Any, client: Any) -> list[int]:
    from tests.access.routes import ROUTES
    from tests.access.world import ADMINISTRATOR

    urls = [
        route.url(world.own, world.admins[ADMINISTRATOR])
        for route in ROUTES
        if route.get and route.name != "sign-in"
    ]
    return [client.get(url).status_code for url in urls]


def work(world: Any, client: Any) -> list[int]:
    """Through the pages: an update, a new version, a seal, a reading of Azure; then stop them."""
    from tests.access.routes import ROUTES
    from tests.access.world import ADMINISTRATOR

    admin = world.admins[ADMINISTRATOR]
    wanted = ("review", "notes", "tenant-refresh", "image-version-seal", "image-version-cancel")
    chosen = [route for each in wanted for route in ROUTES if each in (route.name, route.note)]
    return [
        client.post(route.url(world.own, admin), {"notes": "x"}).status_code for route in chosen
    ]


def jobs() -> list[str]:
    from spotpc.jobs.models import Job

    return sorted(set(Job.objects.filter(state="queued").values_list("kind", flat=True)))


if __name__ == "__main__":
    main(sys.argv[1:])
