"""The measuring program for the doctor. It runs inside the host, as ``inside``.

    python3 -I diagnose.py <plan.json >results.json

A round runs the doctor on a healthy host, then a start that fails by a daemon.json that nobody can
read, and takes the time from the end of the daemon's process, as systemd logged it, to that of
``dockerctl start``.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
FILE = Path("/etc/docker/daemon.json")
# "The process of the unit has exited" (systemd: catalog, SD_MESSAGE_UNIT_PROCESS_EXIT).
EXITED = "98e322203f7a4ed290d09fe03c09fe15"


def main() -> int:
    """Carry out the plan that stdin holds; returns the exit code."""
    plan = json.load(sys.stdin)
    healthy: list[float] = []
    explained: list[float] = []
    for number in range(plan["rounds"]):
        print(f"doctor: round {number + 1}", file=sys.stderr, flush=True)
        run(["dockerctl", "start"], 0)
        began = time.perf_counter()
        run(["dockerctl", "doctor"], 0)
        healthy.append(time.perf_counter() - began)
        run(["dockerctl", "stop"], 0)
        FILE.write_text('{"debug": true,}\n')
        started = time.time()
        run(["dockerctl", "start"], 152)
        explained.append(time.time() - first_exit(started))
        run(["dockerctl", "stop"], 0)
        FILE.unlink()
    json.dump({"healthy_seconds": healthy, "explained_seconds": explained}, sys.stdout)
    return 0


def first_exit(since: float) -> float:
    """When the daemon's process first ended after a moment, in seconds since the epoch."""
    text = run(
        [
            "journalctl", "--output=json", f"--since=@{since:.6f}", f"MESSAGE_ID={EXITED}",
            "UNIT=docker.service",
        ],
        0,
    )  # fmt: skip
    moment: str = json.loads(text.splitlines()[0])["__REALTIME_TIMESTAMP"]
    return int(moment) / 1e6


def run(argv: list[str], exit_code: int) -> str:
    """Run a program that has to end with ``exit_code``; what it printed."""
    done = subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode != exit_code:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
