"""The exit codes of the command, in one place.

The numbers up to 7 are those of the LSB init-script actions; 150 to 199 is the range that LSB
leaves to the application (Linux Standard Base Core 5.0, "Init Script Actions"). ``status`` and
``is-active`` follow the numbers that systemctl(1) documents: 0 active, 3 not active, 4 unknown.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Why the command ended, as a number that scripts can act on."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_ACTIVE = 3
    NOT_PERMITTED = 4
    UNKNOWN = 4  # the same number, as ``status`` uses it: no such unit, or nothing could be learnt
    NOT_INSTALLED = 5
    CONFIG_INVALID = 6
    NOT_RUNNING = 7
    INTERRUPTED = 130
    TERMINATED = 143
    ROLLED_BACK = 150
    DEADLINE_PASSED = 151
    START_FAILED = 152
    HUNG = 153
    CHANGED_MEANWHILE = 154
    BUSY = 155
    NEEDS_CONFIRMATION = 156
    ROLLBACK_FAILED = 157
    FINDINGS = 158
