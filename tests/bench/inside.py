"""The measuring program. It runs inside the host and needs the standard library only.

    python3 -I inside.py <plan.json >results.json

The plan names commands and numbers of rounds; see ``plan.py``. A round runs each command once, one
after the other, so that whatever else the machine does meets all of them alike. How far it is goes
to stderr.

- Time is wall time from just before the spawn until the process was waited for.
- Peak memory comes from runs of its own. What wait4(2) reports for a child never lies below the
  size of the process that spawned it (execve(2) keeps the figure), and this program is larger than
  systemctl. So dash starts the command and ends, and the orphan comes to us as its subreaper
  (prctl(2)): its figure is its own, or that of the largest child that it has waited for.
- The lag of a start is measured by a process of its own, the observer: see ``observe``.
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from typing import Any

# Nothing of the caller's may decide what is measured.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
UNITS = ["docker.socket", "docker.service"]
API_SOCKET = "/run/docker.sock"
# systemd makes this link when it starts the service, just before its first process, and removes it
# when the service is down (systemd: src/core/unit.c, unit_export_state_files).
STARTED = "/run/systemd/units/invocation:docker.service"
PING = b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
LONGEST_S = 120.0
PR_SET_CHILD_SUBREAPER = 36

Command = dict[str, Any]


def main() -> int:
    """Carry out the plan that stdin holds; returns the exit code."""
    plan = json.load(sys.stdin)
    become_subreaper()
    results: dict[str, dict[str, list[float]]] = {
        command["name"]: {"seconds": [], "peak_kib": [], "lag_seconds": []}
        for command in [*plan["looks"], *plan["starts"]]
    }
    for number in range(plan["memory_rounds"]):
        say("peak memory", number, plan["memory_rounds"])
        make_stopped()
        for command in plan["starts"]:
            results[command["name"]]["peak_kib"].append(peak_kib(command))
            make_stopped()
        run(["systemctl", "start", "docker.service"])
        for command in plan["looks"]:
            results[command["name"]]["peak_kib"].append(peak_kib(command))
    for number in range(plan["look_rounds"]):
        say("is-active and status", number, plan["look_rounds"])
        for command in plan["looks"]:
            results[command["name"]]["seconds"].append(timed(command)[0])
    make_stopped()
    for number in range(plan["start_rounds"]):
        say("start", number, plan["start_rounds"])
        for command in plan["starts"]:
            seconds, lag_seconds = observed(command)
            results[command["name"]]["seconds"].append(seconds)
            results[command["name"]]["lag_seconds"].append(lag_seconds)
            make_stopped()
    json.dump({"results": results, "versions": versions()}, sys.stdout)
    return 0


def timed(command: Command) -> tuple[float, float]:
    """Run a command: how many seconds it took, and when it had ended."""
    argv = command["argv"]
    began = time.perf_counter()
    pid = spawn(argv)
    _, status, _ = os.wait4(pid, 0)
    ended = time.perf_counter()
    check(argv, status)
    return ended - began, ended


def peak_kib(command: Command) -> float:
    """Run a command: the most memory (KiB) that it, or a child of it, had resident."""
    argv = command["argv"]
    shell = spawn(["/bin/sh", "-c", '"$@" &', "sh", *argv])
    statuses: dict[int, tuple[int, float]] = {}
    while len(statuses) < 2:
        pid, status, usage = os.wait4(-1, 0)
        statuses[pid] = status, usage.ru_maxrss
    del statuses[shell]
    ((status, peak),) = statuses.values()
    check(argv, status)
    return peak


def observed(command: Command) -> tuple[float, float]:
    """Run a start: its seconds, and the seconds from the first answered ping to its end."""
    reader, writer = os.pipe()
    observer = os.fork()
    if observer == 0:
        os.close(reader)
        code = 1
        try:
            os.write(writer, f"{observe():.9f}".encode())
            code = 0
        finally:
            # Never back into the rounds of the parent.
            os._exit(code)
    os.close(writer)
    seconds, ended = timed(command)
    with os.fdopen(reader) as pipe:
        answered = pipe.read()
    _, status = os.waitpid(observer, 0)
    check(["the observer"], status)
    return seconds, ended - float(answered)


def observe() -> float:
    """Wait for a start to begin and give the moment at which the daemon answered a ping.

    Connecting to docker.socket starts the daemon, so nothing is touched until systemd itself has
    begun to start it. From then on one connection waits in the queue of the socket that systemd
    holds, with the request already sent: the daemon answers it as soon as it answers anyone, and
    until then the observer sleeps. The clock is the same for all processes (clock_gettime(2),
    CLOCK_MONOTONIC).
    """
    limit = time.perf_counter() + LONGEST_S
    while not os.path.lexists(STARTED):
        if time.perf_counter() > limit:
            raise TimeoutError("no start was seen")
        time.sleep(0.001)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LONGEST_S)
        connection.connect(API_SOCKET)
        connection.sendall(PING)
        answer = connection.recv(4096)
        answered = time.perf_counter()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise ValueError(f"not an answer to a ping: {answer!r}")
    return answered


def make_stopped() -> None:
    """Service and socket down, and no start limit in the way."""
    run(["systemctl", "stop", *UNITS])
    run(["systemctl", "reset-failed", *UNITS])


def spawn(argv: list[str]) -> int:
    """Start a program whose input and output are nothing."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    return os.posix_spawn(argv[0], argv, ENVIRONMENT, file_actions=null)


def run(argv: list[str]) -> str:
    """Run a program that is not measured; returns what it printed."""
    done = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def check(argv: list[str], status: int) -> None:
    """End the program unless the wait status says 0: nothing else is worth measuring."""
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"{' '.join(argv)} ended with {code}")


def become_subreaper() -> None:
    """From now on orphans among our descendants become our children."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def versions() -> dict[str, str]:
    """What was measured with."""
    return {
        "dockerctl": run(["dockerctl", "--version"]).split()[1],
        "systemd": run(["systemctl", "--version"]).split()[1],
        "Docker": run(["dockerd", "--version"]).split()[2].rstrip(","),
        "Python": sys.version.split()[0],
    }


def say(what: str, number: int, rounds: int) -> None:
    """Tell whoever waits how far we are, ten times at most."""
    if number % max(1, rounds // 10) == 0:
        print(f"{what}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
