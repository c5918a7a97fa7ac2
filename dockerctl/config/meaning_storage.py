"""Where dockerd keeps things: folders, the storage driver and its options.

From moby, daemon/graphdriver and daemon/image_store_choice.go.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import parse_bool, parse_size
from dockerctl.config.meaning_log_options import ALWAYS, Span
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, warn

# Storage drivers of dockerd itself, with the releases that have them.
_DRIVERS: Mapping[str, Span] = {
    "overlay2": ALWAYS, "fuse-overlayfs": ALWAYS, "btrfs": ALWAYS, "zfs": ALWAYS, "vfs": ALWAYS,
    "overlay": Span(20, 24), "aufs": Span(20, 24), "devicemapper": Span(20, 25),
}  # fmt: skip
_REMOVED = frozenset({"overlay", "aufs", "devicemapper"})

# Snapshotters that containerd brings along. Others can be plugged in under any name.
_SNAPSHOTTERS = frozenset(
    {"overlayfs", "native", "btrfs", "zfs", "devmapper", "blockfile", "erofs", "fuse-overlayfs"}
    | {"stargz", "nydus", "soci", "overlaybd"}
)

# Drivers for one kind of file system below the data folder.
_NEEDS_FILESYSTEM = {"btrfs": "btrfs", "zfs": "zfs"}


def check_storage(values: Values) -> Findings:
    """The data folder and others, the storage driver and its options."""
    yield from _check_graph(values)
    yield from _check_folders(values)
    yield from _check_driver(values)
    yield from _check_options(values)


def _check_graph(values: Values) -> Findings:
    """The old name of data-root; from 23.0 on its presence alone is refused."""
    if values.text("graph") and values.before(23):
        both = bool(values.text("data-root"))
        yield judge(
            both, "old-name", ("graph",),
            "The keys graph and data-root exclude each other."
            if both else "The key graph is the old name of data-root; 23.0 refuses it.",
            "Keep data-root, which means the same.",
        )  # fmt: skip


def _check_folders(values: Values) -> Findings:
    for key in ("data-root", "graph", "exec-root"):
        path = values.text(key)
        if path and not path.startswith("/"):
            # The daemon runs in the root folder. 20.10 looks for the mount above a folder that it
            # has just made there for ever.
            is_new = key != "exec-root" and values.facts.look.is_folder(f"/{path}") is not True
            yield judge(
                is_new and values.before(23), "relative-path", (key,),
                f"The folder {path!r} of {key} is not an absolute path.",
                "Write the whole path, from / on; ~ is not replaced by anything.",
            )  # fmt: skip
        elif path and values.facts.look.exists(path) and not values.facts.look.is_folder(path):
            yield refuse(
                "not-a-folder", (key,), f"There is something at {path} that is no folder.",
                "Move it away, or use another path.", from_host=True,
            )  # fmt: skip
    pidfile = values.text("pidfile")
    if pidfile and not pidfile.startswith("/"):
        yield warn(
            "relative-path", ("pidfile",), f"The path {pidfile!r} of pidfile is not absolute.",
            "Write the whole path.",
        )  # fmt: skip


def _check_driver(values: Values) -> Findings:
    name = values.text("storage-driver")
    if not name:
        return
    path = ("storage-driver",)
    release = values.facts.release
    span = _DRIVERS.get(name)
    if uses_containerd_store(values):
        if name not in _SNAPSHOTTERS:
            yield judge(
                values.since(29) and name in _DRIVERS, "storage-driver", path,
                f"The image store of containerd has no snapshotter {name!r}.",
                'Remove storage-driver, or set "containerd-snapshotter": false in features.',
            )  # fmt: skip
        return
    if span is None:
        near = difflib.get_close_matches(name, list(_DRIVERS), 1)
        known = values.since(29) or release is None
        yield judge(
            not known, "storage-driver", path, f"There is no storage driver {name!r}.",
            f"Did you mean {near[0]}?" if near else "Use overlay2, or remove the key.",
        )  # fmt: skip
    elif release is not None and not span.holds(release.major):
        yield refuse(
            "storage-driver", path,
            f"The storage driver {name} was removed with Docker {span.before}.0.",
            "Use overlay2; images and containers of the old driver have to be made anew.",
        )  # fmt: skip
    else:
        if name in _REMOVED:
            yield warn(
                "storage-driver", path,
                f"The storage driver {name} goes away with Docker {_DRIVERS[name].before}.0.",
                "Plan the move to overlay2.",
            )  # fmt: skip
        yield from _check_support(values, name)


def uses_containerd_store(values: Values) -> bool:
    """Whether images are kept by containerd, as far as the file says so."""
    return values.members("features").get("containerd-snapshotter") is True and values.since(23)


def _check_support(values: Values, name: str) -> Findings:
    """Whether the host can do what the driver needs."""
    look = values.facts.look
    path = ("storage-driver",)
    root = values.effective_text("data-root", values.text("graph")) or "/var/lib/docker"
    wanted = _NEEDS_FILESYSTEM.get(name)
    actual = look.filesystem(root) if root.startswith("/") else None
    missing = ""
    if wanted and actual and actual != wanted:
        missing = f"{root} to lie on {wanted}; it lies on {actual}"
    elif name in ("aufs", "overlay") and look.kernel_filesystem(name) is False:
        missing = f"a kernel with {name}, which this one is not"
    elif name == "overlay2" and look.kernel_filesystem("overlay") is False:
        missing = "a kernel with overlay, which this one is not"
    elif name == "devicemapper" and look.device_mapper() is False:
        missing = "a kernel with the device mapper, which this one is not"
    elif name == "fuse-overlayfs" and look.find_program(name) is False:
        missing = "the program fuse-overlayfs, which is not there"
    if missing:
        yield refuse(
            "storage-support", path, f"The storage driver {name} needs {missing}.",
            "Use overlay2, or remove storage-driver.", from_host=True,
        )  # fmt: skip


def _check_options(values: Values) -> Findings:
    driver = values.effective_text("storage-driver")
    for _, option in values.texts("storage-opts"):
        name, equals, value = option.partition("=")
        parts = (name.strip().lower(), equals, value.strip())
        yield from _check_option(values, driver, option, parts)


def _check_option(
    values: Values, driver: str, option: str, parts: tuple[str, str, str]
) -> Findings:
    name, equals, value = parts
    if uses_containerd_store(values) or (not driver and values.since(29)):
        yield _option(False, f"The storage option {name!r} is not read by containerd's store.")
        return
    if not equals:
        yield _option(True, f"The storage option {option!r} is not of the form name=value.")
        return
    prefix = name.partition(".")[0]
    chosen = driver or _chosen_driver(values, prefix)
    known = _OPTIONS.get(chosen)
    if known is None:
        return
    option_check = known.get(name)
    if option_check is None:
        certain = chosen not in _LENIENT
        yield _option(certain, f"The storage driver {chosen} has no option {name!r}.")
        return
    span, is_right, wanted = option_check
    release = values.facts.release
    if release is not None and not span.holds(release.major):
        yield _option(
            True, f"The storage driver {chosen} of Docker {release} has no option {name!r}."
        )
    elif not is_right(value):
        yield _option(True, f"The value {value!r} of the storage option {name} is not {wanted}.")
    else:
        yield from _check_option_on_host(values, name, value)


def _chosen_driver(values: Values, prefix: str) -> str:
    """The driver that dockerd takes by itself: the one in use, by the file system, or overlay2."""
    root = values.effective_text("data-root", "/var/lib/docker")
    kind = values.facts.look.filesystem(root)
    # A folder of another driver below the data folder makes dockerd take that one up again.
    others = _DRIVERS.keys() - {"overlay2", "vfs"}
    used_before = any(values.facts.look.is_folder(f"{root}/{name}") is not False for name in others)
    if kind and kind not in _NEEDS_FILESYSTEM.values() and not used_before:
        return "overlay2"
    named = "devicemapper" if prefix == "dm" else prefix
    return named if named in _OPTIONS else "overlay2"


def _check_option_on_host(values: Values, name: str, value: str) -> Findings:
    look = values.facts.look
    root = values.effective_text("data-root", "/var/lib/docker")
    kind = look.filesystem(root) if name == "overlay2.size" else None
    if kind and kind != "xfs":
        yield _option(
            True, f"The option overlay2.size needs xfs below {root}, which lies on {kind}.", True
        )
    if name == "size" and values.facts.look.filesystem(root):
        yield _option(False, f"The driver vfs does not start unless {root} has quotas.", True)
    if name == "dm.thinpooldev" and look.exists(f"/dev/mapper/{_device(value)}") is False:
        yield _option(True, f"There is no thin pool {value}.", True)


def _device(value: str) -> str:
    return value.removeprefix("/dev/mapper/")


def _option(certain: bool, message: str, from_host: bool = False) -> Finding:
    return judge(
        certain, "storage-option", ("storage-opts",), message,
        "Correct it, or remove it from storage-opts.", from_host=from_host,
    )  # fmt: skip


def _is_size(text: str) -> bool:
    return parse_size(text) is not None


def _is_switch(text: str) -> bool:
    return parse_bool(text) is not None


def _is_anything(_: str) -> bool:
    return True


_Option = tuple[Span, Callable[[str], bool], str]
_DM_NAMES = (
    "basesize", "loopdatasize", "loopmetadatasize", "fs", "mkfsarg", "mountopt", "metadatadev",
    "datadev", "blkdiscard", "blocksize", "override_udev_sync_check", "use_deferred_removal",
    "use_deferred_deletion", "metadata_blocksize", "min_free_space", "thinpooldev",
    "directlvm_device", "directlvm_device_force", "thinp_percent", "thinp_metapercent",
    "thinp_autoextend_threshold", "thinp_autoextend_percent", "xfs_nospace_max_retries",
    "libdm_log_level",
)  # fmt: skip
_OPTIONS: Mapping[str, Mapping[str, _Option]] = {
    "overlay2": {
        "overlay2.size": (ALWAYS, _is_size, "a size"),
        # For kernels before 4.0.
        "overlay2.override_kernel_check": (Span(20, 24), _is_switch, "true or false"),
    },
    "btrfs": {"btrfs.min_space": (ALWAYS, _is_size, "a size")},
    "zfs": {"zfs.fsname": (ALWAYS, _is_anything, "a name")},
    "vfs": {
        "size": (ALWAYS, _is_size, "a size"),
        "vfs.xattrs": (Span(25), _is_anything, "a value"),
    },
    "devicemapper": {f"dm.{name}": (ALWAYS, _is_anything, "a value") for name in _DM_NAMES},
}
# Drivers whose options are not all known here.
_LENIENT = frozenset({"devicemapper"})
