#!/usr/bin/env python
"""Django's command line: `python manage.py help`."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotpc.settings")
    if sys.argv[1:2] in (["demo"], ["emulator"]):
        # They bring their own secrets, or need none, so they start without production's.
        os.environ.setdefault("SPOTPC_DEVELOPMENT", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
