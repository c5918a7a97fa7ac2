"""The contract of ``Manager``: what starts at boot, and masks."""

from __future__ import annotations

import pytest

from dockerctl.errors import SystemdError, UnitMasked, UnitNotFound
from dockerctl.systemd.model import UnitFileChange, UnitFileState
from dockerctl.systemd.port import Manager
from tests.contract.units import ABSENT, OK, OTHER, SOCKET, SOCKET_SERVICE
from tests.contract.world import World

PAIR = [SOCKET_SERVICE.name, SOCKET.name]


class UnitFiles:
    """``enable``, ``disable``, ``mask``, ``unmask``, ``daemon_reload``, ``unit_file_state``."""

    @pytest.mark.parametrize(
        ("unit", "state"),
        [
            (OK.name, UnitFileState.DISABLED),
            (OTHER.name, UnitFileState.STATIC),
            (SOCKET.name, UnitFileState.DISABLED),
            (ABSENT, UnitFileState.NOT_FOUND),
        ],
    )
    def test_the_state_at_first(self, manager: Manager, unit: str, state: UnitFileState) -> None:
        assert manager.unit_file_state(unit) is state

    def test_enable_a_pair(self, manager: Manager) -> None:
        changes = manager.enable(PAIR)
        assert [(change.kind, change.file) for change in changes] == [
            ("symlink", f"/etc/systemd/system/multi-user.target.wants/{PAIR[0]}"),
            ("symlink", f"/etc/systemd/system/sockets.target.wants/{PAIR[1]}"),
        ]
        assert [change.destination.rpartition("/")[2] for change in changes] == PAIR
        # The files tell at once, the unit after a daemon-reload.
        assert manager.unit_file_state(PAIR[1]) is UnitFileState.ENABLED
        manager.daemon_reload()
        assert manager.service(PAIR[0]).unit_file_state is UnitFileState.ENABLED
        assert manager.socket(PAIR[1]).unit_file_state is UnitFileState.ENABLED

    def test_enable_again(self, manager: Manager) -> None:
        manager.enable(PAIR)
        assert manager.enable(PAIR) == ()

    def test_disable(self, manager: Manager) -> None:
        manager.enable([OK.name])
        manager.daemon_reload()
        assert manager.disable([OK.name]) == (
            UnitFileChange("unlink", f"/etc/systemd/system/multi-user.target.wants/{OK.name}", ""),
        )
        assert manager.unit_file_state(OK.name) is UnitFileState.DISABLED
        manager.daemon_reload()
        assert manager.service(OK.name).unit_file_state is UnitFileState.DISABLED

    def test_disable_what_is_disabled(self, manager: Manager) -> None:
        assert manager.disable([OK.name]) == ()

    def test_enable_what_has_no_install_section(self, manager: Manager) -> None:
        assert manager.enable([OTHER.name]) == ()
        assert manager.unit_file_state(OTHER.name) is UnitFileState.STATIC

    def test_mask(self, manager: Manager) -> None:
        assert manager.mask([OK.name]) == (
            UnitFileChange("symlink", f"/etc/systemd/system/{OK.name}", "/dev/null"),
        )
        assert manager.unit_file_state(OK.name) is UnitFileState.MASKED
        manager.daemon_reload()
        assert manager.service(OK.name).masked

    def test_mask_again(self, manager: Manager) -> None:
        manager.mask([OK.name])
        assert manager.mask([OK.name]) == ()

    def test_mask_what_does_not_exist(self, manager: Manager) -> None:
        assert len(manager.mask([ABSENT])) == 1
        assert manager.unit_file_state(ABSENT) is UnitFileState.MASKED
        manager.daemon_reload()
        assert manager.service(ABSENT).masked

    def test_unmask(self, manager: Manager) -> None:
        manager.mask([OK.name])
        manager.daemon_reload()
        assert manager.unmask([OK.name]) == (
            UnitFileChange("unlink", f"/etc/systemd/system/{OK.name}", ""),
        )
        assert manager.unit_file_state(OK.name) is UnitFileState.DISABLED
        manager.daemon_reload()
        assert not manager.service(OK.name).masked

    def test_unmask_what_is_masked_in_run(self, world: World, manager: Manager) -> None:
        world.mask_in_run(OK.name)
        assert manager.unit_file_state(OK.name) is UnitFileState.MASKED_RUNTIME
        assert manager.unmask([OK.name]) == (
            UnitFileChange("unlink", f"/run/systemd/system/{OK.name}", ""),
        )
        assert manager.unit_file_state(OK.name) is UnitFileState.DISABLED

    def test_unmask_what_is_not_masked(self, manager: Manager) -> None:
        assert manager.unmask([OK.name]) == ()

    @pytest.mark.parametrize("verb", ["enable", "disable"])
    def test_what_does_not_exist_is_refused(self, manager: Manager, verb: str) -> None:
        with pytest.raises(UnitNotFound) as caught:
            getattr(manager, verb)([ABSENT])
        assert ABSENT in caught.value.message

    def test_one_of_a_pair_that_does_not_exist_changes_nothing(self, manager: Manager) -> None:
        with pytest.raises(UnitNotFound):
            manager.enable([OK.name, ABSENT])
        assert manager.unit_file_state(OK.name) is UnitFileState.DISABLED

    def test_enable_what_is_masked(self, manager: Manager) -> None:
        manager.mask([OK.name])
        manager.daemon_reload()
        with pytest.raises(SystemdError) as caught:
            manager.enable([OK.name])
        assert type(caught.value) is UnitMasked
        assert manager.unit_file_state(OK.name) is UnitFileState.MASKED

    def test_they_make_it_a_writer(self, manager: Manager) -> None:
        assert not manager.wrote
        manager.enable([OK.name])
        assert manager.wrote
