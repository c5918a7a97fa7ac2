"""Records what the journal says of failing starts, on a fresh host of each suite.

    packaging/dev/python -m tests.contract.record_journals bookworm trixie forky

writes ``tests/fixtures/journal/SUITE/CASE.jsonl``. Run it again when a suite gets another Docker,
then read the difference.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dockerctl.host.programs import Output
from dockerctl.systemd.journalctl import JournalctlJournal
from tests.lab import images
from tests.lab.host import Host

FOLDER = Path(__file__).parents[1] / "fixtures" / "journal"
# What dockerctl reads, and nothing of the machine.
FIELDS = (
    "__REALTIME_TIMESTAMP",
    "MESSAGE",
    "PRIORITY",
    "INVOCATION_ID",
    "_SYSTEMD_INVOCATION_ID",
    "UNIT",
    "_SYSTEMD_UNIT",
)
# A dump has hundreds of lines, of which the first few matter.
FIRST_LINES, LAST_LINES = 55, 8

DROP_IN = "/etc/systemd/system/docker.service.d/10-record.conf"
CONFIG = "/etc/docker/daemon.json"


def main(suites: list[str]) -> None:
    """Record all cases on each of ``suites``."""
    for suite in suites:
        (FOLDER / suite).mkdir(parents=True, exist_ok=True)
        for name, case in CASES.items():
            if (suite, name) in NO_FAILURE:
                continue
            with Host.boot(images.image(suite)) as host:
                since_s = time.time()
                case(host)
                await_rest(host)
                text = journal_since(host, since_s)
            (FOLDER / suite / f"{name}.jsonl").write_bytes(text)
            print(f"{suite}/{name}: {len(text)} bytes")


def journal_since(host: Host, since_s: float) -> bytes:
    """The journal of service and socket, as dockerctl asks for it."""
    host.run(["journalctl", "--sync"], check=True)
    raw: list[bytes] = []

    def run(name: str, arguments: Sequence[str], *, limit_s: float) -> Output:
        done = host.run([name, *arguments], timeout=limit_s, check=True)
        raw.extend(done.stdout.splitlines())
        return Output(done.returncode, done.stdout, done.stderr)

    units = ["docker.service", "docker.socket"]
    JournalctlJournal(run).entries(units, since_s=since_s, limit_s=30)
    lines = [small(line) for line in raw]
    if len(lines) > FIRST_LINES + LAST_LINES:
        lines[FIRST_LINES:-LAST_LINES] = []
    return "".join(lines).encode()


def small(line: bytes) -> str:
    """A line of the journal with ``FIELDS`` alone."""
    record = json.loads(line)
    return json.dumps({name: record[name] for name in FIELDS if name in record}) + "\n"


def await_rest(host: Host) -> None:
    """Wait until systemd has given up; a start that is slow to fail takes a minute."""
    deadline = time.monotonic() + 200
    states = ["systemctl", "is-active", "docker.service", "docker.socket"]
    while "failed" not in host.run(states).out:
        assert time.monotonic() < deadline, host.run(["systemctl", "status", "docker.service"]).out
        time.sleep(0.2)
    # systemd's last words come a moment later.
    time.sleep(0.5)


def start(host: Host) -> None:
    """Start docker.service, and let it fail."""
    host.run(["systemctl", "daemon-reload"], check=True)
    host.run(["systemctl", "start", "docker.service"], timeout=250)


def broken_json(host: Host) -> None:
    """A comma too many."""
    host.write(CONFIG, '{"debug": true,}\n')
    start(host)


def unknown_key(host: Host) -> None:
    """A key that dockerd does not know."""
    host.write(CONFIG, '{"frobnicate": 1}\n')
    start(host)


def port_in_use(host: Host) -> None:
    """Another program listens on the port."""
    host.run(["ip", "link", "set", "lo", "up"], check=True)
    listener = "import socket,time; s=socket.create_server(('127.0.0.1',2375)); time.sleep(300)"
    command = ["systemd-run", "--unit=record-listener", "/usr/bin/python3", "-c", listener]
    host.run(command, check=True)
    flags = "-H fd:// -H tcp://127.0.0.1:2375 --containerd=/run/containerd/containerd.sock"
    host.write(DROP_IN, f"[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd {flags}\n")
    start(host)


def missing_binary(host: Host) -> None:
    """ExecStart= names what is not there."""
    host.write(DROP_IN, "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd-gone -H fd://\n")
    start(host)


def dump(host: Host) -> None:
    """The Go runtime ends dockerd and shows all of its goroutines."""
    host.write(DROP_IN, "[Service]\nRestart=no\n")
    start(host)
    host.run(["systemctl", "kill", "--kill-whom=main", "--signal=ABRT", "docker.service"])


def containerd_gone(host: Host) -> None:
    """The unit names a containerd that nobody runs."""
    flags = "-H fd:// --containerd=/run/containerd/gone.sock"
    host.write(DROP_IN, f"[Service]\nRestart=no\nExecStart=\nExecStart=/usr/sbin/dockerd {flags}\n")
    start(host)


def socket_group(host: Host) -> None:
    """The socket that the service requires cannot be made."""
    drop_in = DROP_IN.replace(".service.d", ".socket.d")
    host.write(drop_in, "[Socket]\nSocketGroup=nobody-has-this-group\n")
    start(host)


def start_limit(host: Host) -> None:
    """The limit is hit before the start that is recorded ends."""
    host.write(CONFIG, '{"debug": true,}\n')
    for _ in range(4):
        start(host)


CASES: dict[str, Callable[[Host], None]] = {
    "broken-json": broken_json,
    "unknown-key": unknown_key,
    "port-in-use": port_in_use,
    "missing-binary": missing_binary,
    "dump": dump,
    "containerd-gone": containerd_gone,
    "socket-group": socket_group,
    "start-limit": start_limit,
}
# Docker 28 starts, and misses its containerd only later.
NO_FAILURE = {("forky", "containerd-gone")}


if __name__ == "__main__":
    main(sys.argv[1:])
