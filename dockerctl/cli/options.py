"""The options, each declared once.

Typer before 0.9 has no Annotated options, so an option is the default value of a parameter.
"""

from __future__ import annotations

from typing import Any

import typer

from dockerctl import __version__


def flag(name: str, text: str) -> Any:
    """A switch of a verb, with its environment variable."""
    return typer.Option(False, name, help=text, envvar=variable(name), show_default=False)


def variable(option: str) -> str:
    """The environment variable of an option: ``--no-wait`` has ``DOCKERCTL_NO_WAIT``."""
    return "DOCKERCTL_" + option.lstrip("-").replace("-", "_").upper()


def common_options(*, environment: bool) -> dict[str, tuple[type, Any]]:
    """The common options: parameter name to type and declaration.

    They are accepted before and after the verb. Only those before it read the environment: what
    is typed after the verb then wins over both by itself.
    """
    return {
        name: (
            bool if kind is bool else str,
            typer.Option(
                False if kind is bool else None,
                *names,
                help=text,
                metavar=metavar,
                envvar=variable(names[0]) if environment else None,
                show_default=False,
            ),
        )
        for name, kind, names, metavar, text in _COMMON
    }


_COMMON: tuple[tuple[str, type, tuple[str, ...], str | None, str], ...] = (
    (
        "output",
        str,
        ("--output", "-o"),
        "text|json|cat",
        "Form of the answer; cat is of logs only.",
    ),
    ("quiet", bool, ("--quiet", "-q"), None, "Print nothing but errors and the answer."),
    ("no_color", bool, ("--no-color",), None, "No colours (NO_COLOR does the same)."),
    ("timeout", str, ("--timeout",), "SECONDS", "How long the whole command may take."),
    ("unit", str, ("--unit",), "NAME", "The daemon's unit, docker.service by default."),
    ("user", bool, ("--user",), None, "Talk to the caller's own service manager."),
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dockerctl {__version__}")
        raise typer.Exit


VERSION = typer.Option(
    False, "--version", help="Print the version.", callback=_print_version, is_eager=True
)
