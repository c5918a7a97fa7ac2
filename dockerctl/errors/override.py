"""What cannot be written as an override, or read from one."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class OverrideError(DockerctlError):
    """Something about drop-ins and what is put into them."""


class OverrideTextInvalid(OverrideError):
    """A text that systemd would not read back as what was meant."""

    code = "override-text-invalid"
    exit_code = ExitCode.USAGE
    default_hint = (
        "A setting is one line of valid UTF-8: no line breaks, no NUL, no blanks at its ends. See "
        "systemd.syntax(7)."
    )


class OverrideValueInvalid(OverrideError):
    """A value that the setting does not take."""

    code = "override-value-invalid"
    exit_code = ExitCode.USAGE
    default_hint = "See systemd.directives(7) for the page that tells what the setting takes."


class OverrideSettingRefused(OverrideError):
    """A setting that has no effect in a drop-in, or that does not belong to the unit."""

    code = "override-setting-refused"
    exit_code = ExitCode.USAGE
    default_hint = "Name it as Section.Directive=VALUE, such as Service.LimitNOFILE=1048576."


class OverrideCommandUnreadable(OverrideError):
    """A command line of a unit that systemd itself would not take, or that is more than one."""

    code = "override-command-unreadable"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "See the unit with 'systemctl cat {service}'."
