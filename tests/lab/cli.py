"""The lab by hand: build images, bring up hosts that stay, run programs in them, take them down."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import images, tools
from tests.lab.commands import Guest, HostProcess
from tests.lab.errors import LabError
from tests.lab.host import Host
from tests.lab.init import Bind
from tests.lab.recipe import SUITES
from tests.lab.registry import Entry, Registry, end_supervisor
from tests.lab.terminal import interact


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    build = commands.add_parser("build", help="build the images of suites")
    build.add_argument("suites", nargs="+", choices=SUITES, metavar="SUITE")
    build.add_argument("--force", action="store_true", help="build again what is in the cache")

    up = commands.add_parser("up", help="boot a host that stays until it is taken down")
    up.add_argument("suite", choices=SUITES)
    up.add_argument("--name")
    up.add_argument("--docker", choices=("running", "stopped"), default="running")
    up.add_argument("--deb", type=Path, help="a package to install in it")
    up.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="FOLDER:TARGET",
        help="show a folder, read-only",
    )

    run = commands.add_parser("run", help="run a program in a host")
    run.add_argument("name")
    run.add_argument("--user")
    run.add_argument("argv", nargs="+", metavar="CMD")

    shell = commands.add_parser("shell", help="a root shell in a host")
    shell.add_argument("name")
    shell.add_argument("--user")

    down = commands.add_parser("down", help="take hosts down")
    which = down.add_mutually_exclusive_group(required=True)
    which.add_argument("name", nargs="?")
    which.add_argument("--all", action="store_true")

    commands.add_parser("list", help="the hosts of this machine")
    return parser


def _build(args: argparse.Namespace) -> int:
    for suite in args.suites:
        started = time.monotonic()
        image = images.build(suite, force=args.force)
        print(f"{suite}: {image.lower[0]} ({time.monotonic() - started:.1f} s)")
    return 0


def _up(args: argparse.Namespace) -> int:
    image = images.image(args.suite)
    if args.deb is not None:
        image = images.with_deb(image, args.deb)
    binds = []
    for text in args.bind:
        source, _, target = text.partition(":")
        binds.append(Bind(str(Path(source).absolute()), target or source))
    host = Host.boot(image, name=args.name, docker=args.docker, binds=binds, detached=True)
    print(host.name)
    return 0


def _guest(name: str) -> Guest:
    entry = Registry().get(name)
    if entry is None:
        raise LabError(f"no host named {name}; see: python -m tests.lab list")
    if entry.pid1 is None or not entry.pid1.is_alive():
        raise LabError(f"{name} is not running")
    return Guest(entry.pid1.pid, Path(entry.cgroup))


def _run(args: argparse.Namespace) -> int:
    process = HostProcess(_guest(args.name), args.argv, user=args.user)
    try:
        code = process.wait()
    except BaseException:
        process.kill_group()
        raise
    finally:
        process.release()
    return code if code >= 0 else 128 - code


def _shell(args: argparse.Namespace) -> int:
    argv = ["/bin/bash", "--login"]
    if sys.stdin.isatty():
        return interact(_guest(args.name), argv, user=args.user)
    return _run(argparse.Namespace(name=args.name, user=args.user, argv=argv))


def _down(args: argparse.Namespace) -> int:
    registry = Registry()
    if args.all:
        entries = list(registry.entries())
    else:
        entry = registry.get(args.name)
        if entry is None:
            raise LabError(f"no host named {args.name}")
        entries = [entry]
    for entry in entries:
        end_supervisor(entry)
        registry.clean_up(entry)
        print(f"{entry.name} is down")
    return 0


def _state(entry: Entry) -> str:
    if entry.pid1 is not None and entry.pid1.is_alive():
        return f"running, process {entry.pid1.pid}"
    return "off"


def _list(args: argparse.Namespace) -> int:
    del args
    registry = Registry()
    for name in registry.clear_stale():
        print(f"{name}: left over by a killed run, cleaned up", file=sys.stderr)
    for entry in registry.entries():
        owner = (
            "stays until taken down"
            if entry.owner is None
            else f"belongs to process {entry.owner.pid}"
        )
        print(f"{entry.name}\t{entry.suite}\t{_state(entry)}\t{owner}")
    return 0


_COMMANDS = {"build": _build, "up": _up, "run": _run, "shell": _shell, "down": _down, "list": _list}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit code, 1 and a message when the lab cannot."""
    args = _parser().parse_args(argv)
    try:
        tools.require()
        return _COMMANDS[args.command](args)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be left to write at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
