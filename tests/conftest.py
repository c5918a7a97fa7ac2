"""What all tests share: which lab hosts a test runs on, and the host itself.

A test that takes ``host`` runs once for each suite that ``DOCKERCTL_SYSTEM_SUITES`` names, such as
"bookworm:all trixie:core"; of a suite marked ``core`` it runs only when it bears the mark ``core``.
Nothing is skipped: a test either belongs to a suite's selection or does not exist there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.host import Host
from tests.lab.images import Image
from tests.system.command import Dockerctl

DEFAULT_SUITES = "bookworm:all trixie:core forky:core"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "core: runs on every suite in 'make test'")
    # Inside a lab host there is no hypothesis.
    if find_spec("hypothesis") is not None:
        from hypothesis import HealthCheck, settings

        # How long a busy machine takes to make an example says nothing about the program.
        settings.register_profile(
            "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )
        settings.load_profile("any-machine")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "suite" in metafunc.fixturenames:
        core = metafunc.definition.get_closest_marker("core") is not None
        metafunc.parametrize("suite", _suites(core=core), scope="session")


@pytest.fixture(scope="session")
def deb() -> Path:
    """Our package; it must have been built."""
    path = Path(os.environ.get("DOCKERCTL_DEB", ""))
    if not path.is_file():
        pytest.fail("DOCKERCTL_DEB does not name a package: run the tests with 'make system'")
    return path


@pytest.fixture(scope="session")
def image(suite: str, deb: Path) -> Image:
    """The suite's image with our package installed."""
    return images.with_deb(images.image(suite), deb)


@pytest.fixture
def host(image: Image) -> Iterator[Host]:
    """A fresh host on which the daemon was never started."""
    with Host.boot(image, docker="stopped") as booted:
        yield booted


@pytest.fixture
def ctl(host: Host) -> Dockerctl:
    """The installed command on ``host``."""
    return Dockerctl(host)


def _suites(*, core: bool) -> list[str]:
    chosen = []
    for word in os.environ.get("DOCKERCTL_SYSTEM_SUITES", DEFAULT_SUITES).split():
        suite, _, selection = word.partition(":")
        if core or selection != "core":
            chosen.append(suite)
    return chosen
