"""A lab host that runs pytest itself, on its own Python and its own packages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.commands import Completed
from tests.lab.host import Host
from tests.lab.init import Bind
from tests.lab.paths import PROJECT_ROOT

CHECKOUT, LIBRARY = "/opt/checkout", "/opt/pytest"

# Of the distributions' own packages, which we cannot change.
_KNOWN_WARNINGS = (
    # PyGObject 3.42 (bookworm) has an importer of the old kind.
    "ignore:DynamicImporter:ImportWarning",
    # PyGObject 3.58 (forky) subclasses what asyncio of Python 3.14 is about to drop.
    "ignore:'asyncio.:DeprecationWarning",
)
_SUMMARY = re.compile(r"(\d+) passed in [\d.]+s")


@dataclass(frozen=True)
class Inside:
    """Tests of this checkout, run in a host."""

    host: Host

    def run_tests(
        self,
        *files: str,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        conftest: str | None = None,
        timeout_s: float = 300,
    ) -> int:
        """Run test files of the checkout; how many tests passed. All must.

        Only a conftest file in the folder ``conftest`` is loaded: the others need what only the
        machine outside has.
        """
        filters = [word for warning in _KNOWN_WARNINGS for word in ("-W", warning)]
        chosen = "--noconftest" if conftest is None else f"--confcutdir={conftest}"
        pytest_of_ours = ["-m", "pytest", chosen, "--quiet", *filters]
        done = self.run_python(*pytest_of_ours, *files, user=user, env=env, timeout_s=timeout_s)
        report = f"{done.out}\n{done.err}"
        assert done.returncode == 0, report
        summary = _SUMMARY.fullmatch(done.out.splitlines()[-1].strip("= "))
        assert summary is not None, report
        return int(summary.group(1))

    def run_python(
        self,
        *arguments: str,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = 60,
    ) -> Completed:
        """Run the host's own Python in the checkout."""
        return self.host.run(
            ["/usr/bin/python3", *arguments],
            user=user,
            env={"PYTHONPATH": LIBRARY, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
            cwd=CHECKOUT,
            timeout=timeout_s,
        )


@pytest.fixture(scope="session")
def inside(suite: str) -> Iterator[Inside]:
    """A host of each suite that all tests of this folder share, Docker's units never started."""
    library = os.environ.get("DOCKERCTL_LAB_PYTEST", "")
    if not (Path(library) / "pytest").is_dir():
        pytest.fail("DOCKERCTL_LAB_PYTEST does not name a pytest: run 'make contract'")
    binds = [Bind(str(PROJECT_ROOT), CHECKOUT), Bind(library, LIBRARY)]
    with Host.boot(images.image(suite), docker="stopped", binds=binds) as host:
        yield Inside(host)
