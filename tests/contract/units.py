"""The throw-away units of the contract tests, the same for the fake and for a real systemd."""

from __future__ import annotations

import math

from tests.fakes.unit_files import Run, ServiceFile, SocketFile, UnitFile, dies, fails

NOWHERE = "/nonexistent/contract"

OK = ServiceFile("contract-ok.service", stop_timeout_s=math.inf)
OTHER = ServiceFile("contract-other.service", installable=False)
FAIL = ServiceFile("contract-fail.service", runs=(fails(7),), start_burst=3, start_interval_s=60)
MISSING_PROGRAM = ServiceFile("contract-program.service", has_program=False)
DIES = ServiceFile("contract-dies.service", runs=(dies(9, after_s=0.3),))
SLOW = ServiceFile("contract-slow.service", runs=(Run(ready_s=0.7),))
# As slow as a test needs it to be.
STUCK = ServiceFile("contract-stuck.service", runs=(Run(ready_s=math.inf),))
NEVER_READY = ServiceFile(
    "contract-never.service", runs=(Run(ready_s=math.inf),), start_timeout_s=0.4
)
FLAKY = ServiceFile(
    "contract-flaky.service",
    runs=(fails(1), Run()),
    restart="on-failure",
    restart_s=0.5,
)
LOOPS = ServiceFile(
    "contract-loops.service",
    runs=(fails(1),),
    restart="on-failure",
    start_burst=3,
    start_interval_s=60,
)
LAZY = ServiceFile("contract-lazy.service", stop_s=0.5)
STUBBORN = ServiceFile("contract-stubborn.service", stop_s=math.inf, stop_timeout_s=0.4)
RELOADS = ServiceFile("contract-reloads.service", reloads=True)
CONDITION = ServiceFile("contract-condition.service", condition=NOWHERE)
CONDITION_SOCKET = SocketFile("contract-condition.socket", "/run/contract-condition")
ASSERT = ServiceFile("contract-assert.service", assertion=NOWHERE)
ASSERT_SOCKET = SocketFile("contract-assert.socket", "/run/contract-assert")
BAD = ServiceFile("contract-bad.service", bad_setting=True)
SHY = ServiceFile("contract-shy.service", refuses_manual_start=True)
NEEDS_FAIL = ServiceFile("contract-needs.service", requires=(FAIL.name,))
SOCKET = SocketFile("contract-socket.socket", "/run/contract-socket")
SOCKET_SERVICE = ServiceFile("contract-socket.service", requires=(SOCKET.name,))
BROKEN_SOCKET = SocketFile("contract-broken.socket", "/run/contract-broken", broken=True)
BROKEN_SOCKET_SERVICE = ServiceFile("contract-broken.service", requires=(BROKEN_SOCKET.name,))
SOCKET_LOOPS = SocketFile("contract-sockloops.socket", "/run/contract-sockloops")
SOCKET_LOOPS_SERVICE = ServiceFile(
    "contract-sockloops.service",
    runs=(fails(1),),
    restart="on-failure",
    start_burst=3,
    start_interval_s=60,
    requires=(SOCKET_LOOPS.name,),
)

ABSENT = "contract-absent.service"
ABSENT_SOCKET = "contract-absent.socket"

UNITS: tuple[UnitFile, ...] = (
    OK,
    OTHER,
    FAIL,
    MISSING_PROGRAM,
    DIES,
    SLOW,
    STUCK,
    NEVER_READY,
    FLAKY,
    LOOPS,
    LAZY,
    STUBBORN,
    RELOADS,
    CONDITION,
    CONDITION_SOCKET,
    ASSERT,
    ASSERT_SOCKET,
    BAD,
    SHY,
    NEEDS_FAIL,
    SOCKET,
    SOCKET_SERVICE,
    BROKEN_SOCKET,
    BROKEN_SOCKET_SERVICE,
    SOCKET_LOOPS,
    SOCKET_LOOPS_SERVICE,
)
