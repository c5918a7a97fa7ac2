"""What the running daemon must show of a change: in the event of its reload, and in GET /info.

Pure, but for links in the path of the data folder. The names and forms are those of moby,
daemon/reload.go, daemon/reload_unix.go and daemon/info.go, 20.10 to 28; what a daemon does not show
cannot be expected here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping

_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?", re.IGNORECASE)


def _same(value: object) -> object:
    return value


def _texts(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, list) else []


def _bytes(value: object) -> object:
    match = _SIZE.fullmatch(str(value).strip())
    return None if match is None else int(float(match[1]) * _UNITS[match[2].lower()])


# Attribute of the reload event to how a value of the file shows in it.
_EVENT: dict[str, Callable[[object], object]] = {
    "debug": _same,
    "labels": _texts,
    "live-restore": _same,
    "registry-mirrors": _texts,
    "insecure-registries": _texts,
    "allow-nondistributable-artifacts": _texts,
    "max-concurrent-downloads": _same,
    "max-concurrent-uploads": _same,
    "max-download-attempts": _same,
    "shutdown-timeout": _same,
    "default-runtime": _same,
    "default-shm-size": _bytes,
    "default-ipc-mode": _same,
    "default-cgroupns-mode": _same,
    "features": _same,
}


def expected_event(values: Mapping[str, object]) -> dict[str, object]:
    """Of the values that a reload is to bring, those that its event shows; by attribute."""
    expected: dict[str, object] = {}
    for name, value in values.items():
        show = _EVENT.get(name)
        # A null is absent to the daemon, and a 0 gives its own default.
        if show is not None and value not in (None, "") and (value != 0 or value is False):
            expected[name] = show(value)
    return expected


def event_differences(
    expected: Mapping[str, object], attributes: Mapping[str, str]
) -> tuple[str, ...]:
    """The attributes that are not as expected, a phrase each. Absent ones are not judged:
    an older engine may not report what a newer one does."""
    return tuple(
        f"{name} is {attributes[name]}"
        for name, value in expected.items()
        if name in attributes and not _shows(name, attributes[name], value)
    )


def _shows(name: str, text: str, value: object) -> bool:
    seen = _read(name, text)
    if name == "labels":
        return _same_labels(value, seen)
    if name == "registry-mirrors":
        return _mirrors(seen) == _mirrors(value)
    # A runtime may have a name that looks like JSON.
    return value in (seen, text)


def _read(name: str, text: str) -> object:
    if name == "features":
        return _go_map(text)
    if name == "default-shm-size":
        return int(text) if text.isdecimal() else _bytes(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _go_map(text: str) -> object:
    """``map[buildkit:true cdi:false]``, as Go's fmt prints a map."""
    inner = text.removeprefix("map[").removesuffix("]")
    pairs = (word.rpartition(":") for word in inner.split())
    return {name: value == "true" for name, _, value in pairs}


# Key to where GET /info has it, and how both are compared.
_INFO: dict[str, tuple[str, ...]] = {
    "debug": ("Debug",),
    "experimental": ("ExperimentalBuild",),
    "live-restore": ("LiveRestoreEnabled",),
    "log-driver": ("LoggingDriver",),
    "storage-driver": ("Driver",),
    "data-root": ("DockerRootDir",),
    "default-runtime": ("DefaultRuntime",),
    "labels": ("Labels",),
    "init-path": ("InitBinary",),
}


def expected_info(values: Mapping[str, object]) -> dict[str, object]:
    """Of the values that a change is to bring, those that GET /info shows; by key."""
    expected = {
        name: value for name, value in values.items() if name in _INFO and value not in (None, "")
    }
    for name in ("registry-mirrors", "insecure-registries"):
        if isinstance(values.get(name), list):
            expected[name] = values[name]
    runtimes = values.get("runtimes")
    if isinstance(runtimes, dict) and runtimes:
        expected["runtimes"] = sorted(runtimes)
    options = values.get("exec-opts")
    for option in options if isinstance(options, list) else ():
        if isinstance(option, str) and option.startswith("native.cgroupdriver="):
            expected["exec-opts"] = option.partition("=")[2]
    return expected


def info_differences(expected: Mapping[str, object], info: Mapping[str, object]) -> tuple[str, ...]:
    """What GET /info shows otherwise, a phrase each."""
    found = []
    for name, value in expected.items():
        seen = _seen(name, info)
        if seen is not None and not _agrees(name, value, seen):
            found.append(f"{name} is {json.dumps(seen)}")
    return tuple(found)


def _seen(name: str, info: Mapping[str, object]) -> object:
    if name in _INFO:
        return info.get(_INFO[name][0])
    if name == "exec-opts":
        return info.get("CgroupDriver")
    if name == "runtimes":
        runtimes = info.get("Runtimes")
        return sorted(runtimes) if isinstance(runtimes, Mapping) else None
    registry = info.get("RegistryConfig")
    if not isinstance(registry, Mapping):
        return None
    if name == "registry-mirrors":
        return registry.get("Mirrors") or []
    return _insecure(registry)


def _insecure(registry: Mapping[str, object]) -> object:
    networks = registry.get("InsecureRegistryCIDRs")
    hosts = registry.get("IndexConfigs")
    found = [str(network) for network in networks] if isinstance(networks, list) else []
    if isinstance(hosts, Mapping):
        found += [
            str(name)
            for name, row in hosts.items()
            if isinstance(row, Mapping) and row.get("Secure") is False
        ]
    return found


def _agrees(name: str, value: object, seen: object) -> bool:
    if name == "data-root":
        return _is_root(str(value), str(seen))
    if name == "labels":
        return _same_labels(value, seen)
    if name == "registry-mirrors":
        return _mirrors(value) == _mirrors(seen)
    if name == "insecure-registries":
        # 127.0.0.0/8 and ::1 are always there; a network is shown in its canonical form.
        hosts = [text for text in _strings(value) if "/" not in text]
        return set(hosts) <= set(_strings(seen))
    if name == "runtimes":
        return set(_strings(value)) <= set(_strings(seen))
    return value == seen


def _is_root(path: str, seen: str) -> bool:
    """docker shows the folder without links; with remapped user names, that of the range in it."""
    places = (path, os.path.realpath(path))
    return re.sub(r"/\d+\.\d+$", "", seen).rstrip("/") in {place.rstrip("/") for place in places}


def _same_labels(value: object, seen: object) -> bool:
    """In any order, and each once: the daemon takes them out of a map of Go
    (config.GetConflictFreeLabels)."""
    return set(_strings(value)) == set(_strings(seen))


def _mirrors(value: object) -> list[str]:
    """Each once, without the slash at the end that docker adds."""
    return list(dict.fromkeys(text.rstrip("/") for text in _strings(value)))


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, Iterable) else []
