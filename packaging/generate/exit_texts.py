"""What each exit code means, for the manual page."""

from __future__ import annotations

from dockerctl.exits import ExitCode

_TEXTS = {
    ExitCode.OK: "Done, or already so. For status: active and healthy.",
    ExitCode.FAILED: "Failed, and no more precise code fits.",
    ExitCode.USAGE: "Wrong usage.",
    ExitCode.NOT_ACTIVE: "status and is-active only: the daemon is not active.",
    ExitCode.NOT_PERMITTED: (
        "Not permitted; nothing was changed. For status and is-active: there is no such unit, or "
        "its state cannot be learnt."
    ),
    ExitCode.NOT_INSTALLED: "Docker or its unit is not installed.",
    ExitCode.CONFIG_INVALID: "The configuration is not valid; nothing was changed.",
    ExitCode.NOT_RUNNING: "The daemon is not running, and the command needs it to be.",
    ExitCode.INTERRUPTED: "Interrupted from the keyboard; what systemd was asked to do goes on.",
    ExitCode.TERMINATED: "Ended by SIGTERM; what systemd was asked to do goes on.",
    ExitCode.ROLLED_BACK: "The change failed and was rolled back; the daemon is as before.",
    ExitCode.DEADLINE_PASSED: "The deadline passed first.",
    ExitCode.START_FAILED: "The daemon failed to start.",
    ExitCode.HUNG: "The daemon is active, and its API does not answer.",
    ExitCode.CHANGED_MEANWHILE: "Someone else changed the file meanwhile.",
    ExitCode.BUSY: "Another dockerctl is at work.",
    ExitCode.NEEDS_CONFIRMATION: "Refused: the command needs a confirming option.",
    ExitCode.ROLLBACK_FAILED: "Rolling back failed too: look now.",
    ExitCode.FINDINGS: "The doctor found a problem.",
}


def exit_texts() -> dict[int, str]:
    """The text of every exit code; raises KeyError when the program has one without a text."""
    return {int(code): _TEXTS[code] for code in ExitCode}
