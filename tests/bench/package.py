"""Finding our package, for the bench and the demo."""

import os
from pathlib import Path

from tests.lab.errors import LabError


def find_deb() -> Path:
    """The package that DOCKERCTL_DEB names, or the only one in dist/; raises LabError."""
    named = os.environ.get("DOCKERCTL_DEB")
    if named is not None:
        if not Path(named).is_file():
            raise LabError(f"DOCKERCTL_DEB names no file: {named!r}")
        return Path(named)
    found = list(Path("dist").glob("*.deb"))
    if len(found) != 1:
        raise LabError(f"{len(found)} packages in dist/, not one: run 'make deb'")
    return found[0]
