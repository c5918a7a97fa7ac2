"""The environment that a start of the service would give the daemon."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.change.drift import unit_environment
from tests.fakes.snapshots import RUNNING

FILE = ("A=file", "B=file")


def environment(
    *own: str, files: tuple[str, ...] = (), unset: tuple[str, ...] = ()
) -> dict[str, str] | None:
    return unit_environment(
        replace(
            RUNNING,
            environment=own,
            environment_files=tuple((path, True) for path in files),
            unset_environment=unset,
        )
    )


@pytest.mark.parametrize(
    ("unset", "left"),
    [
        ((), {"A": "file", "B": "file", "C": "unit"}),
        (("A",), {"B": "file", "C": "unit"}),
        (("A=file", "B=unit"), {"B": "file", "C": "unit"}),
        (("A", "B", "C", "D"), {}),
    ],
)
def test_files_come_over_the_unit_and_what_is_unset_goes(
    unset: tuple[str, ...], left: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "docker"
    path.write_text("\n".join(FILE))
    assert environment("A=unit", "C=unit", files=(str(path),), unset=unset) == left


def test_a_pattern_names_files_in_their_order(tmp_path: Path) -> None:
    for name in ("20-b.env", "10-a.env", "notes"):
        (tmp_path / name).write_text(f"WHO={name}\n")
    assert environment(files=(f"{tmp_path}/*.env",)) == {"WHO": "20-b.env"}
    assert environment(files=(f"{tmp_path}/*.conf",)) == {}


def test_a_file_that_is_not_there_gives_nothing(tmp_path: Path) -> None:
    assert environment("A=unit", files=(str(tmp_path / "none"),)) == {"A": "unit"}


def test_nothing_is_said_where_a_file_cannot_be_read(tmp_path: Path) -> None:
    assert environment("A=unit", files=(str(tmp_path),)) is None
