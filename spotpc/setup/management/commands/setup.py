from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from spotpc.setup.apply import apply
from spotpc.setup.describe import BadSetup, read
from tenants.models import Admin


class Command(BaseCommand):
    help = "Puts an organization, its admins and its tenants into the portal from a TOML file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            setup = read(options["file"])
            new = apply(setup, self._password(setup))
        except BadSetup as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{len(setup['tenants'])} tenants are set up; workers read them now.")
        if new:
            self.stdout.write(f"New: {', '.join(new)}. Ask them to change the first password.")

    def _password(self, setup: dict[str, Any]) -> str:
        """The first password of admins that are new; asked for only if there are any."""
        emails = [row["email"] for row in setup["admins"]]
        if all(Admin.objects.filter(email__iexact=email).exists() for email in emails):
            return ""
        given = os.environ.get("SPOTPC_ADMIN_PASSWORD") or getpass.getpass(
            "First password of the new admins: "
        )
        try:
            validate_password(given)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        return given
