"""The folder of a host: what it needs on disk before its first boot."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from tests.lab.init import Bind
from tests.lab.offline import Overlay

# dockerd and containerd keep overlays of their own here, which cannot lie on an overlay.
_PLAIN_FOLDERS = ("/var/lib/docker", "/var/lib/containerd")


def prepare_folder(
    lower: tuple[Path, ...], folder: Path, name: str, binds: Iterable[Bind]
) -> Overlay:
    """Make the folder of the host ``name``; ``binds`` are what it sees of this machine."""
    folder.mkdir(parents=True)
    plain = []
    for target in _PLAIN_FOLDERS:
        source = folder / Path(target).name
        source.mkdir()
        # What both daemons set themselves.
        source.chmod(0o711)
        plain.append(Bind(str(source), target, read_only=False))
    _give_identity(folder / "upper", name)
    return Overlay(lower, folder, (*plain, *binds))


def _give_identity(upper: Path, name: str) -> None:
    """Write name and machine ID.

    With an empty ID systemd would take the boot for the very first and apply presets to all units.
    """
    upper.mkdir()
    etc = upper / "etc"
    etc.mkdir()
    # They become those of the host's root and /etc, whatever our umask is.
    upper.chmod(0o755)
    etc.chmod(0o755)
    texts = {
        "machine-id": secrets.token_hex(16),
        "hostname": name,
        "hosts": f"127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback",
    }
    for file, text in texts.items():
        (etc / file).write_text(f"{text}\n", encoding="utf-8")
        (etc / file).chmod(0o444 if file == "machine-id" else 0o644)
