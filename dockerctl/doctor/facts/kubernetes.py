"""A kubelet on the same host: which runtime it uses, and its cgroup driver."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.facts.containerd import real_path
from dockerctl.doctor.facts.seen_file import see_file
from dockerctl.doctor.ground import Ground

CONFIG = "/var/lib/kubelet/config.yaml"
_FLAG_FILES = (
    "/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet",
)  # fmt: skip
# Of packages and of administrators; kubeadm's drop-in has variables, others have the flags.
_UNIT_FILES = (
    "/usr/lib/systemd/system/kubelet.service", "/etc/systemd/system/kubelet.service",
)  # fmt: skip
_TOP_LEVEL = re.compile(
    r"""^(cgroupDriver|containerRuntimeEndpoint):[ \t]*["']?([^\s"'#]+)""", re.MULTILINE
)


@dataclass(frozen=True)
class KubernetesFacts:
    """What the kubelet was told; empty where there is none."""

    # The files that say so; none without a kubelet.
    files: tuple[str, ...] = ()
    # "systemd" or "cgroupfs"; "" where nothing says it.
    cgroup_driver: str = ""
    # The socket of its runtime, without "unix://".
    endpoint: str = ""
    # Whether somebody listens there; None where it cannot be told.
    listening: bool | None = None
    # Whether it was told to speak to Docker itself, which it cannot any more since 1.24.
    dockershim: bool = False
    # The file that says which cgroup driver.
    driver_file: str = ""

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> KubernetesFacts:  # noqa: ARG003
        """Read the kubelet's own files."""
        files, settings, driver_file = [], dict[str, str](), ""
        data = see_file(CONFIG, read=True).data
        if data is not None:
            files.append(CONFIG)
            settings |= config_settings(data.decode("utf-8", "replace"))
            driver_file = CONFIG if "cgroupDriver" in settings else ""
        # Flags count before the file.
        for path in (*_unit_files(), *_FLAG_FILES):
            data = see_file(path, read=True).data
            told = flag_settings((data or b"").decode("utf-8", "replace"))
            if told or (data and path in _FLAG_FILES):
                files.append(path)
                settings |= told
                driver_file = path if "cgroupDriver" in told else driver_file
        endpoint = settings.get("containerRuntimeEndpoint", "").removeprefix("unix://")
        return cls(
            files=tuple(files),
            cgroup_driver=settings.get("cgroupDriver", ""),
            driver_file=driver_file,
            endpoint=endpoint,
            listening=_listens(endpoint) if endpoint.startswith("/") else None,
            dockershim=settings.get("container-runtime") == "docker" or "dockershim" in endpoint,
        )


def _unit_files() -> Iterator[str]:
    for path in _UNIT_FILES:
        yield path
        try:
            names = sorted(entry.name for entry in Path(f"{path}.d").iterdir())
        except OSError:
            continue
        yield from (f"{path}.d/{name}" for name in names if name.endswith(".conf"))


def config_settings(text: str) -> Mapping[str, str]:
    """Two keys at the top of the kubelet's configuration, which is YAML or JSON."""
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        keys = ("cgroupDriver", "containerRuntimeEndpoint")
        return {key: value for key in keys if isinstance(value := document.get(key), str)}
    return dict(_TOP_LEVEL.findall(text))


def flag_settings(text: str) -> Mapping[str, str]:
    """The same two as flags of the kubelet, in a file of variables or of a unit."""
    flags = {}
    for line in text.replace("\\\n", " ").splitlines():
        try:
            words = " ".join(shlex.split(line, comments=True)).replace("=--", " --").split()
        except ValueError:
            continue
        for word, following in zip(words, (*words[1:], ""), strict=True):
            name, equals, value = word.partition("=")
            if name.startswith("--"):
                flags[name.removeprefix("--")] = value if equals else following
    names = {"cgroup-driver": "cgroupDriver"}
    names |= {"container-runtime-endpoint": "containerRuntimeEndpoint"}
    names |= {"container-runtime": "container-runtime"}
    return {names[name]: value for name, value in flags.items() if name in names and value}


def _listens(path: str) -> bool | None:
    try:
        table = Path("/proc/net/unix").read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return None
    rows = (line.split(maxsplit=7) for line in table)
    return any(len(row) == 8 and real_path(row[7]) == real_path(path) for row in rows)
