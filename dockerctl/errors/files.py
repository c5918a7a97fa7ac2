"""What stands in the way of reading or replacing a file, and of changing anything at all."""

from __future__ import annotations

from dockerctl.errors.host import HostError
from dockerctl.exits import ExitCode


class AttributesNotKept(HostError):
    """An access list or an extended attribute of a file cannot be carried over."""

    code = "attributes-not-kept"
    default_hint = "Compare 'getfacl FILE' and 'getfattr -d -m - FILE' with what the disk can hold."


class Busy(HostError):
    """Another dockerctl changes this host right now."""

    code = "busy"
    exit_code = ExitCode.BUSY
    default_hint = "Wait for it to end, or allow more time with --timeout."


class FileChanged(HostError):
    """Someone else changed a file after it was read; nothing was written over."""

    code = "file-changed"
    exit_code = ExitCode.CHANGED_MEANWHILE
    default_hint = "Look at what changed, and run the command again."


class FileFailed(HostError):
    """The system refused to read or write a file, for a reason that has no class of its own."""

    code = "file-failed"
    default_hint = "See 'dmesg' for trouble with the disk."


class FileForbidden(HostError):
    """The caller may not read or write a file."""

    code = "file-forbidden"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = "Run it as root. If it was, a security module refuses: see 'journalctl -k'."


class FileHasHardLinks(HostError):
    """A file has further names, and to replace it would cut it off from them."""

    code = "file-has-hard-links"
    default_hint = "Find its other names with 'find / -xdev -samefile FILE', and make it a copy."


class FileImmutable(HostError):
    """A file or its folder has the immutable or append-only attribute."""

    code = "file-immutable"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = "Remove the attribute with 'chattr -i -a', if whoever set it agrees."


class FileIsMount(HostError):
    """A file is a mount point, as a bind-mounted file is, and cannot be replaced."""

    code = "file-is-a-mount"
    default_hint = "Change the file where it is mounted from, or unmount it here."


class FileSystemReadOnly(HostError):
    """The file system is mounted read-only."""

    code = "file-system-read-only"
    default_hint = "See 'findmnt --target FILE' and 'dmesg': a failing disk is remounted read-only."


class FileTooLarge(HostError):
    """A file is larger than anything that makes sense there."""

    code = "file-too-large"
    default_hint = "Look at what it holds: 'head -c 500 FILE'."


class FolderMissing(HostError):
    """The folder of a file that is to be written does not exist."""

    code = "folder-missing"
    default_hint = "Make the folder first."


class FolderUnsafe(HostError):
    """A folder that only root may write can be written by others."""

    code = "folder-unsafe"
    default_hint = "Give it to root, and take the others' right to write: 'chmod go-w FOLDER'."


class LinkRefused(HostError):
    """A symbolic link leads nowhere, or through a place where others could turn it elsewhere."""

    code = "link-refused"
    default_hint = "Look at it with 'namei -l FILE', and put a regular file in its place."


class NoSpace(HostError):
    """The disk is full, or a quota is used up; the file is as it was."""

    code = "no-space"
    default_hint = "Make room: see 'df -h' and 'df -i'."


class WrongFileKind(HostError):
    """Something else stands where a regular file, or a folder, has to be."""

    code = "wrong-file-kind"
    default_hint = "See what it is with 'ls -ld FILE', and move it away."
