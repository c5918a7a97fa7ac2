"""How containers are run: runtimes, control groups, limits.

From moby: daemon/runtime_unix.go, daemon/daemon_unix.go, opts, and docker/go-units.
"""

from __future__ import annotations

from collections.abc import Mapping

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import parse_size
from dockerctl.config.meaning_values import Findings, Values, judge, member, refuse, warn

# Runtimes that need no declaration. The second went away with 23.0.
_STOCK = frozenset({"runc", "io.containerd.runc.v2"})
_STOCK_V1 = "io.containerd.runtime.v1.linux"

_LIMITS = frozenset(
    {"core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc"}
    | {"rss", "rtprio", "rttime", "sigpending", "stack"}
)


def check_runtime(values: Values) -> Findings:
    """Runtimes, the default one, exec-opts, the cgroup parent, limits and shared memory."""
    runtimes = {
        name: runtime
        for name, runtime in values.members("runtimes").items()
        if isinstance(runtime, dict)
    }
    for name, runtime in runtimes.items():
        yield from _check_runtime(values, name, runtime)
    if "runc" in values.members("runtimes"):
        yield refuse(
            "reserved-runtime", ("runtimes", "runc"), "The runtime name runc is reserved.",
            "Give the runtime another name, and name that in default-runtime.",
        )  # fmt: skip
    yield from _check_default(values, runtimes)
    yield from _check_in_use(values)
    yield from _check_exec_opts(values)
    yield from _check_cgroup_parent(values)
    for key in ("cpu-rt-period", "cpu-rt-runtime"):
        if values.number(key) and values.facts.cgroup_v2:
            yield judge(
                values.since(23), "cgroup-v2", (key,),
                f"The key {key} is for version 1 of the control groups; this host has version 2.",
                "Remove it.", from_host=True,
            )  # fmt: skip
    yield from _check_limits(values)
    size = values.text("default-shm-size")
    if size and parse_size(size) is None:
        yield refuse(
            "not-a-size", ("default-shm-size",), f"The size {size!r} is none.",
            'Write a number and at most one unit: "64M", "1g".',
        )  # fmt: skip


def _check_runtime(values: Values, name: str, runtime: Mapping[str, object]) -> Findings:
    path = ("runtimes", name)
    program, kind = member(runtime, "path") or "", member(runtime, "runtimeType") or ""
    arguments, options = member(runtime, "runtimeArgs") or [], member(runtime, "options") or {}
    if not isinstance(program, str) or not isinstance(kind, str):
        return
    what = ""
    if not program and not kind:
        what = "has neither a path nor a runtimeType"
    elif program and kind:
        what = "has both a path and a runtimeType"
    elif program and options:
        what = "has a path, with which options cannot be used"
    elif kind and arguments:
        what = "has a runtimeType, with which runtimeArgs cannot be used"
    if what:
        yield judge(
            values.since(24), "runtime", path, f"The runtime {name} {what}.",
            "Give either path and runtimeArgs, or runtimeType and options.",
        )  # fmt: skip
    elif kind and values.before(23):
        yield warn(
            "runtime", path, f"The runtime {name} has a runtimeType, which 20.10 does not know.",
            "Give the path of the program instead.",
        )  # fmt: skip
    elif program and values.facts.look.find_program(program) is False:
        # Only of a default runtime with arguments does dockerd look for the program itself.
        needed = bool(arguments) and values.effective_text("default-runtime") == name
        tail = "dockerd does not start" if needed else "containers that use it do not start"
        yield judge(
            needed, "runtime-missing", path,
            f"The program {program} of the runtime {name} is not there: {tail}.",
            "Install it, or correct the path.", from_host=True,
        )  # fmt: skip
    elif program.startswith(("./", "../", "~")):
        yield warn(
            "runtime", path, f"The path {program} of the runtime {name} is not absolute.",
            "Write the whole path, or a plain name that is found in PATH.",
        )  # fmt: skip


def _check_default(values: Values, runtimes: Mapping[str, object]) -> Findings:
    name = values.text("default-runtime")
    if not name or name in _STOCK or name in runtimes or name in values.members("runtimes"):
        return
    by_flag = (flag.partition("=")[0] for flag in values.facts.flags.values.get("runtimes", ()))
    if name in by_flag or (name == _STOCK_V1 and values.before(23)):
        return
    # From 23.0 on a name with a dot may be a runtime of containerd.
    is_shim = "/" not in name and bool(name.partition(".")[0]) and "." in name
    if not is_shim or values.before(23):
        yield refuse(
            "no-such-runtime", ("default-runtime",),
            f"The default runtime {name} is not among runtimes.",
            f'Declare it: "runtimes": {{"{name}": {{"path": "…"}}}}; or remove default-runtime.',
        )  # fmt: skip


