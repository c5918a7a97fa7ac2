"""Waiting in GLib's main loop, so that Ctrl-C and SIGTERM are noticed at once and never lost."""

from __future__ import annotations

from typing import Any

from gi.repository import Gio, GLib

from dockerctl.host.interrupts import INTERRUPTS

# A signal ends a poll, except when it comes a moment before the poll begins.
_SLICE_S = 1.0


def iterate(context: GLib.MainContext, seconds: float) -> None:
    """Run the context until something is dispatched, a signal comes or ``seconds`` are over."""
    source = GLib.timeout_source_new(max(1, int(seconds * 1000)))
    source.set_callback(lambda *_: GLib.SOURCE_REMOVE)
    source.attach(context)
    try:
        with INTERRUPTS.held():
            context.iteration(True)
    finally:
        source.destroy()


def dispatch(context: GLib.MainContext) -> None:
    """Deliver what has arrived, without waiting."""
    with INTERRUPTS.held():
        while context.iteration(False):
            pass


def call(connection: Gio.DBusConnection, *arguments: Any) -> GLib.Variant:
    """``call_sync`` of GDBus without its last argument, and interruptible; raises GLib.Error.

    call_sync itself sits in C until the answer comes, for minutes where polkit asks a person.
    """
    answers: list[Gio.AsyncResult] = []
    connection.call(*arguments, None, lambda _, answer: answers.append(answer))
    context = GLib.MainContext.default()
    while not answers:
        iterate(context, _SLICE_S)
    with INTERRUPTS.held():
        return connection.call_finish(answers[0])
