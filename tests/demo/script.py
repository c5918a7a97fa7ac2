"""What the demo types, and how each command has to end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One command, typed into a root shell.

    ``says`` is a line for the reader, shown before it. ``shows`` is a text that must be in the
    output, so that the demo cannot go wrong and look right.
    """

    command: str
    exit_code: int = 0
    says: str = ""
    shows: str = ""


STEPS = (
    Step(
        "dockerctl status",
        3,
        "Docker was just installed and never started. Looking changes nothing.",
        "docker.service: stopped",
    ),
    Step("dockerctl start", 0, "Start it. This returns when the Docker API answers.", "is up"),
    Step(
        "dockerctl status --wait",
        0,
        "Everything on one screen. --wait would wait if it were still starting.",
        "docker.service: healthy",
    ),
    Step("docker import /opt/bb/bb.tar bb:1", 0, "Let a container run."),
    Step("docker run -d --name web --stop-timeout 1 bb:1 sleep 600"),
    Step(
        "echo '{\"live-restore\": true}' >/etc/docker/daemon.json",
        0,
        "A change: containers shall outlive the daemon. The file is edited by hand.",
    ),
    Step(
        "dockerctl restart",
        0,
        "This restart still stops the container, and says so before it does.",
        "1 running container will stop",
    ),
    Step("docker start web"),
    Step(
        "dockerctl stop",
        0,
        "From now on it keeps running while the daemon is down.",
        "1 running container keeps running",
    ),
    Step(
        "echo '{\"live-restore\": yes}' >/etc/docker/daemon.json",
        0,
        "A mistake in the file: YAML, not JSON.",
    ),
    Step(
        "dockerctl start",
        152,
        "The start fails, and says why in the daemon's own words.",
        "invalid character 'y'",
    ),
    Step("dockerctl is-active", 3, "For scripts, a word and an exit code.", "failed"),
    Step("echo '{\"live-restore\": true}' >/etc/docker/daemon.json", 0, "Repair the file."),
    Step(
        "dockerctl start",
        0,
        "systemd has counted too many failures and would refuse; this clears that.",
        "Cleared the failed state and the start limit",
    ),
    Step(
        "docker ps --format '{{.Names}}: {{.Status}}'",
        0,
        "The container never stopped.",
        "web: Up",
    ),
    Step(
        'kill -STOP "$(systemctl show -P MainPID docker)"',
        0,
        "Now let the daemon hang: systemd still calls it active.",
    ),
    Step("systemctl is-active docker", 0, shows="active"),
    Step(
        "dockerctl status --timeout 3",
        153,
        "It has to answer to count as healthy.",
        "docker.service: hung",
    ),
    Step('kill -CONT "$(systemctl show -P MainPID docker)"'),
    Step("dockerctl is-healthy", shows="healthy"),
    Step("docker rm --force web", 0, "Done. Down it goes, with the socket that could wake it."),
    Step("dockerctl stop", 0, "", "docker.service and docker.socket are down"),
)
