"""Ctrl-C for the demo alone.

A terminal sends it to every process of its foreground group. Under `make demo` make is one of
them, and would end with 130 however cleanly the demo stops. So the demo moves to a group of its
own, puts that into the foreground, and gives the terminal back at the end.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDIN = 0


@contextmanager
def to_ourselves() -> Iterator[None]:
    """Does nothing without a terminal, in the background, and where we lead the group anyway."""
    before = _foreground()
    if before != os.getpgrp() or before == os.getpid():
        yield
        return
    os.setpgid(0, 0)
    _put_forward(os.getpid())
    # Ctrl-Z would stop us alone: the shell waits for make, which runs, and never asks for the next
    # command. A handler, because the children would inherit that a signal is ignored.
    signal.signal(signal.SIGTSTP, lambda *_: None)
    try:
        yield
    finally:
        if _foreground() == os.getpid():
            with suppress(OSError):  # whoever had it has ended
                _put_forward(before)


def _foreground() -> int:
    """The terminal's foreground group; 0 if there is no terminal, or not any more."""
    try:
        return os.tcgetpgrp(STDIN)
    except OSError:
        return 0


def _put_forward(group: int) -> None:
    """A group in the background that does this is stopped by SIGTTOU, unless it ignores that."""
    handler = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        os.tcsetpgrp(STDIN, group)
    finally:
        signal.signal(signal.SIGTTOU, handler)
