"""Ctrl-C, SIGTERM and a closed terminal, as something that can be waited for."""

from __future__ import annotations

import os
import select
import signal


class Stop:
    """Set for good by the first signal.

    A pipe, because a signal handler that takes a lock (`threading.Event` does) may find its own
    thread holding it.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        for number in self.SIGNALS:
            signal.signal(number, lambda *_: self.set())

    def set(self) -> None:
        os.write(self._write, b"!")

    def wait(self, seconds: float) -> bool:
        """Sleep, but not on when asked to stop; whether that was asked."""
        return bool(select.select([self._read], [], [], seconds)[0])

    def is_set(self) -> bool:
        return self.wait(0)
