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
        "dockerctl config set live-restore=true -m 'outlive the daemon'",
        0,
        "A change: containers shall outlive the daemon. It is checked, made effective with the "
        "least disturbance, and read back.",
        "docker.service reloaded it, and the values were read back",
    ),
    Step(
        "dockerctl config set log-opts.max-file=3 log-opts.max-siz=10m",
        6,
        "A slip of the pen is refused before the file is touched.",
        "max-size",
    ),
    Step(
        "dockerctl config set log-opts.max-file=3 log-opts.max-size=10m",
        0,
        "This one needs a restart. The container keeps running now.",
        "was restarted and is healthy",
    ),
    Step(
        "systemd-run --quiet /usr/bin/python3 -m http.server 9323 --bind 127.0.0.1 && sleep 1",
        0,
        "A mistake that nobody can see beforehand: something else has the port that the daemon "
        "is told to use.",
    ),
    Step(
        "dockerctl config set metrics-addr=127.0.0.1:9323",
        150,
        "The daemon does not start with it. The change is undone, and the undoing is proven.",
        "address already in use",
    ),
    Step("dockerctl history", 0, "Everything is written down.", "rolled-back"),
    Step("cp /etc/docker/daemon.json /root/good.json"),
    Step(
        "dockerctl stop",
        0,
        "The container keeps running while the daemon is down.",
        "1 running container keeps running",
    ),
    Step(
        "echo '{\"live-restore\": yes}' >/etc/docker/daemon.json",
        0,
        "Now somebody edits the file by hand, and makes a mistake: YAML, not JSON.",
    ),
    Step(
        "dockerctl start",
        152,
        "The start fails, and says why: the cause, the daemon's own words, the repair.",
        "invalid character 'y'",
    ),
    Step(
        "dockerctl doctor",
        158,
        "The doctor looks at everything. It shows the line that proves the cause, and what only "
        "follows from it.",
        "/etc/docker/daemon.json:1:",
    ),
    Step("dockerctl is-active", 3, "For scripts, a word and an exit code."),
    Step("cp /root/good.json /etc/docker/daemon.json", 0, "Repair the file."),
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
