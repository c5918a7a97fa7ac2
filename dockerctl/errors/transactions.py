"""What goes wrong with a change of configuration as a whole."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class TransactionError(DockerctlError):
    """A change that was refused, was undone, or could not be."""


class RolledBack(TransactionError):
    """The change failed, and everything is as it was, proven."""

    code = "rolled-back"
    exit_code = ExitCode.ROLLED_BACK
    default_hint = "The daemon is as before. Mend the cause that is named and try again."


class RollbackFailed(TransactionError):
    """The change failed, and so did the way back: somebody has to look now."""

    code = "rollback-failed"
    exit_code = ExitCode.ROLLBACK_FAILED
    default_hint = (
        "Look now: 'dockerctl status' and 'journalctl -u {service} -n 50'. "
        "'dockerctl recover' tries the way back again."
    )


class NeedsConfirmation(TransactionError):
    """The change does something that has to be allowed by a flag."""

    code = "needs-confirmation"
    exit_code = ExitCode.NEEDS_CONFIRMATION
    default_hint = "Repeat the command with the flag that the message names."


class ConfigInvalid(TransactionError):
    """The configuration that would result is refused; nothing was changed."""

    code = "config-invalid"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "Nothing was changed. 'dockerctl config validate' checks a file by itself."


class ConfigRefusedByDaemon(ConfigInvalid):
    """``dockerd --validate`` refuses the configuration."""

    code = "config-refused-by-dockerd"
    default_hint = "Nothing was changed. 'dockerd --validate' says the same of the file."


class UnitFilesInvalid(ConfigInvalid):
    """systemd would not read the unit with the drop-in as it is meant."""

    code = "unit-files-invalid"
    default_hint = "Nothing was changed. 'dockerctl override lint' checks the drop-ins."


class NotLoadedAsMeant(TransactionError):
    """systemd has loaded something else than what was written."""

    code = "not-loaded-as-meant"
    default_hint = "See which drop-in wins with 'dockerctl override list'."


class NotInEffect(TransactionError):
    """The daemon runs, and does not have the values that were written."""

    code = "not-in-effect"
    default_hint = "See where each value comes from with 'dockerctl config effective'."


class AwaitingConfirmation(TransactionError):
    """An earlier change waits for 'dockerctl confirm'."""

    code = "awaiting-confirmation"
    exit_code = ExitCode.BUSY
    default_hint = "Keep it with 'dockerctl confirm', or undo it with 'dockerctl rollback'."


class NothingToConfirm(TransactionError):
    """No change waits for a confirmation."""

    code = "nothing-to-confirm"
    default_hint = "See 'dockerctl history': it may have been undone when its time was over."


class TransactionUnknown(TransactionError):
    """No transaction of this ID or name."""

    code = "transaction-unknown"
    exit_code = ExitCode.USAGE
    default_hint = "'dockerctl history' lists them."


class RecordDamaged(TransactionError):
    """The record of a transaction cannot be read."""

    code = "record-damaged"
    default_hint = "Its folder lies in /var/lib/dockerctl/transactions; the bytes are in it."


class DeclarationInvalid(TransactionError):
    """The file given to apply is not a declaration."""

    code = "declaration-invalid"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "docs/reference/apply.md describes it."


class FlagConflict(TransactionError):
    """A key of daemon.json is also a flag of the daemon's command line."""

    code = "flag-conflict"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "See which with 'dockerctl config effective'."


class KeyMissing(TransactionError):
    """A key that is asked for is not in the file."""

    code = "key-missing"
    exit_code = ExitCode.FAILED
    default_hint = "'dockerctl config show' prints the file, 'config effective' all keys."
