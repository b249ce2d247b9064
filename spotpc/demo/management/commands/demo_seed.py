from __future__ import annotations

import argparse
import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

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
        self._empty_database()
        ca_file = settings.AZURE_CA_FILE or ""
        seed.furnish_azure(options["emulator"], ca_file, options["speed"], self.stdout.write)
        seed.furnish_portal(options["emulator"], ca_file, password)
        for tenant_id in due():
            sync_tenant(tenant_id)

    def _empty_database(self) -> None:
        """A first run starts from nothing, also where an earlier one was interrupted."""
        if Organization.objects.exclude(name=cast.ORGANIZATION).exists():
            raise CommandError("This database holds another portal; the demo leaves it alone.")
        call_command("flush", interactive=False, verbosity=0)

    def _set_password(self, password: str) -> None:
        admin = Admin.objects.filter(email=cast.ADMIN_EMAIL).first()
        if admin is None:
            raise CommandError("The demo's database is gone. Start anew with --reset (RESET=1).")
        if not admin.check_password(password):
            admin.set_password(password)
            admin.save(update_fields=["password"])
