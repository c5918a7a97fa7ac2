"""What goes wrong between us and the journal."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class JournalError(DockerctlError):
    """The journal cannot be read."""


class JournalForbidden(JournalError):
    """The caller may not read the system's journal."""

    code = "journal-forbidden"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = (
        "Run it as root, or have root add you to the group systemd-journal or adm: "
        "usermod -aG systemd-journal USER, and log in again."
    )


class JournalMissing(JournalError):
    """There is no journal on this host."""

    code = "journal-missing"
    default_hint = (
        "See 'systemctl status systemd-journald', and Storage= in /etc/systemd/journald.conf."
    )
