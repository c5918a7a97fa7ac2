"""The contract of ``Manager`` for a caller who may look and not touch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dockerctl.errors import AuthorizationRequired, NotPermitted
from dockerctl.exits import ExitCode
from dockerctl.systemd.model import ActiveState, JobType, Route, UnitFileState
from dockerctl.systemd.port import Manager
from tests.contract.units import ABSENT, OK, OTHER, SOCKET, SOCKET_LOOPS, SOCKET_LOOPS_SERVICE

Write = Callable[[Manager], object]


class UnprivilegedContract:
    """``OK`` runs, ``OTHER`` does not, and ``SOCKET_LOOPS`` has hit the start limit."""

    def test_it_may_look(self, manager: Manager) -> None:
        assert manager.route is Route.BUS
        assert manager.service(OK.name).runs
        assert manager.service(OTHER.name).down
        assert not manager.service(ABSENT).exists
        assert manager.socket(SOCKET.name).exists
        assert manager.unit_file_state(OK.name) is UnitFileState.DISABLED
        assert not manager.job_queued(4_000_000_000)

    def test_it_may_watch(self, manager: Manager) -> None:
        manager.watch([OK.name])
        manager.wait_event(0.1)

    def test_a_reset_that_nothing_needs_is_no_reason_to_refuse(self, manager: Manager) -> None:
        before = _all(manager)
        manager.reset_failed(OTHER.name)
        assert _all(manager) == before

    @pytest.mark.parametrize("unit", [SOCKET_LOOPS.name, SOCKET_LOOPS_SERVICE.name])
    def test_a_reset_that_is_needed_is_refused(self, manager: Manager, unit: str) -> None:
        with pytest.raises(NotPermitted):
            manager.reset_failed(unit)
        assert "limit-hit" in manager.socket(SOCKET_LOOPS.name).result
        assert manager.service(SOCKET_LOOPS_SERVICE.name).active_state is ActiveState.FAILED

    @pytest.mark.parametrize(
        "write",
        [
            lambda manager: manager.enqueue(JobType.START, OTHER.name),
            lambda manager: manager.enqueue(JobType.STOP, OK.name),
            lambda manager: manager.enqueue(JobType.RESTART, OK.name),
            lambda manager: manager.enable([OK.name]),
            lambda manager: manager.disable([OK.name]),
            lambda manager: manager.mask([OK.name]),
            lambda manager: manager.unmask([OK.name]),
            lambda manager: manager.daemon_reload(),
        ],
        ids=[
            "start",
            "stop",
            "restart",
            "enable",
            "disable",
            "mask",
            "unmask",
            "daemon-reload",
        ],
    )
    def test_it_may_not_touch(self, manager: Manager, write: Write) -> None:
        before = _all(manager)
        with pytest.raises(NotPermitted) as caught:
            write(manager)
        assert type(caught.value) in (NotPermitted, AuthorizationRequired)
        assert caught.value.exit_code is ExitCode.NOT_PERMITTED
        assert "GDBus" not in caught.value.message
        assert not manager.wrote
        assert _all(manager) == before


def _all(manager: Manager) -> tuple[object, ...]:
    return (
        manager.service(OK.name),
        manager.service(OTHER.name),
        manager.unit_file_state(OK.name),
    )
