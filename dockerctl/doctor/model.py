"""Facts by their kind, and a check as the registry knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self, TypeVar

from dockerctl.doctor.finding import Finding
from dockerctl.doctor.ground import Ground


class Part(Protocol):
    """One kind of facts. Its class gathers it; nothing that it does may change anything, wake
    the daemon, or last longer than ``LIMIT_S`` seconds by intent."""

    LIMIT_S: ClassVar[float]

    @classmethod
    def gather(cls, ground: Ground) -> Self:
        """Look at the host. May raise ``DockerctlError`` or OSError: the part is not known then."""


P = TypeVar("P")


class NotKnownError(Exception):
    """A check asked for facts that could not be had; it says nothing, and the report says so."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part
        self.why = why


@dataclass(frozen=True)
class Facts:
    """What is known of the host: one value for each kind of facts that was gathered."""

    parts: Mapping[type, object] = field(default_factory=dict)
    # Why a kind is missing.
    missing: Mapping[type, str] = field(default_factory=dict)

    @classmethod
    def of_parts(cls, *parts: object) -> Facts:
        """Facts of these parts alone."""
        return cls({type(part): part for part in parts})

    def of(self, kind: type[P]) -> P:
        """The facts of a kind. Raises ``NotKnownError``, which ends the check."""
        part = self.parts.get(kind)
        if not isinstance(part, kind):
            raise NotKnownError(kind.__name__, self.missing.get(kind, "it was not looked at"))
        return part

    def maybe(self, kind: type[P]) -> P | None:
        """The facts of a kind, or None where they could not be had."""
        part = self.parts.get(kind)
        return part if isinstance(part, kind) else None


Judge = Callable[[Facts], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One check: the kinds of facts that it needs, the codes that it may find, and the judgement.

    ``also`` are kinds that it uses where they can be had (``Facts.maybe``).
    """

    name: str
    needs: tuple[type[Part], ...]
    codes: tuple[str, ...]
    judge: Judge
    also: tuple[type[Part], ...] = ()
    # Whether it can explain a start that failed, and is run when one did.
    explains_start: bool = False
