"""The recipes ``socket``, for docker.socket, and ``requires-mount``."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from dockerctl.errors import OverrideSettingRefused, OverrideValueInvalid
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.recipe_merge import draft, merge, values_with_reset
from dockerctl.override.recipe_values import check_path, is_socket_path
from dockerctl.override.words import quote_word, split_words

SOCKET = "socket"
REQUIRES_MOUNT = "requires-mount"

_GROUP = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?|[0-9]{1,10})\Z")
_MODE = re.compile(r"0?[0-7]{3}\Z")
_DEFAULT_PATHS = ("/run/docker.sock", "/var/run/docker.sock")


def socket(
    unit: str,
    *,
    group: str | None = None,
    mode: str | None = None,
    listen: Sequence[str] | None = None,
    before: UnitText | None = None,
) -> Draft:
    """Whose the API's socket is and where it is; None leaves a value as it is, "" takes it out.

    ``group`` is SocketGroup=, ``mode`` SocketMode= in octal, ``listen`` all of ListenStream=:
    absolute paths, ports and ADDRESS:PORT. Raises OverrideValueInvalid, and OverrideSettingRefused
    for a unit that is no socket.
    """
    if not unit.endswith(".socket"):
        raise OverrideSettingRefused(
            f"{unit} is no socket unit.", hint="The socket of Docker is docker.socket."
        )
    notes = []
    if group and not _GROUP.match(group):
        raise OverrideValueInvalid(f"{group!a} is no name of a group.", hint="See 'getent group'.")
    if mode:
        mode = _mode(mode)
        if int(mode, 8) & 0o002:
            notes.append("Every local user can then use Docker, and is root by that.")
    for address in listen or ():
        _check_listen(address)
    if listen and not any(address in _DEFAULT_PATHS for address in listen):
        notes.append("The docker command looks for /run/docker.sock unless told otherwise.")
    if any(not address.startswith("/") for address in listen or ()):
        notes.append("Whoever reaches a TCP port of the daemon without TLS is root on this host.")
    listens = None if listen is None else [address.replace("%", "%%") for address in listen]
    assignments = merge(
        before,
        {
            ("Socket", "ListenStream"): (
                None if listens is None else values_with_reset(("Socket", "ListenStream"), listens)
            ),
            ("Socket", "SocketGroup"): None if group is None else (group,) if group else (),
            ("Socket", "SocketMode"): None if mode is None else (mode,) if mode else (),
        },
    )
    if assignments or before:
        notes.append("docker.socket has to be made anew, which takes the daemon down.")
    return draft(unit, SOCKET, assignments, notes=notes)


def requires_mount(
    unit: str,
    paths: Sequence[str],
    *,
    remove: Sequence[str] = (),
    before: UnitText | None = None,
) -> Draft:
    """Start only when the file systems of ``paths`` are mounted, beside those of before.

    RequiresMountsFor= orders the unit behind the mounts as well. Without a mount unit for a path
    systemd waits for nothing. Raises OverrideValueInvalid.
    """
    present: list[str] = []
    for value in before.values("Unit", "RequiresMountsFor") if before else ():
        present += split_words(value)
    wanted = [check_path(path, "requires-mount") for path in paths]
    gone = [path.rstrip("/") or "/" for path in remove]
    kept = [path for path in dict.fromkeys([*present, *wanted]) if path not in gone]
    values = (" ".join(quote_word(path) for path in kept),) if kept else ()
    notes = [
        f"{path!a} is not among the paths that dockerctl has set."
        for path in gone
        if path not in present
    ]
    assignments = merge(before, {("Unit", "RequiresMountsFor"): values})
    return draft(unit, REQUIRES_MOUNT, assignments, notes=notes)


def _mode(text: str) -> str:
    if not _MODE.match(text):
        raise OverrideValueInvalid(f"{text!a} is no mode of a socket.", hint="Give it as 0660.")
    return f"{int(text, 8):04o}"


def _check_listen(address: str) -> None:
    if address.startswith("/"):
        check_path(address, "--listen")
        if is_socket_path(address):
            return
    else:
        host, _, port = address.rpartition(":")
        if re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536 and _is_ip(host):
            return
    raise OverrideValueInvalid(
        f"{address!a} is nothing that a socket unit can listen on.",
        hint="Give a path of at most 107 bytes, PORT, or ADDRESS:PORT with an IPv6 address in "
        "brackets.",
    )


def _is_ip(host: str) -> bool:
    if not host:
        return True
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return False
    return (address.version == 6) == bracketed
