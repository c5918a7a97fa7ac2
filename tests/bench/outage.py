"""The measuring program for changes of the configuration. It runs inside the host, as ``inside``.

    python3 -I outage.py <plan.json >results.json

A round runs each command once, on a daemon that runs, while an observer asks the API all the time
and notes the moments of the answers. The outage of a command is the longest time between two
answers that follow each other. Some commands are to fail: the plan has their exit code.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time
from typing import Any

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
API_SOCKET = "/run/docker.sock"
PING = b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"
# Between two questions, so that the observer takes little of the machine.
PAUSE_S = 0.002
LONGEST_S = 60.0

Command = dict[str, Any]


def main() -> int:
    """Carry out the plan that stdin holds; returns the exit code."""
    plan = json.load(sys.stdin)
    # What takes the port that a change wants: that change is bound to fail.
    with socket.create_server(("127.0.0.1", plan["taken_port"])):
        run(["systemctl", "start", "docker.service"])
        results: dict[str, dict[str, list[float]]] = {
            command["name"]: {"seconds": [], "outage_seconds": []} for command in plan["changes"]
        }
        for number in range(plan["rounds"]):
            print(f"changes: round {number + 1}", file=sys.stderr, flush=True)
            for command in plan["changes"]:
                # systemd's start limit must not meet one command and spare the next.
                run(["systemctl", "reset-failed", "docker.service", "docker.socket"])
                seconds, outage = watched(command, number)
                results[command["name"]]["seconds"].append(seconds)
                results[command["name"]]["outage_seconds"].append(outage)
    json.dump({"results": results}, sys.stdout)
    return 0


def watched(command: Command, number: int) -> tuple[float, float]:
    """Run a command under the observer's eyes: its seconds, and those of the outage."""
    # Each round a different value, so that there is something to change.
    argv = [word.replace("@", command["values"][number % 2]) for word in command["argv"]]
    stop, tell = os.pipe()
    reader, writer = os.pipe()
    observer = os.fork()
    if observer == 0:
        os.close(tell)
        os.close(reader)
        code = 1
        try:
            with os.fdopen(writer, "w") as pipe:
                pipe.write(f"{observe(stop):.9f}")
            code = 0
        finally:
            # Never back into the rounds of the parent.
            os._exit(code)
    os.close(stop)
    os.close(writer)
    time.sleep(0.05)
    began = time.perf_counter()
    done = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    time.sleep(0.05)
    os.close(tell)
    with os.fdopen(reader) as pipe:
        outage = pipe.read()
    _, status = os.waitpid(observer, 0)
    if done.returncode != command["exit_code"] or status != 0:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return seconds, float(outage)


def observe(stop: int) -> float:
    """Ask until ``stop`` is closed; the longest time between two answers, in seconds."""
    last = answered()
    longest = 0.0
    while not select.select([stop], [], [], PAUSE_S)[0]:
        now = answered()
        longest = max(longest, now - last)
        last = now
    return longest


def answered() -> float:
    """Ask until there is an answer; the moment of it.

    While the daemon is down, the socket of docker.socket takes the question and keeps it; one that
    is made anew meanwhile refuses it.
    """
    limit = time.perf_counter() + LONGEST_S
    while time.perf_counter() < limit:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(LONGEST_S)
                connection.connect(API_SOCKET)
                connection.sendall(PING)
                if connection.recv(4096).startswith(b"HTTP/1.1 200 "):
                    return time.perf_counter()
        except OSError:
            pass
        time.sleep(PAUSE_S)
    raise TimeoutError("the daemon does not answer any more")


def run(argv: list[str]) -> None:
    """Run a program that is not measured."""
    done = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
