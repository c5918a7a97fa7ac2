"""What goes wrong on the host beside systemd and Docker."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError


class HostError(DockerctlError):
    """Something on this host that is neither systemd nor Docker."""


class ProgramMissing(HostError):
    """A program that dockerctl calls is not installed."""

    code = "program-missing"
    default_hint = "Install the package that holds it."


class ProgramFailed(HostError):
    """A program that dockerctl calls failed or did not end in time."""

    code = "program-failed"
    default_hint = "Run it by hand to see why."
