"""Makes a lab host ready for ``inside_unprivileged``; run as root in it."""

from __future__ import annotations

import time

from tests.contract import real_world
from tests.contract.units import OK, SOCKET_LOOPS, SOCKET_LOOPS_SERVICE


def main() -> None:
    """Start what shall run, and drive one socket into its start limit."""
    real_world.installed()
    real_world.systemctl("start", OK.name)
    real_world.systemctl("start", SOCKET_LOOPS_SERVICE.name, check=False)
    limit = time.monotonic() + 10
    while "limit-hit" not in real_world.systemctl("show", "--property=Result", SOCKET_LOOPS.name):
        assert time.monotonic() < limit, "the start limit is not reached"
        time.sleep(0.05)


if __name__ == "__main__":
    main()
