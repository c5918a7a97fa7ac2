"""Facts are gathered side by side; one that hangs, fails or crashes costs itself alone."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from dockerctl.deadline import Deadline
from dockerctl.doctor.gathering import gather
from dockerctl.doctor.ground import Ground
from dockerctl.errors import ProgramMissing

RELEASE = threading.Event()


@dataclass(frozen=True)
class Quick:
    LIMIT_S: ClassVar[float] = 5.0
    unit: str = ""

    @classmethod
    def gather(cls, ground: Ground) -> Quick:
        return cls(ground.unit)


@dataclass(frozen=True)
class Hanging:
    LIMIT_S: ClassVar[float] = 0.05

    @classmethod
    def gather(cls, ground: Ground) -> Hanging:  # noqa: ARG003
        RELEASE.wait(30)
        return cls()


@dataclass(frozen=True)
class Refused:
    LIMIT_S: ClassVar[float] = 5.0

    @classmethod
    def gather(cls, ground: Ground) -> Refused:  # noqa: ARG003
        raise PermissionError(13, "Permission denied", "/var/lib/docker")


@dataclass(frozen=True)
class Missing:
    LIMIT_S: ClassVar[float] = 5.0

    @classmethod
    def gather(cls, ground: Ground) -> Missing:  # noqa: ARG003
        raise ProgramMissing("The program iptables is not installed.")


@dataclass(frozen=True)
class Crashing:
    LIMIT_S: ClassVar[float] = 5.0

    @classmethod
    def gather(cls, ground: Ground) -> Crashing:  # noqa: ARG003
        raise IndexError("list index out of range")


def ground(seconds: float = 10) -> Ground:
    nothing = cast(Any, None)
    return Ground(
        unit="docker.service",
        units=nothing,
        configuration=nothing,
        environ={},
        deadline=Deadline.after(seconds),
        run=nothing,
        journal=nothing,
        ask=None,
        now_s=0.0,
    )


def test_what_fails_costs_itself_alone() -> None:
    facts = gather([Refused, Missing, Crashing, Quick], ground())
    assert facts.of(Quick).unit == "docker.service"
    assert facts.missing[Refused] == "Permission denied: /var/lib/docker"
    assert facts.missing[Missing] == "The program iptables is not installed."
    assert "a defect of dockerctl: IndexError" in facts.missing[Crashing]


def test_what_hangs_is_left_behind() -> None:
    began = time.monotonic()
    try:
        facts = gather([Hanging, Quick], ground())
    finally:
        RELEASE.set()
    assert facts.maybe(Hanging) is None
    assert "longer than" in facts.missing[Hanging]
    assert facts.maybe(Quick) is not None
    assert time.monotonic() - began < 20


def test_no_kind_outlasts_the_whole() -> None:
    facts = gather([Quick], ground(0))
    assert Quick in facts.parts or Quick in facts.missing


def test_what_was_given_is_not_gathered_again() -> None:
    facts = gather([Quick], ground(), Quick("given"))
    assert facts.of(Quick).unit == "given"