def _check_in_use(values: Values) -> Findings:
    declared = values.members("runtimes")
    for name in values.facts.runtimes_in_use:
        known = name in declared or name in _STOCK or "." in name
        by_flag = (flag.partition("=")[0] for flag in values.facts.flags.values.get("runtimes", ()))
        if not known and name not in by_flag:
            yield warn(
                "runtime-in-use", ("runtimes",),
                f"Containers use the runtime {name}, which is not declared any more.",
                "Keep it until no container uses it.", from_host=True,
            )  # fmt: skip


def _check_exec_opts(values: Values) -> Findings:
    strict = values.since(28)
    for _, option in values.texts("exec-opts"):
        name, equals, value = option.partition("=")
        name, value = name.strip().lower(), value.strip()
        if not equals or not name or not value:
            yield _exec_opt(strict, f"The exec-opt {option!r} is not of the form name=value.")
        elif name != "native.cgroupdriver":
            yield _exec_opt(strict, f"There is no option {name!r} for exec-opts.")
    driver = cgroup_driver(values)
    if driver not in ("", "systemd", "cgroupfs"):
        yield refuse(
            "exec-opt", ("exec-opts",), f"There is no cgroup driver {driver!r}.",
            "Use native.cgroupdriver=systemd or native.cgroupdriver=cgroupfs.",
        )  # fmt: skip
    elif driver == "cgroupfs" and values.facts.systemd and values.facts.cgroup_v2:
        yield warn(
            "exec-opt", ("exec-opts",),
            "The cgroup driver cgroupfs changes control groups that systemd sees as its own.",
            "Use native.cgroupdriver=systemd, also for a kubelet.",
        )  # fmt: skip


def _exec_opt(strict: bool, message: str) -> Finding:
    return judge(
        strict, "exec-opt", ("exec-opts",), message,
        "The only one is native.cgroupdriver=systemd or =cgroupfs.",
    )  # fmt: skip


def cgroup_driver(values: Values) -> str:
    """The cgroup driver that exec-opts name, or "".

    Up to 27 the first one counts, later the last.
    """
    found = [
        value.strip()
        for name, equals, value in (
            option.partition("=") for option in values.effective_texts("exec-opts")
        )
        if equals and name.strip().lower() == "native.cgroupdriver"
    ]
    if not found:
        return ""
    return found[-1] if values.since(28) else found[0]


def _check_cgroup_parent(values: Values) -> Findings:
    parent = values.text("cgroup-parent")
    driver = cgroup_driver(values)
    by_default = not driver and values.facts.cgroup_v2 and values.facts.systemd
    by_systemd = driver == "systemd" or by_default
    if parent and by_systemd and not (parent.endswith(".slice") and len(parent) > 6):
        yield refuse(
            "cgroup-parent", ("cgroup-parent",),
            f"The cgroup-parent {parent!r} is no slice, which the cgroup driver systemd needs.",
            "Use the name of a slice, such as containers.slice.",
        )  # fmt: skip


def _check_limits(values: Values) -> Findings:
    for key, limit in values.members("default-ulimits").items():
        if not isinstance(limit, dict):
            continue
        path = ("default-ulimits", key)
        name = member(limit, "Name")
        soft, hard = member(limit, "Soft"), member(limit, "Hard")
        if not isinstance(name, str) or not name:
            yield _limit(path, f"The limit {key} has no Name.", f'Add "Name": "{key}".')
        elif name not in _LIMITS:
            yield _limit(
                path, f"There is no limit named {name!r}.",
                "Use one of ulimit, such as nofile, nproc or memlock.",
            )  # fmt: skip
        elif name != key:
            yield _limit(
                path, f"The limit {key} has the Name {name}, and that is the one that counts.",
                f'Write "{name}": {{"Name": "{name}", …}}.',
            )  # fmt: skip
        if not isinstance(soft, int) or not isinstance(hard, int) or hard == -1:
            continue
        if soft > hard or soft == -1:
            yield _limit(
                path, f"The soft limit {soft} of {key} is above the hard limit {hard}.",
                "Make Hard at least as large as Soft; -1 is no limit.",
            )  # fmt: skip


def _limit(path: tuple[str, ...], message: str, hint: str) -> Finding:
    # dockerd does not look; the runtime does, when a container starts.
    return warn("ulimit", path, message, f"{hint} Containers do not start otherwise.")
