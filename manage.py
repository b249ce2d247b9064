#!/usr/bin/env python
"""Django's command line: `python manage.py help`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotpc.settings")
    if sys.argv[1:2] in (["demo"], ["emulator"]):
        # They bring their own secrets, or need none, so they start without production's.
        os.environ.setdefault("SPOTPC_DEVELOPMENT", "1")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Spot PC is not configured: {error}")


if __name__ == "__main__":
    main()
