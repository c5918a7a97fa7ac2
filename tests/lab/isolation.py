"""The commands outside that put a process into namespaces of its own, or into a control group."""

from collections.abc import Sequence
from pathlib import Path


def isolated(command: Sequence[str], namespaces: Sequence[str]) -> list[str]:
    """``command`` as process 1 of a pid namespace, in more ``namespaces`` of unshare(1).

    It is killed when the thread that starts it ends, however that happens, and its children and
    mounts end with it.
    """
    ends_with_us = ["setpriv", "--pdeathsig=KILL", "--"]
    unshare = ["unshare", "--pid", *(f"--{name}" for name in namespaces), "--propagation=private"]
    return [*ends_with_us, *unshare, "--fork", "--kill-child=KILL", "--", *command]


def in_cgroup(command: Sequence[str], cgroup: Path) -> list[str]:
    """``command`` in a control group from its first moment.

    By a shell: to run code of ours between fork and exec is not safe in a program with threads.
    """
    script = 'echo 0 >"$0" && exec "$@"'
    return ["/bin/sh", "-c", script, str(cgroup / "cgroup.procs"), *command]
