"""What the daemon's real command line says about its addresses and its configuration file.

The rules are those of the flag library that dockerd uses (spf13/pflag): ``-H X``, ``-HX``,
``-H=X``, ``--host X``, ``--host=X``, and short switches may share one dash with a short option
that takes a value, as in ``-DH fd://``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DEFAULT_CONFIG_FILE = "/etc/docker/daemon.json"

# The short options of dockerd 20.10 to 29 that take no value: --debug, --version, --help. Every
# other one (-H, -G, -l, -p, -s, -b, -g) takes one.
_SHORT_SWITCHES = frozenset("Dvh")

# Long options that we need and that take the next argument when there is no "=". The value of
# any other option is met as an argument of its own, and passed over because it has no dash.
_LONG_WITH_VALUE = frozenset({"host", "config-file"})

# Go's strconv.ParseBool.
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


@dataclass(frozen=True)
class DaemonFlags:
    """The flags of a running daemon that decide how it is reached.

    ``hosts`` are the values of ``-H`` in their order, as they were written. ``config_file`` is
    None when the flag was not given.
    """

    hosts: tuple[str, ...] = ()
    config_file: str | None = None
    tls: bool = False


def parse_argv(argv: Sequence[str]) -> DaemonFlags:
    """Read ``argv``, whose first element is the program itself. Never fails.

    ``tls`` is True with ``--tls`` and with ``--tlsverify``, even ``--tlsverify=false``: dockerd
    turns TLS on when that flag is given at all (moby, cmd/dockerd/options.go).
    """
    hosts: list[str] = []
    config_file: str | None = None
    tls = tls_verify = False
    for name, value in _options(argv):
        if name in ("H", "host"):
            hosts.append(value or "")
        elif name == "config-file":
            config_file = value or ""
        elif name == "tls":
            tls = value not in _FALSE
        elif name == "tlsverify":
            tls_verify = True
    return DaemonFlags(tuple(hosts), config_file, tls or tls_verify)


def config_file(argv: Sequence[str]) -> str:
    """The configuration file that the daemon reads: ``--config-file``, else the default."""
    return parse_argv(argv).config_file or DEFAULT_CONFIG_FILE


def _options(argv: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """Each option's name without dashes, and its value where it has one."""
    arguments = iter(argv[1:])
    for argument in arguments:
        if argument == "--":
            return
        if argument.startswith("--"):
            name, equals, value = argument[2:].partition("=")
            if equals:
                yield name, value
            elif name in _LONG_WITH_VALUE:
                yield name, next(arguments, None)
            else:
                yield name, None
        elif argument.startswith("-"):
            yield from _short_options(argument[1:], arguments)


def _short_options(letters: str, following: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letters.startswith("="):
            yield letter, letters[1:]
            return
        if letter in _SHORT_SWITCHES:
            yield letter, None
            continue
        yield letter, letters or next(following, None)
        return
