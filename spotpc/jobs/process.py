"""Which process holds a lease, and whether it is certain that it is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def _home() -> str:
    """This host, and on Linux its process-id namespace: containers may share a host's name."""
    namespace = Path("/proc/self/ns/pid")
    inode = namespace.stat().st_ino if namespace.exists() else 0
    return f"{socket.gethostname()}/{inode}"


def this_process() -> str:
    return f"{_home()}:{os.getpid()}"


def is_gone(owner: str) -> bool:
    """True only with proof: a process of this very host that does not exist any more.

    A process elsewhere, or a number that was given to another process, is waited for instead.
    """
    home, _, pid = owner.rpartition(":")
    if home != _home() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
