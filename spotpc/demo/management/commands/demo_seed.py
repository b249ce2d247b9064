from __future__ import annotations

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from spotpc.demo import cast, seed
from tenants.models import Admin, Organization
from tenants.sync import due, sync_tenant


class Command(BaseCommand):
    help = "Furnishes the emulator and the portal; called by `demo`."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--emulator", default="")
        parser.add_argument("--speed", type=float, default=60)
        parser.add_argument("--password-only", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ["SPOTPC_DEMO_PASSWORD"]
        if options["password_only"]:
            self._set_password(password)
            return
        ca_file = settings.AZURE_CA_FILE or ""
        seed.furnish_azure(options["emulator"], ca_file, options["speed"], self.stdout.write)
        if not Organization.objects.exists():  # a first run that was interrupted got this far
            seed.furnish_portal(options["emulator"], ca_file, password)
        for tenant_id in due():
            sync_tenant(tenant_id)

    def _set_password(self, password: str) -> None:
        admin = Admin.objects.filter(email=cast.ADMIN_EMAIL).first()
        if admin is not None and not admin.check_password(password):
            admin.set_password(password)
            admin.save(update_fields=["password"])
