"""What lies in the data folder, and whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.config.release import Release
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.processes import ProcessesFacts
from dockerctl.doctor.facts.storage import StorageFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_GIB = 1024**3
_MOST = 5
# A log that takes this share of its file system is too large, however it is limited.
_LARGE_SHARE = 0.25
_WITHOUT_KEY = Release(23, 0)


def _damage(facts: Facts) -> Iterator[Finding]:
    content = facts.of(StorageFacts).content
    for path, why in content.damaged_databases.items():
        words = r"invalid database|populating kmap|metadata\.db|unexpected fault|panic: .*page"
        yield _damaged(facts, "database-damaged", path, why, words)
    for path, why in content.damaged_state.items():
        code = "swarm-state-damaged" if "/swarm/" in path else "state-file-damaged"
        yield _damaged(facts, code, path, why, r"end of JSON|invalid character")


def _damaged(facts: Facts, code: str, path: str, why: str, words: str) -> Finding:
    storage = facts.of(StorageFacts)
    # What a start could not write on a full disk is whole again at the next one.
    space = storage.spaces.get(storage.root)
    full = space is not None and space.is_full
    units = facts.of(UnitsFacts)
    # Later engines put a damaged database of builds aside themselves (buildkit, boltutil).
    make = warning if "/buildkit/" in path and not units.tried else error
    return replace(
        make(
            code,
            f"{path} is damaged: {why}",
            (f"file: {path}: {why}", *said(facts, words)),
            f"dockerctl stop && mv {path} {path}.damaged && dockerctl start",
        ),
        when=units.when,
        because_of="data-root-full" if full else "",
    )


def _key(facts: Facts) -> Iterator[Finding]:
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    release = facts.of(ConfigurationFacts).release
    # From 23.0 on a start does without it.
    if not storage.key_problem or (release is not None and release >= _WITHOUT_KEY):
        return
    path = storage.key_file
    yield replace(
        error(
            "key-file-damaged",
            f"{path} is damaged: {storage.key_problem}",
            (f"file: {path}: {storage.key_problem}", *said(facts, "key file")),
            f"mv {path} {path}.damaged && dockerctl start",
        ),
        when=units.when,
    )


def _locks(facts: Facts) -> Iterator[Finding]:
    """A database that another process than a dockerd holds."""
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    processes = facts.of(ProcessesFacts)
    daemons = {process.pid for process in processes.named("dockerd")}
    own = units.service.number("MainPID")
    for path, pid in storage.content.locked.items():
        if pid != own and pid not in daemons:
            yield replace(
                error(
                    "database-locked",
                    f"process {pid} holds {path}: the daemon waits for it and gives up",
                    (f"/proc/locks: {path}: FLOCK of {pid}", *said(facts, r"timeout")),
                    f"kill {pid} && dockerctl start",
                ),
                when=units.when,
            )


def _records(facts: Facts) -> Iterator[Finding]:
    content = facts.of(StorageFacts).content
    if content.damaged_records:
        paths = list(content.damaged_records)
        count = len(paths)
        yield warning(
            "container-record-damaged",
            f"the record{'s' if count != 1 else ''} of {count} container{'s' if count != 1 else ''}"
            " cannot be read: the daemon does not know them any more",
            tuple(f"file: {p}: {content.damaged_records[p]}" for p in paths[:_MOST]),
            "make the containers anew, then stop the daemon and remove their folders",
        )
    if content.missing_layers:
        count = len(content.missing_layers)
        instead = any(path.endswith("/overlay2") for path in content.no_folders)
        found = error(
            "layers-missing",
            "layers of images are gone: containers of these images do not start",
            (
                f"image/overlay2/layerdb: {count} of {content.layers} layers are not there",
                *(
                    f"stat: {path}: no such file or directory"
                    for path in content.missing_layers[:_MOST]
                ),
            ),
            "pull the images anew (docker image rm --force IMAGE); nothing may be removed by hand "
            "below the data folder",
        )
        yield replace(found, because_of="folder-unusable" if instead else "")


def _logs(facts: Facts) -> Iterator[Finding]:
    storage = facts.of(StorageFacts)
    space = storage.spaces.get(storage.root)
    share = _GIB if space is None else int(space.total * _LARGE_SHARE)
    large = [
        log
        for log in storage.content.logs
        if log.size > share > 0 or (log.size > _GIB and not log.limited)
    ]
    if large:
        yield warning(
            "container-log-large",
            f"the log of a container has {large[0].size / _GIB:.1f} GiB",
            tuple(f"file: {log.path}: {log.size // (1024 * 1024)} MiB" for log in large[:_MOST]),
            f"truncate -s 0 {large[0].path}; and for containers made from now on: dockerctl "
            "config set log-opts.max-size=10m log-opts.max-file=3",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "databases and files of state",
        (StorageFacts, UnitsFacts),
        ("database-damaged", "state-file-damaged", "swarm-state-damaged"),
        _damage,
        explains_start=True,
    ),
    Check(
        "key file",
        (StorageFacts, UnitsFacts, ConfigurationFacts),
        ("key-file-damaged",),
        _key,
        explains_start=True,
    ),
    Check(
        "locks on databases",
        (StorageFacts, UnitsFacts, ProcessesFacts),
        ("database-locked",),
        _locks,
        explains_start=True,
    ),
    Check(
        "records of containers and layers",
        (StorageFacts,),
        ("container-record-damaged", "layers-missing"),
        _records,
    ),
    Check("logs of containers", (StorageFacts,), ("container-log-large",), _logs),
)
