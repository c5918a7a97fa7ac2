"""The release of Docker Engine, as far as it decides what daemon.json may hold."""

from __future__ import annotations

import re
from typing import NamedTuple

# An epoch as in Debian's package versions, a "v" as in git tags, and up to three numbers. What
# follows (+dfsg1, -ce, -rc.1, ~3-0) tells packages and candidates apart, not what is understood.
_RELEASE = re.compile(
    r"(?:[0-9]+:)?v?([0-9]{1,3})(?:\.([0-9]{1,4}))?(?:\.([0-9]{1,4}))?(?=\Z|[-+~.,\s])"
)


class Release(NamedTuple):
    """A release, comparable: ``Release(20, 10, 24) < Release(23, 0, 0)``."""

    major: int
    minor: int = 0
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def parse_release(text: str) -> Release | None:
    """The release that a version such as ``20.10.24+dfsg1`` or ``v27.0`` names.

    None where there is none to compare: ``dev``, ``library-import``, and ``0.0.0-dev`` as builds
    of moby's main branch call themselves.
    """
    found = _RELEASE.match(text.strip())
    if found is None:
        return None
    major, minor, patch = (int(number or 0) for number in found.groups())
    return Release(major, minor, patch) if major else None
