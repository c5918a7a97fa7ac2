"""Asking the daemon's own program about a candidate: ``dockerd --validate``, 23.0 and later.

It needs the unit's own flags, else it cannot see a conflict with them, and it has a side effect:
with ``userns-remap: default`` it makes the system user dockremap (26.0 and later). That key is
left out of what it is shown.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dockerctl.change.hidden import mask_text
from dockerctl.config.document import Document
from dockerctl.config.edit import unset
from dockerctl.config.release import Release
from dockerctl.errors import ConfigRefusedByDaemon
from dockerctl.host.programs import Output

FIRST = Release(23, 0, 0)
_STATUS = "Status: "
LIMIT_S = 30.0

Run = Callable[..., Output]


def validate_by_dockerd(
    program: str,
    arguments: Sequence[str],
    candidate: Document,
    release: Release | None,
    *,
    run: Run,
    limit_s: float = LIMIT_S,
) -> bool:
    """Show ``candidate`` to ``program`` with its ``arguments`` (without the program itself).

    Returns whether it was asked: not before 23.0. Raises ``ConfigRefusedByDaemon`` with its
    words, and what ``run`` raises.
    """
    if release is None or release < FIRST:
        return False
    with tempfile.TemporaryDirectory(prefix="dockerctl-") as folder:
        # 0700, as mkdtemp makes it: the candidate may hold a proxy's password.
        path = Path(folder) / "daemon.json"
        path.write_bytes(_shown(candidate).data or b"{}\n")
        path.chmod(0o600)
        flags = ["--validate", f"--config-file={path}", *_without_config_file(arguments)]
        output = run(program, flags, limit_s=limit_s)
    if output.status == 0:
        return True
    raise ConfigRefusedByDaemon(
        f"dockerd refuses the configuration: {_reason(output, str(path), candidate.name)}",
        details={"status": output.status},
    )


def _shown(candidate: Document) -> Document:
    if candidate.values.get("userns-remap") == "default":
        return unset(candidate, ("userns-remap",))
    return candidate


def _without_config_file(arguments: Sequence[str]) -> list[str]:
    kept: list[str] = []
    pending = iter(arguments)
    for word in pending:
        if word == "--config-file":
            next(pending, None)
        elif not word.startswith("--config-file="):
            kept.append(word)
    return kept


def _reason(output: Output, path: str, name: str) -> str:
    text = (output.stderr or output.stdout).decode("utf-8", "replace").replace(path, name)
    # Of a flag that it does not take, it says so first; behind that 28 prints all its flags.
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    status = next((line for line in lines if line.startswith(_STATUS)), "").removeprefix(_STATUS)
    reason = (
        status or lines[-1] if lines else f"it ended with status {output.status} and said nothing"
    )
    masked = mask_text(reason)
    return masked if masked.endswith(".") else f"{masked}."


def is_root_owned(program: str) -> bool:
    """Whether only root can have written ``program``: else it is not run as root."""
    try:
        found = Path(program).stat()
    except OSError:
        return False
    return found.st_uid == 0 and not found.st_mode & 0o022
