"""``python -m tests.demo``: show the main job on a lab host."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.bench.package import find_deb
from tests.demo.screen import Screen
from tests.demo.script import STEPS, Step
from tests.lab import images
from tests.lab.commands import Completed
from tests.lab.errors import LabError
from tests.lab.host import Host

SUITE = "bookworm"

# ECMA-48, "Control sequences": colours, and what the live line needs.
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class WrongTurn(Exception):
    """A step did not go as the script says."""


def main() -> int:
    """Exit code 0 when everything went as the script says, else 1."""
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    try:
        show(Screen(sys.stdout, color=color), on_terminal=color)
    except (LabError, WrongTurn) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def show(screen: Screen, *, on_terminal: bool) -> None:
    """Boot a host, go through the script, and take the host down however it ends."""
    deb = find_deb()
    screen.explain(f"A fresh {SUITE} host boots, with docker.io and {deb.name} installed.")
    with Host.boot(images.with_deb(images.image(SUITE), deb), docker="stopped") as host:
        for step in STEPS:
            if step.says:
                screen.explain(step.says)
            screen.typed(step.command)
            done = run(host, step, on_terminal=on_terminal)
            screen.output(done.out)
            screen.ended(done.returncode)
            check(step, done)


def run(host: Host, step: Step, *, on_terminal: bool) -> Completed:
    """Type a command; what it prints to stdout and stderr stands in ``out``, in its order."""
    shell = ["/bin/sh", "-c", step.command]
    if on_terminal:
        return host.run(shell, tty=True, env={"TERM": os.environ.get("TERM", "dumb")})
    process = host.popen(
        shell, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return process.finish()


def check(step: Step, done: Completed) -> None:
    """Raise WrongTurn unless the step ended as it has to."""
    if done.returncode != step.exit_code:
        raise WrongTurn(
            f"'{step.command}' ended with {done.returncode}, and {step.exit_code} was expected"
        )
    if step.shows not in _ESCAPES.sub("", done.out):
        raise WrongTurn(f"'{step.command}' did not say '{step.shows}'")


if __name__ == "__main__":
    sys.exit(main())
