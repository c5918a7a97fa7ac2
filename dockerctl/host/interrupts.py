"""Ctrl-C and SIGTERM as KeyboardInterrupt, raised only where it is not lost.

Python runs a signal's handler between any two instructions, also in a callback of C code such as
GLib's, which prints an exception and goes on as if nothing had been.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = (signal.SIGINT, signal.SIGTERM)
# After which time a signal that was lost is taken up again: the code that swallowed it has ended.
_AGAIN_S = 0.005


class Interrupts:
    """The process's handling of the two; there is one, ``INTERRUPTS``."""

    def __init__(self) -> None:
        # The last signal that came, for the exit code.
        self.last: int | None = None
        self._pending = False
        self._held = 0
        self._report_lost = sys.unraisablehook

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Inside, the signals raise KeyboardInterrupt, except those that the caller of this
        process has told it to ignore (as nohup(1) and a shell's background jobs do)."""
        before = {number: signal.getsignal(number) for number in _NUMBERS}
        mine = [number for number, how in before.items() if how not in (signal.SIG_IGN, None)]
        alarm = signal.signal(signal.SIGALRM, self._on_alarm)
        report, sys.unraisablehook = sys.unraisablehook, self._on_lost
        self._report_lost = report
        for number in mine:
            signal.signal(number, self._on_signal)
        try:
            yield
        finally:
            for number in mine:
                signal.signal(number, before[number])
            sys.unraisablehook = report
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarm)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, a signal only ends the wait of C code; KeyboardInterrupt comes afterwards."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._pending and not self._held:
                self._pending = False
                raise KeyboardInterrupt

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Inside, the signals are noted and otherwise without effect, also afterwards."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self._pending = False

    @contextmanager
    def deaf_to_hangup(self) -> Iterator[None]:
        """Inside, the end of the terminal does not end this process (SIGHUP)."""
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGHUP, before)

    def _on_lost(self, lost: sys.UnraisableHookArgs) -> None:
        """Python drops an exception that is raised in a destructor, such as those of gi: the
        signal is taken up again once that has ended."""
        if isinstance(lost.exc_value, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        else:
            self._report_lost(lost)

    def _on_alarm(self, _number: int, frame: object) -> None:
        if self.last is not None:
            self._on_signal(self.last, frame)

    def _on_signal(self, number: int, _frame: object) -> None:
        self.last = number
        if self._held:
            self._pending = True
            return
        raise KeyboardInterrupt


INTERRUPTS = Interrupts()
