"""The packet filter: its programs, the chains and rules that are in it, other managers of it."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.ground import Ground
from dockerctl.errors import DockerctlError
from dockerctl.host.programs import Output

# Of a service of the system that says nothing else (systemd.exec(5), PATH).
_SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Services that write rules of their own.
MANAGERS = (
    "firewalld.service", "ufw.service", "nftables.service", "netfilter-persistent.service",
    "iptables.service", "shorewall.service", "ferm.service",
)  # fmt: skip
_PROPERTIES = ("Id", "LoadState", "ActiveState", "ActiveEnterTimestampMonotonic")
_IP6_BY_DEFAULT = 27
_LIST_S = 1.5
_MOST = 1024 * 1024
_PERMISSION = re.compile(r"permission denied|operation not permitted|must be root", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """One table as ``iptables -S`` lists it."""

    chains: frozenset[str] = frozenset()
    # The rules without their leading "-A", each as its words.
    rules: tuple[tuple[str, ...], ...] = ()

    def jumps(self, chain: str, target: str) -> bool:
        """Whether a rule of ``chain`` leads to a chain whose name begins with ``target``."""
        return any(
            rule[0] == chain and word == "-j" and following.startswith(target)
            for rule in self.rules
            for word, following in itertools.pairwise(rule)
        )


@dataclass(frozen=True)
class Manager:
    """A service that writes rules."""

    active: bool = False
    # Microseconds of the monotonic clock; 0 where it never was.
    since_usec: int = 0


@dataclass(frozen=True)
class FirewallFacts:
    """What there is to filter with, and what is filtered."""

    # The path of iptables as the daemon finds it, "" where it finds none.
    iptables: str = ""
    searched: str = _SERVICE_PATH
    # Such as "nf_tables" or "legacy".
    backend: str = ""
    # How listing a table failed: exit status and words; of "nat" and "filter".
    failed: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    # None where the table was not or could not be listed.
    nat: Table | None = None
    filter: Table | None = None
    # Of ip6tables, where a daemon writes there; None as above.
    filter6: Table | None = None
    # Chains of Docker that lie in the backend that is not used.
    other_backend: str = ""
    other_chains: frozenset[str] = frozenset()
    # Whether the program nft is there, and whether Docker's table is (firewall-backend nftables).
    nft: str = ""
    nft_table: bool | None = None
    managers: Mapping[str, Manager] = field(default_factory=dict)
    # Whether the configuration of nftables.service begins with throwing all rules away.
    flushes: bool = False
    ufw_enabled: bool = False
    # Folder of the modules of the kernel that runs; whether it is there.
    modules: str = ""
    has_modules: bool | None = None
    # When the daemon came up, as ``Manager.since_usec``.
    daemon_since_usec: int = 0
    # Why the rules are not known.
    unseen: str = ""

    LIMIT_S: ClassVar[float] = 4.0

    @classmethod
    def gather(cls, ground: Ground) -> FirewallFacts:
        """Find the programs; list the rules where the daemon has tried so itself.

        A listing may load modules of the kernel, so that it is left out where no start was tried.
        """
        units = ground.units
        path = ground.configuration.environment.get("PATH") or _SERVICE_PATH
        iptables = _found("iptables", path)
        nft = _found("nft", path)
        modules = f"/lib/modules/{os.uname().release}"
        look = _Listing(ground, iptables)
        managers: dict[str, Manager] = {}
        steps = [lambda: managers.update(_managers(ground))]
        if iptables and (units.service.runs or units.tried):
            steps += look.steps()
        elif iptables:
            look.unseen = "the daemon is stopped, and listing rules could load kernel modules"
        _at_once(steps)
        return cls(
            iptables=iptables,
            searched=path,
            backend=look.backend,
            failed=look.failed,
            nat=look.tables.get("nat"),
            filter=look.tables.get("filter"),
            filter6=look.filter6,
            other_backend=look.other_backend,
            other_chains=look.other_chains,
            nft=nft,
            nft_table=_nft_table(ground, nft),
            managers=managers,
            flushes=_flushes(),
            ufw_enabled="ENABLED=yes" in _text("/etc/ufw/ufw.conf").replace('"', ""),
            modules=modules,
            has_modules=Path(modules).is_dir(),
            daemon_since_usec=units.service.number("ActiveEnterTimestampMonotonic"),
            unseen=look.unseen,
        )


class _Listing:
    """Listing the tables of iptables, and what went wrong with it."""

    def __init__(self, ground: Ground, iptables: str) -> None:
        self._ground = ground
        self._iptables = iptables
        self.backend = ""
        self.failed: dict[str, tuple[int, str]] = {}
        self.tables: dict[str, Table] = {}
        self.filter6: Table | None = None
        self.other_backend = ""
        self.other_chains: frozenset[str] = frozenset()
        self.unseen = ""

    def steps(self) -> list[Callable[[], None]]:
        """What there is to do, in any order, or all at once."""
        return [
            self._version_and_other,
            lambda: self._table("nat"),
            lambda: self._table("filter"),
            self._six,
        ]

    def _version_and_other(self) -> None:
        output = self._run(self._iptables, ["--version"])
        if output is None:
            return
        words = output.stdout.decode("utf-8", "replace")
        found = re.search(r"\((\S+)\)", words)
        # Before 1.8 there was one kind only, and it did not say so.
        self.backend = found[1] if found else "legacy"
        self._other()

    def _six(self) -> None:
        if not _writes_ip6tables(self._ground):
            return
        program = _found("ip6tables", self._ground.configuration.environment.get("PATH", ""))
        output = self._run(program, ["-w", "1", "-t", "filter", "-S"]) if program else None
        if output is not None and output.status == 0:
            text = output.stdout[:_MOST].decode("utf-8", "replace")
            self.filter6 = parse_rules(text)

    def _table(self, name: str) -> None:
        output = self._run(self._iptables, ["-w", "1", "-t", name, "-S"])
        if output is None:
            return
        if output.status == 0:
            self.tables[name] = parse_rules(output.stdout[:_MOST].decode("utf-8", "replace"))
            return
        said = output.stderr.decode("utf-8", "replace").strip()
        if _PERMISSION.search(said):
            self.unseen = "only root may list the rules of the packet filter"
        else:
            self.failed[name] = (output.status, said)

    def _other(self) -> None:
        """Rules that an earlier daemon left in the other backend: they go on filtering."""
        if self.backend != "nf_tables" or "nat" not in _text("/proc/net/ip_tables_names").split():
            # Without the table a listing would make it.
            return
        program = _found("iptables-legacy", self._ground.configuration.environment.get("PATH", ""))
        output = self._run(program, ["-w", "1", "-t", "nat", "-S"]) if program else None
        if output is not None and output.status == 0:
            table = parse_rules(output.stdout[:_MOST].decode("utf-8", "replace"))
            self.other_backend = "legacy"
            self.other_chains = frozenset(c for c in table.chains if c.startswith("DOCKER"))

    def _run(self, program: str, arguments: Iterable[str]) -> Output | None:
        try:
            return self._ground.run(program, list(arguments), limit_s=_LIST_S)
        except DockerctlError as error:
            self.unseen = error.sentence
            return None


def _writes_ip6tables(ground: Ground) -> bool:
    """Only where it does so for sure: listing the tables could load modules for nothing."""
    configuration = ground.configuration
    given, release = configuration.value("ip6tables"), configuration.release
    if not ground.units.service.runs or release is None:
        return False
    # On by default from 27.0 on; before, it needed "experimental" (docs, release notes).
    if release.major >= _IP6_BY_DEFAULT:
        return given not in (False, "false", "False", "0", "f")
    return given is True and configuration.value("experimental") is True


def parse_rules(text: str) -> Table:
    """What ``iptables -S`` prints; a line that cannot be read is passed over."""
    chains: set[str] = set()
    rules: list[tuple[str, ...]] = []
    for line in text.splitlines():
        try:
            words = shlex.split(line)
        except ValueError:
            continue
        if len(words) > 1 and words[0] in ("-P", "-N"):
            chains.add(words[1])
        elif len(words) > 1 and words[0] == "-A":
            rules.append(tuple(words[1:]))
    return Table(frozenset(chains), tuple(rules))


def _at_once(steps: Iterable[Callable[[], None]]) -> None:
    """Each of them waits for a program; all of them end by themselves. Raises what one raised."""
    failures: list[Exception] = []

    def carry_out(step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001  (raised below, where somebody can catch it)
            failures.append(error)

    threads = [threading.Thread(target=carry_out, args=(step,), daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _found(name: str, path: str) -> str:
    for folder in (path or _SERVICE_PATH).split(":"):
        file = f"{folder}/{name}"
        if folder.startswith("/") and os.access(file, os.X_OK) and Path(file).is_file():
            return file
    return ""


def _nft_table(ground: Ground, nft: str) -> bool | None:
    wanted = ground.configuration.value("firewall-backend") == "nftables"
    if not nft or not wanted or not ground.units.service.runs:
        return None
    try:
        output = ground.run(nft, ["list", "tables"], limit_s=_LIST_S)
    except DockerctlError:
        return None
    return b"docker-bridges" in output.stdout if output.status == 0 else None


def _managers(ground: Ground) -> dict[str, Manager]:
    arguments = ["show", "--no-pager", f"--property={','.join(_PROPERTIES)}", *MANAGERS]
    try:
        output = ground.run("systemctl", arguments, limit_s=_LIST_S)
    except DockerctlError:
        return {}
    found: dict[str, Manager] = {}
    for block in output.stdout.decode("utf-8", "replace").split("\n\n"):
        row = dict(line.partition("=")[::2] for line in block.splitlines())
        if row.get("LoadState") == "loaded":
            since = row.get(_PROPERTIES[3], "")
            found[row.get("Id", "")] = Manager(
                row.get("ActiveState") == "active", int(since) if since.isdecimal() else 0
            )
    return found


def _flushes() -> bool:
    lines = _text("/etc/nftables.conf").splitlines()
    return any(line.strip().startswith("flush ruleset") for line in lines)


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""
