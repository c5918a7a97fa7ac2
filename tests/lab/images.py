"""Images: one Debian root file system per suite, and layers on top, kept in a cache.

Everything appears in the cache by a rename once it is whole. What a killed build left behind is
removed by the next one. A shared lock is held on whatever a running host uses, so that nothing is
removed under its feet.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from tests.lab import tools
from tests.lab.errors import LabError
from tests.lab.isolation import isolated
from tests.lab.mirror import find_mirror, read_sources
from tests.lab.offline import Overlay
from tests.lab.overlay import upper_root
from tests.lab.paths import cache_root
from tests.lab.recipe import Recipe, recipe_for
from tests.lab.registry import remove_tree

KEPT_LAYERS = 4


@dataclass(frozen=True)
class Image:
    """A read-only root file system: its folders, the topmost first."""

    suite: str
    name: str
    lower: tuple[Path, ...]


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _take(path: Path, how: int) -> IO[bytes]:
    """Lock a cached name; raises BlockingIOError when it is taken and ``how`` is not to wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = _lock_file(path)
    while True:
        lock = name.open("ab")
        try:
            fcntl.flock(lock, how)
            # Who removes a cached folder removes its lock too: what we wait for may be gone.
            if name.exists() and name.samefile(f"/proc/self/fd/{lock.fileno()}"):
                return lock
        except BaseException:
            lock.close()
            raise
        lock.close()


def hold(path: Path) -> IO[bytes]:
    """Share a cached folder: nobody removes it while the returned file is open."""
    lock = _take(path, fcntl.LOCK_SH)
    if not path.is_dir():
        lock.close()
        raise LabError(f"{path} is gone; build it again")
    return lock


def image(suite: str) -> Image:
    """The image of a suite, built now if it is not in the cache."""
    path = cache_root() / "images" / recipe_for(suite).image_name
    if not path.is_dir():
        build(suite)
    return Image(suite, path.name, (path,))


def build(suite: str, *, force: bool = False) -> Image:
    """Build the image of a suite unless it is in the cache; ``force`` builds it again."""
    tools.require(building=True)
    recipe = recipe_for(suite)
    folder = cache_root() / "images"
    path = folder / recipe.image_name
    # One builder per suite at a time, whatever the recipe; the second finds the image of the first.
    with _take(folder / f"{suite}.build", fcntl.LOCK_EX) as lock:
        temporary = folder / f".build-{suite}"
        remove_tree(temporary)
        if force and path.is_dir() and not _remove_cached(path):
            raise LabError(f"{path} is in use; take its hosts down first")
        missing = not path.is_dir()
        if missing:
            _make_root(recipe, temporary, lock)
            temporary.rename(path)
        layers = upper_root(cache_root()) / "layers"
        for old in [*folder.glob(f"{suite}-*"), *layers.glob(f"{suite}-*")]:
            # Images of older recipes, and layers made on another image than this one.
            fits = old.name.startswith(path.name) and not missing
            if old.is_dir() and old != path and not fits:
                _remove_cached(old)
        for left in [*folder.glob(f".old-{suite}-*"), *layers.glob(f".old-{suite}-*")]:
            # By a removal that was killed, or one under way, hence without complaint.
            shutil.rmtree(left, ignore_errors=True)
    return Image(suite, path.name, (path,))


def _remove_cached(path: Path) -> bool:
    """Remove a cached folder and its lock unless it is in use; returns whether it did."""
    try:
        lock = _take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    with lock:
        # Out of the way first: what has its final name is always whole.
        doomed = path.with_name(f".old-{path.name}")
        remove_tree(doomed)
        if path.is_dir():
            path.rename(doomed)
            remove_tree(doomed)
        _lock_file(path).unlink()
    return True


