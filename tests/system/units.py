"""What a test wants to know about docker.service and docker.socket, asked of systemd directly."""

from __future__ import annotations

from tests.lab.host import Host

_PROPERTIES = "Id,LoadState,ActiveState,SubState,InvocationID,MainPID,NRestarts,UnitFileState,Job"
_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/etc/systemd/system.control")


def fingerprint(host: Host) -> str:
    """Everything that a verb could change: states, runs, jobs, and the links of the unit files."""
    shown = host.run(
        ["systemctl", "show", "-p", _PROPERTIES, "docker.service", "docker.socket"], check=True
    )
    found = host.run(
        ["find", *_FOLDERS, "-name", "docker*", "-printf", "%p -> %l (%T@)\\n"],
    )
    return shown.out + "\n".join(sorted(found.out.splitlines()))


def show(host: Host, name: str, unit: str = "docker.service") -> str:
    """One property of a unit."""
    return host.run(["systemctl", "show", "--value", "-p", name, unit], check=True).out.strip()


def active(host: Host, unit: str = "docker.service") -> str:
    """The ActiveState of a unit."""
    return show(host, "ActiveState", unit)


def await_failed(host: Host, unit: str = "docker.service") -> None:
    """Wait until systemd has given a unit up: ``start`` may end before its last try."""
    look = f"until systemctl --quiet is-failed {unit}; do sleep 0.05; done"
    host.run(["timeout", "20", "sh", "-c", look], check=True)


def drop_in(host: Host, name: str, text: str, unit: str = "docker.service") -> None:
    """Give a unit a drop-in and let systemd read it."""
    host.write(f"/etc/systemd/system/{unit}.d/{name}.conf", text)
    host.run(["systemctl", "daemon-reload"], check=True)
