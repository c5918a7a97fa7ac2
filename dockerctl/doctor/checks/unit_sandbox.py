"""Settings that take from the daemon what it needs: paths, privileges, system calls, namespaces.

Templates for hardening are made for services that serve one thing. dockerd mounts, makes network
interfaces and writes firewall rules in the host's own namespaces, and containerd, which is another
service, must see its mounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts

_READ_ONLY = "read-only file system|permission denied"
_FORBIDDEN = "operation not permitted|permission denied|you must be root"
# mount(2), MS_SHARED, the one propagation that makes no namespace of its own necessary.
_MS_SHARED = 1 << 20
# capability.h and sched.h of the kernel.
_CAPABILITIES = {12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN"}
_NAMESPACES = {0x20000: "mnt", 0x40000000: "net"}
_FAMILIES = ("AF_UNIX", "AF_INET", "AF_NETLINK")
# signal(7); no program ends with this as its exit status.
_SIGSYS = 31
_HOMES = ("/home/", "/root/", "/run/user/")


@dataclass(frozen=True)
class _Setting:
    """A setting, whether it is in the way, and how that shows."""

    name: str
    # What it is set to, as evidence; "" where it is not in the way.
    found: Callable[[UnitFacts], str]
    effect: str
    # What the last words of a failed run look like when this is behind it.
    words: str = ""
    # Whether the daemon starts with it all the same and fails at its work.
    starts: bool = True


def _text(name: str, *harmless: str) -> Callable[[UnitFacts], str]:
    return lambda unit: "" if unit.text(name) in ("", *harmless) else unit.text(name)


def _flag(name: str) -> Callable[[UnitFacts], str]:
    return lambda unit: "yes" if unit.truth(name) else ""


def _list(name: str) -> Callable[[UnitFacts], str]:
    return lambda unit: (
        " ".join(str(row[0]) for row in unit.rows(name)) or " ".join(unit.words(name))
    )


def _mount_flags(unit: UnitFacts) -> str:
    flags = unit.number("MountFlags")
    if flags in (0, _MS_SHARED):
        return ""
    return "slave" if flags == 1 << 19 else "private"


def _capabilities(unit: UnitFacts) -> str:
    if "CapabilityBoundingSet" not in unit.properties:
        return ""
    kept = unit.number("CapabilityBoundingSet")
    lost = [name for bit, name in _CAPABILITIES.items() if not kept >> bit & 1]
    return f"without {' and '.join(lost)}" if lost else ""


def _namespaces(unit: UnitFacts) -> str:
    if "RestrictNamespaces" not in unit.properties:
        return ""
    kept = unit.number("RestrictNamespaces")
    lost = [name for bit, name in _NAMESPACES.items() if not kept & bit]
    return f"without {' and '.join(lost)}" if lost else ""


def _filter(unit: UnitFacts, name: str) -> tuple[bool, tuple[str, ...]]:
    value = unit.properties.get(name)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return False, ()
    names = value[1] if isinstance(value[1], (list, tuple)) else ()
    return value[0] is True, tuple(str(item) for item in names)


def _families(unit: UnitFacts) -> str:
    allows, names = _filter(unit, "RestrictAddressFamilies")
    lost = [f for f in _FAMILIES if (f not in names if allows else f in names)]
    return f"without {' and '.join(lost)}" if lost and (allows or names) else ""


def _calls(unit: UnitFacts) -> str:
    allows, names = _filter(unit, "SystemCallFilter")
    if not allows and not names:
        return ""
    lost = [n for n in ("mount", "unshare", "setns") if (n not in names) is allows]
    return f"without {' and '.join(lost)}" if lost else "set"


_OWN_MOUNTS = (
    "gives it mounts of its own, which containerd and the containers do not see"
)  # fmt: skip

# What undoes a setting of someone else's drop-in, in one that comes later (systemd.exec(5)).
_OFF = {
    **dict.fromkeys(
        (
            "NoNewPrivileges", "PrivateDevices", "PrivateMounts", "PrivateNetwork", "PrivateTmp",
            "PrivateUsers", "ProtectControlGroups", "ProtectHome", "ProtectKernelModules",
            "ProtectKernelTunables", "ProtectSystem",
        ),
        "no",
    ),
    "MountFlags": "shared",
}  # fmt: skip
_SETTINGS = (
    _Setting(
        "ProtectSystem",
        _text("ProtectSystem", "no"),
        "makes the system read-only for it and gives it mounts of its own",
        _READ_ONLY,
    ),
    _Setting("CapabilityBoundingSet", _capabilities, "takes a privilege from it that it needs",
             _FORBIDDEN, starts=False),
    _Setting("SystemCallFilter", _calls, "forbids system calls that it needs", _FORBIDDEN),
    _Setting("RestrictAddressFamilies", _families, "forbids sockets that it needs",
             "address family not supported|operation not permitted", starts=False),
    _Setting("RestrictNamespaces", _namespaces, "forbids the namespaces that containers live in",
             _FORBIDDEN),
    _Setting("PrivateNetwork", _flag("PrivateNetwork"),
             "gives it a network of its own, which nobody reaches"),
    _Setting("NetworkNamespacePath", _text("NetworkNamespacePath"),
             "gives it another network than the host's"),
    _Setting("PrivateUsers", _flag("PrivateUsers"), "makes root in it another user than the "
             "host's", _FORBIDDEN, starts=False),
    _Setting("ProcSubset", _text("ProcSubset", "all"), "hides /proc/sys from it",
             "/proc/sys|no such file", starts=False),
    _Setting("RestrictSUIDSGID", _flag("RestrictSUIDSGID"),
             "keeps it from writing the setuid files of images", _FORBIDDEN),
    _Setting("MountFlags", _mount_flags, _OWN_MOUNTS),
    _Setting("PrivateMounts", _flag("PrivateMounts"), _OWN_MOUNTS),
    _Setting("PrivateTmp", _flag("PrivateTmp"), _OWN_MOUNTS),
    _Setting("PrivateDevices", _flag("PrivateDevices"), _OWN_MOUNTS),
    _Setting("ProtectKernelTunables", _flag("ProtectKernelTunables"),
             "makes /proc/sys read-only for it", _READ_ONLY),
    _Setting("ProtectControlGroups", _flag("ProtectControlGroups"),
             "makes the control groups read-only for it", _READ_ONLY),
    _Setting("ProtectKernelModules", _flag("ProtectKernelModules"), _OWN_MOUNTS),
    _Setting("ProtectKernelLogs", _flag("ProtectKernelLogs"), _OWN_MOUNTS),
    _Setting("ReadOnlyPaths", _list("ReadOnlyPaths"), _OWN_MOUNTS, _READ_ONLY),
    _Setting("ReadWritePaths", _list("ReadWritePaths"), _OWN_MOUNTS),
    _Setting("InaccessiblePaths", _list("InaccessiblePaths"), _OWN_MOUNTS, _READ_ONLY),
    _Setting("TemporaryFileSystem", _list("TemporaryFileSystem"), _OWN_MOUNTS),
    _Setting("BindPaths", _list("BindPaths"), _OWN_MOUNTS),
    _Setting("BindReadOnlyPaths", _list("BindReadOnlyPaths"), _OWN_MOUNTS, _READ_ONLY),
    _Setting("RootDirectory", _text("RootDirectory", "/"), "gives it another root folder",
             "no such file", starts=False),
    _Setting("RootImage", _text("RootImage"), "gives it another root folder", "no such file",
             starts=False),
)  # fmt: skip


def _sandbox(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    if unit.load_state != "loaded":
        return
    for setting in _SETTINGS:
        value = setting.found(unit)
        if value:
            yield _judged(facts, units, setting, value)
    yield from _home(facts, units)


def _judged(facts: Facts, units: UnitsFacts, setting: _Setting, value: str) -> Finding:
    unit = units.service
    proof = _proof(facts, units, setting.name, setting.words)
    found = error(
        "unit-sandboxed",
        f"{setting.name}= of {unit.name} {setting.effect}",
        (f"{unit.name}: {setting.name}: {value}", *proof),
        _fix(setting.name),
    )
    if proof or (unit.runs and setting.starts):
        return found
    return replace(found, when=When.NEXT_START)


def _fix(name: str) -> str:
    if name in _OFF:
        return f"dockerctl override set Service.{name}={_OFF[name]} && dockerctl restart"
    return f"take {name}= out of the drop-in (dockerctl override list), then: dockerctl restart"


def _home(facts: Facts, units: UnitsFacts) -> Iterator[Finding]:
    unit = units.service
    value = unit.text("ProtectHome")
    configuration = facts.maybe(ConfigurationFacts)
    if value in ("", "no"):
        return
    root = "/var/lib/docker" if configuration is None else configuration.data_root
    if not f"{root}/".startswith(_HOMES):
        yield _judged(
            facts, units, _Setting("ProtectHome", _text("ProtectHome"), _OWN_MOUNTS), value
        )
        return
    proof = _proof(facts, units, "ProtectHome", _READ_ONLY)
    yield replace(
        error(
            "unit-sandboxed",
            f"ProtectHome= of {unit.name} hides {root}, where it has its data",
            (f"{unit.name}: ProtectHome: {value}", *proof),
            _fix("ProtectHome"),
        ),
        when=When.NOW if proof else When.NEXT_START,
    )


def _proof(facts: Facts, units: UnitsFacts, name: str, words: str) -> tuple[str, ...]:
    """The words of the run that failed, where they are those of this setting."""
    unit = units.service
    if not units.tried:
        return ()
    journal = facts.maybe(JournalFacts)
    if name == "SystemCallFilter":
        run = None if journal is None else journal.failed
        statuses = (unit.number("ExecMainStatus"), None if run is None else run.exit_status)
        if _SIGSYS in statuses:
            return (f"{unit.name}: the daemon was ended by signal {_SIGSYS} (SIGSYS)",)
    if journal is None or not words:
        return ()
    pattern = re.compile(words, re.IGNORECASE)
    return tuple(f"journal: {line}" for line in journal.words if pattern.search(line))


CHECKS: tuple[Check, ...] = (
    Check(
        "sandbox around the daemon",
        (UnitsFacts,),
        ("unit-sandboxed",),
        _sandbox,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
)
