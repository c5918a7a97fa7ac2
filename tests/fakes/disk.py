"""The unit files of the fake systemd: what exists, what is masked, what starts at boot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockerctl.errors import UnitMasked, UnitNotFound
from dockerctl.systemd.model import LoadState, UnitFileChange, UnitFileState
from tests.fakes.unit_files import ServiceFile, SocketFile, UnitFile
from tests.fakes.unit_state import UnitState

_ETC, _RUN = "/etc/systemd/system", "/run/systemd/system"


class Disk:
    """Everything below the folders of unit files."""

    def __init__(self, files: Iterable[UnitFile], *, enabled: Iterable[str] = ()) -> None:
        self._files = {file.name: file for file in files}
        self._enabled = set(enabled)
        # Unit to the folder that has the mask.
        self._masks: dict[str, str] = {}
        self._drop_ins: dict[str, tuple[str, ...]] = {}
        assert self._enabled <= self._files.keys(), "only what exists starts at boot"

    def load(self, unit: str) -> UnitState:
        """The unit as systemd finds it when it reads its files."""
        file = None if unit in self._masks else self._files.get(unit)
        triggered_by = tuple(
            other.name
            for other in self._files.values()
            if isinstance(other, SocketFile) and other.service == unit and file is not None
        )
        return UnitState(
            unit,
            file,
            self._load_state(unit),
            self._shown_state(unit),
            triggered_by,
            drop_ins=self._drop_ins.get(unit, ()),
        )

    def _load_state(self, unit: str) -> LoadState:
        if unit in self._masks:
            return LoadState.MASKED
        file = self._files.get(unit)
        if file is None:
            return LoadState.NOT_FOUND
        bad = isinstance(file, ServiceFile) and file.bad_setting
        return LoadState.BAD_SETTING if bad else LoadState.LOADED

    def _shown_state(self, unit: str) -> UnitFileState:
        # As a property of the unit "not found" is the empty word.
        state = self.state(unit)
        return UnitFileState.NONE if state is UnitFileState.NOT_FOUND else state

    def state(self, unit: str) -> UnitFileState:
        """The state of a unit file, as GetUnitFileState answers."""
        if unit in self._masks:
            at_once = self._masks[unit] == _ETC
            return UnitFileState.MASKED if at_once else UnitFileState.MASKED_RUNTIME
        file = self._files.get(unit)
        if file is None:
            return UnitFileState.NOT_FOUND
        if not file.installable:
            return UnitFileState.STATIC
        return UnitFileState.ENABLED if unit in self._enabled else UnitFileState.DISABLED

    def enable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Make the links; all or none."""
        for unit in units:
            if unit in self._masks:
                raise UnitMasked(f"Unit file {self._masks[unit]}/{unit} is masked.")
            self._require(unit)
        changes = []
        for unit in units:
            if self._files[unit].installable and unit not in self._enabled:
                self._enabled.add(unit)
                changes.append(
                    UnitFileChange("symlink", self._link(unit), f"/lib/systemd/system/{unit}")
                )
        return tuple(changes)

    def disable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Remove the links."""
        for unit in units:
            self._require(unit)
        gone = [unit for unit in units if unit in self._enabled]
        self._enabled.difference_update(gone)
        return tuple(UnitFileChange("unlink", self._link(unit), "") for unit in gone)

    def mask(self, units: Sequence[str], folder: str = _ETC) -> tuple[UnitFileChange, ...]:
        """Link to /dev/null what is not masked."""
        new = [unit for unit in units if self._masks.get(unit) != folder]
        self._masks.update(dict.fromkeys(new, folder))
        return tuple(UnitFileChange("symlink", f"{folder}/{unit}", "/dev/null") for unit in new)

    def mask_in_run(self, unit: str) -> None:
        """Mask a unit until the next boot."""
        self.mask([unit], _RUN)

    def unmask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Remove the masks."""
        masked = [unit for unit in units if unit in self._masks]
        return tuple(
            UnitFileChange("unlink", f"{self._masks.pop(unit)}/{unit}", "") for unit in masked
        )

    def drop_in(self, unit: str) -> str:
        """Add a drop-in; its path."""
        path = f"{_ETC}/{unit}.d/10-contract.conf"
        self._drop_ins[unit] = (path,)
        return path

    def replace(self, file: UnitFile) -> None:
        """Write a unit file with another content."""
        self._files[file.name] = file

    def remove(self, unit: str) -> None:
        """Uninstall a unit."""
        del self._files[unit]
        self._enabled.discard(unit)

    def is_enabled(self, unit: str) -> bool:
        """Whether a link makes it start at boot."""
        return unit in self._enabled

    def _require(self, unit: str) -> None:
        if unit not in self._files:
            raise UnitNotFound(f"Unit file {unit} does not exist.")

    def _link(self, unit: str) -> str:
        target = "sockets" if unit.endswith(".socket") else "multi-user"
        return f"{_ETC}/{target}.target.wants/{unit}"
