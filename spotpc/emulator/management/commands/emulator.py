from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from spotpc.emulator.server import serve


class Command(BaseCommand):
    help = "Runs the Azure emulator alone, over TLS on 127.0.0.1."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--home", type=Path, required=True, help="folder of the state")
        parser.add_argument("--port", type=int, default=8443, help="0: any free one")
        parser.add_argument("--speed", type=float, help="1 is as Azure; default: as it was, or 1")
        parser.add_argument("--page-size", type=int, default=100, help="elements per list page")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["speed"] is not None and options["speed"] <= 0:
            raise CommandError("--speed must be above 0.")
        try:
            serve(options["home"], options["port"], options["speed"], options["page_size"])
        except OSError as error:
            raise CommandError(
                f"Cannot listen on 127.0.0.1:{options['port']}: {error.strerror}."
            ) from error
