"""A polkit agent on the terminal while a verb runs, so that polkit can ask for a password."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager

from dockerctl.host.programs import end_program, find_program, start_program

# pkttyagent closes the descriptor once it is registered (pkttyagent(1), --notify-fd).
REGISTER_S = 5.0
END_S = 2.0


@contextmanager
def polkit_agent() -> Iterator[None]:
    """Run pkttyagent for this process; without the program polkit simply cannot ask.

    Without --fallback: with it polkit never asks a user who has no session of logind.
    """
    path = find_program("pkttyagent")
    if path is None:
        yield
        return
    reader, writer = os.pipe()
    try:
        # If we are killed, the kernel ends the agent: it would go on reading from the terminal.
        agent = start_program(
            "setpriv",
            [
                *("--pdeathsig", "TERM", "--", path),
                *("--process", str(os.getpid()), "--notify-fd", str(writer)),
            ],
            pass_fds=(writer,),
            extra={"TERM": os.environ.get("TERM", "dumb")},
        )
    finally:
        os.close(writer)
    try:
        select.select([reader], [], [], REGISTER_S)
        yield
    finally:
        os.close(reader)
        end_program(agent, END_S)