def _make_root(recipe: Recipe, target: Path, lock: IO[bytes]) -> None:
    mirror = find_mirror(list(read_sources()), os.environ)
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--quiet"]
    command += [f"--include={','.join(recipe.packages)}"]
    # The release file of a testing suite on a mirror or snapshot may be older than it allows.
    command += ['--aptopt=Acquire::Check-Valid-Until "false"']
    command += [recipe.suite, str(target), f"deb {mirror} {recipe.suite} main"]
    log = target.with_name(f"{recipe.suite}.log")
    scratch = target.with_name(f"{target.name}.tmp")
    remove_tree(scratch)
    scratch.mkdir()
    with log.open("wb") as output:
        # Isolated: if we are killed, its processes and its mounts below the target end too, and
        # removing the target cannot reach into /dev or /sys.
        done = subprocess.run(
            isolated(command, ("mount", "mount-proc")),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, "TMPDIR": str(scratch)},
            # It shares the lock, which so stays taken until the last of us has ended.
            pass_fds=[lock.fileno()],
            check=False,
        )
    remove_tree(scratch)
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LabError(f"mmdebstrap failed for {recipe.suite}, see {log}:\n{tail}")
    _finish_root(recipe, target)


def _finish_root(recipe: Recipe, root: Path) -> None:
    # mmdebstrap copies these from the machine; a host writes its own.
    for name in ("hostname", "resolv.conf"):
        (root / "etc" / name).write_text("")
    for unit in recipe.masked:
        (root / "etc/systemd/system" / unit).unlink(missing_ok=True)
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # One ID for both, the one that a host is given before it boots.
    dbus_id = root / "var/lib/dbus/machine-id"
    dbus_id.unlink(missing_ok=True)
    dbus_id.symlink_to("/etc/machine-id")
    _write_busybox_tar(root)


def _write_busybox_tar(root: Path) -> None:
    """``/opt/bb/bb.tar``: a root file system for ``docker import``, which needs no network."""
    listed = subprocess.run(
        ["chroot", str(root), "busybox", "--list"], capture_output=True, text=True, check=True
    )
    binary = root / "usr/bin/busybox"
    (root / "opt/bb").mkdir(parents=True, exist_ok=True)
    with tarfile.open(root / "opt/bb/bb.tar", "w") as tar:
        for folder in ("bin", "etc", "proc", "sys", "dev", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/busybox")
        entry.mode, entry.size = 0o755, binary.stat().st_size
        tar.addfile(entry, BytesIO(binary.read_bytes()))
        for applet in listed.stdout.split():
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            if applet != "busybox":
                tar.addfile(entry)


def layer(base: Image, key: str, prepare: Callable[[Overlay], None]) -> Image:
    """``base`` with a layer on top that ``prepare`` makes, once per ``key``.

    ``prepare`` gets the overlay to change, by its ``run``. Only the newest layers are kept.
    """
    tools.require()
    folder = upper_root(cache_root()) / "layers"
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    path = folder / f"{base.name}-{digest}"
    with _take(folder / f"{base.suite}.make", fcntl.LOCK_EX):
        if not path.is_dir():
            temporary = folder / f".make-{base.suite}"
            remove_tree(temporary)
            temporary.mkdir()
            overlay = Overlay(base.lower, temporary)
            prepare(overlay)
            overlay.upper.rename(path)
            remove_tree(temporary)
        os.utime(path)
        layers = [entry for entry in folder.glob(f"{base.suite}-*") if entry.is_dir()]
        layers.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for old in layers[KEPT_LAYERS:]:
            _remove_cached(old)
    return Image(base.suite, path.name, (path, *base.lower))


def with_deb(base: Image, deb: Path) -> Image:
    """``base`` with a Debian package installed, its services not started, as a layer."""
    content = deb.read_bytes()

    def install(overlay: Overlay) -> None:
        # invoke-rc.d and deb-systemd-invoke ask this program; 101 means "do not start anything".
        overlay.run(
            ["install", "-m", "755", "/dev/stdin", "/usr/sbin/policy-rc.d"],
            stdin=b"#!/bin/sh\nexit 101\n",
        )
        overlay.run(["dd", "status=none", f"of=/root/{deb.name}"], stdin=content)
        overlay.run(["dpkg", "--force-unsafe-io", "-i", f"/root/{deb.name}"], timeout_s=300)
        overlay.run(["rm", "/usr/sbin/policy-rc.d", f"/root/{deb.name}"])

    return layer(base, hashlib.sha256(content).hexdigest(), install)
